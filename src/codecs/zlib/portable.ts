import { Unzlib, zlibSync } from "fflate";
import { createAdler32 } from "hash-wasm";
import { isStoreError } from "../../errors.js";
import { corrupt, tooLong } from "../corrupt.js";
import type { Gzip } from "../gzip/library.js";
import { joined } from "../memory.js";

/** zlib in plain JavaScript, for where there is no `node:zlib`. */
export async function portableZlib(): Promise<Gzip> {
	const hasher = await createAdler32();
	return {
		compress: (bytes, level) => zlibSync(bytes, { level: level === -1 ? DEFAULT_LEVEL : (level as Level) }),
		decompress(bytes, size) {
			const content = expand(bytes, size.limit);
			const digest = hasher.init().update(content).digest("binary");
			const stored = bytes.subarray(-TRAILER_BYTES);
			if (digest.every((byte, i) => byte === stored[i])) return content;
			throw corrupt("zlib", "the bytes do not match their checksum");
		},
	};
}

type Level = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
const DEFAULT_LEVEL = 6;

/** A header, and the Adler-32 of what was compressed. */
const HEADER_BYTES = 2;
const TRAILER_BYTES = 4;

/** Handed to the decoder at once: it expands a thousandfold at most, so this bounds by how much the limit can be overrun. */
const STEP_BYTES = 16384;

/** The library expands, but verifies nothing. */
function expand(bytes: Uint8Array, limit: number): Uint8Array {
	if (bytes.length <= HEADER_BYTES + TRAILER_BYTES) throw corrupt("zlib", "the bytes end early");
	const pieces: Uint8Array[] = [];
	let total = 0;
	const decoder = new Unzlib((piece) => {
		total += piece.length;
		if (total > limit) throw tooLong(limit);
		pieces.push(piece);
	});
	try {
		for (let at = 0; at < bytes.length; at += STEP_BYTES)
			decoder.push(bytes.subarray(at, at + STEP_BYTES), at + STEP_BYTES >= bytes.length);
	} catch (error) {
		if (isStoreError(error)) throw error;
		throw corrupt("zlib", error instanceof Error ? error.message : String(error), error);
	}
	return joined(pieces);
}
