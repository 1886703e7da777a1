import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatArrayText, parseArrayText } from "../../dist/src/format/array-text.js";
import { formatJson, type Json, type JsonObject, parseJson } from "../../dist/src/format/json.js";
import type { ArrayMetadata } from "../../dist/src/format/metadata.js";
import { parseZarray, parseZattrs, parseZgroup } from "../../dist/src/format/v2/documents.js";
import { expectRefusal, refusalOf } from "../format/refusal.js";

const KEY = "a/b/.zarray";

/** The example of the specification of v2, with a compressor that every build has. */
const EXAMPLE: JsonObject = {
	chunks: [1000, 1000],
	compressor: { id: "gzip", level: 3 },
	dtype: "<f8",
	fill_value: "NaN",
	filters: [{ id: "delta", dtype: "<f8", astype: "<f4" }],
	order: "C",
	shape: [10000, 10000],
	zarr_format: 2,
};

type Changes = { readonly [member: string]: Json | undefined };

function changed(changes: Changes): JsonObject {
	const members = Object.entries({ ...EXAMPLE, ...changes });
	return Object.fromEntries(members.filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

const readChanged = (changes: Changes): ArrayMetadata => parseZarray(changed(changes), KEY, {});

describe(".zarray", () => {
	it("is read as the same structure that zarr.json gives", () => {
		const { v2, ...metadata } = readChanged({ order: "F", dimension_separator: "/", written_by: { tool: 1 } });
		expect(metadata).toMatchObject({
			shape: [10000, 10000],
			dtype: { name: "float64" },
			gridName: "regular",
			grid: [1000, 1000],
			chunkKeyEncoding: { name: "v2", separator: "/" },
			fill: Float64Array.of(Number.NaN),
			codecs: [
				{ name: "transpose", configuration: { order: [1, 0] } },
				{ name: "numcodecs.delta", configuration: { dtype: "<f8", astype: "<f4" } },
				{ name: "bytes", configuration: { endian: "little" } },
				{ name: "gzip", configuration: { level: 3 } },
			],
			dimensionNames: undefined,
			extensions: { written_by: { tool: 1 } },
		});
		expect(v2?.document.order).toBe("F");
	});

	it("is written as it was read, but for what changed", () => {
		const document = changed({ written_by: { tool: 1 }, fill_value: null, dtype: ">f8", filters: null });
		const metadata = parseZarray(document, KEY, {});
		expect(JSON.parse(formatArrayText(metadata))).toEqual(document);
		expect(JSON.parse(formatArrayText({ ...metadata, shape: [1, 2] }))).toEqual({ ...document, shape: [1, 2] });
	});

	it("keeps floats of numcodecs floats", () => {
		const filters = [{ id: "fixedscaleoffset", dtype: "<f8", astype: "|u1", scale: 10, offset: -3 }];
		const text = formatArrayText(readChanged({ filters }));
		expect([/"scale": .*/.exec(text)?.[0], /"offset": .*/.exec(text)?.[0]]).toEqual([
			'"scale": 10.0,',
			'"offset": -3.0',
		]);
	});

	it("names its dimensions where xarray does", () => {
		expect(parseZarray(EXAMPLE, KEY, { _ARRAY_DIMENSIONS: ["y", "x"] }).dimensionNames).toEqual(["y", "x"]);
		for (const names of [["x"], ["y", 1], "yx", null])
			expect(parseZarray(EXAMPLE, KEY, { _ARRAY_DIMENSIONS: names as Json }).dimensionNames).toBeUndefined();
	});

	it.each<[dtype: string, name: string, fill: Json, bytes: readonly number[]]>([
		["|b1", "bool", 1, [1]],
		["<u8", "uint64", 18446744073709551615n, [255, 255, 255, 255, 255, 255, 255, 255]],
		[">i8", "int64", 9007199254740993n, [1, 0, 0, 0, 0, 0, 32, 0]],
		["<f4", "float32", "-Infinity", [0, 0, 128, 255]],
		["<c8", "complex64", ["NaN", 1], [0, 0, 192, 127, 0, 0, 128, 63]],
		["<i4", "int32", null, [0, 0, 0, 0]],
		["|S4", "r32", "YWI=", [97, 98, 0, 0]],
		["|S4", "r32", 0, [0, 0, 0, 0]],
		["|V2", "r16", "/wA=", [255, 0]],
	])("knows the fill value of %s", (dtype, name, fill_value, bytes) => {
		const { dtype: type, fill } = readChanged({ dtype, fill_value, filters: null });
		expect(type.name).toBe(name);
		expect([...new Uint8Array((fill as Uint8Array).buffer)]).toEqual(bytes);
	});
});

describe("malformed .zarray", () => {
	const delta = (settings: JsonObject): Json => [{ id: "delta", ...settings }];
	it.each<[member: string, value: Json | undefined, part: string]>([
		["zarr_format", undefined, "missing: must be 2"],
		["zarr_format", "2", 'not "2"'],
		["shape", undefined, "missing"],
		["shape", 10, "a list of sizes, not 10"],
		["shape", [10, -1], "not -1"],
		["shape", [10, 1.5], "not 1.5"],
		["chunks", undefined, "missing"],
		["chunks", [10, 0], "whole numbers from 1 on, not 0"],
		["chunks", [10], "has 1 sizes, but shape has 2"],
		["chunks", true, "a list of sizes"],
		["dtype", undefined, "missing"],
		["dtype", 8, "a type string"],
		["dtype", { name: "f8" }, "a type string"],
		["order", undefined, "missing"],
		["order", "c", '"C" or "F"'],
		["order", null, '"C" or "F"'],
		["fill_value", undefined, "missing"],
		["fill_value", "nan", '"NaN"'],
		["fill_value", "0x7ff8000000000000", "number"],
		["fill_value", [1, 2], "number"],
		["fill_value", {}, "number"],
		["filters", undefined, "missing"],
		["filters", "delta", "a list of filters"],
		["filters", {}, "a list of filters"],
		["filters", ["delta"], 'entry 0: must be an object with an "id"'],
		["filters", [{ name: "delta" }], 'entry 0: must be an object whose "id" is a string'],
		["filters", delta({ dtype: 8 }), "entry 0"],
		["compressor", undefined, "missing"],
		["compressor", "gzip", 'an object with an "id"'],
		["compressor", [{ id: "gzip" }], 'an object with an "id"'],
		["compressor", { id: 5 }, '"id" is a string'],
		["compressor", { id: "blosc", shuffle: 7 }, '"shuffle"'],
		["compressor", { id: "blosc", shuffle: "1" }, '"shuffle"'],
		["dimension_separator", "-", '"." or "/"'],
		["dimension_separator", 1, '"." or "/"'],
	])("is refused for %s = %s", (member, value, part) => {
		const error = refusalOf(() => readChanged({ [member]: value }));
		expect.soft(error.code).toBe("CORRUPT");
		expect.soft(error.key).toBe(KEY);
		expect.soft(error.message).toContain(`${KEY}: member "${member}": `);
		expect.soft(error.message).toContain(part);
	});

	it.each<[dtype: string, fill: Json]>([
		["|b1", 2],
		["|u1", 256],
		["<i4", 1.5],
		["<i4", "NaN"],
		["<c8", [1]],
		["|S2", "YWJj"],
		["|S2", "no base64"],
		["|V3", "YWI="],
		["|V3", 5],
	])("is refused for a %s that is %s", (dtype, fill_value) => {
		expectRefusal(() => readChanged({ dtype, fill_value, filters: null }), "CORRUPT", `${KEY}: member "fill_value": `);
	});

	it.each<[member: string, value: Json, part: string]>([
		["zarr_format", 1, "format 1"],
		["zarr_format", 3, "format 3"],
		["shape", [2n ** 60n, 1], "1152921504606846976"],
		["chunks", [2 ** 40, 2 ** 40], "bytes"],
		["dtype", "<U99999", "bytes"],
		["dtype", "<M8[7D/3]", "points in time"],
		["dtype", "<m8[min]", "spans of time"],
		["dtype", "<f16", '"<f16"'],
		["dtype", "<i3", '"<i3"'],
		["dtype", "constructor", '"constructor"'],
		["dtype", "|V0", '"|V0"'],
		["dtype", "|S999999", '"|S999999"'],
		[
			"dtype",
			[
				["x", "<i4"],
				["y", ">f4"],
			],
			"fields of both byte orders",
		],
		["dtype", [["x", "<i4", [2]]], '"x"'],
		["filters", delta({ dtype: "<i4" }), "takes <i4, but is given <f8"],
		["filters", delta({ dtype: ">f8" }), "takes >f8, but is given <f8"],
		["filters", delta({ dtype: "|O" }), '"|O"'],
		["filters", [{ id: "shuffle" }, { id: "delta", dtype: "<f8" }], "gives bytes"],
		["filters", [{ id: "vlen-utf8" }], '"vlen-utf8"'],
		["filters", [{ id: "pickle" }], '"pickle" is refused'],
		["compressor", { id: "pickle", protocol: 5 }, '"pickle" is refused'],
		["compressor", { id: "crc32c", location: "start" }, '"start"'],
	])("is not supported with %s = %s", (member, value, part) => {
		expectRefusal(() => readChanged({ [member]: value }), "UNSUPPORTED", `${KEY}: member "${member}": `, part);
	});

	it.each([
		["msgpack2", '"|O"', '"msgpack2"'],
		["pickle", '"pickle" is refused', "run whatever program"],
	])("is not supported with objects by %s", (id, ...parts) => {
		expectRefusal(() => readChanged({ dtype: "|O", filters: [{ id }], fill_value: 0 }), "UNSUPPORTED", KEY, ...parts);
	});

	it("is no object, as other documents may be none", () => {
		for (const document of [[], null, "zarr", 3]) {
			expectRefusal(() => parseZarray(document as Json, KEY, {}), "CORRUPT", KEY, "JSON object");
			expectRefusal(() => parseZgroup(document as Json, "a/.zgroup", {}), "CORRUPT", "a/.zgroup", "JSON object");
			expectRefusal(() => parseZattrs(document as Json, "a/.zattrs"), "CORRUPT", "a/.zattrs", "JSON object");
		}
		expectRefusal(() => parseZgroup({ zarr_format: 3 }, "a/.zgroup", {}), "UNSUPPORTED", "a/.zgroup", "format 3");
	});

	it("is always refused with a StoreError that names the file, or travels unchanged", () => {
		const value = fc.letrec<{ value: Json }>((tie) => ({
			value: fc.oneof(
				{ maxDepth: 3 },
				fc.constantFrom<Json[]>(null, true, "", "delta", "gzip", "<f8", "|S3", "F", "/", 0, 2, -1, 1.5, 2n ** 64n),
				fc.array(tie("value"), { maxLength: 3 }),
				fc.dictionary(fc.constantFrom("id", "dtype", "astype", "level", "shuffle", "__proto__"), tie("value")),
			),
		})).value;
		const names = [...Object.keys(EXAMPLE), "dimension_separator", "other", "__proto__"];
		const changes = fc.dictionary(fc.constantFrom(...names), fc.option(value, { nil: undefined }), {
			minKeys: 1,
			maxKeys: 3,
		});
		fc.assert(
			fc.property(changes, (change) => {
				try {
					const metadata = parseZarray(parseJson(formatJson(changed(change)), KEY), KEY, {});
					const again = parseArrayText(formatArrayText(metadata), KEY);
					expect(again).toStrictEqual({ nodeType: "array", array: metadata });
				} catch (error) {
					expect(error).toMatchObject({
						name: "StoreError",
						key: KEY,
						code: expect.stringMatching(/^(CORRUPT|UNSUPPORTED)$/),
					});
					expect((error as Error).message).toMatch(/^a\/b\/\.zarray: member "/);
				}
			}),
			{ numRuns: 1000 },
		);
	});

	it("cannot reach a prototype", () => {
		const text = formatJson(EXAMPLE).replace("{", '{"__proto__": {"polluted": 1},');
		const { array } = parseArrayText(text, KEY) as { array: ArrayMetadata };
		expect(Object.keys(array.extensions)).toEqual(["__proto__"]);
		expect(Object.getPrototypeOf(array.extensions)).toBe(Object.prototype);
		expect(formatArrayText(array)).toContain("polluted");
	});
});
