import { availableParallelism } from "node:os";
import { SHARE_ENV } from "node:worker_threads";
import { Piscina } from "piscina";
import { objectLimit } from "../../src/chunk-source.js";
import { type Engine, type Job, type JobSpec, type Runner, runHere } from "../../src/engine.js";
import { aborted, errorFromPlain, StoreError } from "../../src/errors.js";
import type { StoredArray } from "../../src/stored-array.js";
import { ALONE } from "../../src/world.js";
import { absorb } from "../../src/wrap/meter.js";
import type { TaskResult } from "../shared/references.js";
import { identityOf } from "./memory.js";
import {
	type Batch,
	type BatchResult,
	type KnownObject,
	type Reply,
	type SharedJob,
	sharedMemoryOf,
} from "./messages.js";
import { announce } from "./news.js";
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
		world: ALONE,
		admit: async () => {},
		async start<Result>(job: Job<Result>, concurrency: number): Promise<Runner<Result>> {
			const { spec } = job;
			if (spec === undefined) return runHere(job, concurrency);
			return new ThreadRunner(poolOf(workers), { ...job, spec }, concurrency);
		},
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
			concurrentTasksPerWorker: BATCHES_PER_WORKER,
			// Credentials may be put into the environment, or renewed there, long after the first connection started the threads.
			env: SHARE_ENV,
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

/** Batches at a worker: one that it works on, and one that is there when that ends. */
const BATCHES_PER_WORKER = 2;
/** How long a batch should take (ms): long against what a message costs, short against what a person or another call waits. */
const BATCH_TIME = 5;
/** What the tasks of a batch hold at once, where that is more than one of them: large objects fill a connection or a disk by themselves. */
const BATCH_BYTES = 32 * 2 ** 20;
/** Tasks of a batch before it is known how long they take. */
const FIRST_BATCH = 4;
/** Tasks that wait here for a worker, so that the next batch is as large as it should be. */
const QUEUED_PER_WORKER = 16;

/** Deals the tasks out in batches, so that a message carries many where they are short. */
class ThreadRunner<Result> implements Runner<Result> {
	readonly window: number;
	readonly settles = false;
	readonly retries = 0;
	readonly #pool: Pool;
	readonly #number = ++lastJob;
	readonly #count: number;
	readonly #spec: JobSpec;
	readonly #shared: SharedJob;
	readonly #abort = new AbortController();
	readonly #queue: Pending<Result>[] = [];
	/** Rejections of tasks that were cancelled because another one had failed, whose failure may still be on its way. */
	readonly #cancelled: (() => void)[] = [];
	/** One entry for each batch that may be sent now: how many of its tasks may wait for the store at once. */
	readonly #lanes: number[];
	readonly #batches: number;
	/** Batches and tasks that were sent. */
	#sent = 0;
	#dealt = 0;
	/** How long one task keeps a worker (ms), as far as is known. */
	#taskTime: number | undefined;

