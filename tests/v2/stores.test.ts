import { type Connection, type CreateOptions, connect } from "tesserae";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as zarrita from "zarrita";

let con: Connection;
beforeEach(async () => {
	con = await connect("ram:");
});
afterEach(() => con.close());

const put = (key: string, content: unknown) => con.backend.put(key, new TextEncoder().encode(JSON.stringify(content)));
const read = async (key: string): Promise<unknown> => {
	const bytes = (await con.backend.get(key))?.parts[0];
	return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
};

async function keys(): Promise<string[]> {
	const found: string[] = [];
	for await (const { key } of con.backend.list("")) found.push(key);
	return found.sort();
}

async function requests(work: () => Promise<unknown>): Promise<number> {
	const before = con.meter.snapshot().byOperation.get.operations;
	await work();
	return con.meter.snapshot().byOperation.get.operations - before;
}

/** Raw int16 in chunks of 2, with a member that nobody knows. */
const ZARRAY = {
	zarr_format: 2,
	shape: [5],
	chunks: [2],
	dtype: ">i2",
	compressor: null,
	fill_value: 7,
	order: "C",
	filters: null,
	noted: { by: "somebody" },
};

const SMALL: CreateOptions = { format: 2, shape: [4], dtype: "int16", chunkShape: [2] };

