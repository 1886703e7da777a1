import { availableParallelism } from "node:os";
import { BroadcastChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import type { Backend } from "../../src/backend.js";
import { type Engine, type Job, type Runner, runHere } from "../../src/engine.js";
import { errorFromPlain, StoreError } from "../../src/errors.js";
import { absorb } from "../../src/wrap/meter.js";
import {
	type Batch,
	type BatchResult,
	NEWS,
	type News,
	type Reply,
	type SharedJob,
	type TaskResult,
} from "./messages.js";
import { BackendServer } from "./serve.js";

export interface ThreadsOptions {
	/** Worker threads; default: the cores that are available. */
	readonly workers?: number | undefined;
}

/**
 * Runs tasks on worker threads. They fetch, decode and copy into shared memory; encoded chunks come back by transfer. The threads
 * are shared by all connections with the same number of workers, started by the first task, and end when idle for a while.
 */
export function threads(options: ThreadsOptions = {}): Engine {
	const workers = options.workers ?? availableParallelism();
	if (!Number.isSafeInteger(workers) || workers < 1)
		throw new StoreError("INVALID_ARGUMENT", `workers is a whole number ≥ 1, not ${String(workers)}`);
	return {
		name: "threads",
		supports: { closures: false, sharedMemory: true, parallel: true },
		workers,
		start: async <Result>(job: Job<Result>): Promise<Runner<Result>> =>
			job.spec === undefined ? runHere(job) : new ThreadRunner(poolOf(workers), job),
		close: async () => {},
	};
}

/** Opens the engine for `connect(…, { engine: "threads" })`. */
export function open(options: ThreadsOptions): Engine {
	return threads(options);
}

/** Threads that had nothing to do for so long end (ms). They never keep the process alive. */
const IDLE_TIMEOUT = 30_000;

interface Pool {
	readonly piscina: Piscina<Batch, Reply>;
	readonly server: BackendServer;
	readonly workers: number;
}

const pools = new Map<number, Pool>();

function poolOf(workers: number): Pool {
	let pool = pools.get(workers);
	if (pool === undefined) {
		const piscina = new Piscina<Batch, Reply>({
			filename: new URL("./worker.js", import.meta.url).href,
			name: "runBatch",
			minThreads: 0,
			maxThreads: workers,
			idleTimeout: IDLE_TIMEOUT,
			// The next batch is there when one ends, and fetches while the other decodes.
			concurrentTasksPerWorker: 2,
			// A worker asleep in Atomics.wait would not hear that a job is over, and would keep its memory.
			atomics: "disabled",
		});
		pool = { piscina, server: new BackendServer(piscina), workers };
		pools.set(workers, pool);
	}
	return pool;
}

let lastJob = 0;

interface Pending<Result> {
	readonly task: number;
	readonly resolve: (result: Result) => void;
	readonly reject: (error: unknown) => void;
}

/** Gathers the tasks of one turn into a batch per worker, so that a message carries many. */
class ThreadRunner<Result> implements Runner<Result> {
	readonly #pool: Pool;
	readonly #number = ++lastJob;
	readonly #shared: SharedJob;
	readonly #served: readonly number[];
	readonly #backends: readonly Backend[];
	#sent = 0;
	#pending: Pending<Result>[] = [];

	constructor(pool: Pool, job: Job<Result>) {
		this.#pool = pool;
		const { operation, arrays, description } = job.spec as NonNullable<typeof job.spec>;
		this.#backends = arrays.map(({ backend }) => backend);
		const references = arrays.map((array) => pool.server.reference(array));
		this.#served = references.flatMap(({ backend }) => (backend.kind === "served" ? [backend.id] : []));
		const stop = new Int32Array(new SharedArrayBuffer(4));
		this.#shared = { operation, arrays: references, description, stop };
	}

	submit(task: number, signal: AbortSignal): Promise<Result> {
		if (signal.aborted) this.#cancel();
		else if (this.#sent === 0 && this.#pending.length === 0)
			signal.addEventListener("abort", () => this.#cancel(), { once: true });
		return new Promise((resolve, reject) => {
			this.#pending.push({ task, resolve, reject });
			if (this.#pending.length === 1) queueMicrotask(() => this.#flush());
		});
	}

	async finish(): Promise<void> {
		for (const id of this.#served) this.#pool.server.release(id);
		if (this.#sent > 0) announce({ job: this.#number, event: "finished" });
	}

	#cancel(): void {
		Atomics.store(this.#shared.stop, 0, 1);
		if (this.#sent > 0) announce({ job: this.#number, event: "cancelled" });
	}

	#flush(): void {
		const pending = this.#pending;
		this.#pending = [];
		const size = Math.ceil(pending.length / this.#pool.workers);
		for (let at = 0; at < pending.length; at += size) void this.#send(pending.slice(at, at + size));
	}

	async #send(batch: readonly Pending<Result>[]): Promise<void> {
		const tasks = batch.map(({ task }) => task);
		const shared = this.#sent++ < this.#pool.workers ? this.#shared : undefined;
		try {
			const { piscina } = this.#pool;
			const { results, counts } =
				(await piscina.run({ job: this.#number, shared, tasks })) ??
				((await piscina.run({ job: this.#number, shared: this.#shared, tasks })) as BatchResult);
			for (const [i, count] of counts.entries()) if (count !== undefined) absorb(this.#backends[i] as Backend, count);
			settleAll(batch, results);
		} catch (error) {
			const lost = workerLost(error);
			for (const { reject } of batch) reject(lost);
		}
	}
}

/** Failures first, and those before the cancellations that they caused. */
function settleAll<Result>(batch: readonly Pending<Result>[], results: readonly TaskResult[]): void {
	const rank = (result: TaskResult): number => ("value" in result ? 2 : result.error.code === "ABORTED" ? 1 : 0);
	const order = results.map((result, i) => ({ result, pending: batch[i] as Pending<Result> }));
	order.sort((a, b) => rank(a.result) - rank(b.result));
	for (const { result, pending } of order) {
		if ("error" in result) pending.reject(errorFromPlain(result.error));
		else pending.resolve(result.value as Result);
	}
}

/** Tasks report their own failures; what fails a whole batch is the thread. */
function workerLost(cause: unknown): StoreError {
	const { message } = cause as Error;
	return new StoreError(
		"WORKER_LOST",
		`a worker thread ended while it worked (${message}): call again, a new one takes its place`,
		{ cause },
	);
}

let channel: BroadcastChannel | undefined;

function announce(news: News): void {
	if (channel === undefined) {
		channel = new BroadcastChannel(NEWS);
		channel.unref();
	}
	channel.postMessage(news);
}
