import { type Checksum, checksumCodec } from "./checksum.js";
import type { CodecFactory, MaybePromise } from "./codec.js";
import { checkMembers } from "./configuration.js";
import { lazy } from "./maybe-promise.js";
import { optionalPackage } from "./optional-package.js";

/** Where CRC-32C (RFC 3720, appendix B.4) is computed, the fastest first; undefined where it does not load here. */
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

export const loadCrc32c: () => MaybePromise<Checksum> = lazy(() => loadNative() ?? loadWasm());

/** Appends a CRC-32C, 4 bytes little-endian, and verifies it on reading (core specification 3.1, codec `crc32c`). */
export const crc32c: CodecFactory = crc32cOver(loadCrc32c);

export function crc32cOver(load: () => MaybePromise<Checksum>): CodecFactory {
	const codec = checksumCodec("crc32c", load);
	return {
		name: "crc32c",
		kind: "bytes-to-bytes",
		parse(configuration) {
			checkMembers("crc32c", configuration, []);
			return codec;
		},
	};
}
