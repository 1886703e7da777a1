/** Chunks that are no encoding of what their metadata declares. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageIsThere } from "../codecs/optional-packages.js";
import { largestAllocation, watchAllocations } from "../fuzz/allocations.js";
import { complaintAboutMemory } from "../fuzz/judge.js";
import { indexBytes } from "../sharding/layout.js";
import { bytesOf, expectRefused, type Opened } from "./refusal.js";

watchAllocations();
const { connect } = await import("tesserae");

type Codec = string | { readonly name: string; readonly configuration: { readonly [member: string]: unknown } };
const blosc = (cname: string, shuffle: string): Codec => ({
	name: "blosc",
	configuration: { cname, clevel: 9, shuffle, typesize: 4, blocksize: 0 },
});

const CHAINS: { readonly [name: string]: readonly Codec[] } = {
	bytes: ["bytes"],
	gzip: ["bytes", "gzip"],
	zstd: ["bytes", "zstd"],
	"gzip twice": ["bytes", "gzip", "gzip"],
	"zstd in gzip, checked": ["bytes", "zstd", "gzip", "crc32c"],
	"blosc lz4": ["bytes", blosc("lz4", "shuffle")],
	"blosc lz4hc": ["bytes", blosc("lz4hc", "bitshuffle")],
	"blosc blosclz": ["bytes", blosc("blosclz", "noshuffle")],
	"blosc snappy": ["bytes", blosc("snappy", "shuffle")],
	"blosc zlib": ["bytes", blosc("zlib", "noshuffle")],
	"blosc zstd": ["bytes", blosc("zstd", "bitshuffle")],
	zlib: ["bytes", "numcodecs.zlib"],
	lz4: ["bytes", "numcodecs.lz4"],
	fletcher32: ["bytes", "numcodecs.fletcher32"],
};
/** A codec that is only read, with 16 MiB of zeros as Python's `bz2` stores them. */
const FOREIGN: readonly (readonly [what: string, packageName: string, codec: Codec, digits: string])[] = [
	[
		"bz2",
		"seek-bzip",
		"numcodecs.bz2",
		"425a68313141592653597eb243c4000d04c000c0000008200020a40834a82a312a0a8e6282b24ca6b2fd648788001a0980018000001040004148106950546254151cc50564994d65fac90f100034130003000000208000829020d2a0a8c4a82a398a0ac9329acd64aa2ac0005aaa000600000041000184026a349245949245c5dc914e142417aab4f880",
	],
];

let con: Opened;
beforeAll(async () => {
	con = await connect("ram:");
	for (const [name, codecs] of Object.entries(CHAINS)) {
		const data = Int32Array.from({ length: 512 }, (_, i) => (i * i) >> 9);
		await con.createDataset(nameOf(name), { data, chunkShape: [512], codecs: codecs as never });
	}
});
afterAll(() => con.close());

const nameOf = (chain: string): string => chain.replaceAll(/[ ,]/g, "-");

async function stored(key: string): Promise<Uint8Array> {
	const bytes = (await con.backend.get(key))?.parts[0];
	return bytes === undefined ? expect.unreachable(`there is no ${key}`) : new Uint8Array(bytes);
}

/** Asserts that reading a chunk of 2 KiB, of which `bytes` are stored, fails and takes little memory. */
async function refuses(name: string, bytes: Uint8Array, ...words: readonly string[]): Promise<void> {
	const ds = await con.getDataset(name);
	await con.backend.put(ds.chunk([0]).key, bytes);
	largestAllocation();
	await expectRefused(() => ds.get(), "CORRUPT", "chunk [0]", ...words);
	expect(complaintAboutMemory(largestAllocation(), { chunkBytes: 2048, resultBytes: 2048 })).toBeUndefined();
	expect((await ds.verify()).findings).toMatchObject([{ chunk: [0] }]);
}

describe.each(Object.entries(CHAINS))("%s", (chain, codecs) => {
	const name = nameOf(chain);

	test("16 MiB in place of 2 KiB are refused before they take memory", async () => {
		const big = { shape: [2 ** 22], dtype: "int32", chunkShape: [2 ** 22], codecs: codecs as never } as const;
		const other = await con.createDataset("big", { ...big, fillValue: 1, ifExists: "replace" });
		// The first chunk of zeros is what compresses best.
		await other.set("...", 0);
		const bomb = await stored(other.chunk([0]).key);
		await other.delete();
		await refuses(name, bomb);
	});

	test("no chunk at all, half of one, and one of half the length", async () => {
		const half = await con.createDataset("half", { data: new Int32Array(256).fill(5), codecs: codecs as never });
		const short = await stored(half.chunk([0]).key);
		await half.delete();
		const ds = await con.getDataset(name);
		await ds.set("...", { data: Int32Array.from({ length: 512 }, (_, i) => (i * i) >> 9), shape: [512] });
		const whole = await stored(ds.chunk([0]).key);
		for (const bytes of [new Uint8Array(0), whole.subarray(0, whole.length >> 1), short]) await refuses(name, bytes);
		await con.backend.put(ds.chunk([0]).key, whole);
		expect(await ds.at(511)).toBe((511 * 511) >> 9);
	});

	test("the bytes of something else", async () => {
		await refuses(name, bytesOf("<html>404 Not Found</html>"));
		await refuses(name, new Uint8Array(4096).fill(0xff));
	});
});

test.each(FOREIGN.filter(([, packageName]) => packageIsThere(packageName)))(
	"a bomb of %s is stopped at the declared size",
	async (what, _, codec, digits) => {
		await con.createDataset(what, {
			shape: [512],
			dtype: "int32",
			chunkShape: [512],
			codecs: ["bytes", codec] as never,
		});
		await refuses(what, Uint8Array.from(Buffer.from(digits, "hex")), "2048");
	},
);

