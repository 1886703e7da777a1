/** Copies between arrays that keep chunks as the same bytes decode nothing; all others re-encode. Either way the values are those of the source. */
import {
	type Connection,
	type CreateOptions,
	connect,
	type Dataset,
	type Fetched,
	type GetOptions,
	StoreError,
} from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PassThrough } from "../backends/pass-through.js";

let con: Connection;
beforeEach(async () => {
	con = await connect("ram:");
});
afterEach(() => con.close());

const reversed = { name: "transpose", configuration: { order: [1, 0] } };
const big = { name: "bytes", configuration: { endian: "big" } };
const little = { name: "bytes", configuration: { endian: "little" } };
const zstd = (level: number, checksum?: boolean) => ({
	name: "zstd",
	configuration: { level, ...(checksum !== undefined && { checksum }) },
});
const blosc = (typesize: number, shuffle = "shuffle") => ({
	name: "blosc",
	configuration: { cname: "lz4", clevel: 5, shuffle, typesize, blocksize: 0 },
});

const BASE: CreateOptions<"int32"> = {
	shape: [6, 5],
	dtype: "int32",
	chunkShape: [4, 2],
	codecs: ["bytes", zstd(1, false)],
};
const values = Int32Array.from({ length: 30 }, (_, i) => (i < 10 ? 0 : 1000 - 7 * i));

type Options = Partial<CreateOptions<"int32">>;
const SAME: readonly (readonly [what: string, source: Options, target: Options])[] = [
	["other attributes", { attributes: { x: 1 } }, { attributes: { y: [2] }, dimensionNames: ["a", "b"] }],
	["other keys", {}, { chunkKeyEncoding: { name: "v2", separator: "." } }],
	["zstd of formats 2 and 3", { format: 2 }, { format: 3 }],
	["blosc of formats 3 and 2", { codecs: [blosc(4)] }, { codecs: [blosc(4)], format: 2 }],
	["blosc that does not shuffle", { codecs: [blosc(4, "noshuffle")] }, { codecs: [blosc(1, "noshuffle")], format: 2 }],
	["zlib of formats 2 and 3", { codecs: ["numcodecs.zlib"], format: 2 }, { codecs: ["numcodecs.zlib"] }],
	["order F and a transposition", { codecs: [reversed, big, "gzip"], format: 2 }, { codecs: [reversed, big, "gzip"] }],
	[
		"a transposition of nothing",
		{ codecs: [{ ...reversed, configuration: { order: [0, 1] } }, "bytes"] },
		{ codecs: ["bytes"] },
	],
	[
		"a setting that is left out",
		{ codecs: ["bytes", zstd(1, false)] },
		{ codecs: ["bytes", { name: "numcodecs.zstd", configuration: { level: 1 } }] },
	],
	["filters", { codecs: ["numcodecs.delta", "bytes"], format: 2 }, { codecs: ["numcodecs.delta", "bytes"], format: 2 }],
	[
		"shards",
		{ chunkShape: [2, 1], shardShape: [4, 2] },
		{ chunkShape: [2, 1], shardShape: [4, 2], attributes: { x: 1 } },
	],
	[
		"a fill value that both have",
		{ fillValue: 3 },
		{ fillValue: 3, format: 2, chunkKeyEncoding: { name: "v2", separator: "/" } },
	],
];
const OTHER: readonly (readonly [what: string, source: Options, target: Options])[] = [
	["another level", {}, { codecs: ["bytes", zstd(2, false)] }],
	["a checksum", {}, { codecs: ["bytes", zstd(1, true)] }],
	["another byte order", { codecs: [little] }, { codecs: [big] }],
	["other chunks", {}, { chunkShape: [3, 2] }],
	["another order", { codecs: ["bytes"] }, { codecs: [reversed, "bytes"] }],
	["another fill value", {}, { fillValue: 1 }],
	["shards of chunks", { chunkShape: [2, 1] }, { chunkShape: [2, 1], shardShape: [4, 2] }],
	[
		"an index at the start",
		{ chunkShape: [2, 1], shardShape: [4, 2] },
		{
			chunkShape: [4, 2],
			codecs: [
				{
					name: "sharding_indexed",
					configuration: { chunk_shape: [2, 1], codecs: ["bytes", zstd(1, false)], index_location: "start" },
				},
			],
		},
	],
	["elements of another size to blosc", { codecs: [blosc(4)] }, { codecs: [blosc(2)] }],
];

async function filled(options: Options): Promise<Dataset<"int32">> {
	const ds = await con.createDataset("source", { ...BASE, ...options });
	await ds.set("...", { data: values, shape: [6, 5] });
	return ds;
}

async function chunksOf(dataset: Dataset): Promise<Map<string, string>> {
	const chunks = new Map<string, string>();
	for await (const { coords, key } of dataset.chunks({ stored: true })) {
		const bytes = (await con.backend.get(key))?.parts[0];
		chunks.set(String(coords), Buffer.from(bytes ?? []).toString("hex"));
	}
	return chunks;
}

const damage = (dataset: Dataset): Promise<unknown> =>
	con.backend.put(dataset.chunk([1, 1]).key, Uint8Array.of(1, 2, 3, 4, 5, 6, 7));

