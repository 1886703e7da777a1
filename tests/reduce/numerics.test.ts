import { type Connection, connect, type Dataset, type DType, type TypedArray } from "tesserae";
import { afterEach, describe, expect, test } from "vitest";
import { exactSum, exactVariance, rounded } from "./exact.js";

const open: Connection[] = [];
afterEach(async () => {
	for (const con of open.splice(0)) await con.close();
});

async function dataset<D extends DType>(
	dtype: D,
	data: TypedArray | readonly unknown[],
	options: { chunk?: number; shape?: readonly number[]; fillValue?: unknown } = {},
): Promise<Dataset<D>> {
	const con = await connect("ram:");
	open.push(con);
	const { shape = [data.length], fillValue } = options;
	const chunkShape = shape.map(() => options.chunk ?? 100);
	const ds = await con.createDataset("a", { shape, dtype, chunkShape, fillValue: fillValue as never });
	await ds.set("...", { data, shape });
	return ds;
}

describe("float sums", () => {
	test("what cancels leaves what is there", async () => {
		const values = [1e16, 1, -1e16, 1e100, 1, -1e100, 0.1, 0.2];
		const ds = await dataset("float64", values, { chunk: 3 });
		expect(await ds.sum()).toBe(rounded(exactSum(values)));
		expect(await (await dataset("float64", values, { chunk: 1 })).sum()).toBe(rounded(exactSum(values)));
		expect(await ds.sum({ axes: [] }).then(({ shape }) => shape)).toEqual([8]);
	});

	test("a million tenths lose nothing", async () => {
		const ds = await dataset("float64", new Float64Array(1e6).fill(0.1), { chunk: 30_000 });
		expect(await ds.sum()).toBe(rounded(exactSum([0.1]) * 1_000_000n));
		expect(await ds.mean()).toBe(0.1);
	});

	test("nor do tenths that are not stored", async () => {
		const con = await connect("ram:");
		open.push(con);
		const ds = await con.createDataset("a", { shape: [1e5], dtype: "float64", chunkShape: [7], fillValue: 0.1 });
		expect(await ds.sum()).toBe(rounded(exactSum([0.1]) * 100_000n));
	});

	test("infinities and NaN go by IEEE 754", async () => {
		const { POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minus, NaN: nan } = Number;
		expect(await (await dataset("float32", [1, inf, 2, inf], { chunk: 1 })).sum()).toBe(inf);
		expect(await (await dataset("float32", [1, minus, 2])).mean()).toBe(minus);
		expect(await (await dataset("float32", [minus, inf])).sum()).toBeNaN();
		expect(await (await dataset("float32", [1, nan, 2])).sum()).toBeNaN();
		expect(await (await dataset("float64", [1e308, 1e308, 5])).sum()).toBe(inf);
		expect(await (await dataset("float64", [inf, 5])).std()).toBeNaN();
	});

	test("complex: sum and mean, per part", async () => {
		const complex = await complexDataset([1, 2, 3, Number.NaN, 5, 6]);
		expect(await complex.sum()).toEqual([9, Number.NaN]);
		expect(await complex.sum({ skipNaN: true })).toEqual([6, 8]);
		expect(await complex.mean({ skipNaN: true })).toEqual([3, 4]);
		const along = await complex.sum({ axes: [0] });
		expect([along.shape, [...along.data]]).toEqual([[2], [9, Number.NaN]]);
		for (const call of [() => complex.min(), () => complex.max(), () => complex.std(), () => complex.histogram()])
			await expect(call()).rejects.toMatchObject({ code: "UNSUPPORTED" });
	});

	test("raw bits have no statistics", async () => {
		const ds = await dataset("r8", Uint8Array.of(1, 2));
		for (const call of [() => ds.min(), () => ds.sum(), () => ds.mean(), () => ds.std(), () => ds.histogram()])
			await expect(call()).rejects.toMatchObject({ code: "UNSUPPORTED" });
	});
});

async function complexDataset(data: readonly number[]): Promise<Dataset<"complex64">> {
	const con = await connect("ram:");
	open.push(con);
	const shape = [data.length / 2];
	const ds = await con.createDataset("c", { shape, dtype: "complex64", chunkShape: [2] });
	await ds.set("...", { data: Float32Array.from(data), shape: [...shape, 2] });
	return ds;
}

