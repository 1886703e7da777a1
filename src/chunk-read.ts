/** Where bytes become values: one chunk read. */
import { chunkContext, describeChunk, located } from "./chunk-errors.js";
import type { ChunkData } from "./codecs/codec.js";
import { StoreError } from "./errors.js";
import type { Recycler } from "./recycler.js";
import type { Region } from "./selection/plan.js";
import { fillRegion, gather, type StridedView } from "./selection/region.js";
import { isZero, type StoredArray } from "./stored-array.js";

export interface LoadOptions {
	readonly signal?: AbortSignal | undefined;
	/** A chunk that is not stored is an error, not fill value. */
	readonly missingIsError?: boolean | undefined;
}

export interface ReadOptions extends LoadOptions {
	readonly scratch: Recycler<ChunkMemory>;
	/** The target is all zero bytes already, so that a fill value of zero need not be written. */
	readonly zeroed?: boolean | undefined;
}

/** Memory for the bytes of one chunk, encoded and decoded, used again: else every chunk of a large read waits for garbage collection. */
export class ChunkMemory {
	#encoded = new Uint8Array(0);
	#decoded = new Uint8Array(0);
	/** Room for the largest object so far and a little more. */
	#objectSize = 0;

	/** Tells the size of an object. */
	note(size: number): void {
		if (size > this.#objectSize) this.#objectSize = Math.ceil(size * 1.125);
	}

	/** For the next object; undefined before one told its size. */
	encoded(): Uint8Array | undefined {
		if (this.#objectSize > this.#encoded.length) this.#encoded = new Uint8Array(this.#objectSize);
		return this.#objectSize === 0 ? undefined : this.#encoded;
	}

	decoded(length: number): Uint8Array {
		if (length > this.#decoded.length) this.#decoded = new Uint8Array(length);
		return this.#decoded.subarray(0, length);
	}
}

/** Reads `region` of one chunk into `target`; what is not stored becomes fill value. */
export async function readChunk(
	array: StoredArray,
	coords: readonly number[],
	place: { readonly region: Region; readonly target: StridedView },
	options: ReadOptions,
): Promise<void> {
	const { region, target } = place;
	const { components } = array.spec.dtype;
	const { scratch } = options;
	const memory = scratch.take();
	const chunk = await loadChunk(array, coords, options, memory);
	if (chunk !== undefined) gather(chunk, region, target, components);
	else if (!(options.zeroed && isZero(array.spec.fill))) fillRegion(target, region, array.spec.fill);
	scratch.give(memory);
}

/**
 * Reads and decodes one whole chunk; undefined where it is not stored. The values are borrowed: they must not be written to, and where
 * memory was given they may lie in it.
 */
export async function loadChunk(
	array: StoredArray,
	coords: readonly number[],
	options: LoadOptions,
	memory?: ChunkMemory,
): Promise<ChunkData | undefined> {
	const key = array.keyOf(coords);
	const { signal } = options;
	try {
		const into = array.backend.supports.readsInto ? memory?.encoded() : undefined;
		const fetched = await array.backend.get(key, { signal, into });
		if (fetched !== undefined) {
			memory?.note(fetched.size);
			const allocate = memory && ((length: number) => memory.decoded(length));
			const chunk = array.pipeline.decode(fetched.parts[0] as Uint8Array, allocate);
			return chunk instanceof Promise ? await chunk : chunk;
		}
	} catch (error) {
		throw located(error, array, coords);
	}
	if (!options.missingIsError) return undefined;
	throw new StoreError("NOT_FOUND", `chunk ${describeChunk(array, coords)} is not stored`, chunkContext(array, coords));
}
