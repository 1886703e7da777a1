import { type ErrorContext, isStoreError, StoreError } from "./errors.js";
import type { StoredArray } from "./stored-array.js";

/** Adds to an error which chunk it was about. */
export function located(cause: unknown, array: StoredArray, coords: readonly number[]): unknown {
	const error = outOfMemory(cause) ?? cause;
	if (!isStoreError(error) || error.chunk !== undefined) return error;
	const message = `${error.message} (chunk ${describeChunk(array, coords)})`;
	return new StoreError(error.code, message, { ...chunkContext(array, coords), cause: error.cause ?? error });
}

/** What the runtime says where it gives no memory of the size asked for. A small length that it refuses is a mistake of ours. */
const REFUSALS =
	/array buffer allocation failed|invalid array buffer length|invalid typed array length: \d{10}|^the value of "size" is out of range/i;

function outOfMemory(cause: unknown): StoreError | undefined {
	if (!(cause instanceof RangeError) || !REFUSALS.test(cause.message)) return undefined;
	const advice = "free some, or write the array again in smaller chunks";
	return new StoreError("TOO_LARGE", `there is not enough memory for a chunk: ${advice}: ${cause.message}`, { cause });
}

export function describeChunk(array: StoredArray, coords: readonly number[]): string {
	return `[${coords.join(", ")}] of ${JSON.stringify(array.name)} in ${array.backend.location}`;
}

export function chunkContext(array: StoredArray, coords: readonly number[]): ErrorContext {
	return { key: array.keyOf(coords), dataset: array.name, chunk: [...coords] };
}
