import type { BackendSpec, Capabilities, Fetched } from "../../src/backend.js";
import type { PlainError } from "../../src/errors.js";
import type { RangeTuner, ReadTimes } from "../../src/range-tuner.js";
import { sharedMemoryIn } from "../../src/shared-memory.js";
import type { CountsByOperation } from "../../src/wrap/counts.js";

/** How a worker opens a store: again, from its spec, or through its owner, who serves the bytes. */
export type BackendReference =
	| { readonly kind: "spec"; readonly spec: BackendSpec }
	| { readonly kind: "served"; readonly id: number; readonly location: string; readonly supports: Capabilities };

/** A stored array, as it travels. */
export interface ArrayReference {
	readonly backend: BackendReference;
	readonly name: string;
	/** Its metadata, as `formatArrayText` has it. */
	readonly metadata: string;
	readonly singleWriter: boolean;
	/** What to ask for of objects that have parts. */
	readonly ranges: RangeTuner["ranges"];
}

/** What all tasks of a job share. */
export interface SharedJob {
	readonly operation: string;
	readonly arrays: readonly ArrayReference[];
	readonly description: unknown;
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

export type TaskResult = { readonly value: unknown } | { readonly error: PlainError };

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
