import type { Backend } from "./backend.js";
import { type ChunkForm, type ChunkForms, checkChunkSize, chunkForms, entriesOf } from "./chunk-forms.js";
import type { ChunkData, ChunkSpec } from "./codecs/codec.js";
import { isStoreError, StoreError } from "./errors.js";
import { chunkKeys } from "./format/chunk-keys.js";
import { isZero } from "./format/fill-value.js";
import { excerpt } from "./format/json.js";
import type { ArrayMetadata } from "./format/metadata.js";
import { chunkPrefix, metadataKey } from "./format/names.js";
import { ObjectNotes } from "./object-notes.js";
import type { RangeTuner } from "./range-tuner.js";
import { type AxisGrid, chunkAt, chunkLength, chunkStart } from "./selection/grid.js";
import { wholeRegion } from "./selection/plan.js";
import { fillRegion, rowMajorStrides } from "./selection/region.js";

/** What the road needs to know of one stored array; made once per opened dataset. */
export interface StoredArray {
	readonly backend: Backend;
	/** The dataset's name. */
	readonly name: string;
	readonly metadata: ArrayMetadata;
	/** What all chunks have in common. */
	readonly spec: Pick<ChunkSpec, "dtype" | "fill">;
	/** Of the largest chunk. What does not depend on the shape of a chunk may be asked of it for all. */
	readonly largest: ChunkForm;
	/** Presented bytes of the largest chunk in memory. */
	readonly chunkBytes: number;
	/** All chunks are of one shape. */
	readonly isUniform: boolean;
	/** The caller vouches for being the only writer, so partial writes need no compare-and-swap. */
	readonly singleWriter: boolean;
	/** Which ranges of objects are worth a request of their own. */
	readonly tuner: RangeTuner;
	/** What earlier reads found out about its objects. */
	readonly notes: ObjectNotes;
	/** Shape and codecs of one chunk. */
	formOf(coords: readonly number[]): ChunkForm;
	keyOf(coords: readonly number[]): string;
}

/** @throws StoreError CORRUPT, UNSUPPORTED or TOO_LARGE, naming file and member */
export function storedArray(
	backend: Backend,
	name: string,
	metadata: ArrayMetadata,
	options: Pick<StoredArray, "singleWriter" | "tuner">,
): StoredArray {
	const { largest, isUniform, of } = formsOf(name, metadata);
	return {
		backend,
		name,
		metadata,
		spec: { dtype: metadata.dtype, fill: metadata.fill },
		largest,
		chunkBytes: largest.bytes,
		isUniform,
		singleWriter: options.singleWriter,
		tuner: options.tuner,
		notes: new ObjectNotes(),
		formOf: of,
		keyOf: chunkKeys(chunkPrefix(name), metadata.chunkKeyEncoding),
	};
}

function formsOf(name: string, metadata: ArrayMetadata): ChunkForms {
	let member: keyof typeof MEMBERS = "chunks";
	try {
		checkChunkSize(metadata);
		member = "codecs";
		return chunkForms(metadata);
	} catch (error) {
		throw isStoreError(error) ? inMember(name, metadata, member, error) : error;
	}
}

/** What describes the chunks, and what their codecs, in `zarr.json` and in `.zarray`. */
const MEMBERS = { chunks: ["chunk_grid", "chunks"], codecs: ["codecs", "filters and compressor"] } as const;

/** Characters of a reason, which may list what somebody else's document holds. */
const LONGEST_REASON = 600;

/** The error of a document that somebody wrote: of settings that a caller gave it would be INVALID_ARGUMENT. */
function inMember(dataset: string, { v2 }: ArrayMetadata, member: keyof typeof MEMBERS, cause: StoreError): StoreError {
	const key = v2 === undefined ? metadataKey(dataset) : `${chunkPrefix(dataset)}.zarray`;
	const code = cause.code === "INVALID_ARGUMENT" ? "CORRUPT" : cause.code;
	const name = JSON.stringify(MEMBERS[member][v2 === undefined ? 0 : 1]);
	const message = `${key}: member ${name}: ${excerpt(cause.message, LONGEST_REASON)}`;
	return new StoreError(code, message, { key, dataset, cause });
}

/** The part of a chunk that lies within the array: its shape without the overhang at the array's far borders. */
export function validShape(array: StoredArray, coords: readonly number[]): number[] {
	const { shape, grid } = array.metadata;
	return coords.map((c, d) => validLength(grid[d] as AxisGrid, c, shape[d] as number));
}

/** How many elements of the array lie within a chunk; undefined where that is the same for all. */
export function chunkSizes(array: StoredArray): ((coords: readonly number[]) => number) | undefined {
	const { shape, grid } = array.metadata;
	const areAlike = grid.every((axis, d) => typeof axis === "number" && (shape[d] as number) % axis === 0);
	return areAlike ? undefined : (coords) => validShape(array, coords).reduce((size, length) => size * length, 1);
}

/** @param length of the axis */
export function validLength(axis: AxisGrid, chunk: number, length: number): number {
	return Math.min(chunkLength(axis, chunk), length - chunkStart(axis, chunk));
}

/**
 * The array as it is while others may let `axis` grow: what a chunk at its end holds beyond the present shape is kept when the chunk
 * is written, for it may be theirs.
 */
export function openEnded(array: StoredArray, axis: number): StoredArray {
	const { shape, grid } = array.metadata;
	const [length, chunks] = [shape[axis] as number, grid[axis] as AxisGrid];
	if (length === 0) return array;
	const last = chunkAt(chunks, length - 1);
	const end = chunkStart(chunks, last) + chunkLength(chunks, last);
	return { ...array, metadata: { ...array.metadata, shape: shape.with(axis, end) } };
}

/** A chunk in row-major order, all zero. */
export function newChunk(spec: ChunkSpec): ChunkData {
	const { shape, dtype } = spec;
	const data = new dtype.Array(entriesOf(spec));
	return { data, shape, stride: rowMajorStrides(shape, dtype.components), offset: 0 };
}

export function filledChunk(spec: ChunkSpec): ChunkData {
	const chunk = newChunk(spec);
	if (!isZero(spec.fill, spec.dtype)) fillRegion(chunk, wholeRegion(spec.shape), spec.fill);
	return chunk;
}

/** Whether every reader takes a missing chunk for fill value. Where v2 leaves that undefined, chunks of zeros are stored as well. */
export function definesFill({ metadata }: StoredArray): boolean {
	return metadata.v2?.document.fill_value !== null;
}
