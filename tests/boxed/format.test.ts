/** Text, byte strings and records as they lie on the store: the bytes by hand from the specifications, documents of other writers. */
import { type Connection, type CreateOptions, connect, type DType, isStoreError } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { describe, expect, test } from "vitest";

const text = new TextEncoder();
const json = (value: unknown): Uint8Array => text.encode(JSON.stringify(value));

/** A connection, and what lies on its store. */
async function open(): Promise<{
	con: Connection;
	stored: (key: string) => Promise<Uint8Array>;
	put: (key: string, value: unknown) => Promise<void>;
}> {
	const backend = ram();
	return {
		con: await connect(backend),
		stored: async (key) => new Uint8Array((await backend.get(key))?.parts[0] as Uint8Array),
		put: async (key, value) => {
			await backend.put(key, value instanceof Uint8Array ? value : json(value));
		},
	};
}

async function chunkOf(
	options: CreateOptions<DType>,
	key = "d/c/0",
): Promise<{ metadata: { [member: string]: unknown }; bytes: number[] }> {
	const { con, stored } = await open();
	await con.createDataset<DType>("d", { codecs: [], ...options });
	const document = options.format === 2 ? "d/.zarray" : "d/zarr.json";
	const metadata = JSON.parse(new TextDecoder().decode(await stored(document)));
	const bytes = [...(await stored(key))];
	await con.close();
	return { metadata, bytes };
}

const BIG = [{ name: "bytes", configuration: { endian: "big" } }];

describe("bytes on the store", () => {
	test("string", async () => {
		const { metadata, bytes } = await chunkOf({ data: ["é", ""], dtype: "string", fillValue: "x" });
		expect(bytes).toEqual([2, 0, 0, 0, 2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0]);
		expect(metadata).toMatchObject({ data_type: "string", fill_value: "x", codecs: [{ name: "vlen-utf8" }] });
	});

	test("bytes", async () => {
		const { metadata, bytes } = await chunkOf({
			data: [Uint8Array.of(7, 0)],
			dtype: "bytes",
			fillValue: Uint8Array.of(1, 2, 3),
		});
		expect(bytes).toEqual([1, 0, 0, 0, 2, 0, 0, 0, 7, 0]);
		expect(metadata).toMatchObject({ data_type: "bytes", fill_value: "AQID", codecs: [{ name: "vlen-bytes" }] });
	});

	test("fixed_length_utf32, in both byte orders", async () => {
		const little = await chunkOf({ data: ["Hi"], dtype: "U3" });
		expect(little.bytes).toEqual([0x48, 0, 0, 0, 0x69, 0, 0, 0, 0, 0, 0, 0]);
		expect(little.metadata.data_type).toEqual({ name: "fixed_length_utf32", configuration: { length_bytes: 12 } });
		const big = await chunkOf({ data: ["𝄞"], dtype: "U1", codecs: BIG });
		expect(big.bytes).toEqual([0, 0x01, 0xd1, 0x1e]);
	});

	test("struct, packed without gaps, in both byte orders", async () => {
		const dtype = "struct[id: int32, flags: uint8, value: float64, p: struct[s: fixed_length_utf32[4]]]" as DType;
		const data = [{ id: 1, flags: 255, value: -2, p: { s: "A" } }];
		const little = await chunkOf({ data: data as never, dtype });
		expect(little.bytes).toEqual([1, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0x41, 0, 0, 0]);
		expect(little.metadata).toMatchObject({
			data_type: {
				name: "struct",
				configuration: {
					fields: [
						{ name: "id", data_type: "int32" },
						{ name: "flags", data_type: "uint8" },
						{ name: "value", data_type: "float64" },
						{
							name: "p",
							data_type: {
								name: "struct",
								configuration: {
									fields: [
										{ name: "s", data_type: { name: "fixed_length_utf32", configuration: { length_bytes: 4 } } },
									],
								},
							},
						},
					],
				},
			},
			fill_value: { id: 0, flags: 0, value: 0, p: { s: "" } },
		});
		const big = await chunkOf({ data: data as never, dtype, codecs: BIG });
		expect(big.bytes).toEqual([0, 0, 0, 1, 255, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x41]);
	});

	test("in format 2", async () => {
		const options = { format: 2 as const, codecs: [] };
		const strings = await chunkOf({ data: ["a"], dtype: "string", ...options }, "d/0");
		expect(strings.bytes).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 0x61]);
		expect(strings.metadata).toMatchObject({
			dtype: "|O",
			filters: [{ id: "vlen-utf8" }],
			fill_value: "",
			compressor: null,
		});
		const fixed = await chunkOf({ data: ["a"], dtype: "U2", ...options, codecs: BIG }, "d/0");
		expect(fixed.bytes).toEqual([0, 0, 0, 0x61, 0, 0, 0, 0]);
		expect(fixed.metadata).toMatchObject({ dtype: ">U2", filters: null, fill_value: "" });
		const records = await chunkOf(
			{ data: [{ a: 1, b: 2 }] as never, dtype: "struct[a: uint8, b: int16]" as DType, ...options },
			"d/0",
		);
		expect(records.bytes).toEqual([1, 2, 0]);
		expect(records.metadata).toMatchObject({
			dtype: [
				["a", "|u1"],
				["b", "<i2"],
			],
			fill_value: "AAAA",
		});
	});
});

