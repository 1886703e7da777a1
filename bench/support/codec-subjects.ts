import { createRequire } from "node:module";
import Blosc from "numcodecs/blosc";
import Gzip from "numcodecs/gzip";
import Lz4 from "numcodecs/lz4";
import { blosc } from "../../src/codecs/blosc.js";
import type { BytesToBytesCodec } from "../../src/codecs/codec.js";
import { crc32cImplementations } from "../../src/codecs/crc32c.js";
import { gzipImplementations } from "../../src/codecs/gzip.js";
import { lz4Implementations, lz4Over } from "../../src/codecs/lz4.js";
import { zstdImplementations } from "../../src/codecs/zstd.js";

type MaybePromise<T> = T | Promise<T>;

/** A codec with its settings, done by one library. */
export interface Subject {
	readonly codec: string;
	readonly library: string;
	encode(bytes: Uint8Array): MaybePromise<Uint8Array>;
	decode(encoded: Uint8Array, size: number): MaybePromise<Uint8Array>;
}

/** A checksum; it makes nothing that could be decoded. */
export interface ChecksumSubject {
	readonly codec: string;
	readonly library: string;
	checksum(bytes: Uint8Array): number;
}

/** What the implementations of our codecs are made of. */
const LIBRARIES: { readonly [codec: string]: { readonly [implementation: string]: string } } = {
	zstd: { native: "zstd-napi", runtime: "node:zlib", wasm: "numcodecs (WASM)" },
	gzip: { native: "node:zlib", portable: "fflate" },
	crc32c: { native: "@node-rs/crc32", wasm: "hash-wasm" },
	lz4: { native: "tesserae, lz4-napi", portable: "tesserae" },
};

function libraryOf(codec: string, implementation: string): string {
	return LIBRARIES[codec]?.[implementation] ?? implementation;
}

const ZSTD_SETTINGS = [
	{ level: -5, checksum: true },
	{ level: -1, checksum: true },
	{ level: 1, checksum: true },
	{ level: 1, checksum: false },
	{ level: 3, checksum: true },
] as const;

/** Our zstd, by every library that is to be had here; the WASM module has no levels below 1. */
export async function zstdSubjects(): Promise<Subject[]> {
	const subjects: Subject[] = [];
	for (const settings of ZSTD_SETTINGS)
		for (const [name, load] of Object.entries(zstdImplementations)) {
			const library = await load();
			if (library === undefined || (name === "wasm" && settings.level < 1)) continue;
			subjects.push({
				codec: `zstd ${settings.level}${settings.checksum ? "" : ", no checksum"}`,
				library: libraryOf("zstd", name),
				encode: (bytes) => library.compress(bytes, settings),
				decode: (encoded, size) => library.decompress(encoded, { limit: size, exact: true }),
			});
		}
	return subjects;
}

/** Our gzip by every library, level 5 being our default. */
export async function gzipSubjects(): Promise<Subject[]> {
	const subjects: Subject[] = [];
	for (const level of [1, 5])
		for (const [name, load] of Object.entries(gzipImplementations)) {
			const library = await load();
			if (library === undefined) continue;
			subjects.push({
				codec: `gzip ${level}`,
				library: libraryOf("gzip", name),
				encode: (bytes) => library.compress(bytes, level),
				decode: (encoded, size) => library.decompress(encoded, { limit: size, exact: true }),
			});
		}
	return subjects;
}

/** Our LZ4, which encodes by itself and decodes by each library. */
export async function lz4Subjects(): Promise<Subject[]> {
	const subjects: Subject[] = [];
	for (const [name, load] of Object.entries(lz4Implementations)) {
		if ((await load()) === undefined) continue;
		const codec = lz4Over(load as Parameters<typeof lz4Over>[0]).parse({}, undefined as never, undefined as never);
		const { encode, decode } = codec as BytesToBytesCodec;
		subjects.push({
			codec: "lz4",
			library: libraryOf("lz4", name),
			encode,
			decode: (encoded, size) => decode(encoded, { limit: size, exact: true }),
		});
	}
	return subjects;
}

/** Codecs that we do not have, or libraries that we do not use, for information. */
export async function peerSubjects(): Promise<Subject[]> {
	const numcodecs = [
		{ codec: "gzip 1", peer: Gzip.fromConfig({ id: "gzip", level: 1 }) },
		{ codec: "lz4", peer: Lz4.fromConfig({ id: "lz4" }) },
	];
	const subjects: Subject[] = numcodecs.map(({ codec, peer }) => ({
		codec,
		library: "numcodecs (WASM)",
		encode: (bytes) => peer.encode(bytes),
		decode: (encoded) => peer.decode(encoded),
	}));
	for (const { codec, name, use } of INSTALLED_PEERS) {
		const library = installed(name);
		if (library !== undefined) subjects.push({ codec, library: name, ...(await use(library as never)) });
	}
	return subjects;
}

