/** What is made of datasets with chunks of different lengths, and such chunks as shards. */
import { type AxisLengths, type Connection, connect, type Dataset } from "tesserae";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counting, fresh } from "./values.js";

let con: Connection;
beforeAll(async () => {
	con = await connect("ram:");
});
afterAll(() => con.close());

describe("what is made of it", () => {
	const chunkShape: AxisLengths[] = [[2, 1, 4], 3];
	const make = (): Promise<Dataset> =>
		con.createDataset(fresh(), { data: counting([7, 5]), chunkShape }) as Promise<unknown> as Promise<Dataset>;

	test("has the same chunks, unless it is told otherwise", async () => {
		const ds = await make();
		const copied = await ds.clone(fresh(), { data: true });
		const mapped = await ds.map((block) => block, fresh(), { dtype: "float64" });
		const regular = await ds.map((block) => block, fresh(), { chunkShape: [3, 3] });
		const other = await regular.map((block) => block, fresh(), { chunkShape: [[6, 1], [5]] });
		expect([copied, mapped, regular].map(({ chunkLengths }) => chunkLengths)).toEqual([
			chunkShape,
			chunkShape,
			undefined,
		]);
		expect(other.chunkLengths).toEqual([[6, 1], [5]]);
		const expected = [...(await ds.get()).data].map(Number);
		for (const made of [copied, mapped, regular]) expect([...(await made.get()).data].map(Number)).toEqual(expected);
	});

	test("takes the requests and bytes that explain tells", async () => {
		const ds = await con.createDataset(fresh(), { data: counting([7, 5]), chunkShape, codecs: ["bytes"] });
		const { chunks, requests, decodedBytes, fetchedBytes, shards } = ds.explain("2:7, 0");
		expect({ chunks, requests, decodedBytes, fetchedBytes, shards }).toEqual({
			...{ chunks: 2, requests: 2, shards: undefined },
			decodedBytes: 4 * (3 + 12),
			fetchedBytes: 4 * (3 + 12),
		});
		expect(String(ds.explain())).toContain("chunks    6 of [2+1+4, 3]");
	});

	test("comes in blocks of its chunks, and in others", async () => {
		const ds = await make();
		const origins: (readonly number[])[] = [];
		for await (const { origin } of ds.blocks()) origins.push(origin);
		expect(origins.map(String)).toEqual(["0,0", "0,3", "2,0", "2,3", "3,0", "3,3"]);
		let total = 0;
		for await (const { values } of ds.blocks({ shape: [5, 5] }))
			for (const value of values.data) total += Number(value);
		expect(total).toBe((35 * 36) / 2);
	});
});

describe("in shards", () => {
	const shardShape: AxisLengths[] = [[8, 4, 4, 12], 10];

	test("of different lengths, chunks are all of one shape", async () => {
		const data = counting([28, 20]);
		const ds = await con.createDataset(fresh(), { data, chunkShape: [4, 5], shardShape, codecs: ["bytes"] });
		expect([ds.chunkShape, ds.shardShape, ds.chunkGrid]).toEqual([
			[4, 5],
			[12, 10],
			[4, 2],
		]);
		expect(ds.chunkLengths).toEqual([[8, [4, 2], 12], 10]);
		const again = await con.getDataset(ds.name);
		expect((await again.get("::-3, 7")).data).toEqual(
			Int32Array.from({ length: 10 }, (_, i) => (27 - 3 * i) * 20 + 7 + 1),
		);
		await again.set("6:17, 3:12", -5);
		expect(await again.sum({ selection: "6:17, 3:12" })).toBe(-5n * 99n);
		expect(await again.at(17, 12)).toBe(17 * 20 + 12 + 1);
		const points = await again.points([
			[0, 5, 11, 16, 27],
			[0, 2, 3, 11, 19],
		]);
		expect([...points.data]).toEqual([1, 103, -5, -5, 560]);
		expect((await again.verify()).ok).toBe(true);
		const { requests, shards, chunks } = again.explain("0:9, 0:2");
		expect({ requests, shards, chunks }).toEqual({ requests: 2, shards: 2, chunks: 3 });
	});

	test("maps, grows and clones as it is", async () => {
		const data = counting([28, 20]);
		const ds = await con.createDataset(fresh(), { data, chunkShape: [4, 5], shardShape });
		const output = await ds.map((block) => block, fresh(), { dtype: "float32" });
		expect([output.chunkShape, output.chunkLengths]).toEqual([ds.chunkShape, ds.chunkLengths]);
		expect(await output.sum()).toBe((560 * 561) / 2);
		expect((await ds.clone(fresh())).chunkLengths).toEqual(ds.chunkLengths);
		await ds.append(counting([5, 20]) as never);
		expect([ds.chunkLengths, await ds.at(30, 3)]).toEqual([[[8, [4, 2], [12, 2]], 10], 2 * 20 + 3 + 1]);
	});

	test("chooses chunks that divide all shards", async () => {
		const ds = await con.createDataset(fresh(), { shape: [28, 20], dtype: "int8", shardShape });
		expect(ds.chunkShape).toEqual([4, 10]);
	});
});
