import { chunkContext, describeChunk } from "../../chunk-errors.js";
import type { ChunkWrite } from "../../chunk-write.js";
import { isStoreError, StoreError } from "../../errors.js";
import { scatter } from "../../selection/region.js";
import { filledChunk, type StoredArray } from "../../stored-array.js";

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
	const when = (await checksByItself(array)) ? ({ absent: true } as const) : undefined;
	if (when === undefined && (await array.backend.head(key)) !== undefined) throw existsAlready(array, coords);
	try {
		await array.backend.put(key, bytes, { when, owned: true });
	} catch (error) {
		throw isStoreError(error, "CONFLICT") ? existsAlready(array, coords) : error;
	}
}

/** False where the store cannot, and looking before writing will do, since nobody else writes. */
async function checksByItself({ backend, singleWriter }: StoredArray): Promise<boolean> {
	if (!singleWriter) return true;
	return backend.supports.createIfAbsent ?? (await backend.probe()).createIfAbsent ?? false;
}

function existsAlready(array: StoredArray, coords: readonly number[]): StoreError {
	return new StoreError(
		"ALREADY_EXISTS",
		`chunk ${describeChunk(array, coords)} is stored already: set it`,
		chunkContext(array, coords),
	);
}
