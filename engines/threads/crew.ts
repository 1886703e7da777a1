import { type MessagePort, SHARE_ENV } from "node:worker_threads";
import { Piscina } from "piscina";
import { StoreError } from "../../src/errors.js";
import { BATCHES_PER_WORKER } from "../shared/batch-runner.js";
import type { Crew, CrewJob, Loss } from "../shared/crew.js";
import type { Batch, BatchResult, Request } from "../shared/messages.js";
import type { JobReference } from "../shared/references.js";
import { BackendServer } from "../shared/serve.js";
import { identityOf } from "./memory.js";
import { type Reply, type SharedJob, sharedMemoryOf, type ThreadBatch } from "./messages.js";
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
		this.#piscina.on("message", (message: { readonly tesseraePort?: MessagePort }) => {
			if (message.tesseraePort !== undefined) this.#serve(message.tesseraePort);
		});
	}

	take(number: number, job: JobReference): CrewJob {
		return new ThreadJob(this.#piscina, number, {
			...job,
			stop: new Int32Array(new SharedArrayBuffer(4)),
			bring: BATCHES_PER_WORKER * this.workers,
		});
	}

	#serve(port: MessagePort): void {
		const line = this.server.connect((answer) => port.postMessage(answer));
		port.on("message", (request: Request) => line.receive(request));
		port.unref();
	}
}

class ThreadJob implements CrewJob {
	readonly #piscina: Piscina<ThreadBatch, Reply>;
	readonly #number: number;
	readonly #shared: SharedJob;
	/** Batches that bring the job along before workers have to ask for it. */
	readonly #bring: number;
	#sent = 0;

	constructor(
		piscina: Piscina<ThreadBatch, Reply>,
		number: number,
		{ bring, ...shared }: SharedJob & { readonly bring: number },
	) {
		this.#piscina = piscina;
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
		if (this.#sent > 0) announce({ job: this.#number, event: "cancelled" });
	}

	finish(): void {
		if (this.#sent > 0) announce({ job: this.#number, event: "finished" });
	}

	#post(batch: Omit<ThreadBatch, "memory">): Promise<Reply> {
		const memory = Array.from(sharedMemoryOf(batch), identityOf);
		return this.#piscina.run({ ...batch, memory });
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