describe("integer sums", () => {
	test("are exact beyond 2^53, and beyond 2^64 without axes", async () => {
		const most = 2n ** 63n - 1n;
		const ds = await dataset("int64", [most, most, most, -5n, most], { chunk: 2 });
		expect(await ds.sum()).toBe(4n * most - 5n);
		expect(await ds.sum({ selection: ":2" })).toBe(2n * most);
		await expect(ds.sum({ axes: 0 })).rejects.toMatchObject({ code: "TOO_LARGE" });
		expect((await ds.sum({ axes: 0, selection: "2:4" })).data).toEqual(BigInt64Array.of(most - 5n));
		const unsigned = await dataset("uint64", [2n ** 64n - 1n, 0n, 7n], { chunk: 2 });
		expect(await unsigned.sum()).toBe(2n ** 64n + 6n);
		expect(await unsigned.mean()).toBe(Number(2n ** 64n + 6n) / 3);
	});

	test("of small types are bigint too, whatever their size", async () => {
		const ds = await dataset("uint32", new Uint32Array(3_000_000).fill(2 ** 32 - 1), { chunk: 1_000_000 });
		expect(await ds.sum()).toBe(3_000_000n * (2n ** 32n - 1n));
		expect((await ds.sum({ axes: [0] })).data).toEqual(BigUint64Array.of(3_000_000n * (2n ** 32n - 1n)));
		expect(await (await dataset("bool", [true, false, true])).sum()).toBe(2n);
		expect((await (await dataset("bool", [true, false, true])).sum({ axes: 0 })).data).toBeInstanceOf(BigInt64Array);
		expect(await (await dataset("bool", [true, false])).max()).toBe(true);
		expect((await (await dataset("int8", [-3, 2])).min({ axes: 0 })).data).toEqual(Int8Array.of(-3));
	});
});

