import { type Backend, type ByteRange, conflict, type Etag, type GetOptions } from "../backend.js";
import { isStoreError, StoreError } from "../errors.js";
import { cutAbove, satisfiableSpan } from "./byte-ranges.js";

/** What one read brought. */
export interface ReadBytes {
	/** Borrowed: never written to, nor handed to a user. */
	readonly bytes: Uint8Array;
	readonly etag: Etag;
	/** Of the whole object. */
	readonly size: number;
}

export interface ReadOptions extends Pick<GetOptions, "signal" | "ifMatch" | "fresh" | "refresh"> {
	readonly range?: ByteRange | undefined;
	/** Bytes that may be brought. */
	readonly limit?: number | undefined;
}

/** One result holds no more: 4 GiB. */
const LARGEST_RESULT = 2 ** 32;

/**
 * Reads an object, or a part of it, and checks what came: its version, and that not a byte is missing.
 * @returns undefined where there is none
 * @throws StoreError OUT_OF_BOUNDS for a range behind the end, TOO_LARGE, CONFLICT, UNAVAILABLE where too little came
 */
export async function readObject(backend: Backend, key: string, options: ReadOptions): Promise<ReadBytes | undefined> {
	const { range, limit = LARGEST_RESULT, ifMatch, ...rest } = options;
	const ranges = range && [cutAbove(range, limit)];
	const fetched = await backend.get(key, { ...rest, ifMatch, ranges, limit }).catch(adviseOnSize);
	if (fetched === undefined) return undefined;
	const { etag, size, parts } = fetched;
	const { start, end } = ranges?.[0] === undefined ? { start: 0, end: size } : satisfiableSpan(key, ranges[0], size);
	if (end - start > limit) throw tooLarge(key, limit);
	const [bytes = new Uint8Array()] = parts;
	if (bytes.byteLength !== end - start) throw cutShort(key, bytes.byteLength, end - start);
	if (ifMatch !== undefined && etag !== ifMatch) throw conflict(key);
	return { bytes, etag, size };
}

/** The bytes in memory of one's own, which no store and no cache holds. */
export function ownCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	return new Uint8Array(bytes);
}

const ADVICE = "read it in parts, by range or by stream(), or raise limit";

function tooLarge(key: string, limit: number): StoreError {
	return new StoreError("TOO_LARGE", `that part of ${JSON.stringify(key)} takes more than ${limit} bytes: ${ADVICE}`, {
		key,
	});
}

function adviseOnSize(error: unknown): never {
	if (!isStoreError(error, "TOO_LARGE")) throw error;
	throw new StoreError("TOO_LARGE", `${error.message}: ${ADVICE}`, { key: error.key, cause: error });
}

function cutShort(key: string, came: number, expected: number): StoreError {
	return new StoreError(
		"UNAVAILABLE",
		`${came} bytes of ${JSON.stringify(key)} came, where there are ${expected}: the store, or what is on the way to it, is at fault; try again`,
		{ key },
	);
}