describe("a store of format 2", () => {
	beforeEach(async () => {
		await put(".zgroup", { zarr_format: 2 });
		await put(".zattrs", { title: "root" });
		await put("g/.zgroup", { zarr_format: 2 });
		await put("g/a/.zarray", ZARRAY);
		await put("g/a/.zattrs", { unit: "m" });
		await con.backend.put("g/a/0", Uint8Array.of(0, 1, 0xff, 0xff));
	});

	it("is opened and listed, with its attributes", async () => {
		const dataset = await con.getDataset("g/a");
		expect([...(await dataset.get()).data]).toEqual([1, -1, 7, 7, 7]);
		expect([dataset.attributes, dataset.format, dataset.fillValue]).toEqual([{ unit: "m" }, 2, 7]);
		const names: string[] = [];
		for await (const name of con.datasets({ recursive: true })) names.push(name);
		expect(names).toEqual(["g/a"]);
		expect([(await con.group("")).attributes, (await con.group("g")).attributes]).toEqual([{ title: "root" }, {}]);
		expect([await con.hasDataset("g/a"), await con.hasGroup("g"), await con.hasGroup("g/a")]).toEqual([
			true,
			true,
			false,
		]);
		expect((await dataset.verify()).findings).toEqual([]);
	});

	it("stays one: what changes is written in its form, and the rest is kept", async () => {
		const dataset = await con.getDataset("g/a");
		await dataset.setAttributes({ unit: undefined, scale: 2 });
		expect([await read("g/a/.zattrs"), await read("g/a/.zarray")]).toEqual([{ scale: 2 }, ZARRAY]);
		await dataset.set("4", 9);
		expect(await dataset.append([5, 6])).toBe(5);
		await dataset.resize([6]);
		expect([...(await dataset.get()).data]).toEqual([1, -1, 7, 7, 9, 5]);
		expect((await con.backend.get("g/a/2"))?.parts[0]).toEqual(Uint8Array.of(0, 9, 0, 5));
		expect(await read("g/a/.zarray")).toEqual({ ...ZARRAY, shape: [6] });
		await (await con.group("g")).setAttributes({ x: 1 });
		expect([await read("g/.zgroup"), await read("g/.zattrs")]).toEqual([{ zarr_format: 2 }, { x: 1 }]);
		await dataset.clear();
		expect(await keys()).toEqual([".zattrs", ".zgroup", "g/.zattrs", "g/.zgroup", "g/a/.zarray", "g/a/.zattrs"]);
		await dataset.delete();
		expect(await keys()).toEqual([".zattrs", ".zgroup", "g/.zattrs", "g/.zgroup"]);
	});

	it("has clones and results of maps of its format", async () => {
		const dataset = await con.getDataset("g/a");
		const clone = await dataset.clone("g/b", { data: true });
		expect([clone.format, ...(await clone.get()).data]).toEqual([2, 1, -1, 7, 7, 7]);
		expect(await con.backend.get("g/b/0")).toMatchObject({ parts: [Uint8Array.of(0, 1, 0xff, 0xff)] });
		const mapped = await dataset.map((block) => block, "g/c");
		expect([mapped.format, ...(await mapped.get()).data]).toEqual([2, 1, -1, 7, 7, 7]);
	});

	it("comes second where there is format 3 as well", async () => {
		await con.createDataset("other", { data: [1, 2], dtype: "int8" });
		const text = (await con.backend.get("other/zarr.json"))?.parts[0] as Uint8Array;
		await con.backend.put("g/a/zarr.json", text);
		expect([(await con.getDataset("g/a")).format, (await con.getDataset("g/a")).shape]).toEqual([3, [2]]);
	});

	it("takes datasets of format 3, and one of format 3 takes those of format 2", async () => {
		await con.createDataset("g/three", { data: [1] });
		await con.createDataset("other/two", { ...SMALL });
		const names: string[] = [];
		for await (const name of con.datasets({ recursive: true })) names.push(name);
		expect(names.sort()).toEqual(["g/a", "g/three", "other/two"]);
		await expect(con.createDataset("g/a", { data: [1] })).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
		await expect(con.createDataset("g/a/below", { ...SMALL })).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
	});

	it("costs four requests to open, and format 3 still one", async () => {
		await con.createDataset("three", { data: [1] });
		expect(await requests(() => con.getDataset("three"))).toBe(1);
		expect(await requests(() => con.getDataset("g/a"))).toBe(4);
	});

	it("that is damaged is an error that names the file, and can be deleted", async () => {
		await put("g/a/.zattrs", [1]);
		await expect(con.getDataset("g/a")).rejects.toThrow("g/a/.zattrs");
		await put("g/a/.zattrs", {});
		for (const [document, code] of [
			[{ ...ZARRAY, shape: [-1] }, "CORRUPT"],
			[{ ...ZARRAY, compressor: { id: "nope" } }, "UNSUPPORTED"],
			[{ ...ZARRAY, compressor: { id: "gzip", level: "high" } }, "CORRUPT"],
			[{ ...ZARRAY, chunks: [2 ** 40] }, "TOO_LARGE"],
		] as const) {
			await put("g/a/.zarray", document);
			await expect(con.getDataset("g/a")).rejects.toMatchObject({
				code,
				message: expect.stringContaining("g/a/.zarray"),
			});
		}
		await con.deleteDataset("g/a");
		expect(await con.hasDataset("g/a")).toBe(false);
	});

	it("is gone as soon as its deletion has begun, also where that is interrupted", async () => {
		const { list } = con.backend;
		con.backend.list = () => {
			throw new Error("interrupted");
		};
		await expect(con.deleteDataset("g/a")).rejects.toThrow("interrupted");
		con.backend.list = list;
		expect([await con.hasDataset("g/a"), await keys()]).toEqual([false, [".zattrs", ".zgroup", "g/.zgroup", "g/a/0"]]);
	});

	it("stores chunks of zeros where the fill value is undefined, and does not where it is not", async () => {
		await put("g/a/.zarray", { ...ZARRAY, fill_value: null });
		await (await con.getDataset("g/a")).set("...", 0);
		expect(await con.backend.head("g/a/1")).toBeDefined();
		const defined = await con.createDataset("z", { ...SMALL });
		await defined.set("...", 0);
		expect(await con.backend.head("z/1")).toBeUndefined();
	});
});

