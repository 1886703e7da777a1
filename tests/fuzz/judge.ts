/** What a call on a damaged store may end in. */
import { type ErrorCode, isStoreError } from "tesserae";

/** Codes that tell of what is stored, or of a request that does not fit it. */
const ALLOWED: readonly ErrorCode[] = [
	"ALREADY_EXISTS",
	"CORRUPT",
	"INVALID_ARGUMENT",
	"NOT_FOUND",
	"OUT_OF_BOUNDS",
	"TOO_LARGE",
	"UNSUPPORTED",
];

/** Characters of a message for people; a document's own words are cut. */
const LONGEST_MESSAGE = 2000;

/** Why an error is not one that a damaged store may end in; undefined where it is. */
export function complaintAbout(error: unknown): string | undefined {
	if (!isStoreError(error)) return `no StoreError: ${String(error)}`;
	const { code, message, key } = error;
	if (!ALLOWED.includes(code)) return `the code ${code}: ${message}`;
	if (message.length > LONGEST_MESSAGE) return `a message of ${message.length} characters: ${message.slice(0, 100)}`;
	if (message.includes("\n")) return `a message of several lines: ${message}`;
	if (code === "CORRUPT" && key === undefined) return `names no file: ${message}`;
	if (key !== undefined && code === "CORRUPT" && !message.includes(key) && error.chunk === undefined)
		return `its message names neither file nor chunk: ${message}`;
	return undefined;
}

/** Of what one call may hold: bytes of a decoded chunk, and of its result. */
export interface Sizes {
	readonly chunkBytes: number;
	readonly resultBytes: number;
}

/** Beside chunks and results there are documents, indices, and what decompressors need for themselves. */
const ANYWAY = 8 * 2 ** 20;
/** A chunk is held encoded, decoded, in other types between codecs, and with an index of its parts. */
const PER_CHUNK = 20;

/** Why a request for so much memory is too much; undefined where it is not. */
export function complaintAboutMemory(requested: number, { chunkBytes, resultBytes }: Sizes): string | undefined {
	const allowed = ANYWAY + PER_CHUNK * chunkBytes + 2 * resultBytes;
	if (requested <= allowed) return undefined;
	return `asks for ${requested} bytes at once, where chunks have ${chunkBytes} and the result ${resultBytes}`;
}