const ARRAY = {
	zarr_format: 3,
	node_type: "array",
	shape: [2],
	chunk_grid: { name: "regular", configuration: { chunk_shape: [2] } },
	chunk_key_encoding: { name: "default" },
	attributes: {},
};
const LITTLE = [{ name: "bytes", configuration: { endian: "little" } }];
const fixed = (name: string, length: unknown) => ({ name, configuration: { length_bytes: length } });
const struct = (name: string, fields: unknown) => ({ name, configuration: { fields } });

describe("documents of other writers", () => {
	const documents: readonly [
		title: string,
		members: object,
		chunk: number[] | undefined,
		dtype: string,
		values: unknown[],
	][] = [
		[
			"vlen-utf8 with an empty configuration",
			{ data_type: "string", fill_value: "f", codecs: [{ name: "vlen-utf8", configuration: {} }] },
			undefined,
			"string",
			["f", "f"],
		],
		[
			"a fill value of bytes as a list",
			{ data_type: "bytes", fill_value: [1, 2], codecs: ["vlen-bytes"] },
			undefined,
			"bytes",
			[Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
		],
		[
			"variable_length_bytes",
			{ data_type: "variable_length_bytes", fill_value: "AQ==", codecs: ["vlen-bytes"] },
			undefined,
			"bytes",
			[Uint8Array.of(1), Uint8Array.of(1)],
		],
		[
			"records described by pairs, without a byte order",
			{
				data_type: struct("structured", [
					["a", "int16"],
					["b", "uint8"],
				]),
				fill_value: { a: 1, b: 2 },
				codecs: ["bytes"],
			},
			[1, 0, 3, 255, 255, 4],
			"struct[a: int16, b: uint8]",
			[
				{ a: 1, b: 3 },
				{ a: -1, b: 4 },
			],
		],
		[
			"NULs within and after fixed text",
			{ data_type: fixed("fixed_length_utf32", 8), fill_value: "", codecs: LITTLE },
			[0, 0, 0, 0, 65, 0, 0, 0, 66, 0, 0, 0, 0, 0, 0, 0],
			"fixed_length_utf32[8]",
			["\0A", "B"],
		],
		[
			"half a surrogate pair in fixed text",
			{ data_type: fixed("fixed_length_utf32", 4), fill_value: "", codecs: LITTLE },
			[0x34, 0xd8, 0, 0, 66, 0, 0, 0],
			"fixed_length_utf32[4]",
			["\ud834", "B"],
		],
	];
	test.each(documents)("%s", async (_, members, chunk, dtype, values) => {
		const { con, put, stored } = await open();
		await put("d/zarr.json", { ...ARRAY, ...members });
		if (chunk !== undefined) await put("d/c/0", Uint8Array.from(chunk));
		const ds = await con.getDataset("d", { dtype: dtype as DType });
		expect((await ds.get()).data).toEqual(values);
		await ds.setAttributes({ touched: true });
		const written = JSON.parse(new TextDecoder().decode(await stored("d/zarr.json")));
		expect(written.data_type).toEqual((members as { data_type: unknown }).data_type);
		await con.close();
	});

	test("byte strings and void of zarr-python are raw bits", async () => {
		const { con, put, stored } = await open();
		for (const [name, fill] of [
			["null_terminated_bytes", "YQ=="],
			["raw_bytes", "YQAA"],
		] as const) {
			await put(`${name}/zarr.json`, { ...ARRAY, data_type: fixed(name, 3), fill_value: fill, codecs: ["bytes"] });
			const ds = await con.getDataset(name, { dtype: "r24" });
			expect((await ds.get()).data).toEqual(Uint8Array.of(97, 0, 0, 97, 0, 0));
			await ds.setAttributes({ touched: true });
			const written = JSON.parse(new TextDecoder().decode(await stored(`${name}/zarr.json`)));
			expect([written.data_type, written.fill_value]).toEqual([fixed(name, 3), "YQAA"]);
		}
		await con.close();
	});
});

describe("malformed", () => {
	const STRING = { data_type: "string", fill_value: "", codecs: ["vlen-utf8"] };
	const documents: readonly [title: string, members: object, code: string, part: RegExp][] = [
		[
			"a number as fill value of text",
			{ ...STRING, fill_value: 0 },
			"CORRUPT",
			/d\/zarr.json: member "fill_value": 0 is no fill value of string/,
		],
		[
			"no base64",
			{ data_type: "bytes", fill_value: "###", codecs: ["vlen-bytes"] },
			"CORRUPT",
			/it takes a list of bytes, or bytes in base64/,
		],
		["bytes beyond 255", { data_type: "bytes", fill_value: [256], codecs: ["vlen-bytes"] }, "CORRUPT", /list of bytes/],
		[
			"a fill value too long",
			{ data_type: fixed("fixed_length_utf32", 4), fill_value: "ab", codecs: LITTLE },
			"CORRUPT",
			/"fill_value"/,
		],
		...[0, 3, -4, "8", 2.5, undefined].map((length): [string, object, string, RegExp] => [
			`length_bytes ${length}`,
			{ data_type: fixed("fixed_length_utf32", length), fill_value: "", codecs: LITTLE },
			"CORRUPT",
			/member "data_type": "fixed_length_utf32": length_bytes/,
		]),
		[
			"text of a gigabyte",
			{ data_type: fixed("fixed_length_utf32", 2 ** 30), fill_value: "", codecs: LITTLE },
			"UNSUPPORTED",
			/not supported/,
		],
		[
			"a setting that is not known",
			{
				data_type: { name: "fixed_length_utf32", configuration: { length_bytes: 4, padding: 1 } },
				fill_value: "",
				codecs: LITTLE,
			},
			"UNSUPPORTED",
			/"padding"/,
		],
		[
			"a configuration of string",
			{ ...STRING, data_type: { name: "string", configuration: { max: 1 } } },
			"UNSUPPORTED",
			/"max"/,
		],
		["a spelling of ours as a name", { ...STRING, data_type: "U5" }, "UNSUPPORTED", /"U5" is not supported/],
		["no fields", { data_type: struct("struct", []), fill_value: {}, codecs: LITTLE }, "CORRUPT", /a list of fields/],
		[
			"fields that are none",
			{ data_type: struct("struct", [5]), fill_value: {}, codecs: LITTLE },
			"CORRUPT",
			/field 0/,
		],
		[
			"a field twice",
			{
				data_type: struct("struct", [
					["a", "int8"],
					["a", "int8"],
				]),
				fill_value: { a: 0 },
				codecs: LITTLE,
			},
			"CORRUPT",
			/there twice/,
		],
		[
			"a field without a name",
			{ data_type: struct("struct", [["", "int8"]]), fill_value: { "": 0 }, codecs: LITTLE },
			"CORRUPT",
			/no name/,
		],
		[
			"a field of any length",
			{ data_type: struct("struct", [["a", "string"]]), fill_value: { a: "" }, codecs: LITTLE },
			"CORRUPT",
			/no fixed size/,
		],
		[
			"a field of a type that is not known",
			{ data_type: struct("struct", [["a", "float7"]]), fill_value: { a: 0 }, codecs: LITTLE },
			"UNSUPPORTED",
			/field 0: .*float7/,
		],
		[
			"a fill value without a field",
			{
				data_type: struct("struct", [
					["a", "int8"],
					["b", "int8"],
				]),
				fill_value: { a: 0 },
				codecs: LITTLE,
			},
			"CORRUPT",
			/an object with "a", "b"/,
		],
		[
			"a fill value out of range",
			{ data_type: struct("struct", [["a", "int8"]]), fill_value: { a: 200 }, codecs: LITTLE },
			"CORRUPT",
			/200/,
		],
		["bytes for text of any length", { ...STRING, codecs: LITTLE }, "CORRUPT", /vlen-utf8/],
		[
			"vlen-utf8 for numbers",
			{ data_type: "int8", fill_value: 0, codecs: ["vlen-utf8"] },
			"CORRUPT",
			/takes values of string/,
		],
	];
	test.each(documents)("%s", async (_, members, code, part) => {
		const { con, put } = await open();
		await put("d/zarr.json", { ...ARRAY, ...members });
		const error = await con.getDataset("d").catch((reason: unknown) => reason);
		expect(String(error)).toMatch(part);
		expect(isStoreError(error) && error.code).toBe(code);
		await con.close();
	});

	const chunks: readonly [title: string, bytes: number[], part: RegExp][] = [
		["nothing", [], /no number of entries/],
		["too few entries", [1, 0, 0, 0, 0, 0, 0, 0], /1 entries, 2 expected/],
		["billions of entries", [255, 255, 255, 255], /4294967295 entries/],
		["an entry that is not there", [2, 0, 0, 0, 0, 0, 0, 0], /entry 1 begins beyond the end/],
		["an entry that is too long", [2, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 127], /entry 1 reaches beyond the end/],
		["no UTF-8", [2, 0, 0, 0, 1, 0, 0, 0, 0xff, 0, 0, 0, 0], /no UTF-8/],
		["something behind", [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], /1 bytes follow/],
	];
	test.each(chunks)("a chunk of text: %s", async (_, bytes, part) => {
		const { con, put } = await open();
		await put("d/zarr.json", { ...ARRAY, ...STRING });
		await put("d/c/0", Uint8Array.from(bytes));
		const error = await (await con.getDataset("d")).get().catch((reason: unknown) => reason);
		expect(isStoreError(error, "CORRUPT")).toBe(true);
		expect(String(error)).toMatch(part);
		await con.close();
	});

	test("a chunk of fixed text with what is no code point", async () => {
		const { con, put } = await open();
		await put("d/zarr.json", { ...ARRAY, data_type: fixed("fixed_length_utf32", 4), fill_value: "", codecs: LITTLE });
		await put("d/c/0", Uint8Array.of(0, 0, 0x11, 0, 0, 0, 0, 0));
		await expect((await con.getDataset("d")).get()).rejects.toThrow(/1114112 is no code point/);
		await con.close();
	});
});
