/** Chunks of different lengths (chunk grid `rectilinear`): made, found in documents of others, grown, shrunk. */
import { type AxisLengths, type Connection, connect, type Dataset, isStoreError, type Json, slice } from "tesserae";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counting, fresh } from "./values.js";

let con: Connection;
beforeAll(async () => {
	con = await connect("ram:");
});
afterAll(() => con.close());

async function documentOf({ name }: Dataset): Promise<{ [member: string]: unknown }> {
	const stored = await con.backend.get(`${name}/zarr.json`);
	return JSON.parse(new TextDecoder().decode(stored?.parts[0]));
}

interface Placed {
	readonly shape: readonly number[];
	readonly lengths: Json;
	readonly codecs?: Json;
}

/** A dataset of which only the document is there, as another writer may have left it. */
async function place({ shape, lengths, codecs = ["bytes"] }: Placed): Promise<string> {
	const name = fresh();
	const document = {
		zarr_format: 3,
		node_type: "array",
		shape,
		data_type: "uint8",
		chunk_grid: { name: "rectilinear", configuration: { kind: "inline", chunk_shapes: lengths } },
		chunk_key_encoding: { name: "default" },
		fill_value: 0,
		codecs,
	};
	await con.backend.put(`${name}/zarr.json`, new TextEncoder().encode(JSON.stringify(document)));
	return name;
}

const open = async (placed: Placed): Promise<Dataset> => con.getDataset(await place(placed));

async function codeOf(call: () => Promise<unknown>): Promise<string> {
	const error = await call().then(
		() => undefined,
		(reason) => reason,
	);
	return isStoreError(error) ? `${error.code}: ${error.message}` : `no StoreError: ${error}`;
}

/** What is stored, key by key below the dataset's own, with its length in bytes. */
async function objectsOf({ name }: Dataset): Promise<{ [key: string]: number }> {
	const objects: { [key: string]: number } = {};
	for await (const { key, size } of con.backend.list(`${name}/c/`) as AsyncIterable<{ key: string; size: number }>)
		objects[key.slice(name.length + 3)] = size;
	return objects;
}

describe("a new dataset", () => {
	test("has chunks of the lengths that it was given, stored without padding", async () => {
		const data = counting([26, 38]);
		const chunkShape = [
			[16, 10],
			[24, 14],
		];
		const ds = await con.createDataset(fresh(), { data, chunkShape, codecs: ["bytes"] });
		expect(ds.chunkGrid).toEqual([2, 2]);
		expect([ds.totalChunks, ds.chunkShape, ds.chunkLengths]).toEqual([4, [16, 24], chunkShape]);
		expect(String(ds)).toContain("in chunks of [16+10, 24+14]");
		expect(await objectsOf(ds)).toEqual({ "0/0": 4 * 384, "0/1": 4 * 224, "1/0": 4 * 240, "1/1": 4 * 140 });
		const { coords, origin, shape } = ds.chunk([1, 1]);
		expect({ coords, origin, shape }).toEqual({ coords: [1, 1], origin: [16, 24], shape: [10, 14] });
		expect(await ds.at(20, 15)).toBe(20 * 38 + 15 + 1);
		expect(await codeOf(async () => ds.chunk([2, 0]))).toContain("OUT_OF_BOUNDS");
		expect((await ds.verify()).ok).toBe(true);
	});

	test("states equal lengths in a row as one run, and a length for all of an axis as it is", async () => {
		const chunkShape: AxisLengths[] = [[2, 2, [2, 3], 5], 4, [7]];
		const ds = await con.createDataset(fresh(), { shape: [15, 10, 7], dtype: "int8", chunkShape });
		const lengths = [[[2, 5], 5], 4, [7]];
		expect(ds.chunkLengths).toEqual(lengths);
		expect((await documentOf(ds)).chunk_grid).toEqual({
			name: "rectilinear",
			configuration: { kind: "inline", chunk_shapes: lengths },
		});
		expect(ds.chunkGrid).toEqual([6, 3, 1]);
	});

	test.each<[options: object, part: string]>([
		[{ chunkShape: [[4, 4], 5] }, "add up to 8, the shape has 9"],
		[{ chunkShape: [[], 5] }, "add up to 0"],
		[{ chunkShape: [[4, 0, 5], 5] }, "whole numbers ≥ 1, not 0"],
		[{ chunkShape: [[4, 5.5], 5] }, "whole numbers ≥ 1, not 5.5"],
		[{ chunkShape: [[4, [5]], 5] }, "pairs [length, count]"],
		[{ chunkShape: [[4, [5, 1, 1]], 5] }, "pairs [length, count]"],
		[{ chunkShape: [[4, "5"], 5] }, "not 5"],
		[{ chunkShape: [[4, 5], null] }, "not null"],
		[{ chunkShape: [[4, 5]] }, "chunkShape has 1 axes"],
		[{ chunkShape: [[9], 5], format: 2 }, "format 2"],
		[{ chunkShape: [[9], 5], shardShape: [9, 5] }, "give lists of lengths as shardShape"],
		[{ chunkShape: [2, 5], shardShape: [[4, 3, 2], 5] }, "does not divide shardShape [4+3+2, 5] along axis 0"],
	])("is refused with %j", async (options, part) => {
		const create = (): Promise<unknown> =>
			con.createDataset(fresh(), { shape: [9, 5], dtype: "int8", ...options } as never);
		expect(await codeOf(create)).toMatch(/^INVALID_ARGUMENT/);
		expect(await codeOf(create)).toContain(part);
	});

	test("is refused where one of its chunks is too large", async () => {
		const create = (): Promise<unknown> =>
			con.createDataset(fresh(), { shape: [2 ** 33], dtype: "int8", chunkShape: [[5, 2 ** 33]] });
		expect(await codeOf(create)).toMatch(/^TOO_LARGE: a chunk of chunkShape/);
	});
});

