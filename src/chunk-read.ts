/** Where bytes become values: one chunk read. */
import { chunkContext, describeChunk, located } from "./chunk-errors.js";
import { ChunkSource, fetchObject, objectLimit } from "./chunk-source.js";
import type { ChunkData, PartSink, ReadRanges } from "./codecs/codec.js";
import { isStoreError, StoreError } from "./errors.js";
import { isZero } from "./format/fill-value.js";
import type { Recycler } from "./recycler.js";
import { intoBox, outOfBox } from "./selection/box.js";
import type { Region } from "./selection/plan.js";
import { fillRegion, gather, type StridedView } from "./selection/region.js";
import { newChunk, type StoredArray } from "./stored-array.js";

export interface LoadOptions {
	readonly signal?: AbortSignal | undefined;
	/** A chunk that is not stored is an error, not fill value. */
	readonly missingIsError?: boolean | undefined;
	/** What to ask for of objects that have parts; else what is best by now. */
	readonly ranges?: ReadRanges | undefined;
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

/** The part of a chunk, and where it goes. */
interface Place {
	readonly region: Region;
	readonly target: StridedView;
}

/** Reads `region` of one chunk into `target`; what is not stored becomes fill value. */
export async function readChunk(
	array: StoredArray,
	coords: readonly number[],
	place: Place,
	options: ReadOptions,
): Promise<void> {
	const { region, target } = place;
	const { scratch } = options;
	const memory = scratch.take();
	if (array.largest.pipeline.parts !== undefined) await readParts(array, coords, place, { ...options, memory });
	else {
		const chunk = await loadChunk(array, coords, options, memory);
		if (chunk !== undefined) gather(chunk, region, target, array.spec.dtype.components);
		else if (!(options.zeroed && isZero(array.spec.fill, array.spec.dtype)))
			fillRegion(target, region, array.spec.fill);
	}
	scratch.give(memory);
}

/** Reads of one object that begin anew because it changes all the time; the last one is of the whole object, which is of one version. */
const MAX_ATTEMPTS = 3;

/** Reads the region by what the codecs can do without the rest of the chunk. */
async function readParts(
	array: StoredArray,
	coords: readonly number[],
	place: Place,
	options: LoadOptions & { readonly zeroed?: boolean | undefined; readonly memory: ChunkMemory },
): Promise<void> {
	const { backend, notes } = array;
	const { pipeline } = array.formOf(coords);
	const { signal, memory, missingIsError, ranges = array.tuner.ranges } = options;
	const key = array.keyOf(coords);
	const limit = objectLimit(pipeline);
	const into = backend.supports.readsInto ? memory.encoded() : undefined;
	for (let attempt = 1; ; attempt++) {
		const whole = backend.supports.ranges === false || attempt === MAX_ATTEMPTS;
		// What an earlier attempt brought lies in the target by now.
		const zeroed = options.zeroed && attempt === 1 && isZero(array.spec.fill, array.spec.dtype);
		const source = new ChunkSource(array, key, { signal, into, whole, ranges, limit });
		const sink = sinkInto(array, place, { zeroed, memory });
		try {
			const found = await pipeline.readParts(source, place.region, sink);
			if (!found && missingIsError) throw notStored(array, coords);
			if (!found) sink.missing(place.region);
			memory.note(source.fetchedWhole);
			return;
		} catch (error) {
			notes.forget(key);
			if (!isStoreError(error, "CONFLICT") || attempt === MAX_ATTEMPTS) throw located(error, array, coords);
		}
	}
}

interface SinkOptions {
	/** The target holds the fill value already. */
	readonly zeroed: boolean | undefined;
	readonly memory: ChunkMemory;
}

function sinkInto(array: StoredArray, { target }: Place, { zeroed, memory }: SinkOptions): PartSink {
	const { fill, dtype } = array.spec;
	return {
		values: (chunk, region) => gather(chunk, region, target, dtype.components),
		missing: (region) => (zeroed ? undefined : fillRegion(target, region, fill)),
		memory: (length) => memory.decoded(length),
	};
}

/**
 * Reads what `region` selects of a chunk: the chunk, where it must be read whole, else as much of it as is selected, with the region
 * of that. Undefined where the chunk is not stored and was looked for whole.
 */
export async function loadRegion(
	array: StoredArray,
	coords: readonly number[],
	region: Region,
	options: LoadOptions,
	memory: ChunkMemory,
): Promise<{ readonly chunk: ChunkData; readonly region: Region } | undefined> {
	if (array.largest.pipeline.parts === undefined) {
		const chunk = await loadChunk(array, coords, options, memory);
		return chunk && { chunk, region };
	}
	const lengths = region.map(({ count }) => count);
	const box = newChunk({ ...array.spec, shape: lengths });
	await readParts(array, coords, { region: intoBox(region), target: box }, { ...options, memory, zeroed: true });
	return { chunk: box, region: outOfBox(region) };
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
		const { pipeline } = array.formOf(coords);
		const fetched = await fetchObject(array, key, { signal, into, limit: objectLimit(pipeline) });
		if (fetched !== undefined) {
			memory?.note(fetched.size);
			const allocate = memory && ((length: number) => memory.decoded(length));
			const chunk = pipeline.decode(fetched.parts[0] as Uint8Array, allocate);
			return chunk instanceof Promise ? await chunk : chunk;
		}
	} catch (error) {
		throw located(error, array, coords);
	}
	if (!options.missingIsError) return undefined;
	throw notStored(array, coords);
}

function notStored(array: StoredArray, coords: readonly number[]): StoreError {
	return new StoreError(
		"NOT_FOUND",
		`chunk ${describeChunk(array, coords)} is not stored`,
		chunkContext(array, coords),
	);
}
