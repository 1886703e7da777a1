import { StoreError } from "../errors.js";
import type { DataType, TypedArray } from "../format/data-types.js";
import { counted } from "../shared-memory.js";

/** Bytes beyond which no single result is made: a caller who meant it is better served piece by piece. */
const LARGEST_RESULT = 2 ** 32;
const ADVICE = "select less at a time, or walk the dataset with blocks(…)";

/**
 * So many entries of a type, all zero or what stands for that.
 * @throws StoreError TOO_LARGE, UNSUPPORTED as {@link allocate}
 */
export function allocateEntries({ Array: Entries, boxing, name }: DataType, count: number, shared = false): TypedArray {
	const bytes = count * Entries.BYTES_PER_ELEMENT;
	if (boxing === undefined) return new Entries(allocate(bytes, shared));
	if (shared) throw new StoreError("UNSUPPORTED", `values of ${name} cannot lie in shared memory: leave out shared`);
	if (bytes > LARGEST_RESULT) throw tooLarge(bytes);
	return new Entries(count);
}

/**
 * Zeroed memory for one array.
 * @throws StoreError TOO_LARGE beyond 4 GiB, or where the machine has no room; UNSUPPORTED where it cannot be shared
 */
export function allocate(bytes: number, shared = false): ArrayBuffer | SharedArrayBuffer {
	if (bytes > LARGEST_RESULT) throw tooLarge(bytes);
	if (shared && typeof SharedArrayBuffer === "undefined")
		throw new StoreError(
			"UNSUPPORTED",
			"this page is not cross-origin isolated and has no shared memory: leave out shared",
		);
	try {
		return shared ? counted(new SharedArrayBuffer(bytes)) : new ArrayBuffer(bytes);
	} catch (cause) {
		throw new StoreError("TOO_LARGE", `no memory for an array of ${bytes} bytes: ${ADVICE}`, { cause });
	}
}

function tooLarge(bytes: number): StoreError {
	return new StoreError("TOO_LARGE", `an array of ${bytes} bytes is over the limit of 4 GiB for one result: ${ADVICE}`);
}