describe("a document of another writer", () => {
	const EVERY_FORM: Json = [4, [1, 2, 3], [[4, 2]], [[1, 3], 3], [4, 4, 4]];

	test("is read in every form that lengths have, and written back in it", async () => {
		const ds = await open({ shape: [6, 6, 6, 6, 6], lengths: EVERY_FORM });
		expect(ds.chunkGrid).toEqual([2, 3, 2, 4, 2]);
		expect(ds.chunkLengths).toEqual(EVERY_FORM);
		expect(ds.chunk([1, 2, 1, 3, 1])).toMatchObject({ origin: [4, 3, 4, 3, 4], shape: [2, 3, 2, 3, 2] });
		const data = Uint8Array.from({ length: 6 ** 5 }, (_, i) => i % 251);
		await ds.set("...", { data, shape: ds.shape });
		await ds.setAttributes({ seen: true });
		expect((await con.getDataset(ds.name)).chunkLengths).toEqual(EVERY_FORM);
		expect((await ds.get()).data).toEqual(data);
		expect((await objectsOf(ds))["1/2/1/3/1"]).toBe(4 * 3 * 4 * 3 * 4);
	});

	test("may have chunks beyond the array, which are none of its chunks", async () => {
		const ds = await open({ shape: [6], lengths: [[4, 4, 4, 2 ** 40]] });
		expect([ds.chunkGrid, ds.totalChunks]).toEqual([[2], 2]);
		await con.backend.put(`${ds.name}/c/2`, new Uint8Array(4));
		const { chunks, findings } = await ds.verify();
		expect([chunks, findings.map(({ kind, key }) => `${kind} ${key}`)]).toEqual([2, [`orphaned ${ds.name}/c/2`]]);
		expect(findings[0]?.message).toContain("[3×4+1099511627776]");
		const stored: unknown[] = [];
		for await (const { coords } of ds.chunks({ stored: true })) stored.push(coords);
		expect(stored).toEqual([]);
	});

	test("may have more chunks than could be listed", async () => {
		const runs: Json = [[[1, 2 ** 50], 3, [2, 2 ** 40]], [[2 ** 53 - 1, 2 ** 53 - 1]].slice(1).concat([[5, 2 ** 52]])];
		const ds = await open({ shape: [2 ** 50 + 2 ** 41, 5], lengths: runs });
		expect(ds.chunkGrid).toEqual([2 ** 50 + 1 + 2 ** 40 - 1, 1]);
		expect(ds.chunk([2 ** 50, 0])).toMatchObject({ origin: [2 ** 50, 0], shape: [3, 5] });
		await ds.set([slice(2 ** 50 - 2, 2 ** 50 + 6), null], 7);
		const read = await ds.get([slice(2 ** 50 + 7, 2 ** 50 - 4, -1), 4]);
		expect([...read.data]).toEqual([0, 0, 7, 7, 7, 7, 7, 7, 7, 7, 0]);
		expect(Object.keys(await objectsOf(ds))).toHaveLength(5);
		const points = await ds.points([
			[0, 2 ** 50 + 5],
			[0, 0],
		]);
		expect([...points.data]).toEqual([0, 7]);
		expect(ds.explain([slice(null, null, 2 ** 45), 0])).toMatchObject({ chunks: 33, requests: 33 });
		expect(ds.explain()).toMatchObject({ chunks: 2 ** 50 + 2 ** 40 });
		await ds.resize([2 ** 50 + 1, 5]);
		await ds.resize([2 ** 51 + 2 ** 50, 5]);
		expect([...(await ds.get([slice(2 ** 50 - 1, 2 ** 50 + 3), 0])).data]).toEqual([7, 7, 0, 0]);
	});

	test("is CORRUPT where the chunks of its shards do not divide them all", async () => {
		const codecs = [
			{
				name: "sharding_indexed",
				configuration: {
					chunk_shape: [2, 3],
					codecs: ["bytes"],
					index_codecs: [{ name: "bytes", configuration: { endian: "little" } }, "crc32c"],
				},
			},
		] as unknown as Json;
		const fits = await open({ shape: [8, 6], lengths: [[4, 2, 2], 6], codecs });
		expect([fits.chunkShape, fits.shardShape, fits.chunkGrid]).toEqual([
			[2, 3],
			[4, 6],
			[3, 1],
		]);
		const odd = await place({ shape: [8, 6], lengths: [[4, 3, 2], 6], codecs });
		const failure = await codeOf(() => con.getDataset(odd));
		expect(failure).toMatch(/^CORRUPT/);
		expect(failure).toContain(`${odd}/zarr.json`);
		expect(failure).toContain("chunk_shape");
		const beyond = await place({ shape: [4, 6], lengths: [[4, 3], 6], codecs });
		expect(await codeOf(() => con.getDataset(beyond))).toMatch(/^CORRUPT/);
	});

	test("is TOO_LARGE where one of its chunks is", async () => {
		const name = await place({ shape: [2 ** 34], lengths: [[4, 2 ** 34]] });
		expect(await codeOf(() => con.getDataset(name))).toMatch(/^TOO_LARGE/);
	});
});

