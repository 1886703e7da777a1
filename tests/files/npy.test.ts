import { readdir, readFile, writeFile } from "node:fs/promises";
import { connect, type DType, ndArray } from "tesserae";
import { openNpy, openNpz, writeNpy, writeNpz } from "tesserae/files";
import { describe, expect, it } from "vitest";
import { bytesOf, DTYPES, loaded, refusal, sampleOf, scratchDirectory, valuesOf } from "./arrays.js";

const at = await scratchDirectory();

/** An npy file put together by hand. */
async function handMade(name: string, header: string, values: Uint8Array, version = 1): Promise<string> {
	const text = Buffer.from(header, version === 3 ? "utf8" : "latin1");
	const length = Buffer.alloc(version === 1 ? 2 : 4);
	if (version === 1) length.writeUInt16LE(text.length);
	else length.writeUInt32LE(text.length);
	const path = at(name);
	await writeFile(
		path,
		Buffer.concat([Buffer.from("\x93NUMPY", "latin1"), Uint8Array.of(version, 0), length, text, values]),
	);
	return path;
}

const dictionary = (descr: string, shape: string, fortran = "False"): string =>
	`{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

describe("npy, written and read again", () => {
	it.each(DTYPES)("keeps every bit of %s", async (dtype) => {
		for (const shape of [[], [0], [3, 0, 2], [7], [3, 4, 5]]) {
			const values = sampleOf(shape, dtype);
			await writeNpy(at("a.npy"), values, undefined, { dtype });
			const source = await openNpy(at("a.npy"));
			expect([source.shape, source.dtype]).toEqual([shape, dtype]);
			expect(bytesOf(await valuesOf(source))).toEqual(bytesOf(values.data));
		}
	});

	it("writes what is selected, of datasets and of arrays in memory", async () => {
		const connection = await connect("ram:");
		const values = sampleOf([9, 8, 7], "float32");
		const dataset = await connection.createDataset("a", { data: values, chunkShape: [2, 3, 4] });
		for (const selection of ["2:7:2, ::-1, 3", "..., newaxis", "newaxis, 1, [0, 5, 5], :", "-1:0:-3, 0:0", "4, 4, 4"]) {
			const wanted = await dataset.get(selection);
			for (const from of [dataset, values]) {
				await writeNpy(at("part.npy"), from, selection);
				const source = await openNpy(at("part.npy"));
				expect(source.shape).toEqual(wanted.shape);
				expect(await valuesOf(source)).toEqual(wanted.data);
			}
		}
	});

	it("follows the strides of an array in memory", async () => {
		await writeNpy(at("strided.npy"), ndArray(Int32Array.of(1, 2, 3, 4, 5, 6), [2, 3]).transpose(1, 0));
		expect([...(await valuesOf(await openNpy(at("strided.npy"))))]).toEqual([1, 4, 2, 5, 3, 6]);
	});

	it("leaves the old file and nothing else where writing is cancelled", async () => {
		const connection = await connect("ram:");
		const dataset = await connection.createDataset("a", {
			shape: [64, 2 ** 20],
			dtype: "uint8",
			chunkShape: [1, 2 ** 20],
		});
		await writeNpy(at("kept.npy"), [1, 2, 3]);
		const controller = new AbortController();
		const onProgress = () => controller.abort();
		const writing = writeNpy(at("kept.npy"), dataset, "...", { signal: controller.signal, onProgress });
		await expect(writing).rejects.toMatchObject({ code: "ABORTED" });
		expect([...(await valuesOf(await openNpy(at("kept.npy"))))]).toEqual([1, 2, 3]);
		expect((await readdir(at("."))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
	});
});

const RECORDS =
	"struct[x: int16, \"odd 'name', µ\": U3, in: struct[t: numpy.datetime64[D], z: complex64, b: bool], raw: r24]";
const records = [0, 1, 2].map((i) => ({
	x: i - 1,
	"odd 'name', µ": ["", "a\u0000b", "😀é"][i],
	in: { t: BigInt(i) - 1n, z: [i / 2, -i], b: i === 1 },
	raw: [i, 1, 2],
}));

describe("npy of what is no number", () => {
	it.each<[dtype: DType, values: readonly unknown[]]>([
		["U4", ["", "ab", "😀日本é", "x\u0000y"]],
		[RECORDS as DType, records],
		['struct["Größe 大": uint8]' as DType, [{ "Größe 大": 7 }]],
		['struct["line\\nbreak": uint8, "back\\\\slash": U1]' as DType, [{ "line\nbreak": 1, "back\\slash": "\\" }]],
	])("keeps %s", async (dtype, values) => {
		const con = await connect("ram:");
		const dataset = await con.createDataset("a", { dtype, data: values as never, shape: [values.length] });
		await writeNpy(at("boxed.npy"), dataset);
		await writeNpz(at("boxed.npz"), { a: { values: dataset }, b: { values: dataset, selection: "::-1" } });
		const [npy, npz] = [await openNpy(at("boxed.npy")), await openNpz(at("boxed.npz"), { name: "b" })];
		expect([npy.shape, npy.dtype, npz.dtype]).toEqual([[values.length], dataset.dtype, dataset.dtype]);
		expect((await (await loaded(npy)).get()).data).toEqual(values);
		expect((await (await loaded(npz)).get()).data).toEqual([...values].reverse());
		await con.close();
	});

	it("writes text in memory, where it is told how long it may be", async () => {
		await writeNpy(
			at("text.npy"),
			[
				["a", "bc"],
				["", "d"],
			],
			":, 1",
			{ dtype: "U2" },
		);
		const source = await openNpy(at("text.npy"));
		expect([source.shape, source.dtype]).toEqual([[2], "fixed_length_utf32[8]"]);
		expect((await (await loaded(source)).get()).data).toEqual(["bc", "d"]);
	});

	it("has a longer header for many fields", async () => {
		const names = Array.from({ length: 5000 }, (_, i) => `field_number_${i}`);
		const dtype = `struct[${names.map((name) => `${name}: uint8`).join(", ")}]` as DType;
		const record = Object.fromEntries(names.map((name, i) => [name, i % 250]));
		const con = await connect("ram:");
		await writeNpy(at("wide.npy"), await con.createDataset("a", { dtype, data: [record] as never }));
		expect((await readFile(at("wide.npy")))[6]).toBe(2);
		expect((await (await loaded(await openNpy(at("wide.npy")))).get()).data).toEqual([record]);
		await con.close();
	});

	it.each<[what: string, dtype: DType, value: unknown, message: RegExp]>([
		["text of any length", "string", "a", /string has no form in npy files.*U20/],
		["byte strings of any length", "bytes", Uint8Array.of(1), /bytes has no form in npy files.*r64/],
		["numbers that NumPy does not have", "struct[a: bfloat16]", { a: 1 }, /struct\[a: bfloat16\], for its bfloat16/],
	])("refuses %s", async (_, dtype, value, message) => {
		const con = await connect("ram:");
		const dataset = await con.createDataset("a", { shape: [1], dtype });
		await dataset.set([0], value as never);
		await expect(writeNpy(at("no.npy"), dataset)).rejects.toMatchObject(refusal("UNSUPPORTED", message));
		await con.close();
	});

	it("reads byte strings as raw bits, and either byte order", async () => {
		const bytes = await handMade("s.npy", dictionary("'|S3'", "(2,)"), Buffer.from("ab\0xyz"));
		const dataset = await loaded(await openNpy(bytes));
		expect([dataset.dtype, Buffer.from((await dataset.get()).data as Uint8Array).toString()]).toEqual([
			"r24",
			"ab\0xyz",
		]);
		const text = await handMade("u.npy", dictionary("'>U1'", "(2,)"), Uint8Array.of(0, 0, 0, 65, 0, 1, 0xf6, 0));
		expect((await (await loaded(await openNpy(text))).get()).data).toEqual(["A", "😀"]);
	});

	it("reads records that are filled up, in Fortran order", async () => {
		const descr = "[('a', '|u1'), ('', '|V3'), ('b', [('c', '<i2'), ('', '|V2')])]";
		const values = [1, 2, 3, 4].flatMap((i) => [i, 9, 9, 9, 10 * i, 0, 9, 9]);
		const path = await handMade("padded.npy", dictionary(descr, "(2, 2)", "True"), Uint8Array.from(values));
		const dataset = await loaded(await openNpy(path));
		expect(dataset.dtype).toBe("struct[a: uint8, b: struct[c: int16]]");
		const order = [1, 3, 2, 4];
		expect((await dataset.get()).data).toEqual(order.map((i) => ({ a: i, b: { c: 10 * i } })));
	});
});

describe("npy, made by hand", () => {
	it.each([1, 2, 3])("reads version %i", async (version) => {
		const path = await handMade("v.npy", dictionary("'<i2'", "(2,)"), Uint8Array.of(1, 0, 2, 0), version);
		expect([...(await valuesOf(await openNpy(path)))]).toEqual([1, 2]);
	});

	it("reads big-endian values and Fortran order", async () => {
		const big = await handMade("big.npy", dictionary("'>i2'", "(2,)"), Uint8Array.of(0, 1, 1, 0));
		expect([...(await valuesOf(await openNpy(big)))]).toEqual([1, 256]);
		const columns = await handMade("f.npy", dictionary("'|u1'", "(2, 3)", "True"), Uint8Array.of(1, 2, 3, 4, 5, 6));
		const dataset = await loaded(await openNpy(columns));
		expect([...(await dataset.get()).data]).toEqual([1, 3, 5, 2, 4, 6]);
	});

	it("reads what Python 2 wrote, and bytes after the values", async () => {
		const path = await handMade("old.npy", dictionary('"|u1"', "(2L,)"), Uint8Array.of(1, 2, 99));
		expect([...(await valuesOf(await openNpy(path)))]).toEqual([1, 2]);
	});

	const ok = Uint8Array.of(1, 2);
	it.each([
		["an empty header", "", ok, "CORRUPT", /header/],
		["no dictionary", "[1, 2]", ok, "CORRUPT", /no dictionary/],
		["an unclosed dictionary", "{'descr': '|u1', ", ok, "CORRUPT", /header/],
		["something after it", `${dictionary("'|u1'", "(2,)")} x`, ok, "CORRUPT", /header|follows/],
		["no shape", "{'descr': '|u1', 'fortran_order': False}", ok, "CORRUPT", /shape/],
		["a negative length", dictionary("'|u1'", "(-2,)"), ok, "CORRUPT", /shape/],
		["a length beyond all bounds", dictionary("'|u1'", "(99999999999999999999,)"), ok, "CORRUPT", /shape/],
		["an order that is no boolean", dictionary("'|u1'", "(2,)", "2"), ok, "CORRUPT", /fortran_order/],
		["descr that is a number", dictionary("7", "(2,)"), ok, "CORRUPT", /descr/],
		["too few values", dictionary("'<i4'", "(2,)"), ok, "CORRUPT", /truncated.* 8 bytes, but 2/],
		["a huge shape", dictionary("'<f8'", "(9000000000000000, 1000000)"), ok, "CORRUPT", /truncated/],
		["nested brackets", `${"(".repeat(5000)}`, ok, "CORRUPT", /nested/],
		["fields that are arrays", dictionary("[('x', '<i4', (2,))]", "(1,)"), ok, "UNSUPPORTED", /field x is an array/],
		[
			"both byte orders",
			dictionary("[('x', '<i4'), ('y', '>f8')]", "(1,)"),
			ok,
			"UNSUPPORTED",
			/byte orders.*newbyteorder/,
		],
		["titles", dictionary("[(('t', 'x'), '<i4')]", "(1,)"), ok, "UNSUPPORTED", /titles \(t, x\)/],
		["a field twice", dictionary("[('x', '<i4'), ('x', '<i4')]", "(1,)"), ok, "UNSUPPORTED", /"x" is there twice/],
		["a field of no type", dictionary("[('x',)]", "(1,)"), ok, "CORRUPT", /descr/],
		["records without fields", dictionary("[]", "(1,)"), ok, "UNSUPPORTED", /no fields/],
		["objects", dictionary("'|O'", "(2,)"), ok, "UNSUPPORTED", /pickle/],
		["objects in records", dictionary("[('x', '|O')]", "(2,)"), ok, "UNSUPPORTED", /pickle/],
		["text of no length", dictionary("'<U0'", "(2,)"), ok, "UNSUPPORTED", /<U0/],
		["too few texts", dictionary("'<U2'", "(2,)"), ok, "CORRUPT", /truncated.* 16 bytes, but 2/],
		["no text", dictionary("'<U1'", "(1,)"), Uint8Array.of(255, 255, 255, 255), "CORRUPT", /code point/, "read"],
		["dates of no unit that there is", dictionary("'<M8[7D/3]'", "(2,)"), ok, "UNSUPPORTED", /M8/],
		["long doubles", dictionary("'<f16'", "(2,)"), ok, "UNSUPPORTED", /<f16/],
	] as const)("refuses %s", async (_, header, values, code, message, when?) => {
		const path = await handMade("bad.npy", header, values);
		const reading = when === undefined ? openNpy(path) : openNpy(path).then(loaded);
		await expect(reading).rejects.toMatchObject(refusal(code, message));
	});

	it.each([
		["nothing", Buffer.alloc(0), "CORRUPT", /header/],
		["another file", Buffer.from("PK\x03\x04 and more of it"), "CORRUPT", /NUMPY/],
		["half a mark", Buffer.from("\x93NUM", "latin1"), "CORRUPT", /header/],
		[
			"a header that is cut",
			Buffer.from("\x93NUMPY\x01\x00\x76\x00{'descr'", "latin1"),
			"CORRUPT",
			/within the header/,
		],
		["version 4", Buffer.from("\x93NUMPY\x04\x00\x76\x00\x00\x00{}", "latin1"), "UNSUPPORTED", /version 4/],
		["a header of 4 GiB", Buffer.from("\x93NUMPY\x02\x00\xff\xff\xff\xff{}", "latin1"), "CORRUPT", /4294967295/],
	] as const)("refuses %s", async (_, content, code, message) => {
		await writeFile(at("bad.npy"), content);
		await expect(openNpy(at("bad.npy"))).rejects.toMatchObject(refusal(code, message));
	});

	it("tells absence from a directory", async () => {
		await expect(openNpy(at("absent.npy"))).rejects.toMatchObject(refusal("NOT_FOUND", /absent\.npy/));
		await expect(openNpy(at("."))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	it("finds out when the file became shorter after it was opened", async () => {
		const path = await handMade("shrinks.npy", dictionary("'|u1'", "(4,)"), Uint8Array.of(1, 2, 3, 4));
		const source = await openNpy(path);
		await handMade("shrinks.npy", dictionary("'|u1'", "(4,)"), ok);
		await expect(loaded(source)).rejects.toMatchObject(refusal("CORRUPT", /truncated/));
	});
});
