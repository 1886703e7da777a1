import fc from "fast-check";
import { type Connection, connect, type Dataset, isStoreError } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { broken } from "../backends/pass-through.js";
import "../support/property-seed.js";
import { tries } from "../support/tries.js";
import { entriesOf, indexBytes, objectAt } from "./layout.js";

let con: Connection;
beforeEach(async () => {
	con = await connect("ram:");
});
afterEach(() => con.close());

/** 2 × 2 shards of 4 × 4 inner chunks of 4 × 8. */
const TABLE = { shape: [32, 64], dtype: "int32", chunkShape: [4, 8], shardShape: [16, 32] } as const;
const VALUES = { data: Int32Array.from({ length: 32 * 64 }, (_, i) => i + 1), shape: [32, 64] };

async function requests(work: () => Promise<unknown>): Promise<number[]> {
	const before = con.meter.snapshot().byOperation;
	await work();
	const after = con.meter.snapshot().byOperation;
	return (["get", "put", "commit", "delete"] as const).map((name) => after[name].operations - before[name].operations);
}

test("the metadata is that of sharding_indexed, and what was asked for comes back", async () => {
	const ds = await con.createDataset("a", { ...TABLE, codecs: ["zstd"] });
	const document = JSON.parse(new TextDecoder().decode(await objectAt(con, "a/zarr.json")));
	const bytes = { name: "bytes", configuration: { endian: "little" } };
	const zstd = { name: "zstd", configuration: { level: 1, checksum: true } };
	expect(document.chunk_grid).toEqual({ name: "regular", configuration: { chunk_shape: [16, 32] } });
	const configuration = { chunk_shape: [4, 8], codecs: [bytes, zstd], index_codecs: [bytes, { name: "crc32c" }] };
	expect(document.codecs).toEqual([
		{ name: "sharding_indexed", configuration: { ...configuration, index_location: "end" } },
	]);
	for (const dataset of [ds, await con.getDataset("a"), await ds.clone("b")]) {
		const { chunkShape, shardShape, codecs, chunkGrid, totalChunks } = dataset;
		expect({ chunkShape, shardShape, codecs }).toEqual({
			chunkShape: [4, 8],
			shardShape: [16, 32],
			codecs: [bytes, zstd],
		});
		expect([chunkGrid, totalChunks]).toEqual([[2, 2], 4]);
		expect(dataset.chunk([1, 1])).toMatchObject({ origin: [16, 32], shape: [16, 32], key: `${dataset.name}/c/1/1` });
	}
	expect(String(ds)).toBe('Dataset "a" int32 [32, 64] in chunks of [4, 8] in shards of [16, 32]');
});

test("a chunk shape left out divides the shard", async () => {
	const ds = await con.createDataset("a", { shape: [5000, 5000], dtype: "float64", shardShape: [1500, 3000] });
	expect(ds.chunkShape.every((length, d) => (ds.shardShape?.[d] as number) % length === 0)).toBe(true);
	expect((ds.chunkShape[0] as number) * (ds.chunkShape[1] as number)).toBeGreaterThan(10_000);
});

test("a map takes the shards over, another chunk shape does not", async () => {
	const ds = await con.createDataset("a", { ...TABLE, data: VALUES });
	const same = await ds.map((block) => block, "same");
	const other = await ds.map((block) => ({ data: Float32Array.from(block.data), shape: block.shape }), "other", {
		dtype: "float32",
	});
	const flat = await ds.map((block) => block, "flat", { chunkShape: [8, 8] });
	expect([same, other, flat].map(({ chunkShape, shardShape }) => [chunkShape, shardShape])).toEqual([
		[
			[4, 8],
			[16, 32],
		],
		[
			[4, 8],
			[16, 32],
		],
		[[8, 8], undefined],
	]);
	for (const output of [same, other, flat])
		expect(Array.from((await output.get()).data)).toEqual(Array.from(VALUES.data));
});