describe("std", () => {
	test("keeps small deviations from a large offset, within chunks and between them", async () => {
		const values = Float64Array.from({ length: 10_000 }, (_, i) => 1e9 + Math.sin(i) / 1000);
		const exactly = Math.sqrt(exactVariance([...values]));
		for (const chunk of [10_000, 777, 1]) {
			const some = chunk === 1 ? values.subarray(0, 500) : values;
			const expected = chunk === 1 ? Math.sqrt(exactVariance([...some])) : exactly;
			const ds = await dataset("float64", some, { chunk });
			expect(Math.abs((await ds.std()) / expected - 1)).toBeLessThan(1e-12);
		}
		const table = await dataset("float64", values, { shape: [100, 100], chunk: 30 });
		const along = await table.std({ axes: 0 });
		for (let x = 0; x < 100; x += 9) {
			const column = Array.from({ length: 100 }, (_, y) => values[100 * y + x] as number);
			expect(Math.abs((along.get(x) as number) / Math.sqrt(exactVariance(column)) - 1)).toBeLessThan(1e-12);
		}
	});

	test("takes ddof, and is NaN where too few values are left", async () => {
		const ds = await dataset("int16", [1, 2, 3, 4], { chunk: 3 });
		expect(await ds.std({ ddof: 1 })).toBeCloseTo(Math.sqrt(5 / 3), 14);
		expect(await ds.std({ ddof: 1, selection: [[2]] })).toBeNaN();
		await expect(ds.std({ ddof: Number.NaN })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});
});

describe("NaN", () => {
	const nan = Number.NaN;

	test("is skipped where asked, for scalars and along axes", async () => {
		const ds = await dataset("float32", [1, nan, 3, nan, nan, nan, -5, 7, nan], { shape: [3, 3], chunk: 2 });
		const skipNaN = true;
		expect([await ds.min({ skipNaN }), await ds.max({ skipNaN }), await ds.sum({ skipNaN })]).toEqual([-5, 7, 6]);
		expect([await ds.mean({ skipNaN }), await ds.min(), await ds.std()]).toEqual([1.5, nan, nan]);
		expect(await ds.std({ skipNaN })).toBeCloseTo(Math.sqrt((0.25 + 2.25 + 42.25 + 30.25) / 4), 12);
		const along = { axes: 1, skipNaN } as const;
		expect([...(await ds.min(along)).data]).toEqual([1, nan, -5]);
		expect([...(await ds.max(along)).data]).toEqual([3, nan, 7]);
		expect([...(await ds.sum(along)).data]).toEqual([4, 0, 2]);
		expect([...(await ds.mean(along)).data]).toEqual([2, nan, 1]);
		expect([...(await ds.std(along)).data]).toEqual([1, nan, 6]);
	});

	test("as the fill value of what is not stored, too", async () => {
		const ds = await dataset("float64", [1, 2, 3, 4], { chunk: 2, fillValue: nan });
		await ds.deleteChunk([0]);
		expect([await ds.sum(), await ds.max(), await ds.mean({ skipNaN: true })]).toEqual([nan, nan, 3.5]);
		await ds.deleteChunk([1]);
		const skipNaN = true;
		expect([await ds.sum({ skipNaN }), await ds.min({ skipNaN }), await ds.std({ skipNaN })]).toEqual([0, nan, nan]);
	});

	test("does not matter to integers", async () => {
		const ds = await dataset("int64", [1n, 2n, 6n], { chunk: 2 });
		const skipNaN = true;
		expect([await ds.sum({ skipNaN }), await ds.min({ skipNaN }), await ds.mean({ skipNaN })]).toEqual([9n, 1n, 3]);
	});
});

describe("what is not there", () => {
	test("an empty selection: sum 0, mean and std NaN, no min and no max", async () => {
		const ds = await dataset("float64", [1, 2, 3]);
		const selection = "3:";
		expect([await ds.sum({ selection }), await ds.mean({ selection }), await ds.std({ selection })]).toEqual([
			0,
			Number.NaN,
			Number.NaN,
		]);
		for (const method of ["min", "max"] as const)
			await expect(ds[method]({ selection })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		expect(await (await dataset("int8", [1])).sum({ selection: "1:" })).toBe(0n);
	});

	test("an empty axis: an empty result where it is kept, else as for no values", async () => {
		const con = await connect("ram:");
		open.push(con);
		const ds = await con.createDataset("a", { shape: [0, 3], dtype: "int16" });
		expect((await ds.min({ axes: 1 })).shape).toEqual([0]);
		expect((await ds.sum({ axes: 0 })).data).toEqual(new BigInt64Array(3));
		expect((await ds.mean({ axes: 0 })).data).toEqual(new Float64Array(3).fill(Number.NaN));
		await expect(ds.max({ axes: 0 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	test("chunks that are not stored count as fill value and are not made: 4 TiB take a moment", async () => {
		const con = await connect("ram:");
		open.push(con);
		const shape = [2 ** 20, 2 ** 20];
		const ds = await con.createDataset("a", { shape, dtype: "int32", chunkShape: [2 ** 14, 2 ** 14], fillValue: -7 });
		const selection = `${2 ** 15}:`;
		const count = 2n ** 40n - 2n ** 35n;
		expect(await ds.sum({ selection })).toBe(-7n * count);
		expect([await ds.min({ selection }), await ds.mean({ selection }), await ds.std({ selection })]).toEqual([
			-7, -7, 0,
		]);
		const { counts } = await ds.histogram({ bins: [-8, -7, -6], selection });
		expect([...counts]).toEqual([0, Number(count)]);
		const along = await ds.sum({ axes: 0, selection: `${2 ** 15}:, :3` });
		expect(along.data).toEqual(new BigInt64Array(3).fill(-7n * (2n ** 20n - 2n ** 15n)));
	});

	test("bad axes are refused", async () => {
		const ds = await dataset("int8", [1, 2, 3, 4], { shape: [2, 2] });
		for (const axes of [2, -3, [0, 0], [0, -2], 0.5, ["x"] as never])
			await expect(ds.sum({ axes })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await expect(ds.sum({ axes: 1, selection: "0" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await expect(ds.sum({ selection: "9" })).rejects.toMatchObject({ code: "OUT_OF_BOUNDS" });
	});
});
