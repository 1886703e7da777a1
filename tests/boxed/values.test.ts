/** Text, byte strings and records: everything that datasets do, on each engine. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type Connection, connect, type Dataset, type DType, isStoreError, kernel, type NdArray } from "tesserae";
import { afterAll, describe, expect, test } from "vitest";

const KERNELS = new URL("./kernels.mjs", import.meta.url);
const RECORD = "struct[x: float32, y: int64, tag: fixed_length_utf32[12], p: struct[a: uint8, z: complex64]]";

const directory = await mkdtemp(join(tmpdir(), "tesserae-boxed-"));
const connections = {
	"ram × sequential": await connect("ram:"),
	"file × threads": await connect(`file:${join(directory, "store")}`, { engine: "threads", workers: 2 }),
};
afterAll(async () => {
	for (const con of Object.values(connections)) await con.close();
	await rm(directory, { recursive: true });
});

/** What single values may be. */
const VALUES: { readonly [dtype: string]: fc.Arbitrary<unknown> } = {
	string: fc.string({ unit: "binary", maxLength: 40 }),
	"fixed_length_utf32[20]": fc
		.string({ unit: "binary", maxLength: 5 })
		.filter((text) => !text.endsWith("\0") && [...text].length <= 5),
	bytes: fc.uint8Array({ maxLength: 40 }),
	[RECORD]: fc.record({
		x: fc.float(),
		y: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
		tag: fc.constantFrom("", "a", "äöü", "𝄞"),
		p: fc.record({ a: fc.nat(255), z: fc.tuple(fc.float(), fc.float()) }),
	}),
};

const LAYOUTS = {
	plain: {},
	sharded: { shardShape: [4, 4] },
	"transposed and compressed": {
		codecs: [{ name: "transpose", configuration: { order: [1, 0] } }, "bytes", "gzip", "crc32c"],
	},
} as const;

let made = 0;
const named = (con: Connection, dtype: string, layout: object) =>
	con.createDataset(`d${made++}`, { shape: [5, 6], dtype: dtype as DType, chunkShape: [2, 2], ...layout });

const storedChunks = async (ds: Dataset<DType>): Promise<unknown[]> => {
	const found: unknown[] = [];
	for await (const chunk of ds.chunks({ stored: true })) found.push(chunk.coords);
	return found;
};

const nested = (array: NdArray<DType>): unknown => {
	const at = (index: number[]): unknown =>
		index.length === array.dimension
			? array.get(...index)
			: Array.from({ length: array.shape[index.length] as number }, (_, i) => at([...index, i]));
	return at([]);
};

describe.each(Object.entries(connections))("%s", (_, con) => {
	describe.each(Object.keys(VALUES))("%s", (dtype) => {
		test.each(Object.entries(LAYOUTS))("what is set is read: %s", async (_layout, layout) => {
			const item = VALUES[dtype] as fc.Arbitrary<unknown>;
			const ds = await named(con, dtype, layout);
			const model: unknown[][] = Array.from({ length: 5 }, () => new Array(6).fill(ds.fillValue));
			const write = fc.tuple(
				fc.nat(4),
				fc.nat(5),
				fc.array(fc.array(item, { minLength: 6, maxLength: 6 }), { minLength: 5, maxLength: 5 }),
			);
			await fc.assert(
				fc.asyncProperty(write, async ([row, column, given]) => {
					const block = given.slice(row).map((line) => line.slice(column));
					await ds.set(`${row}:, ${column}:`, block as never);
					for (const [i, line] of block.entries()) (model[row + i] as unknown[]).splice(column, line.length, ...line);
					expect(nested(await ds.get())).toEqual(model);
					expect(nested(await ds.get(`${row}, ::-2`))).toEqual(
						(model[row] as unknown[]).filter((_v, i) => i % 2).reverse(),
					);
				}),
				{ numRuns: 6 },
			);
			expect(await ds.at(-1, -1)).toEqual(model[4]?.[5]);
			expect(
				nested(
					await ds.points([
						[0, 4],
						[5, 0],
					]),
				),
			).toEqual([model[0]?.[5], model[4]?.[0]]);
			const copy = await con.createDataset(`d${made++}`, { data: ds, chunkShape: [3, 4] });
			expect(nested(await copy.get())).toEqual(model);
			expect(copy.dtype).toBe(dtype);
			expect((await ds.verify()).ok).toBe(true);
		});
	});

	test("a fill value is what was never written; a chunk of nothing else is not stored", async () => {
		for (const [dtype, fillValue] of [
			["string", "none"],
			["U4", "n/a"],
			["bytes", Uint8Array.of(0, 255)],
		] as const) {
			const ds = await con.createDataset<DType>(`f${made++}`, { shape: [3], dtype, chunkShape: [2], fillValue });
			expect(ds.fillValue).toEqual(fillValue);
			await ds.set("0", (dtype === "bytes" ? Uint8Array.of(1) : "x") as never);
			expect(nested(await ds.get())).toEqual([dtype === "bytes" ? Uint8Array.of(1) : "x", fillValue, fillValue]);
			await ds.set("0", fillValue as never);
			const again = await con.getDataset(ds.name, { dtype: ds.dtype });
			expect(again.fillValue).toEqual(fillValue);
			expect(await storedChunks(again)).toEqual([]);
		}
	});

	test("map, apply, reduce and blocks", async () => {
		const texts = Array.from({ length: 7 }, (_, i) => [..."ab𝄞"].slice(0, i % 4).join("") + i);
		const ds = await con.createDataset(`m${made++}`, { data: texts, chunkShape: [3] });
		const labelled = await ds.map(kernel(KERNELS, "label"), `m${made++}`);
		expect(nested(await labelled.get())).toEqual(texts.map((text, i) => `${text}@${Math.floor(i / 3)}`));
		const lengths = await ds.map(kernel(KERNELS, "lengths"), `m${made++}`, { dtype: "int32" });
		expect(Array.from((await lengths.get()).data)).toEqual(texts.map((text: string) => [...text].length));
		const options = { halo: 1, boundary: "constant", boundaryValue: "(" } as never;
		const shifted = await ds.map(kernel(KERNELS, "before"), `m${made++}`, options);
		expect(nested(await shifted.get())).toEqual(["(", ...texts.slice(0, -1)]);
		await ds.apply(kernel(KERNELS, "label"));
		expect(nested(await ds.get())).toEqual(nested(await labelled.get()));
		const longest = await ds.reduce(kernel(KERNELS, "longest"), (a: string, b: string) =>
			b.length > a.length ? b : a,
		);
		expect(longest).toBe("ab𝄞3@1");
		const seen: unknown[] = [];
		for await (const { values } of ds.blocks()) seen.push(...(nested(values) as unknown[]));
		expect(seen).toEqual(nested(await ds.get()));
	});

	test("append and resize", async () => {
		const ds = await con.createDataset(`g${made++}`, { data: ["a", "b", "c"], chunkShape: [2] });
		expect(await ds.append(["d", "e"], 0)).toBe(3);
		await ds.resize([1]);
		await ds.resize([4]);
		expect(nested(await ds.get())).toEqual(["a", "", "", ""]);
	});
});

