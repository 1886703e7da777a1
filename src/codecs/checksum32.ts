/** The checksums of numcodecs that may stand before or after the bytes (numcodecs, `checksum32`). */
import { type Checksum, checksumCodec } from "./checksum.js";
import type { CodecFactory, MaybePromise } from "./codec.js";
import { checkMembers, choiceMember } from "./configuration.js";
import { loadCrc32c } from "./crc32c.js";
import { lazy } from "./maybe-promise.js";
import { optionalPackage } from "./optional-package.js";

/** CRC-32 as in zlib (RFC 1952), by default before the bytes. */
export const crc32: CodecFactory = checksum32("crc32", "start", () => nativeCrc32() ?? wasmChecksum("createCRC32"));

/** Adler-32 (RFC 1950), by default before the bytes. */
export const adler32: CodecFactory = checksum32("adler32", "start", () => wasmChecksum("createAdler32"));

/** CRC-32C, by default after the bytes. */
export const locatedCrc32c: CodecFactory = checksum32("crc32c", "end", loadCrc32c);

function checksum32(id: string, usual: "start" | "end", load: () => MaybePromise<Checksum>): CodecFactory {
	const name = `numcodecs.${id}`;
	const loadOnce = lazy(load);
	return {
		name,
		kind: "bytes-to-bytes",
		parse(configuration) {
			checkMembers(name, configuration, ["location"]);
			const location = choiceMember(name, { location: usual, ...configuration }, "location", ["start", "end"]);
			return checksumCodec(name, loadOnce, location);
		},
	};
}

function nativeCrc32(): Checksum | undefined {
	const library = optionalPackage<{ readonly crc32: Checksum }>("@node-rs/crc32");
	return library && ((bytes) => library.crc32(bytes));
}

async function wasmChecksum(create: "createCRC32" | "createAdler32"): Promise<Checksum> {
	const library = await import("hash-wasm");
	const hasher = await library[create]();
	return (bytes) => {
		const digest = hasher.init().update(bytes).digest("binary");
		return new DataView(digest.buffer, digest.byteOffset).getUint32(0);
	};
}
