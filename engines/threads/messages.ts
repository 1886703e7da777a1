import type { MessagePort } from "node:worker_threads";
import { sharedMemoryIn } from "../../src/shared-memory.js";
import type { Batch } from "../shared/messages.js";
import type { JobReference } from "../shared/references.js";
import type { PackedResult } from "./outbox.js";

/** What all tasks of a job share. */
export interface SharedJob extends JobReference {
	/** Entry 0 becomes 1 when the job is cancelled. */
	readonly stop: Int32Array;
}

export interface ThreadBatch extends Batch {
	/** Left out where the worker probably has it. */
	readonly shared: SharedJob | undefined;
	/** What memory it is that {@link sharedMemoryOf} finds in the rest, in that order. */
	readonly memory: readonly number[];
}

/** The shared memory that comes with a batch and is large enough to matter. */
export function* sharedMemoryOf({
	shared,
	attached,
	objects,
}: Omit<ThreadBatch, "memory">): Generator<SharedArrayBuffer> {
	yield* sharedMemoryIn(shared?.description);
	yield* sharedMemoryIn(attached);
	yield* sharedMemoryIn(objects);
}

/** What a worker tells its owner by itself. */
export type FromWorker =
	| { readonly tesserae: "port"; readonly port: MessagePort }
	| { readonly tesserae: "ready"; readonly thread: number }
	| { readonly tesserae: "heard"; readonly thread: number; readonly job: number };

/** Undefined where the worker does not know the job and wants it sent along. */
export type Reply = PackedResult | undefined;
