import type { BytesToBytesCodec, CodecFactory, MaybePromise } from "./codec.js";
import { checkMembers } from "./configuration.js";
import { corrupt } from "./corrupt.js";
import { andThen, lazy } from "./maybe-promise.js";
import { optionalPackage } from "./optional-package.js";

/** The CRC-32C of bytes (RFC 3720, appendix B.4), as an unsigned 32-bit number. */
export type Checksum = (bytes: Uint8Array) => number;

/** Where CRC-32C is computed, the fastest first; undefined where it does not load here. */
export const crc32cImplementations: {
	readonly [name: string]: () => MaybePromise<Checksum | undefined>;
} = { native: loadNative, wasm: loadWasm };

function loadNative(): Checksum | undefined {
	const library = optionalPackage<{ readonly crc32c: Checksum }>("@node-rs/crc32");
	return library && ((bytes) => library.crc32c(bytes));
}

/** The reversed Castagnoli polynomial. */
const POLYNOMIAL = 0x82f63b78;

async function loadWasm(): Promise<Checksum> {
	const { createCRC32 } = await import("hash-wasm");
	const hasher = await createCRC32(POLYNOMIAL);
	return (bytes) => {
		const digest = hasher.init().update(bytes).digest("binary");
		return new DataView(digest.buffer, digest.byteOffset).getUint32(0);
	};
}

/** Appends a CRC-32C, 4 bytes little-endian, and verifies it on reading (core specification 3.1, codec `crc32c`). */
export const crc32c: CodecFactory = crc32cOver(lazy(() => loadNative() ?? loadWasm()));

export function crc32cOver(load: () => MaybePromise<Checksum>): CodecFactory {
	const codec: BytesToBytesCodec = {
		kind: "bytes-to-bytes",
		name: "crc32c",
		encodedSize: ({ limit, exact }) => ({ limit: limit + CHECKSUM_BYTES, exact }),
		encode: (bytes) => andThen(load(), (checksum) => append(bytes, checksum)),
		decode: (bytes) => andThen(load(), (checksum) => verify(bytes, checksum)),
	};
	return {
		name: "crc32c",
		kind: "bytes-to-bytes",
		parse(configuration) {
			checkMembers("crc32c", configuration, []);
			return codec;
		},
	};
}

const CHECKSUM_BYTES = 4;

function append(bytes: Uint8Array, checksum: Checksum): Uint8Array {
	const encoded = new Uint8Array(bytes.length + CHECKSUM_BYTES);
	encoded.set(bytes);
	new DataView(encoded.buffer).setUint32(bytes.length, checksum(bytes), true);
	return encoded;
}

/** A view of `bytes` without its checksum. */
function verify(bytes: Uint8Array, checksum: Checksum): Uint8Array {
	const length = bytes.length - CHECKSUM_BYTES;
	if (length < 0) throw corrupt("crc32c", `${bytes.length} bytes are too few to hold a checksum`);
	const content = bytes.subarray(0, length);
	const stored = new DataView(bytes.buffer, bytes.byteOffset + length, CHECKSUM_BYTES).getUint32(0, true);
	const actual = checksum(content);
	if (actual === stored) return content;
	throw corrupt("crc32c", `the checksum is ${hex(actual)}, ${hex(stored)} was stored with the bytes`);
}

function hex(checksum: number): string {
	return `0x${checksum.toString(16).padStart(8, "0")}`;
}