describe("values that are none", () => {
	const refusals: readonly [string, DType, unknown, RegExp][] = [
		["a number", "string", 5, /5 is not a value of string: it takes text/],
		["a number among texts", "string", ["a", 1], /1 at index \[1\]/],
		["half a surrogate pair", "string", "\ud834", /takes text/],
		["too many characters", "U2", "abc", /at most 2 characters/],
		["a NUL at the end", "U2", "a\0", /do not end in NUL/],
		["text for bytes", "bytes", "abc", /takes bytes as a Uint8Array/],
		["a missing field", "struct[a: uint8, b: uint8]", { a: 1 }, /an object with "a", "b"/],
		["a field too many", "struct[a: uint8]", { a: 1, b: 2 }, /an object with "a"/],
		["a field out of range", "struct[a: uint8]", { a: 300 }, /300 does not fit uint8/],
	];
	test.each(refusals)("%s", async (_, dtype, value, message) => {
		await using con = await connect("ram:");
		const ds = await con.createDataset<DType>("d", { shape: [2], dtype, chunkShape: [2] });
		const error = await ds.set("...", value as never).catch((reason: unknown) => reason);
		expect(isStoreError(error, "INVALID_ARGUMENT")).toBe(true);
		expect(String(error)).toMatch(message);
		expect(await storedChunks(ds)).toEqual([]);
	});

	test("statistics, shared memory and codecs of numbers are refused by name", async () => {
		await using con = await connect("ram:");
		const ds = await con.createDataset("d", { data: ["a"] });
		await expect(ds.min()).rejects.toThrow(/no min of string values/);
		await expect(
			con.createDataset("e", { shape: [1], dtype: "string", codecs: [{ name: "bytes", configuration: {} }] }),
		).rejects.toThrow(/use vlen-utf8/);
		await expect(con.createDataset("e", { shape: [1], dtype: "int8", codecs: ["vlen-utf8"] })).rejects.toThrow(
			/takes values of string, not of int8/,
		);
		await expect(
			con.createDataset("e", {
				shape: [1],
				dtype: "string",
				codecs: [{ name: "numcodecs.delta", configuration: { dtype: "<i4" } }],
			}),
		).rejects.toThrow(/delta/);
		await expect(con.createDataset<DType>("e", { shape: [1], dtype: "struct[a: string]" })).rejects.toThrow(
			/no fixed size/,
		);
		await expect(con.createDataset<DType>("e", { shape: [1], dtype: "struct[a: int8, a: int8]" })).rejects.toThrow(
			/there twice/,
		);
	});

	test("a record's fields may be called anything", async () => {
		await using con = await connect("ram:");
		const value = JSON.parse('{"__proto__": 1, "a, b": 2, "c\\"]": 3}') as never;
		const dtype = 'struct[__proto__: uint8, "a, b": int16, "c\\"]": float64]' as DType;
		const ds = await con.createDataset<DType>("d", { shape: [1], dtype, fillValue: value });
		expect(ds.dtype).toBe(dtype);
		expect(ds.fillValue).toEqual(value);
		expect((await con.getDataset("d", { dtype })).fillValue).toEqual(value);
	});
});