	constructor(pool: Pool, { count, spec, cost }: Job<Result> & { readonly spec: JobSpec }, concurrency: number) {
		this.window = Math.max(concurrency, QUEUED_PER_WORKER * pool.workers);
		this.#pool = pool;
		this.#count = count;
		this.#spec = spec;
		this.#batches = Math.min(BATCHES_PER_WORKER * pool.workers, concurrency);
		const most = Math.max(1, Math.floor(BATCH_BYTES / cost(0)));
		this.#lanes = Array.from({ length: this.#batches }, (_, i) =>
			Math.min(most, Math.floor((concurrency + i) / this.#batches)),
		);
		const arrays = spec.arrays.map((array) => pool.server.reference(array));
		const stop = new Int32Array(new SharedArrayBuffer(4));
		this.#shared = { operation: spec.operation, arrays, description: spec.description, stop };
	}

	submit(task: number, signal: AbortSignal): Promise<Result> {
		if (signal.aborted) this.#cancel();
		else if (this.#sent === 0 && this.#queue.length === 0)
			signal.addEventListener("abort", () => this.#cancel(), { once: true });
		return new Promise((resolve, reject) => {
			this.#queue.push({ task, resolve, reject });
			if (this.#queue.length === 1) queueMicrotask(() => this.#deal());
		});
	}

	async finish(): Promise<void> {
		for (const { backend } of this.#shared.arrays) if (backend.kind === "served") this.#pool.server.release(backend.id);
		if (this.#sent > 0) announce({ job: this.#number, event: "finished" });
	}

	#cancel(): void {
		if (this.#abort.signal.aborted) return;
		Atomics.store(this.#shared.stop, 0, 1);
		this.#abort.abort();
		if (this.#sent > 0) announce({ job: this.#number, event: "cancelled" });
		this.#deal();
	}

	#deal(): void {
		if (this.#abort.signal.aborted) {
			for (const reject of this.#cancelled.splice(0)) reject();
			for (const { reject } of this.#queue.splice(0)) reject(aborted(this.#abort.signal));
		}
		if (this.#cancelled.length > 0) return;
		while (this.#queue.length > 0 && this.#lanes.length > 0)
			void this.#send(this.#queue.splice(0, this.#batchSize()), this.#lanes.pop() as number);
	}

	/**
	 * What takes about the time of a batch; less where few tasks are there or left, so that no worker is left alone with the rest.
	 */
	#batchSize(): number {
		const timely = this.#taskTime === undefined ? FIRST_BATCH : Math.ceil(BATCH_TIME / this.#taskTime);
		const share = Math.ceil((this.#count - this.#dealt) / this.#batches);
		return Math.min(timely, share, Math.ceil(this.#queue.length / this.#lanes.length));
	}

	async #send(pending: readonly Pending<Result>[], lanes: number): Promise<void> {
		this.#dealt += pending.length;
		try {
			const { results, counts, times, took } = await this.#run(
				pending.map(({ task }) => task),
				lanes,
			);
			this.#taskTime = took / pending.length;
			for (const [i, count] of counts.entries())
				if (count !== undefined) absorb((this.#spec.arrays[i] as StoredArray).backend, count);
			for (const [i, time] of times.entries()) if (time) (this.#spec.arrays[i] as StoredArray).tuner.add(time);
			this.#settle(pending, results);
		} catch (error) {
			for (const { reject } of pending) reject(error);
		}
		this.#lanes.push(lanes);
		if (this.#cancelled.length > 0 && this.#lanes.length === this.#batches) this.#cancel();
		this.#deal();
	}

	/** The first failure wins, and a cancellation that it caused may come before it: that waits until the failure is here. */
	#settle(pending: readonly Pending<Result>[], results: readonly TaskResult[]): void {
		let failed = false;
		for (const [i, { resolve, reject }] of pending.entries()) {
			const result = results[i] as TaskResult;
			if ("value" in result) resolve(result.value as Result);
			else if (result.error.code === "ABORTED") this.#cancelled.push(() => reject(errorFromPlain(result.error)));
			else {
				reject(errorFromPlain(result.error));
				failed = true;
			}
		}
		if (failed) this.#cancel();
	}

	async #run(tasks: readonly number[], lanes: number): Promise<BatchResult> {
		// The first batches bring the job along; a worker that got none of them asks for it.
		const shared = this.#sent++ < this.#batches ? this.#shared : undefined;
		const { attach } = this.#spec;
		const attached = attach && tasks.map(attach);
		const objects = await this.#objects(tasks, lanes);
		const batch = { job: this.#number, shared, tasks, lanes, attached, objects };
		try {
			return (await this.#post(batch)) ?? ((await this.#post({ ...batch, shared: this.#shared })) as BatchResult);
		} catch (error) {
			throw workerLost(error);
		}
	}

	#post(batch: Omit<Batch, "memory">): Promise<Reply> {
		const memory = Array.from(sharedMemoryOf(batch), identityOf);
		return this.#pool.piscina.run({ ...batch, memory });
	}

	async #objects(tasks: readonly number[], lanes: number): Promise<readonly KnownObject[]> {
		const { objects } = this.#spec;
		const backend = this.#shared.arrays[0]?.backend;
		if (objects === undefined || backend?.kind !== "served") return [];
		const { signal } = this.#abort;
		const limit = objectLimit((this.#spec.arrays[0] as StoredArray).largest.pipeline);
		return this.#pool.server.objects(backend.id, [...new Set(tasks.flatMap(objects))], { lanes, signal, limit });
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
