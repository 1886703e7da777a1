/** Where bytes become values: one chunk read. */
import { located } from "./chunk-errors.js";
import type { ChunkForm } from "./chunk-forms.js";
import { ChunkMemory, type Room } from "./chunk-memory.js";
import { fillPlace, type LoadOptions, notStored, type Place, type ReadOptions, readParts } from "./chunk-parts.js";
import { fetchObject, objectLimit } from "./chunk-source.js";
import type { ChunkData } from "./codecs/codec.js";
import type { TypedArray } from "./format/data-types.js";
import { intoBox, outOfBox } from "./selection/box.js";
import type { Region } from "./selection/plan.js";
import { gather, rowMajorStrides, type StridedView } from "./selection/region.js";
import { newChunk, type StoredArray } from "./stored-array.js";

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
	if (chunk === undefined) fillPlace(array, { region, target }, options);
	else if (place === undefined || (chunk.data as TypedArray).buffer !== place.buffer)
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
