/** Where bytes become values: one chunk read. */
import { chunkContext, describeChunk, located } from "./chunk-errors.js";
import type { ChunkForm } from "./chunk-forms.js";
import { ChunkMemory, type Room } from "./chunk-memory.js";
import { ChunkSource, fetchObject, objectLimit } from "./chunk-source.js";
import type { ChunkData, PartSink, ReadRanges } from "./codecs/codec.js";
import { isStoreError, StoreError } from "./errors.js";
import type { TypedArray } from "./format/data-types.js";
import { isZero } from "./format/fill-value.js";
import { intoBox, outOfBox } from "./selection/box.js";
import type { Region } from "./selection/plan.js";
import { fillRegion, gather, rowMajorStrides, type StridedView } from "./selection/region.js";
import { newChunk, type StoredArray } from "./stored-array.js";

export interface LoadOptions {
	readonly signal?: AbortSignal | undefined;
	/** A chunk that is not stored is an error, not fill value. */
	readonly missingIsError?: boolean | undefined;
	/** What to ask for of objects that have parts; else what is best by now. */
	readonly ranges?: ReadRanges | undefined;
}

export interface ReadOptions extends LoadOptions {
	/** The target is all zero bytes already, so that a fill value of zero need not be written. */
	readonly zeroed?: boolean | undefined;
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
	const memory = ChunkMemory.take();
	const read = array.largest.pipeline.parts === undefined ? readWhole : readParts;
	await read(array, coords, place, { ...options, memory });
	memory.giveBack();
}

/** Fetches and decodes the chunk; into its very place, where it lands there as it lies in memory. */
async function readWhole(
	array: StoredArray,
	coords: readonly number[],
	{ region, target }: Place,
	options: ReadOptions & { readonly memory: ChunkMemory },
): Promise<void> {
	const form = array.formOf(coords);
	const { spec, pipeline } = form;
	const { memory } = options;
	const place = placeOf(form, region, target);
	const chunk = await loadChunk(array, coords, options, place ? memory.aimedAt(place, pipeline.isRaw) : memory);
	if (chunk === undefined) {
		if (!(options.zeroed && isZero(spec.fill, spec.dtype))) fillRegion(target, region, spec.fill);
	} else if (place === undefined || (chunk.data as TypedArray).buffer !== place.buffer)
		gather(chunk, region, target, spec.dtype.components);
}

/** The bytes of the target that the chunk fills just as it lies in memory; undefined where it does not, or is decoded otherwise. */
function placeOf(
	{ spec, pipeline, bytes }: ChunkForm,
	region: Region,
	{ data, offset, stride }: StridedView,
): Uint8Array | undefined {
	const { shape, dtype } = spec;
	if (!pipeline.isInPlace || Array.isArray(data)) return undefined;
	const wanted = rowMajorStrides(shape, dtype.components);
	let start = offset;
	for (const [d, segment] of region.entries()) {
		const { step, count, indices, out } = segment;
		const isWhole = step === 1 && count === shape[d] && indices === undefined;
		if (!isWhole || (count > 1 && stride[d] !== wanted[d])) return undefined;
		start += out * (stride[d] as number);
	}
	return new Uint8Array(data.buffer, data.byteOffset + start * data.BYTES_PER_ELEMENT, bytes);
}

/** Reads of one object that begin anew because it changes all the time; the last one is of the whole object, which is of one version. */
const MAX_ATTEMPTS = 3;

/** Reads the region by what the codecs can do without the rest of the chunk. */
async function readParts(
	array: StoredArray,
	coords: readonly number[],
	place: Place,
	options: ReadOptions & { readonly memory: ChunkMemory },
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
	memory?: Room,
): Promise<ChunkData | undefined> {
	const key = array.keyOf(coords);
	const { signal } = options;
	try {
		const { pipeline } = array.formOf(coords);
		memory?.note(pipeline.encodedSize ?? 0);
		const into = array.backend.supports.readsInto ? memory?.encoded() : undefined;
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
