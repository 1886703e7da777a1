import { readFile, writeFile } from "node:fs/promises";
import { decode } from "fast-png";
import { connect } from "tesserae";
import { canOpen, canWrite, openAny, openNpz, writeAny, writeCsv, writeNpz, writePng } from "tesserae/files";
import { describe, expect, it } from "vitest";
import { refusal, sampleOf, scratchDirectory, valuesOf } from "./arrays.js";

const at = await scratchDirectory();

async function png(
	values: Parameters<typeof writePng>[1],
	options?: Parameters<typeof writePng>[3],
	selection?: string,
) {
	await writePng(at("a.png"), values, selection, options);
	const { width, height, channels, data } = decode(await readFile(at("a.png")));
	return { width, height, channels, data: [...data] };
}

async function csv(
	...[values, selection, options]: [Parameters<typeof writeCsv>[1], string?, Parameters<typeof writeCsv>[3]?]
) {
	await writeCsv(at("a.csv"), values, selection, options);
	return readFile(at("a.csv"), "utf8");
}

describe("PNG", () => {
	it("is grey between the range, rows from top to bottom", async () => {
		const values = [
			[0, 5, 10],
			[-1, 11, 2.5],
		];
		expect(await png(values, { range: [0, 10] })).toEqual({
			width: 3,
			height: 2,
			channels: 1,
			data: [0, 128, 255, 0, 255, 64],
		});
	});

	it("has transparent pixels where there is no number, and ends of the range for infinities", async () => {
		const values = [[0, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]];
		expect(await png(values, { range: [0, 1] })).toMatchObject({ channels: 2, data: [0, 255, 0, 0, 0, 255, 255, 255] });
		expect((await png(values, { range: [0, 1], colormap: "magma" })).channels).toBe(4);
	});

	it("takes the percentiles 1 and 99 unless told otherwise", async () => {
		const values = Array.from({ length: 101 }, (_, i) => [i]);
		const { data } = await png(values);
		expect([data[1], data[2], data[99], data[100], data[50]]).toEqual([0, Math.round(255 / 98), 255, 255, 128]);
		expect((await png(values, { percentiles: [0, 100] })).data[1]).toBe(3);
		expect((await png([[7n, 7n]])).data).toEqual([0, 0]);
	});

	it.each([
		["viridis", [68, 1, 84], [42, 118, 142], [253, 231, 37]],
		["magma", [0, 0, 4], [137, 40, 129], [252, 253, 191]],
		["inferno", [0, 0, 4], [144, 37, 104], [252, 255, 164]],
	] as const)("%s has the colours of matplotlib's to 2 of 255", async (colormap, low, middle, high) => {
		const { data } = await png([[0, 100, 255]], { range: [0, 255], colormap });
		[...low, ...middle, ...high].forEach((colour, i) => {
			expect(Math.abs((data[i] as number) - colour)).toBeLessThanOrEqual(2);
		});
	});

	it.each([
		[sampleOf([2, 2, 2], "int8"), {}, /2 axes/],
		[sampleOf([0, 2], "int8"), {}, /1 pixel/],
		[sampleOf([2, 2], "complex64"), { dtype: "complex64" }, /order/],
		[[["a"]], {}, /string is no number/],
		[[[1]], { colormap: "rainbow" as "gray" }, /viridis/],
		[[[1]], { range: [1, 1] as const }, /range/],
		[[[1]], { percentiles: [5, 101] as const }, /percentiles/],
	] as const)("is refused: %#", async (values, options, message) => {
		await expect(writePng(at("bad.png"), values, undefined, options)).rejects.toMatchObject(
			refusal("INVALID_ARGUMENT", message),
		);
	});
});

describe("CSV", () => {
	it.each([
		[
			"two axes",
			[
				[1, 2.5],
				[-0, 1e300],
			],
			{},
			"1,2.5\n-0,1e+300\n",
		],
		["one axis: a column", [1, 2], {}, "1\n2\n"],
		["no axis", 7, {}, "7\n"],
		["no rows", sampleOf([0, 2], "int8"), { header: ["a", "b"] }, "a,b\n"],
		["no numbers", [Number.NaN, Number.POSITIVE_INFINITY], {}, "NaN\nInfinity\n"],
		["bigints", [[2n ** 63n - 1n, -1n]], { dtype: "int64" }, "9223372036854775807,-1\n"],
		["truth", [true, false], {}, "true\nfalse\n"],
		["the shortest float32", Float32Array.of(0.1, 1 / 3, 16777216), {}, "0.1\n0.33333334\n16777216\n"],
		["the shortest float16", [0.1, 1 / 3], { dtype: "float16" }, "0.1\n0.3333\n"],
		[
			"complex",
			[
				[
					[1, 2],
					[3, -4],
				],
			],
			{ dtype: "complex64", header: true },
			"0.re,0.im,1.re,1.im\n1,2,3,-4\n",
		],
		[
			"text",
			[
				["a,b", 'say "x"'],
				["", "é\nf"],
			],
			{},
			'"a,b","say ""x"""\n"","é\nf"\n',
		],
		["text of a fixed length", ["x;", "y"], { dtype: "U2", delimiter: ";" }, '"x;"\ny\n'],
		[
			"byte strings",
			{ data: [Uint8Array.of(1, 255), new Uint8Array(0)], shape: [1, 2] },
			{ dtype: "bytes" },
			"01ff,\n",
		],
		["raw bits", { data: Uint8Array.of(1, 255), shape: [1, 2] }, { dtype: "r16" }, "01ff\n"],
		["names that need quotes", [[1, 2]], { header: ['say "a"', "b;c"], delimiter: ";" }, '"say ""a""";"b;c"\n1;2\n'],
	] as const)("writes %s", async (_, values, options, expected) => {
		expect(await csv(values, undefined, options as never)).toBe(expected);
	});

	it("reads back the same float32 from the digits it wrote", async () => {
		const bits = Uint32Array.from({ length: 3000 }, (_, i) => (i * 1431655) >>> 0);
		const values = new Float32Array(bits.buffer).map((value) => (Number.isFinite(value) ? value : 0));
		const read = Float32Array.from((await csv(values)).trim().split("\n"), Number);
		expect(new Uint32Array(read.buffer)).toEqual(new Uint32Array(values.buffer));
	});

	it("writes a selection of a dataset", async () => {
		const connection = await connect("ram:");
		const dataset = await connection.createDataset("a", { data: sampleOf([4, 5, 6], "int32"), chunkShape: [2, 2, 2] });
		const { data } = await dataset.get("2, ::2, 1:3");
		expect(await csv(dataset, "2, ::2, 1:3")).toBe(
			`${data[0]},${data[1]}\n${data[2]},${data[3]}\n${data[4]},${data[5]}\n`,
		);
	});

	it.each([
		[sampleOf([1, 1, 1], "int8"), {}, /2 axes/],
		[[[1, 2]], { header: ["a"] }, /1 names for 2/],
		[[1], { delimiter: '"' }, /delimiter/],
	] as const)("is refused: %#", async (values, options, message) => {
		await expect(writeCsv(at("bad.csv"), values, undefined, options)).rejects.toMatchObject(
			refusal("INVALID_ARGUMENT", message),
		);
	});
});