describe("createDataset with format 2", () => {
	it("writes .zarray, .zattrs and .zgroup", async () => {
		await con.createDataset("g/a", {
			...SMALL,
			attributes: { x: 1 },
			dimensionNames: ["t"],
			fillValue: -1,
			codecs: ["gzip"],
		});
		await con.createDataset("g/b", { ...SMALL, chunkKeyEncoding: { name: "v2", separator: "/" } });
		expect(await keys()).toEqual([".zgroup", "g/.zgroup", "g/a/.zarray", "g/a/.zattrs", "g/b/.zarray"]);
		expect(await read("g/a/.zattrs")).toEqual({ x: 1, _ARRAY_DIMENSIONS: ["t"] });
		expect(await read("g/a/.zarray")).toEqual({
			zarr_format: 2,
			shape: [4],
			chunks: [2],
			dtype: "<i2",
			compressor: { id: "gzip", level: 5 },
			filters: null,
			fill_value: -1,
			order: "C",
			dimension_separator: ".",
		});
		expect((await con.getDataset("g/a")).dimensionNames).toEqual(["t"]);
	});

	it("follows the names of dimensions in the attributes", async () => {
		const dataset = await con.createDataset("a", { ...SMALL, dimensionNames: ["t"] });
		await dataset.setAttributes({ _ARRAY_DIMENSIONS: ["time"] });
		expect(dataset.dimensionNames).toEqual(["time"]);
	});

	it("maps codecs back to filters and compressor", async () => {
		const codecs = [
			"numcodecs.delta",
			"bytes",
			"crc32c",
			{ name: "zstd", configuration: { level: 2, checksum: true } },
		];
		const dataset = await con.createDataset("a", { ...SMALL, codecs });
		expect(await read("a/.zarray")).toMatchObject({
			filters: [
				{ id: "delta", dtype: "<i2", astype: "<i2" },
				{ id: "crc32c", location: "end" },
			],
			compressor: { id: "zstd", level: 2, checksum: true },
		});
		await dataset.set("...", [5, 4, -3, 2]);
		expect([...(await (await con.getDataset("a")).get()).data]).toEqual([5, 4, -3, 2]);
	});

	it("leaves undefined what is not written, and stores zeros then", async () => {
		const dataset = await con.createDataset("a", { ...SMALL, fillValue: null });
		expect(await read("a/.zarray")).toMatchObject({ fill_value: null });
		expect([dataset.fillValue, dataset.creationOptions.fillValue]).toEqual([0, null]);
		expect([...(await dataset.get()).data]).toEqual([0, 0, 0, 0]);
		await dataset.set("...", 0);
		expect(await keys()).toContain("a/0");
		await dataset.clone("b");
		expect(await read("b/.zarray")).toEqual(await read("a/.zarray"));
		const inThree = con.createDataset("c", { shape: [1], dtype: "int8", fillValue: null });
		const refusal = { code: "INVALID_ARGUMENT", message: expect.stringContaining("format 2") };
		await expect(inThree).rejects.toMatchObject(refusal);
		await expect(con.hasDataset("c")).resolves.toBe(false);
	});

	it.each<[what: string, options: object, part: string]>([
		["another key encoding", { chunkKeyEncoding: { name: "default" } }, "key encoding"],
		["a dimension without name", { dimensionNames: [null] }, "_ARRAY_DIMENSIONS"],
		["another format", { format: 4 }, "format is 2 or 3, not 4"],
		[
			"a NaN with a payload",
			{ dtype: "float32", fillValue: new Float32Array(Uint32Array.of(0x7fc00001).buffer) },
			"NaN",
		],
		[
			"an order of axes that is neither C nor F",
			{ shape: [1, 1, 1], chunkShape: [1, 1, 1], codecs: [{ name: "transpose", configuration: { order: [1, 0, 2] } }] },
			"orders C and F",
		],
		[
			"a transposition after a filter",
			{ codecs: ["numcodecs.delta", { name: "transpose", configuration: { order: [0] } }] },
			"transpose",
		],
	])("refuses %s", async (_, options, part) => {
		const created = con.createDataset("a", { ...SMALL, ...options });
		await expect(created).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining(part) });
		expect(await keys()).toEqual([]);
	});

	it.each([".zarray", "a/.zgroup", ".zattrs", ".zmetadata/x"])("refuses the name %s", async (name) => {
		await expect(con.createDataset(name, SMALL)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	it("is read by zarrita", async () => {
		const data = { data: Float32Array.from({ length: 20 }, (_, i) => i / 2), shape: [4, 5] };
		const reversed = [{ name: "transpose", configuration: { order: [1, 0] } }, BIG_ENDIAN, "zstd"];
		for (const [name, codecs] of Object.entries({ c: ["gzip"], f: reversed }))
			await con.createDataset(`g/${name}`, { format: 2, data, chunkShape: [3, 2], codecs, attributes: { name } });
		const store = { get: async (key: string) => (await con.backend.get(key.slice(1)))?.parts[0] };
		const group = await zarrita.open.v2(zarrita.root(store).resolve("g"), { kind: "group" });
		for (const name of ["c", "f"]) {
			const array = await zarrita.open.v2(group.resolve(name), { kind: "array" });
			const chunk = await zarrita.get(array, [zarrita.slice(null), 2]);
			expect([array.attrs, chunk.shape, ...(chunk.data as Float32Array)]).toEqual([{ name }, [4], 1, 3.5, 6, 8.5]);
		}
	});
});

const BIG_ENDIAN = { name: "bytes", configuration: { endian: "big" } };
