import { entriesOf } from "../../chunk-forms.js";
import type { ChunkData, ChunkSpec } from "../../codecs/codec.js";
import type { TypedArray, TypedArrayConstructor } from "../../format/data-types.js";
import { Recycler } from "../../recycler.js";
import { rowMajorStrides } from "../../selection/region.js";
import { counted } from "../../shared-memory.js";
import type { StoredArray } from "../../stored-array.js";

/**
 * Shared memory through which values pass between the caller's plain memory and tasks that run elsewhere: room for any chunk for each
 * task on its way, used again by later ones.
 */
export class Exchange {
	readonly #memory: Recycler<SharedArrayBuffer>;
	readonly #Array: TypedArrayConstructor;
	readonly #lent = new Map<number, SharedArrayBuffer>();

	constructor({ spec, chunkBytes }: StoredArray) {
		this.#Array = spec.dtype.Array;
		this.#memory = memoryOf(chunkBytes);
	}

	/** Memory for task `n`. It may hold the values of an earlier one. */
	lend(n: number): TypedArray {
		const memory = this.#memory.take();
		this.#lent.set(n, memory);
		return new this.#Array(memory);
	}

	/** What was lent to task `n`; undefined where nothing was. Another task may have it once the caller returns to the loop. */
	takeBack(n: number): TypedArray | undefined {
		const memory = this.#lent.get(n);
		if (memory === undefined) return undefined;
		this.#lent.delete(n);
		this.#memory.give(memory);
		return new this.#Array(memory);
	}
}

/** What exchanges of the last chunk size have made, for the next one: other threads take their time to let go of what they saw. */
let kept: { readonly bytes: number; readonly memory: Recycler<SharedArrayBuffer> } | undefined;

function memoryOf(bytes: number): Recycler<SharedArrayBuffer> {
	if (kept?.bytes !== bytes) kept = { bytes, memory: new Recycler(() => counted(new SharedArrayBuffer(bytes))) };
	return kept.memory;
}

/** Memory that has room for a chunk, seen as that chunk. */
export function asChunk(spec: ChunkSpec, memory: TypedArray): ChunkData {
	const { shape, dtype } = spec;
	const data = memory.subarray(0, entriesOf(spec)) as TypedArray;
	return { data, shape, stride: rowMajorStrides(shape, dtype.components), offset: 0 };
}