it("CSV has no form for records", async () => {
	const values = [{ x: 1 }] as never;
	await expect(writeCsv(at("bad.csv"), values, undefined, { dtype: "struct[x: int8]" as never })).rejects.toMatchObject(
		refusal("UNSUPPORTED", /struct\[x: int8\] has no form in CSV: write \.npy/),
	);
});

describe("npz", () => {
	it("lists its arrays where the name is missing or wrong", async () => {
		await writeNpz(at("a.npz"), { first: { values: [1, 2] }, second: { values: [3] } });
		expect([...(await valuesOf(await openNpz(at("a.npz"), { name: "first" })))]).toEqual([1, 2]);
		await expect(openNpz(at("a.npz"))).rejects.toMatchObject(refusal("INVALID_ARGUMENT", /first, second/));
		await expect(openNpz(at("a.npz"), { name: "third" })).rejects.toMatchObject(refusal("NOT_FOUND", /first, second/));
		await writeNpz(at("one.npz"), { only: { values: sampleOf([3, 2], "float64"), selection: "1:, 0" } });
		expect([...(await valuesOf(await openNpz(at("one.npz"))))]).toEqual([0.75, 1.25]);
	});

	it.each(["stored", "deflated"])("notices a wrong checksum of %s values", async (how) => {
		const values = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251);
		await writeNpz(at("spoilt.npz"), { a: { values } }, { compress: how === "deflated" });
		const bytes = await readFile(at("spoilt.npz"));
		const central = bytes.lastIndexOf(Buffer.from("PK\x01\x02", "latin1"));
		bytes.writeUInt32LE((bytes.readUInt32LE(central + 16) ^ 1) >>> 0, central + 16);
		await writeFile(at("spoilt.npz"), bytes);
		await expect(valuesOf(await openNpz(at("spoilt.npz")))).rejects.toMatchObject(refusal("CORRUPT", /checksum/));
	});

	it("that are cut or something else are CORRUPT", async () => {
		await writeNpz(at("a.npz"), { first: { values: [1, 2] } });
		await writeFile(at("cut.npz"), (await readFile(at("a.npz"))).subarray(0, 150));
		await expect(openNpz(at("cut.npz"))).rejects.toMatchObject(refusal("CORRUPT", /zip/));
		await writeFile(at("empty.npz"), "");
		await expect(openNpz(at("empty.npz"))).rejects.toMatchObject(refusal("CORRUPT", /zip/));
		await expect(openNpz(at("absent.npz"))).rejects.toMatchObject({ code: "NOT_FOUND" });
	});
});

describe("openAny and writeAny", () => {
	it.each(["a.npy", "a.NPY", "a.npz", "a.npz#name", "a.h5", "a.hdf5", "a.h5#/deep/down"])("know %s", async (file) => {
		await writeAny(at(file), sampleOf([3, 4], "int16"), "1:");
		const source = await openAny(at(file));
		expect([source.shape, [...(await valuesOf(source))]]).toEqual([
			[2, 4],
			[...sampleOf([3, 4], "int16").data].slice(4),
		]);
	});

	it("write pictures and text", async () => {
		await writeAny(at("any.png"), [[1, 2]], undefined, { range: [1, 2] });
		await writeAny(at("any.csv"), [[1, 2]], undefined, { header: true });
		expect(decode(await readFile(at("any.png"))).width).toBe(2);
		expect(await readFile(at("any.csv"), "utf8")).toBe("0,1\n1,2\n");
	});

	it("list what they know for any other ending", async () => {
		await expect(openAny(at("a.png"))).rejects.toMatchObject(
			refusal("INVALID_ARGUMENT", /read are .npy, .npz, .h5, .hdf5, .hdf, .nii, .nii.gz$/),
		);
		await expect(writeAny(at("a.nii"), [1])).rejects.toMatchObject(
			refusal("INVALID_ARGUMENT", /written are .npy, .npz, .h5, .hdf5, .hdf, .png, .csv$/),
		);
		await expect(openAny(at("a.npy#name"))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		expect([canOpen("a.nii.gz"), canOpen("a.zarr"), canWrite("a.csv"), canWrite("a.nii"), canOpen("a.h5#/x")]).toEqual([
			true,
			false,
			true,
			false,
			true,
		]);
	});
});
