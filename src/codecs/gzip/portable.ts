import { Gunzip, gzipSync } from "fflate";
import { createCRC32 } from "hash-wasm";
import { isStoreError } from "../../errors.js";
import type { EncodedSize } from "../codec.js";
import { corrupt, tooLong } from "../corrupt.js";
import { joined } from "../memory.js";
import type { Gzip } from "./library.js";

/** gzip in plain JavaScript, for where there is no `node:zlib`. */
export async function portableGzip(): Promise<Gzip> {
	const hasher = await createCRC32();
	const checksum: Checksum = (bytes) => new DataView(hasher.init().update(bytes).digest("binary").buffer).getUint32(0);
	return {
		compress: (bytes, level) => gzipSync(bytes, { level: level as Level, mtime: 0 }),
		decompress: (bytes, size) => decompress(bytes, size, checksum),
	};
}

type Level = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type Checksum = (bytes: Uint8Array) => number;

/** Handed to the decoder at once: it expands a thousandfold at most, so this bounds by how much the limit can be overrun. */
const STEP_BYTES = 16384;

/** The library expands, but verifies nothing. What it is given may consist of several members. */
function decompress(bytes: Uint8Array, size: EncodedSize, checksum: Checksum): Uint8Array {
	const members: Uint8Array[] = [];
	let pieces: Uint8Array[] = [];
	let total = 0;
	const decoder = new Gunzip((piece) => {
		total += piece.length;
		if (total > size.limit) throw tooLong(size.limit);
		pieces.push(piece);
	});
	let start = 0;
	const endMember = (end: number): void => {
		const member = joined(pieces);
		verify(member, bytes.subarray(start, end), checksum);
		members.push(member);
		pieces = [];
		start = end;
	};
	decoder.onmember = endMember;
	push(decoder, bytes);
	endMember(bytes.length);
	return joined(members);
}

function push(decoder: Gunzip, bytes: Uint8Array): void {
	try {
		for (let at = 0; at < bytes.length; at += STEP_BYTES)
			decoder.push(bytes.subarray(at, at + STEP_BYTES), at + STEP_BYTES >= bytes.length);
	} catch (error) {
		if (isStoreError(error)) throw error;
		throw corrupt("gzip", error instanceof Error ? error.message : String(error), error);
	}
}

/** A member ends in the CRC-32 and the length of what was compressed. */
const TRAILER_BYTES = 8;

/** A header, an empty block and a trailer. */
const LEAST_MEMBER_BYTES = 20;

function verify(member: Uint8Array, encoded: Uint8Array, checksum: Checksum): void {
	const start = encoded.length - TRAILER_BYTES;
	if (encoded.length < LEAST_MEMBER_BYTES) throw corrupt("gzip", "the bytes end early");
	const trailer = new DataView(encoded.buffer, encoded.byteOffset + start, TRAILER_BYTES);
	if (trailer.getUint32(0, true) === checksum(member) && trailer.getUint32(4, true) === member.length) return;
	throw corrupt("gzip", "the bytes do not match their checksum and length");
}
