import type { Backend } from "./backend.js";
import type { ChunkData, ChunkSpec } from "./codecs/codec.js";
import { type Pipeline, pipeline } from "./codecs/pipeline.js";
import { StoreError } from "./errors.js";
import { chunkKeys } from "./format/chunk-keys.js";
import { isZero } from "./format/fill-value.js";
import type { ArrayMetadata } from "./format/metadata.js";
import { chunkPrefix } from "./format/names.js";
import { ObjectNotes } from "./object-notes.js";
import { wholeRegion } from "./selection/plan.js";
import { fillRegion, rowMajorStrides } from "./selection/region.js";

/** What the road needs to know of one stored array; made once per opened dataset. */
export interface StoredArray {
	readonly backend: Backend;
	/** The dataset's name. */
	readonly name: string;
	readonly metadata: ArrayMetadata;
	readonly spec: ChunkSpec;
	readonly pipeline: Pipeline;
	/** Presented bytes of one whole chunk in memory. */
	readonly chunkBytes: number;
	/** The caller vouches for being the only writer, so partial writes need no compare-and-swap. */
	readonly singleWriter: boolean;
	/** What earlier reads found out about its objects. */
	readonly notes: ObjectNotes;
	keyOf(coords: readonly number[]): string;
}

/** Bytes in memory. Chunks are read and written whole, and no array of the runtime is larger. */
const LARGEST_CHUNK = 2 ** 32;

export function storedArray(
	backend: Backend,
	name: string,
	metadata: ArrayMetadata,
	options: { readonly singleWriter: boolean },
): StoredArray {
	const spec: ChunkSpec = { shape: metadata.chunkShape, dtype: metadata.dtype, fill: metadata.fill };
	const chunkBytes = entriesOf(spec) * metadata.dtype.Array.BYTES_PER_ELEMENT;
	if (chunkBytes > LARGEST_CHUNK)
		throw new StoreError("TOO_LARGE", `one chunk takes ${chunkBytes} bytes in memory: 4 GiB at most can be opened`);
	return {
		backend,
		name,
		metadata,
		spec,
		pipeline: pipeline(metadata.codecs, spec),
		chunkBytes,
		singleWriter: options.singleWriter,
		notes: new ObjectNotes(),
		keyOf: chunkKeys(chunkPrefix(name), metadata.chunkKeyEncoding),
	};
}

/** Entries of the typed array that holds one whole chunk. */
function entriesOf({ shape, dtype }: ChunkSpec): number {
	return shape.reduce((product, length) => product * length, dtype.components);
}

/** The part of a chunk that lies within the array: its shape without the overhang at the array's far borders. */
export function validShape(array: StoredArray, coords: readonly number[]): number[] {
	const { shape, chunkShape } = array.metadata;
	return coords.map((c, d) => Math.min(chunkShape[d] as number, (shape[d] as number) - c * (chunkShape[d] as number)));
}

/**
 * The array as it is while others may let `axis` grow: what a chunk at its end holds beyond the present shape is kept when the chunk
 * is written, for it may be theirs.
 */
export function openEnded(array: StoredArray, axis: number): StoredArray {
	const { shape, chunkShape } = array.metadata;
	const [length, chunk] = [shape[axis] as number, chunkShape[axis] as number];
	return { ...array, metadata: { ...array.metadata, shape: shape.with(axis, Math.ceil(length / chunk) * chunk) } };
}

/** A chunk in row-major order, all zero. */
export function newChunk(array: StoredArray): ChunkData {
	const { shape, dtype } = array.spec;
	const data = new dtype.Array(entriesOf(array.spec));
	return { data, shape, stride: rowMajorStrides(shape, dtype.components), offset: 0 };
}

export function filledChunk(array: StoredArray): ChunkData {
	const chunk = newChunk(array);
	if (!isZero(array.spec.fill, array.spec.dtype)) fillRegion(chunk, wholeRegion(array.spec.shape), array.spec.fill);
	return chunk;
}

/** Whether every reader takes a missing chunk for fill value. Where v2 leaves that undefined, chunks of zeros are stored as well. */
export function definesFill({ metadata }: StoredArray): boolean {
	return metadata.v2?.document.fill_value !== null;
}
