/** Integers of 2 and 4 bits, one to a byte, and the other names of complex types. */
import { type Connection, connect } from "tesserae";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let con: Connection;
beforeAll(async () => {
	con = await connect("ram:");
});
afterAll(() => con.close());

const TYPES = [
	["int2", -2, 1],
	["int4", -8, 7],
	["uint2", 0, 3],
	["uint4", 0, 15],
] as const;

describe.each(TYPES)("%s", (dtype, min, max) => {
	const count = max - min + 1;
	const values = Array.from({ length: count }, (_, i) => min + i);
	const wrapped = (value: number): number => ((((value - min) % count) + count) % count) + min;
	const named = { dtype, codecs: ["bytes"] } as const;

	it("ignores the upper bits of what is stored, and writes them as a wider integer has them", async () => {
		const name = `${dtype}/stored`;
		const ds = await con.createDataset(name, { ...named, shape: [256] });
		await con.backend.put(
			`${name}/c/0`,
			Uint8Array.from({ length: 256 }, (_, byte) => byte),
		);
		const { data } = await ds.get();
		expect(data).toBeInstanceOf(min < 0 ? Int8Array : Uint8Array);
		expect(Array.from(data)).toEqual(Array.from({ length: 256 }, (_, byte) => wrapped(byte)));
		const all = await con.createDataset(`${dtype}/all`, { ...named, data: values });
		const object = await con.backend.get(`${dtype}/all/c/0`);
		expect(Array.from(object?.parts[0] ?? [])).toEqual(values.map((value) => value & 0xff));
		expect([all.dtype, await all.min(), await all.max(), await all.sum()]).toEqual([
			...[dtype, min, max],
			BigInt(values.reduce((sum, value) => sum + value, 0)),
		]);
	});

	it("holds its range only", async () => {
		const ds = await con.createDataset(`${dtype}/range`, { ...named, shape: [3], fillValue: max });
		expect([ds.fillValue, await ds.at(0)]).toEqual([max, max]);
		const refusal = { code: "INVALID_ARGUMENT", message: expect.stringContaining(`from ${min} to ${max}`) };
		for (const wrong of [max + 1, min - 1, BigInt(max + 1), 0.5]) {
			await expect(ds.set("0", wrong)).rejects.toMatchObject(refusal);
			await expect(ds.set("0", Float64Array.of(Number(wrong)))).rejects.toMatchObject(refusal);
		}
		const beyond = { ...named, shape: [1] };
		for (const fillValue of [max + 1, min - 1])
			await expect(con.createDataset("none", { ...beyond, fillValue })).rejects.toMatchObject({
				code: "INVALID_ARGUMENT",
			});
	});

	it("wraps where typed arrays wrap", async () => {
		const given = [100, -3, 17];
		const wide = await con.createDataset(`${dtype}/wide`, { ...named, shape: [3] });
		await wide.set("...", min < 0 ? Int32Array.from(given) : Uint32Array.from(given));
		expect(Array.from((await wide.get()).data)).toEqual(given.map(wrapped));
		await wide.set("...", min < 0 ? Int8Array.from(given) : Uint8Array.from(given));
		expect(Array.from((await wide.get()).data)).toEqual(given.map(wrapped));
		await wide.set("...", [100.9, -3.9, 17n], { casting: "unsafe" });
		expect(Array.from((await wide.get()).data)).toEqual(given.map(wrapped));
	});
});

describe("complex_float32 and complex_float64", () => {
	it.each([
		["complex_float32", Float32Array],
		["complex_float64", Float64Array],
	] as const)("%s keeps its name, and is read as the core type is", async (dtype, Values) => {
		const options = { dtype, codecs: [{ name: "bytes", configuration: { endian: "big" } }] } as const;
		const ds = await con.createDataset(dtype, { ...options, data: { data: Values.of(1.5, -2, 3, 4), shape: [2, 2] } });
		expect(await ds.at(0)).toEqual([1.5, -2]);
		expect((await ds.get()).data).toBeInstanceOf(Values);
		await ds.resize([3]);
		const { dtype: name } = await con.getDataset(dtype);
		const text = new TextDecoder().decode((await con.backend.get(`${dtype}/zarr.json`))?.parts[0]);
		expect([name, JSON.parse(text).data_type]).toEqual([dtype, dtype]);
		const core = dtype === "complex_float32" ? "complex64" : "complex128";
		expect([ds.is(dtype), (ds as { is(name: string): boolean }).is(core)]).toEqual([true, false]);
		expect(await ds.sum()).toEqual([4.5, 2]);
	});
});

describe("format 2", () => {
	it.each(["int4", "bfloat16", "float8_e5m2", "complex_float16"] as const)("has no %s", async (dtype) => {
		const wanted = { shape: [1], dtype, format: 2 } as const;
		await expect(con.createDataset("none", wanted)).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
			message: expect.stringContaining(dtype),
		});
	});
});
