/** What travels between callers and workers: numbers of tasks and how to make their job again, never the bytes of arrays, never credentials. */
import { deserialize, serialize } from "node:v8";
import { type PlainError, StoreError } from "../../src/errors.js";
import type { ReadTimes } from "../../src/range-tuner.js";
import type { CountsByOperation } from "../../src/wrap/counts.js";
import type { JobReference, TaskResult } from "../shared/references.js";
import type { Identity } from "./identity.js";
import type { KernelReference } from "./kernel-reference.js";

/** What all batches of a call share; kept once, under the call's name. */
export interface CallReference extends JobReference {
	/** One per array, in their order; undefined where that of another array tells enough. */
	readonly identities: readonly (Identity | undefined)[];
	/** The description's kernel. */
	readonly kernel: KernelReference | undefined;
	/** Tasks of a batch that may wait for the store at once. */
	readonly lanes: number;
}

/** What BullMQ carries. */
export interface BatchData {
	readonly call: string;
	/** Which run of tasks it is of, where tasks overlap. Its place here is known to {@link exchangeBatch}. */
	readonly run?: number | undefined;
	readonly batch: number;
	readonly tasks: readonly number[];
}

/** A batch that came to its end. */
export interface Ended {
	/** How long its tasks took (ms). */
	readonly took: number;
	/** How long the worker had it beyond that (ms): what the queue costs. */
	readonly overhead: number;
	/** What was asked of each array's store. */
	readonly counts: readonly (Partial<CountsByOperation> | undefined)[];
	readonly times: readonly (ReadTimes | undefined)[];
}

export type TaskOutcome = readonly [task: number, result: TaskResult];

/** The first failure wins: a cancellation that it caused comes after it. */
export function cancelledLast(outcomes: readonly TaskOutcome[]): readonly TaskOutcome[] {
	const rank = ([, result]: TaskOutcome): number => ("error" in result ? (result.error.code === "ABORTED" ? 2 : 1) : 0);
	return [...outcomes].sort((a, b) => rank(a) - rank(b));
}

export type News = { readonly call: string; readonly batch: number } & (
	| { readonly results: readonly TaskOutcome[]; readonly ended?: Ended | undefined }
	/** The worker that had it is lost, and it has begun again. */
	| { readonly again: true }
	/** None of its tasks will be done. */
	| { readonly failed: PlainError }
);

/** The most that one partial result, or what a call is made of, may take (bytes): Redis holds all of it in memory. */
export const LARGEST_RESULT: number = 4 * 2 ** 20;
const LARGEST_REFERENCE = 16 * 2 ** 20;

export function pack(news: News): Buffer {
	return serialize(news);
}

export function unpack(bytes: Uint8Array): News {
	return deserialize(bytes) as News;
}

/** @throws StoreError INVALID_ARGUMENT where something cannot travel, TOO_LARGE where it is too much */
export function packReference(reference: CallReference): Buffer {
	let bytes: Buffer;
	try {
		bytes = serialize(reference);
	} catch (cause) {
		throw new StoreError("INVALID_ARGUMENT", `what the call is made of cannot travel: ${(cause as Error).message}`, {
			cause,
		});
	}
	if (bytes.byteLength <= LARGEST_REFERENCE) return bytes;
	throw new StoreError(
		"TOO_LARGE",
		`what the call is made of takes ${bytes.byteLength} bytes, more than the ${LARGEST_REFERENCE} that are put into Redis: keep large parameters of kernels in a dataset, and pass that as a further input`,
	);
}

export function unpackReference(bytes: Uint8Array): CallReference {
	return deserialize(bytes) as CallReference;
}