test("bombs within bombs are stopped, however many codecs allow for them", async () => {
	const codecs = ["bytes", ...new Array(30).fill("gzip")];
	const ds = await con.createDataset("layers", { shape: [512], dtype: "int32", chunkShape: [512], codecs });
	let bomb: Uint8Array = new Uint8Array(2 ** 24);
	for (let layer = 0; layer < 30; layer++) bomb = gzipSync(bomb);
	await refuses("layers", bomb, "more than");
	await ds.set("...", 4);
	expect(await ds.at(511)).toBe(4);
});

describe("a chunk of 4 GiB", () => {
	const little = { name: "bytes", configuration: { endian: "little" } };
	/** Larger than what `createDataset` makes. */
	const put = (path: string, codecs: readonly Codec[]): Promise<string> => {
		const document = {
			...{ zarr_format: 3, node_type: "array", shape: [2 ** 32], data_type: "uint8", fill_value: 0, codecs },
			chunk_grid: { name: "regular", configuration: { chunk_shape: [2 ** 32] } },
			chunk_key_encoding: { name: "default" },
		};
		return con.backend.put(`${path}/zarr.json`, bytesOf(document));
	};

	test("of which a few bytes are stored is CORRUPT, and asks for no more than these can be", async () => {
		await put("vast", [little, { name: "gzip", configuration: { level: 1 } }]);
		const ds = await con.getDataset("vast");
		await con.backend.put(ds.chunk([0]).key, gzipSync(new Uint8Array(16)));
		largestAllocation();
		await expectRefused(() => ds.at(5), "CORRUPT", "16 bytes");
		expect(largestAllocation()).toBeLessThan(2 ** 20);
	});

	test("is TOO_LARGE where a codec stores its values in a larger type", async () => {
		await put("wide", [{ name: "numcodecs.astype", configuration: { encode_dtype: "<f8" } }, little]);
		await expectRefused(() => con.getDataset("wide"), "TOO_LARGE", "wide/zarr.json", "numcodecs.astype");
	});
});

describe("shards", () => {
	const sharding = (configuration: object): Codec => ({
		name: "sharding_indexed",
		configuration: { ...configuration },
	});

	test("a valid index with its checksum, over inner chunks of another size", async () => {
		const shape = { shape: [16], chunkShape: [4], shardShape: [16], fillValue: 1 };
		const codecs = [{ name: "bytes", configuration: { endian: "little" } }];
		const narrow = await con.createDataset("narrow", { ...shape, dtype: "uint8", codecs });
		const wide = await con.createDataset("wider", { ...shape, dtype: "uint16", codecs });
		await wide.set("...", 7);
		await con.backend.put(narrow.chunk([0]).key, await stored(wide.chunk([0]).key));
		const words = ["inner chunk [0]", "chunk [0]", "4 expected"] as const;
		await expectRefused(() => narrow.get(), "CORRUPT", ...words);
		await expectRefused(() => narrow.at(3), "CORRUPT", ...words);
	});

	test.each([
		[
			"an inner index that points outside",
			[
				[0n, 2n],
				[1000n, 2n],
			],
			"inner chunk 1",
		],
		[
			"an inner index whose chunks overlap",
			[
				[0n, 2n],
				[1n, 2n],
			],
			"overlap",
		],
		["inner chunks of no bytes", [[0n, 0n], null], "0 bytes"],
	] as const)("within a shard: %s", async (_, entries, word) => {
		const inner = sharding({ chunk_shape: [2], codecs: ["bytes"], index_codecs: ["bytes"] });
		const outer = sharding({ chunk_shape: [4], codecs: [inner], index_codecs: ["bytes"] });
		const options = {
			shape: [8],
			dtype: "uint8",
			chunkShape: [8],
			codecs: [outer] as never,
			ifExists: "replace",
		} as const;
		const ds = await con.createDataset("nested", options);
		const little = Uint8Array.of(1, 2, 3, 4, ...indexBytes(entries));
		const whole = Uint8Array.of(...little, ...indexBytes([[0n, BigInt(little.length)], null]));
		await con.backend.put(ds.chunk([0]).key, whole);
		await expectRefused(() => ds.get(), "CORRUPT", "inner chunk [0]", word);
		await expectRefused(() => ds.set([0], 1), "CORRUPT", "chunk [0]");
		expect(await ds.at(7)).toBe(0);
	});

	test("an index of 2^28 inner chunks is refused before anything is read", async () => {
		const codec = sharding({ chunk_shape: [1], codecs: ["bytes"], index_codecs: ["bytes"] });
		const options = { shape: [2 ** 28], dtype: "uint8", chunkShape: [2 ** 28], codecs: [codec] as never } as const;
		await expectRefused(() => con.createDataset("fine", options), "TOO_LARGE", "index");
	});
});

test("threads refuse as this thread does", async () => {
	await using parallel = await connect("ram:", { engine: "threads", workers: 2 });
	const data = Int32Array.from({ length: 2048 }, (_, i) => i);
	const ds = await parallel.createDataset("a", { data, chunkShape: [512], codecs: ["bytes", "gzip"] });
	await parallel.backend.put(ds.chunk([2]).key, gzipSync(new Uint8Array(2 ** 25)));
	await expectRefused(() => ds.get(), "CORRUPT", "chunk [2]", "more than the 2048");
	expect(await ds.at(2047)).toBe(2047);
});
