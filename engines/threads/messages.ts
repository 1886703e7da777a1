import type { Fetched } from "../../src/backend.js";
import type { PlainError } from "../../src/errors.js";
import type { ReadTimes } from "../../src/range-tuner.js";
import { sharedMemoryIn } from "../../src/shared-memory.js";
import type { CountsByOperation } from "../../src/wrap/counts.js";
import type { JobReference, TaskResult } from "../shared/references.js";

/** What all tasks of a job share. */
export interface SharedJob extends JobReference {
	/** Entry 0 becomes 1 when the job is cancelled. */
	readonly stop: Int32Array;
}

/** What an owner answered when it was asked for an object; `value` is undefined where that is not stored. */
export type ObjectAnswer = { readonly value: Fetched | undefined } | { readonly error: PlainError };

/** An object of a served store, sent along. */
export type KnownObject = readonly [key: string, answer: ObjectAnswer];

export interface Batch {
	/** Number of the job, unique among the jobs of this process. */
	readonly job: number;
	/** Left out where the worker probably has it. */
	readonly shared: SharedJob | undefined;
	/** Numbers of the tasks. */
	readonly tasks: readonly number[];
	/** Tasks that may wait for the store at once. */
	readonly lanes: number;
	/** What each task was given of the owner's memory, where the job has such. */
	readonly attached: readonly unknown[] | undefined;
	/** Objects of the first array that the tasks will read, where its store is served. */
	readonly objects: readonly KnownObject[];
	/** What memory it is that {@link sharedMemoryOf} finds in the rest, in that order. */
	readonly memory: readonly number[];
}

/** The shared memory that comes with a batch and is large enough to matter. */
export function* sharedMemoryOf({ shared, attached, objects }: Omit<Batch, "memory">): Generator<SharedArrayBuffer> {
	yield* sharedMemoryIn(shared?.description);
	yield* sharedMemoryIn(attached);
	yield* sharedMemoryIn(objects);
}

export interface BatchResult {
	/** One per task, in their order. */
	readonly results: readonly TaskResult[];
	/** How long the batch took (ms). */
	readonly took: number;
	/** What the worker asked of each array's store by itself since it last said so; undefined where the owner served it. */
	readonly counts: readonly (Partial<CountsByOperation> | undefined)[];
	/** What reads of each array's store took since then. */
	readonly times: readonly (ReadTimes | undefined)[];
}

/** Undefined where the worker does not know the job and wants it sent along. */
export type Reply = BatchResult | undefined;
