/** What NumPy and h5py wrote is read, and they read what we write. */
import { connect, type NumericName, type SlabSource } from "tesserae";
import { openHdf5, openNpy, openNpz, writeHdf5, writeNpy, writeNpz } from "tesserae/files";
import { beforeAll, describe, expect, it } from "vitest";
import { bytesOf, DTYPES, loaded, refusal, sampleOf, scratchDirectory } from "./arrays.js";
import { ask, type Described, findPython, type Request } from "./python.js";

const at = await scratchDirectory();
const python = await findPython();

/** Our names of NumPy's types. */
const NAMES: { readonly [numpy: string]: NumericName } = {
	"|b1": "bool",
	"|i1": "int8",
	"<i2": "int16",
	"<i4": "int32",
	"<i8": "int64",
	"|u1": "uint8",
	"<u2": "uint16",
	"<u4": "uint32",
	"<u8": "uint64",
	"<f2": "float16",
	"<f4": "float32",
	"<f8": "float64",
	"<c8": "complex64",
	"<c16": "complex128",
	"|V3": "r24",
};

function run<T>(requests: readonly Request[]): Promise<T[]> {
	return ask<T>(python as string, requests);
}

/** Sources hold what Python says they do; compared as npy files that we write, which have the bytes as they are. */
async function expectSame(pairs: readonly (readonly [SlabSource, Described])[]): Promise<void> {
	const requests: Request[] = [];
	for (const [n, [source, expected]] of pairs.entries()) {
		expect([source.shape, source.dtype]).toEqual([expected.shape, NAMES[expected.dtype]]);
		const path = at(`compared-${n}.npy`);
		await writeNpy(path, await loaded(source));
		requests.push({ do: "read", path });
	}
	expect(await run(requests)).toEqual(pairs.map(([, expected]) => expected));
}

describe.skipIf(python === undefined)("NumPy", () => {
	it("writes npy files of all types, in either byte order and in C and Fortran order, which are read", async () => {
		const types = [...Object.keys(NAMES), ">i2", ">u4", ">i8", ">f2", ">f4", ">f8", ">c8", ">c16"];
		const requests = types.flatMap((dtype) =>
			["C", "F"].map((order) => {
				const path = at(`theirs-${dtype.replace(/\W/, (sign) => (sign === ">" ? "big-" : ""))}-${order}.npy`);
				return { do: "write_npy", path, shape: [3, 4, 5], dtype, order };
			}),
		);
		const expected = await run<Described>(requests);
		const sources = await Promise.all(requests.map(({ path }) => openNpy(path)));
		await expectSame(sources.map((source, n) => [source, expected[n] as Described]));
	});

	it("writes other types, which are refused by name", async () => {
		const kinds = {
			objects: /pickle/,
			"object in records": /pickle/,
			"arrays in records": /field x is an array/,
			"long double": /f16/,
		};
		await run(Object.keys(kinds).map((kind) => ({ do: "write_refused", path: at(`${kind}.npy`), kind })));
		for (const [kind, message] of Object.entries(kinds))
			await expect(openNpy(at(`${kind}.npy`))).rejects.toMatchObject(refusal("UNSUPPORTED", message));
	});

	it.each<[kind: string, dtype: string, numpy: string]>([
		["text", "fixed_length_utf32[8]", "<U2"],
		["big-endian text", "fixed_length_utf32[28]", "<U7"],
		[
			"records",
			"struct[x: int16, \"odd 'name' µ\": fixed_length_utf32[12], in: struct[z: complex64, b: bool], raw: r24]",
			"[('x', '<i2'), (\"odd 'name' µ\", '<U3'), ('in', [('z', '<c8'), ('b', '?')]), ('raw', 'V3')]",
		],
		["aligned records", "struct[f0: uint8, f1: float64, f2: uint16]", "[('f0', 'u1'), ('f1', '<f8'), ('f2', '<u2')]"],
		["big-endian records", "struct[大: int32, s: fixed_length_utf32[4]]", "[('大', '<i4'), ('s', '<U1')]"],
	])("writes %s, which are read, and reads them of us", async (kind, dtype, numpy) => {
		const [theirs, ours] = [at(`${kind}-theirs.npy`), at(`${kind}-ours.npy`)];
		const [written] = await run<{ shape: number[]; entries: unknown[] }>([{ do: "write_boxed", path: theirs, kind }]);
		const dataset = await loaded(await openNpy(theirs));
		expect([dataset.dtype, dataset.shape]).toEqual([dtype, written?.shape]);
		expect(JSON.parse(JSON.stringify((await dataset.get()).data))).toEqual(written?.entries);
		await writeNpy(ours, dataset);
		const [read] = await run([{ do: "read_boxed", path: ours }]);
		expect(read).toEqual({ ...written, dtype: numpy });
	});

	it("writes points and spans of time, which are counts", async () => {
		const types = { "<M8[D]": "numpy.datetime64[D]", ">m8[25us]": "numpy.timedelta64[25us]" };
		const files = Object.keys(types).map((dtype, n) => ({ do: "write_times", path: at(`times${n}.npy`), dtype }));
		await run(files);
		for (const [n, dtype] of Object.values(types).entries()) {
			const read = await loaded(await openNpy(at(`times${n}.npy`)));
			expect(read.dtype).toBe(dtype);
			expect(Array.from((await read.get()).data as BigInt64Array)).toEqual([1n, -1n, -(2n ** 63n)]);
		}
	});

	it("reads our npy and npz files of all types", async () => {
		const cases = DTYPES.flatMap((dtype) => [[], [0, 2], [2, 3, 4]].map((shape) => ({ dtype, shape })));
		const requests: Request[] = [];
		for (const [n, { dtype, shape }] of cases.entries()) {
			const [npy, npz] = [at(`ours-${n}.npy`), at(`ours-${n}.npz`)];
			const values = sampleOf(shape, dtype);
			await writeNpy(npy, values, undefined, { dtype });
			await writeNpz(npz, { a: { values, dtype }, b: { values: [1, 2] } }, { compress: n % 2 === 0 });
			requests.push({ do: "read", path: npy }, { do: "read", path: npz, name: "a" });
		}
		const answers = await run<Described>(requests);
		for (const [n, { dtype, shape }] of cases.entries()) {
			const read = answers[2 * n] as Described;
			expect([read.shape, NAMES[read.dtype]]).toEqual([shape, dtype]);
			expect(answers[2 * n + 1]).toEqual(read);
			if (dtype !== "float16") expect(Buffer.from(read.bytes, "base64")).toEqual(bytesOf(sampleOf(shape, dtype).data));
		}
	});

	it.each([true, false])("writes npz files, which are read, compressed: %s", async (compress) => {
		const path = at("theirs.npz");
		const [arrays = {}] = await run<{ [name: string]: Described }>([{ do: "write_npz", path, compress }]);
		const sources = await Promise.all(Object.keys(arrays).map((name) => openNpz(path, { name })));
		await expectSame(Object.values(arrays).map((expected, n) => [sources[n] as SlabSource, expected]));
		await expect(openNpz(path)).rejects.toMatchObject(refusal("INVALID_ARGUMENT", /first, second/));
	});
});

