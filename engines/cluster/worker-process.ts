import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { errorFromPlain } from "../../src/errors.js";
import type { Batch, BatchResult } from "../shared/messages.js";
import type { JobReference } from "../shared/references.js";
import type { BackendServer, ServedLine } from "../shared/serve.js";
import { workerArguments } from "./exec-arguments.js";
import { type FromWorker, LIFELINE, type ToWorker } from "./messages.js";

/** A batch on its way to a worker, or there. */
export interface Entry {
	readonly id: number;
	readonly batch: Batch;
	readonly job: JobReference;
	/** Its worker has nothing else meanwhile. */
	readonly isAlone: boolean;
	done(result: BatchResult): void;
	/** Its worker has ended. */
	lost(end: WorkerEnd): void;
	fail(error: unknown): void;
}

/** How a worker ended. */
export interface WorkerEnd {
	/** In words, such as "by SIGKILL". */
	readonly how: string;
	readonly cause: unknown;
	/** Somebody sent it a signal, or the system did. */
	readonly isKilled: boolean;
	/** We ended it, for a cancelled batch that it did not let go of, or because it was late. */
	readonly isOurs: boolean;
	/** It was not ready in time. */
	readonly isLate: boolean;
}

/** What a worker tells the pool. */
interface Pool {
	readonly server: BackendServer;
	/** How long a worker may take to be ready (ms). */
	readonly startTimeout: number;
	/** A worker is ready, or has room for a batch. */
	free(): void;
	ended(worker: WorkerProcess, end: WorkerEnd): void;
}

const MODULE = fileURLToPath(new URL("./worker.js", import.meta.url));

/** One worker process, seen by its owner. */
export class WorkerProcess {
	/** It can be given batches. */
	isReady = false;
	readonly #pool: Pool;
	readonly #child: ChildProcess;
	readonly #served: ServedLine;
	readonly #batches = new Map<number, Entry>();
	/** Jobs that it knows, and the run of the first batch of each. */
	readonly #jobs = new Map<number, number | undefined>();
	#failure: Error | undefined;
	#isOurs = false;
	#isLate = false;
	#hasEnded = false;
	readonly #deadline: NodeJS.Timeout;

	constructor(pool: Pool) {
		this.#pool = pool;
		this.#child = fork(MODULE, [], {
			execArgv: workerArguments(process.execArgv),
			serialization: "advanced",
			// What kernels print goes where the output of this process goes.
			stdio: ["ignore", "inherit", "inherit", "ipc", "pipe"],
		});
		this.#served = pool.server.connect((answer) => this.tell({ kind: "answer", answer }));
		this.#child.on("message", (message: FromWorker) => this.#hear(message));
		this.#child.on("exit", (code, signal) => {
			if (signal === null) this.#end(`with exit code ${code}`, false);
			else this.#end(`by ${signal}`, true);
		});
		this.#child.on("error", (error) => this.#fail(error));
		const lifeline = this.#child.stdio[LIFELINE] as Socket | null | undefined;
		lifeline?.on("error", () => {});
		lifeline?.resume();
		lifeline?.unref();
		this.#deadline = setTimeout(() => this.#giveUp(), pool.startTimeout).unref();
	}

	/** Batches that it has. */
	get load(): number {
		return this.#batches.size;
	}

	/** It has a batch that nothing else is to disturb. */
	get isReserved(): boolean {
		for (const { isAlone } of this.#batches.values()) if (isAlone) return true;
		return false;
	}

	has(job: number): boolean {
		for (const { batch } of this.#batches.values()) if (batch.job === job) return true;
		return false;
	}

	/** The run of a job's tasks that it keeps to. */
	runOf(job: number): number | undefined {
		return this.#jobs.get(job);
	}

	give(entry: Entry): void {
		const { id, batch } = entry;
		const isKnown = this.#jobs.has(batch.job);
		try {
			this.tell({ kind: "batch", id, batch, job: isKnown ? undefined : entry.job });
		} catch (error) {
			entry.fail(error);
			return;
		}
		if (!isKnown) this.#jobs.set(batch.job, batch.run);
		this.#batches.set(id, entry);
	}

	cancel(job: number): void {
		if (this.#jobs.has(job)) this.tell({ kind: "cancelled", job });
	}

	forget(job: number): void {
		if (this.#jobs.delete(job)) this.tell({ kind: "finished", job });
	}

	/** What fails to leave is lost with the process, of whose end is heard anyway. */
	tell(message: ToWorker): void {
		if (this.#child.connected) this.#child.send(message, undefined, undefined, () => {});
	}

	/** Whether the owner's process waits for this one. */
	keepAlive(keeps: boolean): void {
		const change = keeps ? "ref" : "unref";
		this.#child[change]();
		this.#child.channel?.[change]();
	}

	kill(): void {
		this.#isOurs = true;
		this.#child.kill("SIGKILL");
	}

	/** Lets go of it: it has nothing to do, and ends by itself. */
	dismiss(): void {
		if (!this.isReady) this.kill();
		else if (this.#child.connected) this.#child.disconnect();
	}

	/** Where this thread was busy for so long, that it is ready may be there to be heard. */
	#giveUp(): void {
		setImmediate(() => {
			if (this.isReady || this.#hasEnded) return;
			this.#isLate = true;
			this.kill();
		});
	}

	#hear(message: FromWorker): void {
		if (message.kind === "request") this.#served.receive(message.request);
		else if (message.kind === "failed") this.#failure = errorFromPlain(message.error);
		else if (message.kind === "ready") {
			this.isReady = true;
			clearTimeout(this.#deadline);
			this.#pool.free();
		} else {
			const entry = this.#batches.get(message.id);
			this.#batches.delete(message.id);
			entry?.done(message.result);
			this.#pool.free();
		}
	}

	/** It could not be started, or not be killed. */
	#fail(error: Error): void {
		this.#failure = error;
		if (this.#child.pid === undefined) this.#end(`before it began: ${error.message}`, false);
	}

	#end(how: string, isKilled: boolean): void {
		if (this.#hasEnded) return;
		this.#hasEnded = true;
		clearTimeout(this.#deadline);
		this.#served.close();
		const end = { how, cause: this.#failure, isKilled, isOurs: this.#isOurs, isLate: this.#isLate };
		this.#pool.ended(this, end);
		for (const entry of this.#batches.values()) entry.lost(end);
		this.#batches.clear();
	}
}
