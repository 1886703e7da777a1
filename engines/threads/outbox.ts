/**
 * Results on their way from a worker to the owner, by shared memory that is used again. To move an ArrayBuffer would cost no copy, but once a thread has
 * given one away, V8 makes every access to any typed array there look whether its memory was: kernels take a quarter longer from then on.
 */
import type { BatchResult } from "../shared/messages.js";
import type { TaskResult } from "../shared/references.js";

/** Smaller results are better copied into the message (bytes). */
const SMALL = 16 * 1024;
/** What a worker keeps for results, at most (bytes); beyond it they are copied into the message. */
const MOST = 32 * 2 ** 20;
/** Before the bytes: whether they are on their way. */
const HEAD = 4;

/** Bytes in shared memory, which is the worker's again once they were taken out. */
interface Parcel {
	readonly memory: SharedArrayBuffer;
	readonly length: number;
}

/** What a worker answers: results without their large bytes, and those. */
export interface PackedResult extends BatchResult {
	/** One per result that has some. */
	readonly parcels: readonly (Parcel | undefined)[];
}

/** The worker's side. */
export class Outbox {
	#memory: SharedArrayBuffer[] = [];

	pack(batch: BatchResult): PackedResult {
		const packed = batch.results.map((result) => this.#packOne(result));
		return { ...batch, results: packed.map(({ result }) => result), parcels: packed.map(({ parcel }) => parcel) };
	}

	#packOne(result: TaskResult): { readonly result: TaskResult; readonly parcel?: Parcel | undefined } {
		const bytes = bytesOf(result);
		const parcel = bytes === undefined || bytes.length < SMALL ? undefined : this.#send(bytes);
		return parcel === undefined ? { result } : { result: withBytes(result, undefined), parcel };
	}

	#send(bytes: Uint8Array): Parcel | undefined {
		const memory = this.#free(bytes.length) ?? this.#make(bytes.length);
		if (memory === undefined) return undefined;
		Atomics.store(new Int32Array(memory, 0, 1), 0, 1);
		new Uint8Array(memory, HEAD).set(bytes);
		return { memory, length: bytes.length };
	}

	#free(length: number): SharedArrayBuffer | undefined {
		return this.#memory.find((memory) => memory.byteLength >= HEAD + length && isFree(memory));
	}

	/** What is free is too small, so it makes room. */
	#make(length: number): SharedArrayBuffer | undefined {
		const size = HEAD + Math.ceil((length * 1.125) / 2 ** 16) * 2 ** 16;
		this.#memory = this.#memory.filter((memory) => !isFree(memory));
		if (this.#memory.reduce((sum, { byteLength }) => sum + byteLength, size) > MOST) return undefined;
		const memory = new SharedArrayBuffer(size);
		this.#memory.push(memory);
		return memory;
	}
}

/** The owner's side: the results with their bytes, copied out. */
export function unpack({ parcels, ...batch }: PackedResult): BatchResult {
	const results = batch.results.map((result, i) => {
		const parcel = parcels[i];
		return parcel === undefined ? result : withBytes(result, take(parcel));
	});
	return { ...batch, results };
}

function take({ memory, length }: Parcel): Uint8Array {
	const { buffer } = Buffer.allocUnsafeSlow(length);
	const bytes = new Uint8Array(buffer);
	bytes.set(new Uint8Array(memory, HEAD, length));
	Atomics.store(new Int32Array(memory, 0, 1), 0, 0);
	return bytes;
}

function isFree(memory: SharedArrayBuffer): boolean {
	return Atomics.load(new Int32Array(memory, 0, 1), 0) === 0;
}

/** The bytes that are the result, or its member of that name. */
function bytesOf(result: TaskResult): Uint8Array | undefined {
	const value = "value" in result ? result.value : undefined;
	const bytes = value instanceof Uint8Array ? value : (value as { readonly bytes?: unknown } | undefined)?.bytes;
	return bytes instanceof Uint8Array && bytes.buffer instanceof ArrayBuffer ? bytes : undefined;
}

function withBytes(result: TaskResult, bytes: Uint8Array | undefined): TaskResult {
	const { value } = result as { readonly value: unknown };
	if (value === undefined || value instanceof Uint8Array) return { value: bytes };
	return { value: { ...(value as object), bytes } };
}
