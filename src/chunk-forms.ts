/** The shapes of chunk that an array has, and how the chunks of each are encoded. */
import type { ChunkSpec } from "./codecs/codec.js";
import { type Pipeline, pipeline } from "./codecs/pipeline.js";
import { isStoreError, StoreError } from "./errors.js";
import type { ArrayMetadata } from "./format/metadata.js";
import { chunkShapeAt, commonDivisor, isUniform, largestChunk } from "./selection/grid.js";

/** Chunks of one shape. */
export interface ChunkForm {
	readonly spec: ChunkSpec;
	readonly pipeline: Pipeline;
	/** Presented bytes of one of them in memory. */
	readonly bytes: number;
}

export interface ChunkForms {
	/** That of the largest chunk within the array. What does not depend on the shape may be asked of it for all. */
	readonly largest: ChunkForm;
	/** All chunks are of that shape. */
	readonly isUniform: boolean;
	/** That of one chunk. The same shape gives the same form, as long as it is remembered. */
	of(coords: readonly number[]): ChunkForm;
}

/** Forms that are remembered of one array. */
const KEPT_FORMS = 1000;

/** Bytes in memory. Chunks are read and written whole, and no array of the runtime is larger. */
const LARGEST_CHUNK = 2 ** 32;

/** @throws StoreError TOO_LARGE where a chunk would not fit into memory */
export function checkChunkSize({ grid, shape, dtype, fill }: ArrayMetadata): void {
	const bytes = entriesOf({ shape: largestChunk(grid, shape), dtype, fill }) * dtype.Array.BYTES_PER_ELEMENT;
	if (bytes > LARGEST_CHUNK)
		throw new StoreError("TOO_LARGE", `one chunk takes ${bytes} bytes in memory: 4 GiB at most can be opened`);
}

/** @throws StoreError INVALID_ARGUMENT, UNSUPPORTED where the codecs do not fit; TOO_LARGE */
export function chunkForms(metadata: ArrayMetadata): ChunkForms {
	const { grid, shape } = metadata;
	checkChunkSize(metadata);
	const largest = formOf(metadata, largestChunk(grid, shape));
	if (isUniform(grid)) return { largest, isUniform: true, of: () => largest };
	checkAll(metadata);
	const kept = new Map([[String(largest.spec.shape), largest]]);
	const of = (coords: readonly number[]): ChunkForm => {
		const chunkShape = chunkShapeAt(grid, coords);
		const key = String(chunkShape);
		let form = kept.get(key);
		if (form === undefined) {
			form = formOf(metadata, chunkShape);
			if (kept.size >= KEPT_FORMS) kept.clear();
			kept.set(key, form);
		}
		return form;
	};
	return { largest, isUniform: false, of };
}

function formOf({ dtype, fill, codecs }: ArrayMetadata, shape: readonly number[]): ChunkForm {
	const spec: ChunkSpec = { shape, dtype, fill };
	return { spec, pipeline: pipeline(codecs, spec), bytes: entriesOf(spec) * dtype.Array.BYTES_PER_ELEMENT };
}

/** What divides the shape of every chunk, as chunks within chunks must, divides the largest shape that does. */
function checkAll({ grid, codecs, dtype, fill }: ArrayMetadata): void {
	const shape = grid.map(commonDivisor);
	try {
		pipeline(codecs, { shape, dtype, fill });
	} catch (error) {
		if (!isStoreError(error)) throw error;
		const which = `for chunks of different lengths, all of them multiples of [${shape.join(", ")}]`;
		throw new StoreError(error.code, `${which}: ${error.message}`, { cause: error });
	}
}

/** Entries of the typed array that holds one whole chunk. */
export function entriesOf({ shape, dtype }: ChunkSpec): number {
	return shape.reduce((product, length) => product * length, dtype.components);
}