describe("another shape", () => {
	test("goes on in chunks of the last length, and keeps lengths that it does not reach", async () => {
		const data = counting([10]);
		const ds = await con.createDataset(fresh(), { data, chunkShape: [[5, 3, 2]], fillValue: -1 });
		await ds.resize([4]);
		expect([ds.chunkLengths, ds.chunkGrid]).toEqual([[[5, 3, 2]], [1]]);
		expect(Object.keys(await objectsOf(ds))).toEqual(["0"]);
		await ds.resize([9]);
		expect([ds.chunkLengths, ds.chunkGrid]).toEqual([[[5, 3, 2]], [3]]);
		expect([...(await ds.get()).data]).toEqual([1, 2, 3, 4, -1, -1, -1, -1, -1]);
		await ds.resize([15]);
		expect([ds.chunkLengths, ds.chunkGrid]).toEqual([[[5, 3, [2, 4]]], [6]]);
		await ds.resize([0]);
		await ds.resize([16]);
		expect([...(await ds.get()).data]).toEqual(new Array(16).fill(-1));
		expect((await documentOf(ds)).chunk_grid).toMatchObject({ configuration: { chunk_shapes: [[5, 3, [2, 4]]] } });
	});

	test("changes nothing of an axis that has one length", async () => {
		const ds = await con.createDataset(fresh(), { shape: [4, 4], dtype: "int8", chunkShape: [3, [1, 3]] });
		await ds.resize([100, 3]);
		expect([ds.chunkLengths, ds.chunkGrid]).toEqual([
			[3, [1, 3]],
			[34, 2],
		]);
	});

	test("is refused, and changes nothing, where a chunk that it reaches is too large", async () => {
		const ds = await open({ shape: [3], lengths: [[4, 2 ** 34]] });
		expect(await codeOf(() => ds.resize([5]))).toMatch(/^TOO_LARGE/);
		expect((await con.getDataset(ds.name)).shape).toEqual([3]);
		expect(await codeOf(() => ds.append([1, 2], 0))).toMatch(/^TOO_LARGE/);
		await ds.append([1], 0);
		expect((await con.getDataset(ds.name)).shape).toEqual([4]);
	});

	test("of no chunks at all begins with one", async () => {
		const ds = await open({ shape: [0], lengths: [[]] });
		expect([ds.chunkGrid, (await ds.get()).size]).toEqual([[0], 0]);
		expect((await ds.clone(fresh())).chunkLengths).toEqual([[]]);
		await ds.append([1, 2, 3]);
		await ds.append([4]);
		expect([ds.chunkLengths, [...(await ds.get()).data]]).toEqual([[[[3, 2]]], [1, 2, 3, 4]]);
	});

	test("is found by several who append at once, none of whom loses anything", async () => {
		const place = `ram:${fresh()}`;
		const cons = await Promise.all([connect(place), connect(place, { engine: "threads" }), connect(place)]);
		const [first] = cons as [Connection, Connection, Connection];
		await first.createDataset("a", { shape: [1, 2], dtype: "int32", chunkShape: [[1, 4, 3], 2], fillValue: -1 });
		const handles = await Promise.all(cons.map((other) => other.getDataset("a")));
		const appended = Array.from({ length: 30 }, (_, i) => i);
		const offsets = await Promise.all(
			appended.map((i) => (handles[i % 3] as Dataset).append([new Array(2).fill(i)] as never)),
		);
		const ds = await first.getDataset("a");
		expect([...offsets].sort((a, b) => a - b)).toEqual(appended.map((i) => i + 1));
		for (const i of appended) expect([...(await ds.get([offsets[i] as number])).data]).toEqual([i, i]);
		expect(ds.chunkLengths).toEqual([[1, 4, [3, 9]], 2]);
		for (const other of cons) await other.close();
	});
});
