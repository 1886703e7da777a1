import { StoreError } from "../errors.js";
import { counted } from "../shared-memory.js";

/** Bytes beyond which no single result is made: a caller who meant it is better served piece by piece. */
const LARGEST_RESULT = 2 ** 32;

/**
 * Zeroed memory for one array.
 * @throws StoreError TOO_LARGE beyond 4 GiB, or where the machine has no room; UNSUPPORTED where it cannot be shared
 */
export function allocate(bytes: number, shared = false): ArrayBuffer | SharedArrayBuffer {
	const advice = "select less at a time, or walk the dataset with blocks(…)";
	if (bytes > LARGEST_RESULT)
		throw new StoreError(
			"TOO_LARGE",
			`an array of ${bytes} bytes is over the limit of 4 GiB for one result: ${advice}`,
		);
	if (shared && typeof SharedArrayBuffer === "undefined")
		throw new StoreError(
			"UNSUPPORTED",
			"this page is not cross-origin isolated and has no shared memory: leave out shared",
		);
	try {
		return shared ? counted(new SharedArrayBuffer(bytes)) : new ArrayBuffer(bytes);
	} catch (cause) {
		throw new StoreError("TOO_LARGE", `no memory for an array of ${bytes} bytes: ${advice}`, { cause });
	}
}
