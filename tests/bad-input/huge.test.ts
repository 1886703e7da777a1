/** Shapes that no memory holds: whatever is asked for costs what it touches, or is refused. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesOf, expectRefused, type Opened, storeOf } from "./refusal.js";

const array = (shape: readonly number[]): object => ({
	...{ zarr_format: 3, node_type: "array", shape, data_type: "int16", fill_value: 3 },
	chunk_grid: { name: "regular", configuration: { chunk_shape: shape.map(() => 1) } },
	chunk_key_encoding: { name: "default" },
	codecs: [{ name: "bytes", configuration: { endian: "little" } }],
});

const BIG = 2 ** 53 - 1;
const SHAPES: { readonly [name: string]: readonly number[] } = {
	"2^62": [2 ** 31, 2 ** 31],
	"2^106": [BIG, BIG],
	"10^287": new Array(18).fill(BIG),
	"no elements, beside 10^287": [...new Array(18).fill(BIG), 0],
};

let con: Opened;
beforeAll(async () => {
	con = await storeOf(Object.fromEntries(Object.values(SHAPES).map((shape, n) => [`s${n}/zarr.json`, array(shape)])));
});
afterAll(() => con.close());

describe.each(Object.keys(SHAPES).map((name, n) => [name, `s${n}`] as const))("%s elements", (name, path) => {
	const isEmpty = name.startsWith("no ");

	test("are described and explained", async () => {
		const ds = await con.getDataset(path);
		for (const text of [String(ds), String(ds.explain()), String(ds.explain([0]))]) expect(text).not.toContain("NaN");
		expect(ds.size).toBe(isEmpty ? 0 : SHAPES[name]?.reduce((size, length) => size * length, 1));
		expect(Number.isNaN(ds.nbytes + ds.totalChunks)).toBe(false);
	});

	test.skipIf(isEmpty)("are refused as a whole, and read and written in part", async () => {
		const ds = await con.getDataset(path);
		await expectRefused(() => ds.get(), "TOO_LARGE", "blocks");
		await expectRefused(() => ds.set("...", 1), "TOO_LARGE");
		const last = ds.shape.map((length) => length - 1);
		expect(await ds.at(...last)).toBe(3);
		await ds.set(last, 7);
		expect([...(await ds.points(last.map((i) => [i, 0]))).data]).toEqual([7, 3]);
		await expectRefused(() => ds.verify(), "TOO_LARGE", "2^53");
		await expectRefused(
			() => ds.append({ data: new Int16Array(1), shape: ds.shape.map(() => 1) }, 0),
			"INVALID_ARGUMENT",
		);
		for await (const block of ds.blocks()) {
			expect(block.values.data[0]).toBe(3);
			break;
		}
	});

	test.skipIf(isEmpty)("a walk over them ends when it is cancelled", async () => {
		const ds = await con.getDataset(path);
		const signal = AbortSignal.timeout(20);
		await expect(ds.sum({ signal })).rejects.toMatchObject({ code: "ABORTED" });
	});

	test.runIf(isEmpty)("give an empty result", async () => {
		const ds = await con.getDataset(path);
		expect((await ds.get()).data).toHaveLength(0);
		expect(await ds.sum()).toBe(0n);
	});
});

test("as many as no number counts are refused, also beside none", async () => {
	const shape = new Array(24).fill(BIG);
	for (const lengths of [shape, [...shape, 0]]) {
		await con.backend.put("beyond/zarr.json", bytesOf(array(lengths)));
		await expectRefused(() => con.getDataset("beyond"), "UNSUPPORTED", "beyond/zarr.json", '"shape"');
		await expectRefused(() => con.createDataset("new", { shape: lengths, dtype: "int8" }), "INVALID_ARGUMENT");
	}
});
