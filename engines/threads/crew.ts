import { type MessagePort, SHARE_ENV } from "node:worker_threads";
import { Piscina } from "piscina";
import { StoreError } from "../../src/errors.js";
import { BATCHES_PER_WORKER } from "../shared/batch-runner.js";
import { CANCEL_GRACE, type Crew, type CrewJob, type Loss } from "../shared/crew.js";
import type { Batch, BatchResult, Request } from "../shared/messages.js";
import type { JobReference } from "../shared/references.js";
import { BackendServer } from "../shared/serve.js";
import { identityOf } from "./memory.js";
import { type FromWorker, type Reply, type SharedJob, sharedMemoryOf, type ThreadBatch } from "./messages.js";
import { announce } from "./news.js";
import { type PackedResult, unpack } from "./outbox.js";

/** Threads that had nothing to do for so long end (ms). They never keep the process alive. */
const IDLE_TIMEOUT = 30_000;

const crews = new Map<number, ThreadCrew>();

/** The threads of all connections that want so many. */
export function crewOf(workers: number): Crew {
	let crew = crews.get(workers);
	if (crew === undefined) {
		crew = new ThreadCrew(workers);
		crews.set(workers, crew);
	}
	return crew;
}

class ThreadCrew implements Crew {
	readonly workers: number;
	readonly server = new BackendServer(true);
	/** A thread that ends takes the call with it. */
	readonly attempts = 1;
	readonly #piscina: Piscina<ThreadBatch, Reply>;
	/** Threads that have begun to listen. */
	readonly #ready = new Set<number>();
	/** Of each cancelled job, the threads that know. */
	readonly #heard = new Map<number, Set<number>>();

	constructor(workers: number) {
		this.workers = workers;
		this.#piscina = new Piscina({
			filename: new URL("./worker.js", import.meta.url).href,
			name: "runBatch",
			minThreads: 0,
			maxThreads: workers,
			idleTimeout: IDLE_TIMEOUT,
			concurrentTasksPerWorker: BATCHES_PER_WORKER,
			// Credentials may be put into the environment, or renewed there, long after the first connection started the threads.
			env: SHARE_ENV,
			// A worker asleep in Atomics.wait would not hear that a job is over, and would keep its memory.
			atomics: "disabled",
		});
		this.#piscina.on("message", (message: FromWorker) => this.#hear(message));
	}

	take(number: number, job: JobReference): CrewJob {
		return new ThreadJob(this, number, {
			...job,
			stop: new Int32Array(new SharedArrayBuffer(4)),
			bring: BATCHES_PER_WORKER * this.workers,
		});
	}

	post(batch: ThreadBatch): Promise<Reply> {
		return this.#piscina.run(batch);
	}

	cancel(job: number): void {
		this.#heard.set(job, new Set());
		announce({ job, event: "cancelled" });
	}

	/** Ends the threads that have not heard that a job was cancelled: a kernel does not let them, and nothing that they have would ever end. */
	endDeaf(job: number): void {
		const heard = this.#heard.get(job);
		for (const thread of this.#piscina.threads)
			if (this.#ready.has(thread.threadId) && heard?.has(thread.threadId) === false) void thread.terminate();
	}

	finish(job: number): void {
		this.#heard.delete(job);
		announce({ job, event: "finished" });
	}

	#hear(message: FromWorker): void {
		if (message.tesserae === "port") this.#serve(message.port);
		else if (message.tesserae === "ready") this.#ready.add(message.thread);
		else this.#heard.get(message.job)?.add(message.thread);
	}

	#serve(port: MessagePort): void {
		const line = this.server.connect((answer) => port.postMessage(answer));
		port.on("message", (request: Request) => line.receive(request));
		port.unref();
	}
}

class ThreadJob implements CrewJob {
	readonly #crew: ThreadCrew;
	readonly #number: number;
	readonly #shared: SharedJob;
	/** Batches that bring the job along before workers have to ask for it. */
	readonly #bring: number;
	#sent = 0;
	#grace: NodeJS.Timeout | undefined;
	#isOver = false;

	constructor(crew: ThreadCrew, number: number, { bring, ...shared }: SharedJob & { readonly bring: number }) {
		this.#crew = crew;
		this.#number = number;
		this.#shared = shared;
		this.#bring = bring;
	}

	async run(batch: Batch): Promise<BatchResult | Loss> {
		const shared = this.#sent++ < this.#bring ? this.#shared : undefined;
		try {
			const reply = await this.#post({ ...batch, shared });
			return unpack(reply ?? ((await this.#post({ ...batch, shared: this.#shared })) as PackedResult));
		} catch (cause) {
			// Tasks report their own failures; what fails a whole batch is the thread.
			return { isSuspect: true, error: () => workerLost(cause) };
		}
	}

	cancel(): void {
		Atomics.store(this.#shared.stop, 0, 1);
		if (this.#sent === 0) return;
		this.#crew.cancel(this.#number);
		// Where this thread was busy for so long, what the others have told may be there to be heard.
		this.#grace = setTimeout(() => setImmediate(() => this.#isOver || this.#crew.endDeaf(this.#number)), CANCEL_GRACE);
	}

	finish(): void {
		this.#isOver = true;
		clearTimeout(this.#grace);
		if (this.#sent > 0) this.#crew.finish(this.#number);
	}

	#post(batch: Omit<ThreadBatch, "memory">): Promise<Reply> {
		const memory = Array.from(sharedMemoryOf(batch), identityOf);
		return this.#crew.post({ ...batch, memory });
	}
}

function workerLost(cause: unknown): StoreError {
	const { message } = cause as Error;
	return new StoreError(
		"WORKER_LOST",
		`a worker thread ended while it worked (${message}): call again, a new one takes its place`,
		{ cause },
	);
}
