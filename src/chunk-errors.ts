import { type ErrorContext, isStoreError, StoreError } from "./errors.js";
import type { StoredArray } from "./stored-array.js";

/** Adds to an error which chunk it was about. */
export function located(error: unknown, array: StoredArray, coords: readonly number[]): unknown {
	if (!isStoreError(error) || error.chunk !== undefined) return error;
	const message = `${error.message} (chunk ${describeChunk(array, coords)})`;
	return new StoreError(error.code, message, { ...chunkContext(array, coords), cause: error.cause ?? error });
}

export function describeChunk(array: StoredArray, coords: readonly number[]): string {
	return `[${coords.join(", ")}] of ${JSON.stringify(array.name)} in ${array.backend.location}`;
}

export function chunkContext(array: StoredArray, coords: readonly number[]): ErrorContext {
	return { key: array.keyOf(coords), dataset: array.name, chunk: [...coords] };
}
