import { readFile, truncate, writeFile } from "node:fs/promises";
import { type CreateOptions, connect, type NumericName, type StoreError } from "tesserae";
import { openHdf5, writeHdf5 } from "tesserae/files";
import { beforeAll, describe, expect, it } from "vitest";
import { bytesOf, DTYPES, loaded, refusal, sampleOf, scratchDirectory, valuesOf } from "./arrays.js";

const at = await scratchDirectory();
const connection = await connect("ram:");

async function datasetOf(options: CreateOptions) {
	return connection.createDataset("a", { ifExists: "replace", ...options });
}

describe("HDF5, written and read again", () => {
	it.each(DTYPES.filter((dtype) => dtype !== "r24"))("keeps every bit of %s", async (dtype) => {
		for (const shape of [[], [0], [3, 0], [4], [3, 4, 5]]) {
			const values = sampleOf(shape, dtype);
			await writeHdf5(at("a.h5"), values, undefined, { dtype });
			const source = await openHdf5(at("a.h5"));
			expect([source.shape, source.dtype]).toEqual([shape, dtype]);
			expect(bytesOf(await valuesOf(source))).toEqual(bytesOf(values.data));
		}
	});

	it.each<[NumericName, unknown]>([
		["int4", [-8, 7]],
		["uint2", [3, 0]],
		["float8_e5m2", [0.3, Number.NaN]],
		["complex_bfloat16", { data: [1, 0.1, -2, 3], shape: [2, 2] }],
		["complex_float64", { data: [1, 0.1, -2, 3], shape: [2, 2] }],
		["numpy.datetime64[10us]", ["2024-02-29", "NaT"]],
	])("stores %s as it is presented, with a note of what it is", async (dtype, data) => {
		const dataset = await datasetOf({ dtype, data: data as never, fillValue: 1 as never });
		await writeHdf5(at("a.h5"), dataset);
		const source = await openHdf5(at("a.h5"));
		expect(source.dtype).toBe(dtype);
		const again = await loaded(source);
		expect([again.fillValue, await again.get()]).toEqual([dataset.fillValue, await dataset.get()]);
	});

	it("keeps shape, type, chunk shape, names, attributes and fill value of a dataset", async () => {
		const attributes = {
			text: "µm",
			none: "",
			integer: -3,
			real: 2.5,
			minusZero: -0,
			wide: 2n ** 62n + 1n,
			wider: 2n ** 70n,
			large: 1e300,
			truth: true,
			nothing: null,
			list: [1, 2, 3],
			reals: [0.5, 1],
			texts: ["a", "µ"],
			mixed: [1, "a", null],
			table: [
				[1, 2],
				[3, 4],
			],
			deep: { a: { b: [1] } },
			empty: [],
			long: Array.from({ length: 20_000 }, (_, i) => i),
		};
		for (const fill of [
			{ dtype: "float32", fillValue: Number.NaN },
			{ dtype: "int64", fillValue: -(2n ** 60n) },
			{ dtype: "complex64", fillValue: [1, Number.NaN] },
			{ dtype: "bool", fillValue: true },
			{ dtype: "float16", fillValue: 0.5 },
		] as CreateOptions[]) {
			const dataset = await datasetOf({
				...fill,
				shape: [20, 30],
				chunkShape: [7, 11],
				attributes,
				dimensionNames: ["y", null],
			});
			await dataset.set("3:5, ::4", sampleOf([2, 8], dataset.dtype));
			await writeHdf5(at("kept.h5"), dataset, undefined, { gzip: 1 });
			const copy = await connection.createDataset("copy", { data: await openHdf5(at("kept.h5")), ifExists: "replace" });
			const facts = ({ shape, dtype, chunkShape, dimensionNames, fillValue }: typeof copy) => ({
				shape,
				dtype,
				chunkShape,
				dimensionNames,
				fillValue,
			});
			expect(facts(copy)).toEqual(facts(dataset));
			expect(copy.attributes).toEqual(dataset.attributes);
			expect(bytesOf((await copy.get()).data)).toEqual(bytesOf((await dataset.get()).data));
		}
	});

	it("writes a selection, into groups, in chunks of a given shape", async () => {
		const dataset = await datasetOf({ data: sampleOf([9, 8, 7], "int16"), chunkShape: [2, 3, 4] });
		await writeHdf5(at("part.h5"), dataset, "::-2, 3, [0, 6, 6]", { name: "/x/y/z", chunkShape: [4, 100] });
		const source = await openHdf5(at("part.h5"), { name: "x/y/z" });
		expect(source.chunkShape).toEqual([4, 3]);
		expect(await valuesOf(source)).toEqual((await dataset.get("::-2, 3, [0, 6, 6]")).data);
	});

	it("keeps an attribute of the user's that is called _FillValue", async () => {
		const dataset = await datasetOf({ shape: [2], dtype: "int8", fillValue: 5, attributes: { _FillValue: "mine" } });
		await writeHdf5(at("fill.h5"), dataset);
		const source = await openHdf5(at("fill.h5"));
		expect(source.attributes).toEqual({ _FillValue: "mine" });
		expect((await loaded(source)).fillValue).toBe(5);
	});

	it.each([
		[{ gzip: 10 }, /gzip/],
		[{ chunkShape: [1] }, /chunkShape/],
		[{ name: "/" }, /name/],
		[{ attributes: { _tesserae: 1 } }, /_tesserae/],
	])("refuses %j and leaves no file", async (options, message) => {
		const writing = writeHdf5(at("refused.h5"), sampleOf([2, 2], "int8"), undefined, options);
		await expect(writing).rejects.toMatchObject(refusal("INVALID_ARGUMENT", message));
		await expect(openHdf5(at("refused.h5"))).rejects.toMatchObject({ code: "NOT_FOUND" });
	});

	it("keeps text of a fixed length, in UTF-8", async () => {
		const texts = [
			["", "ab "],
			["日本", "😀é"],
			["x\0y", "    "],
		];
		const dataset = await connection.createDataset("texts", {
			dtype: "U4",
			data: texts as never,
			fillValue: "ø" as never,
		});
		await writeHdf5(at("text.h5"), dataset, undefined, { gzip: 1 });
		const again = await loaded(await openHdf5(at("text.h5")));
		expect([again.dtype, again.fillValue]).toEqual(["fixed_length_utf32[16]", "ø"]);
		expect((await again.get()).data).toEqual(texts.flat());
		await writeHdf5(at("one.h5"), dataset, "1, 0");
		const one = await openHdf5(at("one.h5"));
		expect([one.shape, (await (await loaded(one)).get()).data]).toEqual([[], ["日本"]]);
	});

	it.each<[dtype: string, values: readonly unknown[], message: RegExp, code?: StoreError["code"]]>([
		["string", ["a"], /string cannot be written to HDF5.*U20/],
		["bytes", [Uint8Array.of(1)], /bytes cannot be written to HDF5.*CSV/],
		["struct[x: int8]", [{ x: 1 }], /struct\[x: int8\] cannot be written to HDF5.*npy/],
		["U2", ["\ud800"], /lone surrogate/, "INVALID_ARGUMENT"],
	])("refuses %s", async (dtype, values, message, code = "UNSUPPORTED") => {
		const writing = writeHdf5(at("no.h5"), values as never, undefined, { dtype: dtype as never });
		await expect(writing).rejects.toMatchObject(refusal(code, message));
	});

	it("refuses raw bits", async () => {
		const writing = writeHdf5(at("raw.h5"), sampleOf([2], "r24"), undefined, { dtype: "r24" });
		await expect(writing).rejects.toMatchObject(refusal("UNSUPPORTED", /r24/));
	});
});

