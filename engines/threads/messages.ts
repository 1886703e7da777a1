import type { BackendSpec, Capabilities } from "../../src/backend.js";
import type { PlainError } from "../../src/errors.js";
import type { CountsByOperation } from "../../src/wrap/meter.js";

/** How a worker opens a store: again, from its spec, or through its owner, who serves the bytes. */
export type BackendReference =
	| { readonly kind: "spec"; readonly spec: BackendSpec }
	| { readonly kind: "served"; readonly id: number; readonly location: string; readonly supports: Capabilities };

/** A stored array, as it travels. */
export interface ArrayReference {
	readonly backend: BackendReference;
	readonly name: string;
	/** The text of its `zarr.json`. */
	readonly metadata: string;
	readonly singleWriter: boolean;
}

/** What all tasks of a job share. */
export interface SharedJob {
	readonly operation: string;
	readonly arrays: readonly ArrayReference[];
	readonly description: unknown;
	/** Entry 0 becomes 1 when the job is cancelled. */
	readonly stop: Int32Array;
}

export interface Batch {
	/** Number of the job, unique among the jobs of this process. */
	readonly job: number;
	/** Left out where the worker probably has it. */
	readonly shared: SharedJob | undefined;
	/** Numbers of the tasks. */
	readonly tasks: readonly number[];
}

export type TaskResult = { readonly value: unknown } | { readonly error: PlainError };

export interface BatchResult {
	/** One per task, in their order. */
	readonly results: readonly TaskResult[];
	/** What the worker asked of each array's store by itself since it last said so; undefined where the owner served it. */
	readonly counts: readonly (CountsByOperation | undefined)[];
}

/** Undefined where the worker does not know the job and wants it sent along. */
export type Reply = BatchResult | undefined;

/** Name of the channel on which the owner tells all workers what became of a job. */
export const NEWS = "tesserae-threads";

export interface News {
	readonly job: number;
	/** `cancelled`: stop what runs of it. `finished`: forget it, and the memory of its result. */
	readonly event: "cancelled" | "finished";
}
