import { type BloscSettings, compressChunk } from "./blosc/compress.js";
import { decompressChunk } from "./blosc/decompress.js";
import type { BloscLibraries } from "./blosc/libraries.js";
import type { BytesToBytesCodec, CodecFactory, Configuration } from "./codec.js";
import { checkMembers, choiceMember, integerMember } from "./configuration.js";
import type { Gzip } from "./gzip/library.js";
import type { Lz4 } from "./lz4/library.js";
import { loadLz4, lz4Implementations } from "./lz4.js";
import { loadZlib, zlibImplementations } from "./zlib.js";
import type { Zstd } from "./zstd/library.js";
import { loadZstd, zstdImplementations } from "./zstd.js";

/** What the streams of a chunk are left to: the fastest there is, and what always works. */
export const bloscImplementations: { readonly [name: string]: () => BloscLibraries } = {
	fastest: () => ({ lz4: loadLz4, zstd: loadZstd, zlib: loadZlib }),
	portable: () => ({
		lz4: lz4Implementations.portable as () => Promise<Lz4>,
		zstd: zstdImplementations.wasm as () => Promise<Zstd>,
		zlib: zlibImplementations.portable as () => Promise<Gzip>,
	}),
};

/** Shuffles, and compresses block by block, as blosc 1 does (core specification 3.1, codec `blosc`). */
export const blosc: CodecFactory = bloscOver({ lz4: loadLz4, zstd: loadZstd, zlib: loadZlib });

export function bloscOver(libraries: BloscLibraries): CodecFactory {
	return {
		name: "blosc",
		kind: "bytes-to-bytes",
		parse(configuration): BytesToBytesCodec {
			const settings = settingsOf(configuration);
			return {
				kind: "bytes-to-bytes",
				name: "blosc",
				encodedSize: ({ limit }) => ({ limit: 2 * limit + OVERHEAD, exact: false }),
				encode: (bytes) => compressChunk(bytes, settings, libraries),
				decode: (bytes, size, allocate = (length) => new Uint8Array(length)) =>
					decompressChunk(bytes, size, allocate, libraries),
			};
		},
	};
}

/** Together with doubling far more than any writer's tables of small blocks add. */
const OVERHEAD = 65536;

const COMPRESSORS = ["lz4", "lz4hc", "blosclz", "zstd", "snappy", "zlib"] as const;
const SHUFFLES = ["noshuffle", "shuffle", "bitshuffle"] as const;
/** The header has a byte for it; like c-blosc, larger elements are taken for single bytes. */
const MAX_TYPESIZE = 255;
const MAX_SIZE = 2 ** 31 - 1;

/** Nothing here is needed for reading: a chunk tells it all. */
function settingsOf(configuration: Configuration): BloscSettings {
	checkMembers("blosc", configuration, ["cname", "clevel", "shuffle", "typesize", "blocksize"]);
	const shuffle = choiceMember("blosc", configuration, "shuffle", SHUFFLES);
	const integer = (member: string, least: number, most: number, settings = configuration): number =>
		integerMember("blosc", settings, member, [least, most]);
	const typesize = shuffle === "noshuffle" ? 1 : integer("typesize", 1, MAX_SIZE);
	return {
		cname: choiceMember("blosc", configuration, "cname", COMPRESSORS),
		clevel: integer("clevel", 0, 9),
		shuffle,
		typesize: typesize > MAX_TYPESIZE ? 1 : typesize,
		blocksize: integer("blocksize", 0, MAX_SIZE, { blocksize: 0, ...configuration }),
	};
}