test("what covers shards is written without a read, in any order", async () => {
	const ds = await con.createDataset("a", TABLE);
	expect(await requests(() => ds.set("...", VALUES))).toEqual([0, 0, 1, 0]);
	expect(await requests(() => ds.set("16:, ::-1", 7))).toEqual([0, 0, 1, 0]);
	expect(
		await requests(() => ds.set("15::-1, 31::-1", { ...VALUES, data: VALUES.data.subarray(0, 512), shape: [16, 32] })),
	).toEqual([0, 1, 0, 0]);
	expect([await ds.at(15, 31), await ds.at(0, 0), await ds.at(31, 0)]).toEqual([1, 512, 7]);
});

test("a write to a part is one get and one put, and carries what it does not touch over as bytes", async () => {
	const ds = await con.createDataset("a", { ...TABLE, data: VALUES });
	const { key } = ds.chunk([0, 0]);
	const sound = await objectAt(con, key);
	const entries = entriesOf(sound, 16);
	// Inner chunk [3, 3] is damaged: whoever decoded it would notice.
	const [at = 0n] = entries[15] ?? [];
	const damaged = Number(at) + 9;
	const before = sound.with(damaged, (sound[damaged] as number) ^ 0xff);
	await con.backend.put(key, before);
	expect(await requests(() => ds.set("2:6, 0:9", -1))).toEqual([1, 1, 0, 0]);
	expect(
		await requests(() =>
			ds.setPoints(
				[
					[0, 1],
					[0, 30],
				],
				[5, 6],
			),
		),
	).toEqual([1, 1, 0, 0]);
	const after = await objectAt(con, key);
	const touched = new Set([0, 1, 3, 4, 5]);
	entriesOf(after, 16).forEach((entry, i) => {
		const [offset = 0n, length = 0n] = entry ?? [];
		const [was = 0n, size = 0n] = entries[i] ?? [];
		const bytes = (shard: Uint8Array, start: bigint, n: bigint) =>
			shard.subarray(Number(start), Number(start + n)).join();
		expect(bytes(after, offset, length) === bytes(before, was, size), `inner chunk ${i}`).toBe(!touched.has(i));
	});
	expect([await ds.at(5, 8), await ds.at(5, 9), await ds.at(1, 30), await ds.at(0, 0)]).toEqual([-1, 330, 6, 5]);
	await expect(ds.set([15, 31], 0)).rejects.toSatisfy((error) => isStoreError(error, "CORRUPT"));
	await ds.set("12:16, 24:32", 1);
	expect(await ds.at(15, 31)).toBe(1);
});

test("inner chunks of a wrong size are carried over as they are", async () => {
	const codecs = [{ name: "sharding_indexed", configuration: { codecs: ["bytes"], index_codecs: ["bytes"] } }];
	const ds = await con.createDataset("a", {
		data: Uint8Array.of(1, 2, 3, 4),
		chunkShape: [2],
		shardShape: [4],
		codecs,
	});
	const long = [9, 9, 9, 9, 9, 9, 9, 9, 9, 3, 4];
	await con.backend.put(
		ds.chunk([0]).key,
		Uint8Array.from([
			...long,
			...indexBytes([
				[0n, 9n],
				[9n, 2n],
			]),
		]),
	);
	await ds.set("2:", 7);
	expect(Array.from((await objectAt(con, ds.chunk([0]).key)).subarray(0, 11))).toEqual([...long.slice(0, 9), 7, 7]);
	await expect(ds.get()).rejects.toSatisfy((error) => isStoreError(error, "CORRUPT"));
	await ds.set(":2", 5);
	expect((await ds.get()).data).toEqual(Uint8Array.of(5, 5, 7, 7));
});

