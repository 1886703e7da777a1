import { availableParallelism } from "node:os";
import { type Engine, type Job, type Runner, runHere } from "../../src/engine.js";
import { StoreError } from "../../src/errors.js";
import { ALONE } from "../../src/world.js";
import { BatchRunner } from "../shared/batch-runner.js";
import { crewOf } from "./crew.js";

export interface ClusterOptions {
	/** Worker processes; default: the cores that are available. */
	readonly workers?: number | undefined;
	/** How long a worker process may take from its start until it is ready (ms), after which it is ended. Default 30,000. */
	readonly startTimeout?: number | undefined;
}

/** Two hundred times what it takes on a machine that has time. */
const START_TIMEOUT = 30_000;
/** More is no time that a timer takes (ms). */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/**
 * Runs kernels, statistics and copies in worker processes on this machine. What they compute comes back and is stored here, but for large chunks of `map` and `load` into files, which they store; `get` and `set`
 * read and fill memory of the caller and run in this thread. A process that is lost takes nothing with it: its tasks are done again by others.
 * The processes are shared by all connections with the same options, started by the first task, and end when idle for a while.
 * @throws StoreError INVALID_ARGUMENT naming the option
 */
export function cluster(options: ClusterOptions = {}): Engine {
	const workers = options.workers ?? availableParallelism();
	if (!Number.isSafeInteger(workers) || workers < 1)
		throw new StoreError("INVALID_ARGUMENT", `workers is a whole number ≥ 1, not ${String(workers)}`);
	const { startTimeout = START_TIMEOUT } = options;
	if (!(startTimeout > 0 && startTimeout <= LONGEST_TIMEOUT))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`startTimeout is a number of milliseconds > 0 and ≤ ${LONGEST_TIMEOUT}, not ${String(startTimeout)}`,
		);
	return {
		name: "cluster",
		supports: { closures: false, sharedMemory: false, parallel: true },
		workers,
		world: ALONE,
		admit: async () => {},
		async start<Result>(job: Job<Result>, concurrency: number): Promise<Runner<Result>> {
			const { spec } = job;
			if (spec === undefined || spec.needsSharedMemory) return runHere(job, concurrency);
			return new BatchRunner(crewOf({ workers, startTimeout }), { ...job, spec }, concurrency);
		},
		close: async () => {},
	};
}

/** Opens the engine for `connect(…, { engine: "cluster" })`. */
export function open(options: ClusterOptions): Engine {
	return cluster(options);
}
