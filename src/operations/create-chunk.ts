import { chunkContext, describeChunk } from "../chunk-errors.js";
import type { ChunkWrite } from "../chunk-write.js";
import { isStoreError, StoreError } from "../errors.js";
import { scatter } from "../selection/region.js";
import { filledChunk, type StoredArray } from "../stored-array.js";

/**
 * Stores a chunk that must not exist yet, also where it is only fill value.
 * @throws StoreError ALREADY_EXISTS
 */
export async function createChunk(
	array: StoredArray,
	coords: readonly number[],
	write: ChunkWrite | undefined,
): Promise<void> {
	const { spec, pipeline } = array.formOf(coords);
	const chunk = filledChunk(spec);
	if (write !== undefined) scatter(write.source, write.region, chunk, spec.dtype.components);
	const key = array.keyOf(coords);
	const bytes = await pipeline.encode(chunk, { fresh: true });
	try {
		await array.backend.put(key, bytes, { when: { absent: true }, owned: true });
	} catch (error) {
		if (!isStoreError(error, "CONFLICT")) throw error;
		throw new StoreError(
			"ALREADY_EXISTS",
			`chunk ${describeChunk(array, coords)} is stored already: set it`,
			chunkContext(array, coords),
		);
	}
}
