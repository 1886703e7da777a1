import { checkLimit } from "../../src/backend.js";
import { StoreError } from "../../src/errors.js";

export interface Room {
	/** How many bytes must come; undefined where the server does not tell. */
	readonly expected: number | undefined;
	/** After so many the rest is not wanted. */
	readonly enough?: number | undefined;
	/** More than so many are refused. */
	readonly limit?: number | undefined;
	/** Memory that may be filled. */
	readonly into?: Uint8Array | undefined;
}

/** Memory taken on the server's word alone; beyond that it grows with what comes. */
const TRUSTED_BYTES = 64 * 2 ** 20;
/** Room at first where the server does not tell. */
const FIRST_BYTES = 64 * 1024;

/**
 * Reads a body into one piece of memory, which saves the copies that `arrayBuffer` makes.
 * @throws StoreError TOO_LARGE, UNAVAILABLE where more or less comes than expected; what the stream throws
 */
export async function readBody(key: string, body: ReadableStream<Uint8Array> | null, room: Room): Promise<Uint8Array> {
	const { expected, enough = Number.POSITIVE_INFINITY, limit, into } = room;
	checkLimit(key, Math.min(expected ?? 0, enough), limit);
	const wanted = Math.min(expected ?? FIRST_BYTES, enough);
	const most = Math.min(expected ?? limit ?? Number.POSITIVE_INFINITY, enough);
	let bytes = into !== undefined && wanted <= into.length ? into : new Uint8Array(Math.min(wanted, TRUSTED_BYTES));
	let length = 0;
	const reader = body?.getReader();
	while (reader !== undefined && length < enough && length <= most) {
		const { done, value } = await reader.read();
		if (done) break;
		if (length + value.length > bytes.length) bytes = grown(bytes, length, length + value.length);
		bytes.set(value, length);
		length += value.length;
	}
	await reader?.cancel();
	if (length >= enough) return bytes.subarray(0, enough);
	if (expected === undefined && length > most) checkLimit(key, undefined, limit);
	if (expected === undefined || length === expected) return bytes.subarray(0, length);
	const what = length < expected ? `only ${length} of ${expected} bytes came` : `more than ${expected} bytes came`;
	throw new StoreError("UNAVAILABLE", `${what}: try again, and where it stays so, look at the server`);
}

function grown(bytes: Uint8Array, used: number, needed: number): Uint8Array {
	const larger = new Uint8Array(Math.max(needed, 2 * bytes.length));
	larger.set(bytes.subarray(0, used));
	return larger;
}
