import { type Engine, type Job, type Runner, runHere } from "../../src/engine.js";
import { ALONE } from "../../src/world.js";

/** Runs every task in this thread, one after another; only waiting for the store overlaps. The reference for all other engines. */
export function sequential(): Engine {
	return {
		name: "sequential",
		supports: { closures: true, sharedMemory: true, parallel: false },
		workers: 1,
		world: ALONE,
		admit: async () => {},
		start: async <Result>(job: Job<Result>, concurrency: number): Promise<Runner<Result>> => runHere(job, concurrency),
		close: async () => {},
	};
}

/** Opens the engine for `connect(…, { engine: "sequential" })`. */
export function open(): Engine {
	return sequential();
}