test("inner chunks of fill value are left out, and a shard of none is removed", async () => {
	const ds = await con.createDataset("a", { ...TABLE, fillValue: 9, codecs: ["bytes"] });
	await ds.set("5, 5", 1);
	const { key } = ds.chunk([0, 0]);
	expect(
		entriesOf(await objectAt(con, key), 16)
			.map((entry) => entry !== null)
			.indexOf(true),
	).toBe(4);
	expect((await objectAt(con, key)).length).toBe(4 * 32 + 16 * 16 + 4);
	await ds.set("20, 5", 1);
	await ds.set("5, 5", 9);
	expect([await ds.hasChunk([0, 0]), await ds.hasChunk([1, 0])]).toEqual([false, true]);
	await ds.set("...", 9);
	expect(await ds.hasChunk([1, 0])).toBe(false);
	await ds.createChunk([1, 1]);
	expect([await ds.hasChunk([1, 1]), await ds.at(31, 63)]).toEqual([true, 9]);
	expect((await objectAt(con, "a/c/1/1")).length).toBe(16 * 16 + 4);
});

test("where deletes cannot be conditional, an emptied shard is stored as such", async () => {
	const store = broken(ram(), (inner) => ({
		supports: { ...inner.supports, conditionalDelete: false, atomicMultiPut: false },
	}));
	const careful = await connect(store);
	const ds = await careful.createDataset("a", { ...TABLE, fillValue: 9 });
	await ds.set("5, 5", 1);
	await ds.set("5, 5", 9);
	expect([await ds.hasChunk([0, 0]), await ds.at(5, 5), await ds.at(0, 0)]).toEqual([true, 9, 9]);
	await careful.close();
});

describe("many writers of one shard", () => {
	test.each(["sequential", "threads"])("lose nothing on %s", async (engine) => {
		const store = ram();
		const writers = await Promise.all(
			Array.from({ length: 4 }, () =>
				connect(
					broken(store, () => ({})),
					{ engine },
				),
			),
		);
		const first = await (writers[0] as Connection).createDataset("a", TABLE);
		const datasets = await Promise.all(writers.map((writer) => writer.getDataset("a")));
		await Promise.all(
			Array.from({ length: 64 }, (_, i) => (datasets[i % 4] as Dataset).set([i % 16, Math.floor(i / 16) * 9], i + 1)),
		);
		const { data } = await first.get(":16, 0:28:9");
		expect(Array.from(data).sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
		for (const writer of writers) await writer.close();
	});
});

/** Shards of 320 KiB, which are not read whole for a part. */
const LARGE = {
	shape: [600, 700],
	dtype: "float64",
	chunkShape: [32, 16],
	shardShape: [256, 160],
	codecs: ["bytes"],
} as const;

const bound = (length: number) => fc.integer({ min: 0, max: length });
const axis = (length: number) =>
	fc.tuple(bound(length), bound(length), fc.constantFrom(1, 1, 1, 2, 37, 300)).map(([a, b, step]) => ({
		start: Math.min(a, b),
		stop: Math.max(a, b) + 1,
		step,
	}));

test("any parts of large shards are written and read as of a plain array", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.tuple(axis(600), axis(700), fc.constantFrom(0, 1, 2), fc.boolean()), { minLength: 3, maxLength: 8 }),
			async (steps) => {
				const ds = await con.createDataset("p", { ...LARGE, ifExists: "replace" });
				const model = new Float64Array(600 * 700);
				for (const [rows, columns, value, writes] of steps) {
					const text = [rows, columns].map(({ start, stop, step }) => `${start}:${stop}:${step}`).join();
					const places: number[] = [];
					for (let row = rows.start; row < Math.min(600, rows.stop); row += rows.step)
						for (let column = columns.start; column < Math.min(700, columns.stop); column += columns.step)
							places.push(row * 700 + column);
					if (writes) {
						await ds.set(text, value);
						for (const place of places) model[place] = value;
					}
					const { data } = await ds.get(text);
					expect(data.length).toBe(places.length);
					expect(places.every((place, i) => data[i] === model[place])).toBe(true);
				}
				const whole = (await ds.get()).data;
				expect(model.every((value, i) => whole[i] === value)).toBe(true);
			},
		),
		{ numRuns: tries(40, 15) },
	);
});