describe.skipIf(python === undefined)("h5py", () => {
	const path = at("theirs.h5");
	let datasets: { [name: string]: Described };
	beforeAll(async () => {
		[datasets = {}] = await run<{ [name: string]: Described }>([{ do: "write_h5", path }]);
	});

	it("writes datasets of all types and known filters, which are read", async () => {
		const sources = await Promise.all(Object.keys(datasets).map((name) => openHdf5(path, { name })));
		expect(sources.length).toBeGreaterThan(10);
		await expectSame(Object.values(datasets).map((expected, n) => [sources[n] as SlabSource, expected]));
	});

	it("gives attributes, labels and chunks along", async () => {
		const plain = await openHdf5(path, { name: "/plain" });
		expect(plain.attributes).toEqual({
			text: "mm",
			texts: ["a", "b"],
			truth: true,
			wide: 2n ** 60n + 1n,
			list: [1.5, 2.5],
			table: [
				[0, 1],
				[2, 3],
			],
			nan: "NaN",
			empty: null,
			_FillValue: -9,
		});
		const dataset = await loaded(plain);
		expect([dataset.fillValue, dataset.dimensionNames]).toEqual([-9, ["y", null]]);
		expect((await loaded(await openHdf5(path, { name: "gzip" }))).chunkShape).toEqual([2, 3]);
	});

	it.each([
		["lzf", "UNSUPPORTED", /lzf \(filter 32000\).*gzip/],
		["strings", "UNSUPPORTED", /strings/],
		["records", "UNSUPPORTED", /compounds/],
		["types", "NOT_FOUND", /\/plain/],
		["none", "NOT_FOUND", /\/plain/],
		[undefined, "INVALID_ARGUMENT", /\/plain/],
	] as const)("%s is refused", async (name, code, message) => {
		await expect(openHdf5(path, { name })).rejects.toMatchObject(refusal(code, message));
	});

	it("writes text of a fixed length, which is read, and reads it of us", async () => {
		const cases = [
			["text", "fixed_length_utf32[16]", ["ab", "é", ""]],
			["bytes", "fixed_length_utf32[12]", ["ab ", "c"]],
		] as const;
		for (const [name, dtype, texts] of cases) {
			const dataset = await loaded(await openHdf5(path, { name }));
			expect([dataset.dtype, (await dataset.get()).data]).toEqual([dtype, texts]);
			await writeHdf5(at("text.h5"), dataset, undefined, { name: "t" });
			const size = Number(/\d+(?=\]$)/.exec(dtype)?.[0]);
			expect(await run([{ do: "read_text", path: at("text.h5"), name: "t" }])).toEqual([[`|S${size}`, texts]]);
		}
		const latin = loaded(await openHdf5(path, { name: "latin" }));
		await expect(latin).rejects.toMatchObject(refusal("CORRUPT", /latin.*no UTF-8/));
	});

	it("reads what we write of all types", async () => {
		const types = DTYPES.filter((dtype) => dtype !== "r24");
		const connection = await connect("ram:");
		const attributes = { unit: "mm", scale: [1, 2.5], deep: { a: null } };
		const settings = { shape: [5, 7], chunkShape: [2, 3], attributes, dimensionNames: ["y", "x"] };
		for (const dtype of types) {
			const dataset = await connection.createDataset(dtype, { ...settings, dtype });
			await dataset.set("...", sampleOf([5, 7], dtype));
			await writeHdf5(at(`${dtype}.h5`), dataset, undefined, { gzip: 4, name: "/a/b" });
		}
		const requests = types.map((dtype) => ({ do: "read", path: at(`${dtype}.h5`), name: "a/b" }));
		for (const [n, read] of (await run<Described>(requests)).entries()) {
			const dtype = types[n] as NumericName;
			const stored = { bool: "uint8", float16: "float32" }[dtype as string] ?? dtype;
			expect([read.shape, NAMES[read.dtype]]).toEqual([[5, 7], stored]);
			expect(Buffer.from(read.bytes, "base64")).toEqual(bytesOf(sampleOf([5, 7], dtype).data));
			const kept = { chunks: [2, 3], compression: "gzip", labels: ["y", "x"] };
			expect(read).toMatchObject({ ...kept, attributes: { unit: "mm", scale: "[1.  2.5]" } });
		}
	});
});
