import type { StoreError } from "../../src/errors.js";
import type { Batch, BatchResult } from "./messages.js";
import type { JobReference } from "./references.js";
import type { BackendServer } from "./serve.js";

/** How long a worker may take to let go of a cancelled batch (ms); then a kernel does not let it hear of anything, and it is ended. */
export const CANCEL_GRACE = 500;

/** The workers of an engine, as the owner of a job sees them. */
export interface Crew {
	readonly workers: number;
	/** Serves them the stores that they cannot open. */
	readonly server: BackendServer;
	/** How often a task may lose its worker before the call fails. */
	readonly attempts: number;
	/** Workers share no decoded chunks: tasks that overlap are dealt out in runs, one for each. Default false. */
	readonly keepsRuns?: boolean | undefined;
	/** Takes on a job; workers hear of it with its first batches. */
	take(number: number, job: JobReference): CrewJob;
}

/** One job at its workers. */
export interface CrewJob {
	/**
	 * Runs a batch on one worker.
	 * @param isAlone the worker is to have nothing else meanwhile, so that it is known who ends it
	 */
	run(batch: Batch, isAlone: boolean): Promise<BatchResult | Loss>;
	/** Stops its tasks. Batches that workers have still come back. */
	cancel(): void;
	/** It is over: workers forget it. */
	finish(): void;
}

/** A worker ended before it had done a batch. */
export interface Loss {
	/** The batch may have been why. */
	readonly isSuspect: boolean;
	/** The error of a task that has lost its last worker. */
	error(task: LostTask): StoreError;
}

/** What a task that lost its workers was about. */
export interface LostTask {
	/** In words. */
	readonly what: string;
	readonly dataset: string;
	readonly chunk: readonly number[] | undefined;
}