const COMPRESSORS = ["lz4", "lz4hc", "blosclz", "zstd", "snappy", "zlib"] as const;
const SHUFFLES = ["noshuffle", "shuffle", "bitshuffle"] as const;

/** Our blosc and that of numcodecs, which takes all elements for such of 4 bytes, with every compressor and filter. */
export function bloscSubjects(typesize: number): Subject[] {
	const allocate = recycled();
	return COMPRESSORS.flatMap((cname) =>
		SHUFFLES.flatMap((shuffle, number) => {
			const settings = { cname, clevel: 5, shuffle, typesize, blocksize: 0 };
			const ours = blosc.parse(settings, undefined as never, undefined as never) as BytesToBytesCodec;
			const peer = Blosc.fromConfig({ id: "blosc", cname, clevel: 5, shuffle: number, blocksize: 0 });
			const codec = `${cname}, ${shuffle}`;
			return [
				{
					codec,
					library: "tesserae",
					encode: (bytes) => ours.encode(bytes),
					decode: (encoded, size) => ours.decode(encoded, { limit: size, exact: true }, allocate),
				},
				{
					codec,
					library: "numcodecs (WASM)",
					encode: (bytes) => peer.encode(bytes),
					decode: (encoded) => peer.decode(encoded),
				},
			] satisfies Subject[];
		}),
	);
}

/** The same memory every time, as a connection has it for the chunks it decodes. */
function recycled(): (length: number) => Uint8Array {
	let memory = new Uint8Array(0);
	return (length) => {
		if (memory.length !== length) memory = new Uint8Array(length);
		return memory;
	};
}

type Coder = Pick<Subject, "encode" | "decode">;

interface InstalledPeer {
	readonly codec: string;
	readonly name: string;
	use(library: never): MaybePromise<Coder>;
}

/** Packages that are measured where somebody has put them: `npm install --no-save NAME`. Of each is declared what is called here. */
const INSTALLED_PEERS: readonly InstalledPeer[] = [
	{
		codec: "lz4",
		name: "lz4-napi",
		use: (library: { compressSync: Subject["encode"]; uncompressSync: Subject["encode"] }): Coder => ({
			encode: library.compressSync,
			decode: (encoded) => library.uncompressSync(encoded),
		}),
	},
	{
		codec: "zstd 1, no checksum",
		name: "@foxglove/wasm-zstd",
		async use(library: {
			isLoaded: Promise<unknown>;
			compress(bytes: Uint8Array, level: number): Uint8Array;
			decompress: Subject["decode"];
		}): Promise<Coder> {
			await library.isLoaded;
			return { encode: (bytes) => library.compress(bytes, 1), decode: library.decompress };
		},
	},
	{
		codec: "zstd 1, no checksum",
		name: "@toondepauw/node-zstd",
		use(library: {
			Encoder: new (level: number) => { encodeSync(bytes: Buffer): Uint8Array };
			Decoder: new () => { decodeSync(encoded: Uint8Array): Uint8Array };
		}): Coder {
			const [encoder, decoder] = [new library.Encoder(1), new library.Decoder()];
			return {
				encode: (bytes) => encoder.encodeSync(Buffer.from(bytes.buffer)),
				decode: (encoded) => decoder.decodeSync(encoded),
			};
		},
	},
];

/** CRC-32C by every library. */
export async function checksumSubjects(): Promise<ChecksumSubject[]> {
	const subjects: ChecksumSubject[] = [];
	for (const [name, load] of Object.entries(crc32cImplementations)) {
		const checksum = await load();
		if (checksum !== undefined) subjects.push({ codec: "crc32c", library: libraryOf("crc32c", name), checksum });
	}
	const aws = installed("@aws-crypto/crc32c") as { readonly crc32c: ChecksumSubject["checksum"] } | undefined;
	if (aws !== undefined) subjects.push({ codec: "crc32c", library: "@aws-crypto/crc32c", checksum: aws.crc32c });
	return subjects;
}

/** Also from where the environment variable NODE_PATH says. */
function installed(name: string): unknown {
	try {
		return createRequire(import.meta.url)(name);
	} catch {
		return undefined;
	}
}
