/** Where bytes become values: one chunk read. */
import { chunkContext, describeChunk, located } from "./chunk-errors.js";
import type { ChunkData } from "./codecs/codec.js";
import { StoreError } from "./errors.js";
import type { Region } from "./selection/plan.js";
import { fillRegion, gather, type StridedView } from "./selection/region.js";
import { isZero, type StoredArray } from "./stored-array.js";

export interface ReadOptions {
	readonly signal?: AbortSignal | undefined;
	/** A chunk that is not stored is an error, not fill value. */
	readonly missingIsError?: boolean | undefined;
	/** The target is all zero bytes already, so that a fill value of zero need not be written. */
	readonly zeroed?: boolean | undefined;
	/** Memory to fetch objects into, one after another. */
	readonly scratch?: Scratch | undefined;
}

/** Memory for the encoded bytes of one chunk at a time, used again: else every chunk of a large read waits for garbage collection. */
export class Scratch {
	readonly #free: Uint8Array[] = [];
	/** The largest object so far, with room for one a little larger. */
	#size = 0;

	/** Nothing before the first object told its size. */
	take(): Uint8Array | undefined {
		const bytes = this.#free.pop();
		if (bytes !== undefined && bytes.byteLength >= this.#size) return bytes;
		return this.#size === 0 ? undefined : new Uint8Array(this.#size);
	}

	/** Tells the size of an object. */
	note(size: number): void {
		if (size > this.#size) this.#size = Math.ceil(size * 1.125);
	}

	/** Gives memory back once nothing looks at it any more. */
	release(bytes: Uint8Array | undefined): void {
		if (bytes !== undefined) this.#free.push(bytes);
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
	const scratch = options.scratch;
	const into = scratch?.take();
	const chunk = await loadChunk(array, coords, options, into);
	if (chunk !== undefined) gather(chunk, region, target, components);
	else if (!(options.zeroed && isZero(array.spec.fill))) fillRegion(target, region, array.spec.fill);
	scratch?.release(into);
}

/**
 * Reads and decodes one whole chunk; undefined where it is not stored. The values are borrowed: they must not be written to, and where
 * memory was given (`into`) they may lie in it.
 */
export async function loadChunk(
	array: StoredArray,
	coords: readonly number[],
	options: ReadOptions,
	into?: Uint8Array,
): Promise<ChunkData | undefined> {
	const key = array.keyOf(coords);
	try {
		const fetched = await array.backend.get(key, { signal: options.signal, into });
		if (fetched !== undefined) {
			options.scratch?.note(fetched.size);
			const chunk = array.pipeline.decode(fetched.parts[0] as Uint8Array);
			return chunk instanceof Promise ? await chunk : chunk;
		}
	} catch (error) {
		throw located(error, array, coords);
	}
	if (!options.missingIsError) return undefined;
	throw new StoreError("NOT_FOUND", `chunk ${describeChunk(array, coords)} is not stored`, chunkContext(array, coords));
}
