/** What the compiler knows: checked by `npm run types`, since these lines only have to compile. */
import { type Connection, connect, type Dataset, type NdArray, slice } from "tesserae";
import { describe, expect, expectTypeOf, test } from "vitest";

const connection = (): Promise<Connection> => connect("ram:");

describe("types", () => {
	test("a data type fixes what is read and written", async () => {
		await using con = await connection();
		const ds = await con.createDataset("a", { shape: [4], dtype: "float32" });
		expectTypeOf(ds).toEqualTypeOf<Dataset<"float32">>();
		const values = await ds.get([slice(2)]);
		expectTypeOf(values).toEqualTypeOf<NdArray<"float32">>();
		expectTypeOf(values.data).toEqualTypeOf<Float32Array>();
		expectTypeOf(await ds.at(0)).toEqualTypeOf<number>();
		expect(values.data).toBeInstanceOf(Float32Array);
	});

	test("text, byte strings and records are plain arrays of their values", async () => {
		await using con = await connection();
		const texts = await con.createDataset("t", { data: [["a", "b"]] });
		expectTypeOf(texts).toEqualTypeOf<Dataset<"string">>();
		expectTypeOf((await texts.get()).data).toEqualTypeOf<string[]>();
		expectTypeOf(await texts.at(0, 0)).toEqualTypeOf<string>();
		const short = await con.createDataset("u", { shape: [2], dtype: "U5" });
		expectTypeOf((await short.get()).data).toEqualTypeOf<string[]>();
		const blobs = await con.createDataset("b", { shape: [2], dtype: "bytes" });
		expectTypeOf(await blobs.at(0)).toEqualTypeOf<Uint8Array>();
		expect([texts.dtype, short.dtype, blobs.dtype]).toEqual(["string", "fixed_length_utf32[20]", "bytes"]);
	});

	test("values tell the data type that is not named", async () => {
		await using con = await connection();
		const floats = await con.createDataset("f", { data: Float32Array.of(1, 2), chunkShape: [1] });
		expectTypeOf(floats).toEqualTypeOf<Dataset<"float32">>();
		const strided = await con.createDataset("s", { data: { data: new Uint16Array(4), shape: [2, 2] } });
		expectTypeOf(strided).toEqualTypeOf<Dataset<"uint16">>();
		const read = await con.createDataset("r", { data: await strided.get() });
		expectTypeOf(read).toEqualTypeOf<Dataset<"uint16">>();
		const copied = await con.createDataset("c", { data: floats });
		expectTypeOf(copied).toEqualTypeOf<Dataset<"float32">>();
		const nested = await con.createDataset("n", { data: [[1n], [2n]], fillValue: 3n });
		expectTypeOf(nested).toEqualTypeOf<Dataset<"int64">>();
		const flags = await con.createDataset("b", { data: [true, false] });
		expectTypeOf(flags).toEqualTypeOf<Dataset<"bool">>();
		const plain = await con.createDataset("p", { data: { data: [1, 2], shape: [2] } });
		expectTypeOf(plain).toEqualTypeOf<Dataset<"float64">>();
		const named = await con.createDataset("d", { data: Float32Array.of(1, 2), dtype: "float64" });
		expectTypeOf(named).toEqualTypeOf<Dataset<"float64">>();
		const anything: NdArray = await (floats as Dataset).get();
		expectTypeOf(await con.createDataset("a", { data: anything })).toEqualTypeOf<Dataset>();
		const all = [floats, strided, read, copied, nested, flags, plain, named].map(({ dtype }) => dtype);
		expect(all).toEqual(["float32", "uint16", "uint16", "float32", "int64", "bool", "float64", "float64"]);
	});

	test("64-bit integers are bigint, complex a pair, bool a boolean", async () => {
		await using con = await connection();
		const integers = await con.createDataset("i", { shape: [1], dtype: "int64" });
		expectTypeOf(await integers.at(0)).toEqualTypeOf<bigint>();
		expectTypeOf((await integers.get()).data).toEqualTypeOf<BigInt64Array>();
		const complex = await con.createDataset("c", { shape: [1], dtype: "complex64" });
		expectTypeOf(await complex.at(0)).toEqualTypeOf<readonly [re: number, im: number]>();
		const flags = await con.createDataset("b", { shape: [1], dtype: "bool" });
		expectTypeOf(await flags.at(0)).toEqualTypeOf<boolean>();
		expect([await integers.at(0), await complex.at(0), await flags.at(0)]).toEqual([0n, [0, 0], false]);
	});

	test("counts of time are bigint, and are written as dates and text too; small floats are Float32Array", async () => {
		await using con = await connection();
		const times = await con.createDataset("t", { shape: [2], dtype: "numpy.datetime64[ns]", fillValue: "NaT" });
		expectTypeOf((await times.get()).data).toEqualTypeOf<BigInt64Array>();
		expectTypeOf(await times.max()).toEqualTypeOf<bigint>();
		await times.set("...", [new Date(0), "1970-01-02"]);
		const spelled = await con.createDataset("s", { shape: [1], dtype: "timedelta64[s]" });
		expectTypeOf((await spelled.get()).data).toEqualTypeOf<BigInt64Array>();
		const dates = await con.createDataset("d", { data: [new Date(1)] });
		expectTypeOf(dates).toEqualTypeOf<Dataset<"numpy.datetime64[ms]">>();
		const small = await con.createDataset("f", { shape: [1], dtype: "float8_e5m2" });
		expectTypeOf((await small.get()).data).toEqualTypeOf<Float32Array>();
		const complex = await con.createDataset("c", { shape: [1], dtype: "complex_bfloat16" });
		expectTypeOf(await complex.at(0)).toEqualTypeOf<readonly [re: number, im: number]>();
		const nibbles = await con.createDataset("n", { shape: [1], dtype: "uint4" });
		expectTypeOf((await nibbles.get()).data).toEqualTypeOf<Uint8Array>();
		const read = [await times.at(1), spelled.dtype, await dates.at(0), await small.at(0), await nibbles.at(0)];
		expect(read).toEqual([86_400_000_000_000n, "numpy.timedelta64[s]", 1n, 0, 0]);
	});

	test("getDataset checks and narrows", async () => {
		await using con = await connection();
		await con.createDataset("a", { shape: [1], dtype: "uint16" });
		const any = await con.getDataset("a");
		expectTypeOf(any).toEqualTypeOf<Dataset>();
		const narrow = await con.getDataset("a", { dtype: "uint16" });
		expectTypeOf(narrow).toEqualTypeOf<Dataset<"uint16">>();
		if (any.is("uint16")) expectTypeOf((await any.get()).data).toEqualTypeOf<Uint16Array>();
		await expect(con.getDataset("a", { dtype: "float32" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	test("map and clone carry the type on", async () => {
		await using con = await connection();
		const ds = await con.createDataset("a", { shape: [2], dtype: "int16" });
		expectTypeOf(await ds.clone("b")).toEqualTypeOf<Dataset<"int16">>();
		const mapped = await ds.map((block) => block, "c");
		expectTypeOf(mapped).toEqualTypeOf<Dataset<"int16">>();
		const wider = await ds.map((block) => block, "d", { dtype: "float64" });
		expectTypeOf(wider).toEqualTypeOf<Dataset<"float64">>();
		expect(wider.dtype).toBe("float64");
	});

	test("what does not fit does not compile", async () => {
		await using con = await connection();
		// @ts-expect-error there is no such data type
		await expect(con.createDataset("a", { shape: [1], dtype: "float33" })).rejects.toMatchObject({
			code: "UNSUPPORTED",
		});
		const ds = await con.createDataset("a", { shape: [4], dtype: "float32" });
		// @ts-expect-error a selection is no object of this kind
		await expect(ds.get(new Date())).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		// @ts-expect-error a dataset cannot be assigned to one of another type
		const other: Dataset<"int64"> = ds;
		expect(other.dtype).toBe("float32");
	});
});
