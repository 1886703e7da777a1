/** What an engine runs: tasks by number, which may be made again elsewhere. */
import type { StoredArray } from "./stored-array.js";

/**
 * A list of independent tasks, numbered from 0, that an engine runs in any order. Plain data and two functions: `run` does the work
 * wherever the engine puts it; `settle` takes the result in the caller's thread, one task at a time.
 */
export interface Job<Result = unknown> {
	readonly count: number;
	/** What to rebuild the job from in another thread or process; undefined where it can run in this thread only. */
	readonly spec: JobSpec | undefined;
	/** Bytes that task `n` holds while it runs: encoded, decoded and produced. */
	cost(n: number): number;
	/** How much work task `n` is against the others: several workers begin with the largest. Default: all alike, or begun in their order. */
	readonly weigh?: ((n: number) => number) | undefined;
	/** @param attached what {@link JobSpec.attach} gave, where the task runs elsewhere */
	run(n: number, signal: AbortSignal, attached?: unknown): Promise<Result>;
	/** Called with each result as it comes; the task is done when this is. */
	settle(n: number, result: Result, signal: AbortSignal): Promise<void> | undefined;
	/** Of a call that all ranks make: each runs a share of the tasks, and settles those, or the results of all in their order. Default: each runs all. */
	readonly sharing?: "tasks" | "results" | undefined;
}

/** What a job is made of; an engine sends it to where it makes the same job again. */
export interface JobSpec {
	/** Its name in `operations/jobs.ts`. */
	readonly operation: string;
	/** What it reads and writes. Arrays cannot travel: an engine sends how to open each. */
	readonly arrays: readonly StoredArray[];
	/** The rest: plain and cloneable. Memory that the caller is to see written is shared memory. */
	readonly description: unknown;
	/** Tasks read or fill memory of the caller: an engine whose workers cannot see that runs them in this thread. Default false. */
	readonly needsSharedMemory?: boolean | undefined;
	/** The results are stored and that is all: `settle` of the job as it is made again does it too, so that an engine may call it where the task ran. Default false. */
	readonly stores?: boolean | undefined;
	/** With {@link stores}: each result by itself and on no condition. Default false. */
	readonly storesFreely?: boolean | undefined;
	/** Tasks only carry bytes from store to store: where workers that open both have `settle` called too, these do not pass through the caller. Default false. */
	readonly carries?: boolean | undefined;
	/** Tasks read in part what those of nearby numbers read: who deals them out keeps runs of them together. Default false. */
	readonly overlaps?: boolean | undefined;
	/** Coordinates of the chunk that task `n` makes of the last array, or reads of it where it makes none: for messages. */
	readonly chunk?: ((n: number) => readonly number[]) | undefined;
	/** Keys in the first array's store that task `n` will read, so that an owner who serves them can send them along. */
	readonly objects?: ((n: number) => readonly string[]) | undefined;
	/** What task `n` needs of the caller's memory, asked for when it is sent: plain and cloneable, large parts in shared memory. */
	readonly attach?: ((n: number) => unknown) | undefined;
}

/** One job as an engine runs it: `start` has sent what all tasks share, so that `submit` carries only a number. */
export interface Runner<Result> {
	/** Tasks submitted at once, at most: those that run, and those that wait so that nobody idles. */
	readonly window: number;
	submit(n: number, signal: AbortSignal): Promise<Result>;
	/** True where tasks are settled where they run ({@link JobSpec.stores}): the loop does not settle them again. */
	readonly settles: boolean;
	/** Tasks that were begun again so far because the worker that had them was lost. */
	readonly retries: number;
	/** The job is over; frees what `start` set up. */
	finish(): Promise<void>;
}
