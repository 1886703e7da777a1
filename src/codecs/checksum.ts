import type { BytesToBytesCodec, MaybePromise } from "./codec.js";
import { corrupt } from "./corrupt.js";
import { andThen } from "./maybe-promise.js";

/** A checksum of bytes, as an unsigned 32-bit number. */
export type Checksum = (bytes: Uint8Array) => number;

const CHECKSUM_BYTES = 4;

/** Puts a checksum, 4 bytes little-endian, before or after the bytes, and verifies it on reading. */
export function checksumCodec(
	name: string,
	load: () => MaybePromise<Checksum>,
	location: "start" | "end" = "end",
): BytesToBytesCodec {
	return {
		kind: "bytes-to-bytes",
		name,
		encodedSize: ({ limit, exact }) => ({ limit: limit + CHECKSUM_BYTES, exact }),
		encode: (bytes) =>
			andThen(load(), (checksum) => {
				const encoded = new Uint8Array(bytes.length + CHECKSUM_BYTES);
				encoded.set(bytes, location === "start" ? CHECKSUM_BYTES : 0);
				new DataView(encoded.buffer).setUint32(location === "start" ? 0 : bytes.length, checksum(bytes), true);
				return encoded;
			}),
		decode: (bytes) => andThen(load(), (checksum) => verify(name, bytes, location, checksum)),
	};
}

/** A view of `bytes` without its checksum. */
function verify(name: string, bytes: Uint8Array, location: "start" | "end", checksum: Checksum): Uint8Array {
	const length = bytes.length - CHECKSUM_BYTES;
	if (length < 0) throw corrupt(name, `${bytes.length} bytes are too few to hold a checksum`);
	const content = location === "start" ? bytes.subarray(CHECKSUM_BYTES) : bytes.subarray(0, length);
	const at = location === "start" ? 0 : length;
	const stored = new DataView(bytes.buffer, bytes.byteOffset + at, CHECKSUM_BYTES).getUint32(0, true);
	const actual = checksum(content);
	if (actual === stored) return content;
	throw corrupt(name, `the checksum is ${hex(actual)}, ${hex(stored)} was stored with the bytes`);
}

function hex(checksum: number): string {
	return `0x${checksum.toString(16).padStart(8, "0")}`;
}
