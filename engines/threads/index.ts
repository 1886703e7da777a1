import { availableParallelism } from "node:os";
import { type Engine, type Job, type Runner, runHere } from "../../src/engine.js";
import { StoreError } from "../../src/errors.js";
import { ALONE } from "../../src/world.js";
import { BatchRunner } from "../shared/batch-runner.js";
import { crewOf } from "./crew.js";

export interface ThreadsOptions {
	/** Worker threads; default: the cores that are available. */
	readonly workers?: number | undefined;
}

/**
 * Runs tasks on worker threads. They fetch, decode and copy into shared memory; encoded chunks come back through it, but for large ones of `map` and `load` into files, which they store. The threads
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
			return new BatchRunner(crewOf(workers), { ...job, spec }, concurrency);
		},
		close: async () => {},
	};
}

/** Opens the engine for `connect(…, { engine: "threads" })`. */
export function open(options: ThreadsOptions): Engine {
	return threads(options);
}
