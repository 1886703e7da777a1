import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Backend, type Connection, connect, type Dataset } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { broken } from "../backends/pass-through.js";

let directory: string;
beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "tesserae-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** 4 × 2 shards of 16 × 8 inner chunks of 8 KiB: 1 MiB each. */
const SHAPE = [1000, 1000];
const LAYOUT = { chunkShape: [16, 64], shardShape: [256, 512], codecs: ["bytes"] };
const CHUNK = 16 * 64 * 8;
const INDEX = 16 * 8 * 16 + 4;
const SHARD = 16 * 8 * CHUNK + INDEX;
const VALUES = Float64Array.from({ length: 1e6 }, (_, i) => i + 0.5);

async function filled(con: Connection, options: object = {}): Promise<Dataset<"float64">> {
	return con.createDataset("a", { data: { data: VALUES, shape: SHAPE }, ...LAYOUT, ...options });
}

/** Number of requests and bytes that reading a selection took; its values are checked. */
async function read(ds: Dataset<"float64">, selection: string, first: number) {
	const { meter } = ds.connection as Connection;
	const before = meter.snapshot();
	const { data } = await ds.get(selection);
	const after = meter.snapshot();
	expect(data[0]).toBe(first + 0.5);
	return [after.operations - before.operations, after.bytesRead - before.bytesRead];
}

describe.each(["ram", "file"])("%s", (backend) => {
	let con: Connection;
	let ds: Dataset<"float64">;
	beforeAll(async () => {
		con = await connect(backend === "ram" ? "ram:" : `file:${directory}/${backend}`, { ranges: { gap: "64KiB" } });
		ds = await filled(con);
	});
	afterAll(() => con.close());

	test("a small part is the index and one inner chunk, then the inner chunk alone", async () => {
		await ds.refresh();
		expect(await read(ds, "20, 70", 20_070)).toEqual([2, INDEX + CHUNK]);
		expect(await read(ds, "21, 70", 21_070)).toEqual([1, CHUNK]);
		expect(await read(ds, "::1000, ::1000", 0)).toEqual([1, CHUNK]);
	});

	test("a step far enough touches few inner chunks, those close together in one range", async () => {
		await ds.refresh();
		// Two rows of inner chunks that are 12 rows, or 96 inner chunks, apart; in each of these two that lie side by side.
		expect(await read(ds, "0:200:199, 60:68", 60)).toEqual([2, INDEX + 4 * CHUNK]);
		// 2 of 8 in each of three rows: the gap of 6 inner chunks is smaller than a request is worth.
		expect(await read(ds, "0:48, 60:68", 60)).toEqual([1, 18 * CHUNK]);
	});

	test("most of a shard is one request", async () => {
		await ds.refresh();
		expect(await read(ds, "0:250, 0:500", 0)).toEqual([1, SHARD]);
		expect(await read(ds, "...", 0)).toEqual([8, await stored(ds)]);
	});

	test("explain says so before", async () => {
		for (const [selection, first] of [
			["20, 70", 20_070],
			["0:2, 500:520", 500],
			["250:260, 500:520", 250_500],
			["0:250, 0:500", 0],
			["0:512, 0:512", 0],
		] as const) {
			await ds.refresh();
			const { requests, fetchedBytes, chunks, shards, decodedBytes } = ds.explain(selection);
			expect(await read(ds, selection, first)).toEqual([requests, fetchedBytes]);
			expect(decodedBytes).toBe(chunks * CHUNK);
			expect(shards).toBeLessThanOrEqual(4);
		}
		expect(ds.explain("250:260, 500:520")).toMatchObject({ chunks: 4, shards: 4, requests: 8 });
		expect(ds.explain("...")).toMatchObject({ shards: 8, chunks: 63 * 16, requests: 8 });
		expect(String(ds.explain("20, 70"))).toMatch(/shards {4}1 of \[256, 512\]/);
	});

	test("explain of an array of any size takes no time", async () => {
		const big = await con.createDataset("big", {
			shape: [1e9, 1e9],
			dtype: "int8",
			chunkShape: [10, 1000],
			shardShape: [1000, 1000],
		});
		expect(big.explain()).toMatchObject({ shards: 1e12, chunks: 1e14, requests: 1e12 });
	});

	test("points, statistics and blocks read what they need", async () => {
		await ds.refresh();
		const { meter } = con;
		const before = meter.snapshot().bytesRead;
		expect(
			Array.from(
				(
					await ds.points([
						[0, 900, 901],
						[1, 999, 998],
					])
				).data,
			),
		).toEqual([1.5, 900_999.5, 901_998.5]);
		expect(await ds.sum({ selection: "0:2, 0:3" })).toBe(3 * 0.5 + 3 + 3 * 1000.5 + 3);
		expect(meter.snapshot().bytesRead - before).toBeLessThan(6 * CHUNK + 4 * INDEX);
		for await (const { origin, values } of ds.blocks({ shape: [300, 700] }))
			expect(values.data[0]).toBe((origin[0] as number) * 1000 + (origin[1] as number) + 0.5);
	});
});

