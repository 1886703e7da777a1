/** Jobs and arrays on their way to another thread, process or host: plain and cloneable, free of secrets. */
import type { BackendSpec, Capabilities } from "../../src/backend.js";
import type { PlainError } from "../../src/errors.js";
import { formatArrayText } from "../../src/format/array-text.js";
import type { RangeTuner } from "../../src/range-tuner.js";
import type { StoredArray } from "../../src/stored-array.js";

/** How a worker opens a store: again, from its spec, or through its owner, who serves the bytes. */
export type BackendReference =
	| { readonly kind: "spec"; readonly spec: BackendSpec }
	| { readonly kind: "served"; readonly id: number; readonly location: string; readonly supports: Capabilities };

/** A stored array. */
export interface ArrayReference {
	readonly backend: BackendReference;
	readonly name: string;
	/** Its metadata, as `formatArrayText` has it. */
	readonly metadata: string;
	readonly singleWriter: boolean;
	/** What to ask for of objects that have parts. */
	readonly ranges: RangeTuner["ranges"];
}

/** What a worker makes a job of. */
export interface JobReference {
	/** Its name in `operations/jobs.ts`. */
	readonly operation: string;
	readonly arrays: readonly ArrayReference[];
	readonly description: unknown;
	/** Tasks store their results where they run. */
	readonly stores: boolean;
}

/** What became of a task. */
export type TaskResult = { readonly value: unknown } | { readonly error: PlainError };

export function arrayReference(array: StoredArray, backend: BackendReference): ArrayReference {
	const { name, singleWriter, tuner } = array;
	return { backend, name, metadata: formatArrayText(array.metadata), singleWriter, ranges: tuner.ranges };
}