describe("where only metadata differs, chunks are copied without decoding", () => {
	it.each(SAME)("%s", async (_, source, target) => {
		const ds = await filled(source);
		const copy = await con.createDataset("copy", { ...BASE, ...target, data: ds as Dataset });
		expect([...(await copy.get()).data]).toEqual([...values]);
		await damage(ds);
		await copy.load(ds);
		expect(await chunksOf(copy)).toEqual(await chunksOf(ds));
		await expect(copy.get()).rejects.toMatchObject({ code: "CORRUPT" });
	});

	it("also from store to store, and chunks that the source lacks are removed", async () => {
		const ds = await filled({});
		const other = await connect("ram:");
		const copy = await other.createDataset("a/b", { ...ds.creationOptions, attributes: { mine: true } });
		await copy.set("...", 5);
		await ds.deleteChunk([1, 1]);
		await copy.load(ds);
		expect([...(await copy.get()).data]).toEqual([...(await ds.get()).data]);
		expect([copy.attributes, await copy.hasChunk([1, 1])]).toEqual([{ mine: true }, false]);
		await other.close();
	});

	it("of a store that cannot list, chunk by chunk of the grid", async () => {
		const ds = await filled({});
		await ds.deleteChunk([1, 2]);
		const unlisted = await connect(new Unlisted(con.backend));
		const copy = await con.createDataset("copy", { ...ds.creationOptions });
		await copy.set("...", 9);
		await copy.load(await unlisted.getDataset("source"));
		expect(await chunksOf(copy)).toEqual(await chunksOf(ds));
	});

	it("goes on with what is left, to the same bytes, and can be cancelled", async () => {
		const ds = await filled({});
		const counting = new Counting(ram());
		const other = await connect(counting, { concurrency: 1 });
		const copy = await other.createDataset("copy", { ...ds.creationOptions });
		const stop = new AbortController();
		const load = copy.load(ds, { signal: stop.signal, onProgress: ({ done }) => done === 2 && stop.abort() });
		await expect(load).rejects.toMatchObject({ code: "ABORTED" });
		const before = counting.puts.filter((key) => key.includes("/c/")).length;
		expect(before).toBeLessThan(4);
		const seen: number[] = [];
		await copy.load(ds, { resume: true, onProgress: ({ total }) => seen.push(total) });
		expect(seen[0]).toBe(6 - before);
		const chunkPuts = counting.puts.filter((key) => key.includes("/c/"));
		expect(new Set(chunkPuts).size, "none was copied twice").toBe(chunkPuts.length);
		for (const [coords, hex] of await chunksOf(ds)) {
			const bytes = (await counting.get(copy.chunk(coords.split(",").map(Number)).key))?.parts[0];
			expect(Buffer.from(bytes ?? []).toString("hex")).toBe(hex);
		}
	});

	it("a clone too, and a failure to read is no absence", async () => {
		const ds = await filled({ fillValue: 3 });
		await damage(ds);
		const clone = await ds.clone("clone", { data: true });
		expect(await chunksOf(clone)).toEqual(await chunksOf(ds));
		const failing = await connect(new Failing(con.backend));
		const read = con.createDataset("copy", { ...ds.creationOptions, data: await failing.getDataset("source") });
		await expect(read).rejects.toMatchObject({ code: "UNAVAILABLE" });
		expect(await con.hasDataset("copy")).toBe(false);
	});
});

describe("where chunks are other bytes, they are encoded anew", () => {
	it.each(OTHER)("%s", async (_, source, target) => {
		const ds = await filled(source);
		const copy = await con.createDataset("copy", { ...BASE, ...target });
		await copy.load(ds);
		expect([...(await copy.get()).data]).toEqual([...values]);
		await damage(ds);
		await expect(copy.load(ds)).rejects.toMatchObject({ code: "CORRUPT" });
	});

	it("and of a part, whatever the encodings", async () => {
		const ds = await filled({});
		const copy = await con.createDataset("copy", { ...ds.creationOptions });
		await copy.load(ds, { selection: "::-1" });
		expect([...(await copy.get("5")).data]).toEqual([...values.subarray(0, 5)]);
	});

	it("so that zeros are stored where format 2 leaves undefined what is not", async () => {
		const ds = await filled({ format: 2 });
		const copy = await con.createDataset("copy", { ...BASE, format: 2 });
		const key = "copy/.zarray";
		const document = JSON.parse(new TextDecoder().decode((await con.backend.get(key))?.parts[0]));
		await con.backend.put(key, new TextEncoder().encode(JSON.stringify({ ...document, fill_value: null })));
		await ds.set("...", 0);
		expect((await chunksOf(ds)).size).toBe(0);
		const undefinedFill = await copy.refresh();
		await undefinedFill.load(ds);
		expect((await chunksOf(undefinedFill)).size).toBe(6);
	});
});

class Unlisted extends PassThrough {
	override get supports() {
		return { ...this.inner.supports, list: false };
	}
	override list(): never {
		throw new Error("it was asked for a list");
	}
}

class Counting extends PassThrough {
	readonly puts: string[] = [];
	override put(...args: Parameters<PassThrough["put"]>) {
		this.puts.push(args[0]);
		return this.inner.put(...args);
	}
}

class Failing extends PassThrough {
	override async get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		if (key.endsWith("c/1/2")) throw new StoreError("UNAVAILABLE", "the store is down");
		return this.inner.get(key, options);
	}
}
