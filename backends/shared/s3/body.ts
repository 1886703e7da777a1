import type { Readable } from "node:stream";
import { checkLimit } from "../../../src/backend.js";
import { StoreError } from "../../../src/errors.js";

export interface Room {
	readonly key: string;
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
 * Reads a body into one piece of memory. Whatever happens, the body is read to its end or destroyed, so that its connection is free again.
 * @throws StoreError TOO_LARGE, UNAVAILABLE where more or less comes than expected; what the stream fails with
 */
export async function readBody(body: Readable, room: Room): Promise<Uint8Array> {
	try {
		return await collect(body, room);
	} finally {
		if (!body.readableEnded) body.destroy();
	}
}

function collect(
	body: Readable,
	{ key, expected, enough = Number.POSITIVE_INFINITY, limit, into }: Room,
): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		checkLimit(key, Math.min(expected ?? 0, enough), limit);
		const wanted = Math.min(expected ?? FIRST_BYTES, enough);
		const most = Math.min(expected ?? limit ?? Number.POSITIVE_INFINITY, enough);
		let bytes = into !== undefined && wanted <= into.length ? into : new Uint8Array(Math.min(wanted, TRUSTED_BYTES));
		let length = 0;
		const finish = (): void => {
			if (length >= enough) resolve(bytes.subarray(0, enough));
			else if (expected === undefined || length === expected) resolve(bytes.subarray(0, length));
			else reject(wrongLength(key, length, expected));
		};
		body.on("data", (piece: Uint8Array) => {
			const end = length + piece.length;
			if (end > bytes.length) bytes = grown(bytes, length, end);
			bytes.set(piece, length);
			length = end;
			if (length >= enough) finish();
			else if (length > most)
				reject(expected === undefined ? tooLarge(key, limit) : wrongLength(key, length, expected));
		});
		body.on("end", finish);
		body.on("error", (error: NodeJS.ErrnoException) => {
			reject(isCut(error) && expected !== undefined ? wrongLength(key, length, expected, error) : error);
		});
		body.on("close", () => reject(wrongLength(key, length, expected)));
	});
}

/** The connection ended before the body did. */
function isCut({ code }: NodeJS.ErrnoException): boolean {
	return code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE";
}

function wrongLength(key: string, length: number, expected: number | undefined, cause?: Error): StoreError {
	const of = expected === undefined ? "" : ` of ${expected}`;
	const what =
		expected === undefined || length < expected ? `only ${length}${of} bytes came` : `more than ${expected} bytes came`;
	return new StoreError(
		"UNAVAILABLE",
		`${JSON.stringify(key)} did not come whole: ${what}: try again, and where it stays so, look at the server`,
		{
			key,
			cause,
		},
	);
}

function tooLarge(key: string, limit: number | undefined): unknown {
	try {
		checkLimit(key, undefined, limit);
	} catch (error) {
		return error;
	}
	return undefined;
}

function grown(bytes: Uint8Array, used: number, needed: number): Uint8Array {
	const larger = new Uint8Array(Math.max(needed, 2 * bytes.length));
	larger.set(bytes.subarray(0, used));
	return larger;
}