/** Bytes of all stored shards: inner chunks beyond the border are not stored. */
async function stored(ds: Dataset): Promise<number> {
	let bytes = 0;
	for await (const { key } of ds.chunks({ stored: true }))
		bytes += (await (ds.connection as Connection).backend.head(key))?.size ?? 0;
	return bytes;
}

test("a store without ranges is asked for whole shards", async () => {
	const whole = broken(ram(), (inner) => ({
		supports: { ...inner.supports, ranges: false },
		get: (key, options) => {
			expect(options?.ranges).toBe(undefined);
			return inner.get(key, options);
		},
	}));
	const con = await connect(whole);
	const ds = await filled(con);
	expect(ds.explain("20, 70")).toMatchObject({ requests: 1, fetchedBytes: SHARD });
	expect(await read(ds, "20, 70", 20_070)).toEqual([1, SHARD]);
	expect(Array.from((await ds.points([[5], [6]])).data)).toEqual([5006.5]);
	await con.close();
});

/** Changes a shard after each read of its index. */
function restless(change: () => Promise<void>): (inner: Backend) => Partial<Backend> {
	return (inner) => ({
		async get(key, options) {
			const fetched = await inner.get(key, options);
			if (options?.ranges?.some((range) => "suffix" in range)) await change();
			return fetched;
		},
	});
}

test("a shard that changes between the index and its inner chunks is read anew, in one version", async () => {
	const inner = ram();
	const writer = await connect(inner);
	const ours = await filled(writer);
	let round = 0;
	const con = await connect(
		broken(
			inner,
			restless(async () => {
				// Longer and longer before what is read, so that offsets of one version are wrong in the next.
				await ours.set("0:16, 0:64", round++ === 0 ? 0 : Math.PI);
				await ours.set("0:32, 0:64", round);
			}),
		),
	);
	const ds = await con.getDataset("a", { dtype: "float64" });
	const { data } = await ds.get("0:32, 0:8");
	expect(new Set(data)).toEqual(new Set([round]));
	expect(round).toBe(2);
	await con.close();
});

test("a shard that others write to is read as it is, also by who knows its index", async () => {
	const inner = ram();
	const [one, other] = [await connect(inner), await connect(broken(inner, () => ({})))];
	const [mine, theirs] = [await filled(one), (await other.getDataset("a")) as Dataset<"float64">];
	expect(await theirs.at(20, 70)).toBe(20_070.5);
	await mine.set([20, 70], -1);
	expect(await theirs.at(20, 70)).toBe(-1);
	await mine.chunk([0, 0]).delete();
	expect(await theirs.at(20, 70)).toBe(0);
	await mine.set([20, 70], 5);
	expect(await theirs.at(20, 70)).toBe(5);
	expect(await theirs.at(200, 70)).toBe(0);
	await mine.set([200, 70], 6);
	expect(await theirs.at(200, 70)).toBe(6);
	await one.close();
	await other.close();
});

test.each([
	["compressors around", ["zstd"], [{ name: "zstd", configuration: { level: 1, checksum: true } }]],
	["transposed around and within", [{ name: "transpose", configuration: { order: [1, 0] } }, "zstd"], []],
])("%s: parts are right", async (_, inner, after) => {
	const con = await connect("ram:");
	const around = after.length === 0 ? [{ name: "transpose", configuration: { order: [1, 0] } }] : [];
	const chunk_shape = after.length === 0 ? [64, 16] : [16, 64];
	const sharding = { name: "sharding_indexed", configuration: { chunk_shape, codecs: inner } };
	const ds = await filled(con, { chunkShape: undefined, codecs: [...around, sharding, ...after] });
	expect([ds.chunkShape, ds.shardShape]).toEqual([
		[16, 64],
		[256, 512],
	]);
	for (const selection of ["20, 70", "0:2, 500:520", "...", "999:0:-300, [0, 999, 511]"]) {
		const whole = await ds.get(selection);
		const [rows, columns] = selection.startsWith("999")
			? [
					[999, 699, 399, 99],
					[0, 999, 511],
				]
			: [[], []];
		rows.forEach((row, i) => {
			columns.forEach((column, j) => void expect(whole.get(i, j)).toBe(row * 1000 + column + 0.5));
		});
	}
	await ds.set("10:300, 500:520", 1);
	expect([await ds.at(10, 500), await ds.at(299, 519), await ds.at(9, 500), await ds.at(300, 519)]).toEqual([
		1, 1, 9500.5, 300_519.5,
	]);
	await con.close();
});
