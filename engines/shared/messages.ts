/** What an owner and its workers tell each other, whatever the line between them. */
import type { Fetched, GetOptions } from "../../src/backend.js";
import type { PlainError } from "../../src/errors.js";
import type { ReadTimes } from "../../src/range-tuner.js";
import type { CountsByOperation } from "../../src/wrap/counts.js";
import type { TaskResult } from "./references.js";

/** What an owner answered when it was asked for an object; `value` is undefined where that is not stored. */
export type ObjectAnswer = { readonly value: Fetched | undefined } | { readonly error: PlainError };

/** An object of a served store, sent along. */
export type KnownObject = readonly [key: string, answer: ObjectAnswer];

/** What a worker asks of a store in its owner's memory: an object, or not to wait for it any longer. */
export type Request =
	| ({ readonly call: number; readonly backend: number; readonly key: string } & Pick<GetOptions, "fresh" | "limit">)
	| { readonly call: number; readonly cancel: true };

/** To the request of that number. */
export type Answer = { readonly call: number } & ObjectAnswer;

/** Tasks that go to one worker together. */
export interface Batch {
	/** Number of the job, unique among the jobs of this process. */
	readonly job: number;
	/** Which run of tasks it is of, where the crew keeps to runs and tasks overlap. */
	readonly run: number | undefined;
	/** Numbers of the tasks. */
	readonly tasks: readonly number[];
	/** Tasks that may wait for the store at once. */
	readonly lanes: number;
	/** What each task was given of the owner's memory, where the job has such. */
	readonly attached: readonly unknown[] | undefined;
	/** Objects of the first array that the tasks will read, where its store is served. */
	readonly objects: readonly KnownObject[];
}

export interface BatchResult {
	/** One per task, in their order. */
	readonly results: readonly TaskResult[];
	/** How long the batch took (ms). */
	readonly took: number;
	/** How long of that the worker was at work, rather than waiting for the store (ms). */
	readonly busy: number;
	/** What the worker asked of each array's store by itself since it last said so; undefined where the owner served it. */
	readonly counts: readonly (Partial<CountsByOperation> | undefined)[];
	/** What reads of each array's store took since then. */
	readonly times: readonly (ReadTimes | undefined)[];
}