describe("HDF5, damaged", () => {
	let whole: Buffer;
	beforeAll(async () => {
		await writeHdf5(at("whole.h5"), sampleOf([50, 50], "float64"), undefined, { gzip: 1, chunkShape: [10, 50] });
		whole = await readFile(at("whole.h5"));
	});

	it.each([
		["nothing", 0, /HDF5/],
		["its first bytes", 20, /HDF5/],
		["half of it", 0.5, /truncated/],
		["all but its last byte", -1, /truncated/],
	])("%s of a file is CORRUPT", async (_, length, message) => {
		await writeFile(at("cut.h5"), whole);
		const size = length < 0 ? whole.length + length : length < 1 ? Math.floor(whole.length * length) : length;
		await truncate(at("cut.h5"), size);
		await expect(openHdf5(at("cut.h5"))).rejects.toMatchObject(refusal("CORRUPT", message));
	});

	it("another file is CORRUPT, none is NOT_FOUND, a directory is refused", async () => {
		await writeFile(at("text.h5"), "Dear HDF5,\n".repeat(100));
		await expect(openHdf5(at("text.h5"))).rejects.toMatchObject(refusal("CORRUPT", /signature/));
		await expect(openHdf5(at("absent.h5"))).rejects.toMatchObject({ code: "NOT_FOUND" });
		await expect(openHdf5(at("."))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	it("a chunk that does not decode is CORRUPT, not other values", async () => {
		const spoilt = Buffer.from(whole);
		const deflated = [...whole.keys()].filter(
			(i) => whole[i] === 0x78 && whole[i + 1] === 0x01 && (whole[i + 2] as number) > 3,
		);
		expect(deflated.length).toBeGreaterThanOrEqual(5);
		for (const start of deflated) spoilt.fill(0xff, start + 10, start + 40);
		await writeFile(at("spoilt.h5"), spoilt);
		await expect(loaded(await openHdf5(at("spoilt.h5")))).rejects.toMatchObject(refusal("CORRUPT", /damaged/));
	});
});
