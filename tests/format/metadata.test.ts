import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataType } from "../../dist/src/format/data-types.js";
import { parseFill } from "../../dist/src/format/fill-value.js";
import { formatJson, type Json, type JsonObject, parseJson } from "../../dist/src/format/json.js";
import { type ArrayMetadata, formatArray, formatGroup } from "../../dist/src/format/metadata.js";
import { bytesOf } from "./any-fill.js";
import { type Changes, changed, EXAMPLE, GROUP, KEY, readArray, readChanged, readGroup } from "./documents.js";
import { expectRefusal } from "./refusal.js";

describe("arrays", () => {
	it("are read as the specification's example says", () => {
		expect(readArray(formatJson(EXAMPLE))).toStrictEqual({
			shape: [10000, 1000],
			dtype: dataType("float64"),
			gridName: "regular",
			grid: [1000, 100],
			chunkKeyEncoding: { name: "default", separator: "/" },
			fill: Float64Array.of(Number.NaN),
			codecs: [{ name: "bytes", configuration: { endian: "little" } }],
			attributes: { foo: 42, bar: "apples", baz: [1, 2, 3, 4] },
			dimensionNames: ["rows", "columns"],
			extensions: {},
		});
	});

	it("are written as they were read", () => {
		expect(parseJson(formatArray(readArray(formatJson(EXAMPLE))), KEY)).toStrictEqual(EXAMPLE);
	});

	it("are written with what they are before what they are about, and attributes always", () => {
		const text = formatArray(readChanged({ attributes: undefined, dimension_names: undefined }));
		expect(Object.keys(parseJson(text, KEY) as JsonObject)).toEqual([
			"zarr_format",
			"node_type",
			"shape",
			"data_type",
			"chunk_grid",
			"chunk_key_encoding",
			"fill_value",
			"codecs",
			"attributes",
		]);
		expect(text).toContain('"attributes": {}');
	});

	it.each<[what: string, rows: number, shapes: Json[]]>([
		["lengths for ever", 10_000, [1000, 30]],
		["a list of lengths", 10_000, [[9000, 900, 100], [1000]]],
		["lengths that reach further, by many chunks", 10_000, [[[1000, 50]], [500, 500, 500, 2 ** 52]]],
		[
			"runs that are not as short as they could be",
			10_000,
			[
				[[1, 3], [1, 1], 5, [1000, 10]],
				[[500, 1], 500],
			],
		],
		[
			"lengths that no array reaches, in chunks too large for any",
			1,
			[[1, [2 ** 53 - 1, 2 ** 53 - 1], 5], [[1, 2 ** 53 - 1]]],
		],
	])("of a rectilinear grid as they were read: %s", (_, rows, shapes) => {
		const grid = { name: "rectilinear", configuration: { kind: "inline", chunk_shapes: shapes } };
		const metadata = readChanged({ chunk_grid: grid, shape: [rows, 1000] });
		expect((parseJson(formatArray(metadata), KEY) as JsonObject).chunk_grid).toEqual(grid);
	});

	it.each<[what: string, changes: Changes, expected: Partial<ArrayMetadata>]>([
		["codecs by name alone", { codecs: ["bytes", "crc32c"] }, { codecs: [{ name: "bytes" }, { name: "crc32c" }] }],
		["codecs without configuration", { codecs: [{ name: "bytes" }] }, { codecs: [{ name: "bytes" }] }],
		[
			"codecs that others may leave out",
			{ codecs: [{ name: "bytes", must_understand: false }] },
			{ codecs: [{ name: "bytes", mustUnderstand: false }] },
		],
		[
			"codecs that are spelled out",
			{ codecs: [{ name: "bytes", must_understand: true }] },
			{ codecs: [{ name: "bytes" }] },
		],
		[
			"keys by name alone",
			{ chunk_key_encoding: "default" },
			{ chunkKeyEncoding: { name: "default", separator: "/" } },
		],
		[
			"keys without configuration",
			{ chunk_key_encoding: { name: "v2" } },
			{ chunkKeyEncoding: { name: "v2", separator: "." } },
		],
		["v2 keys by name alone", { chunk_key_encoding: "v2" }, { chunkKeyEncoding: { name: "v2", separator: "." } }],
		[
			"v2 keys with a slash",
			{ chunk_key_encoding: { name: "v2", configuration: { separator: "/" } } },
			{ chunkKeyEncoding: { name: "v2", separator: "/" } },
		],
		[
			"keys with a dot",
			{ chunk_key_encoding: { name: "default", configuration: { separator: "." } } },
			{ chunkKeyEncoding: { name: "default", separator: "." } },
		],
		["data types as objects", { data_type: { name: "float64" } }, { dtype: dataType("float64") }],
		[
			"data types with nothing configured",
			{ data_type: { name: "float64", configuration: {} } },
			{ dtype: dataType("float64") },
		],
		[
			"every extension point spelled out",
			{
				data_type: { name: "float64", must_understand: true },
				chunk_grid: { name: "regular", configuration: { chunk_shape: [2, 3] }, must_understand: true },
				chunk_key_encoding: { name: "default", configuration: {}, must_understand: true },
				storage_transformers: [],
			},
			{
				dtype: dataType("float64"),
				grid: [2, 3],
				chunkKeyEncoding: { name: "default", separator: "/" },
				extensions: {},
			},
		],
		["no attributes", { attributes: undefined }, { attributes: {} }],
		["no dimension names", { dimension_names: undefined }, { dimensionNames: undefined }],
		["axes without a name", { dimension_names: ["x", null] }, { dimensionNames: ["x", null] }],
		["an empty name", { dimension_names: ["", "x"] }, { dimensionNames: ["", "x"] }],
		["no storage transformers", { storage_transformers: [] }, { extensions: {} }],
		[
			"unknown members that say so",
			{ notes: { must_understand: false, x: 1 } },
			{ extensions: { notes: { must_understand: false, x: 1 } } },
		],
		[
			"a member named like one of groups",
			{ consolidated_metadata: { must_understand: false } },
			{ extensions: { consolidated_metadata: { must_understand: false } } },
		],
		["empty axes", { shape: [0, 1000] }, { shape: [0, 1000] }],
		["more elements than numbers count", { shape: [2 ** 53 - 1, 2 ** 53 - 1] }, { shape: [2 ** 53 - 1, 2 ** 53 - 1] }],
		["chunks beyond the array", { shape: [1, 1] }, { grid: [1000, 100] }],
	])("may have %s", (_, changes, expected) => {
		const metadata = readChanged(changes);
		expect(metadata).toMatchObject(expected);
		expect(readArray(formatArray(metadata))).toStrictEqual(metadata);
	});

	it("may have no axes", () => {
		const changes = {
			shape: [],
			chunk_grid: { name: "regular", configuration: { chunk_shape: [] } },
			dimension_names: [],
		};
		expect(readChanged(changes)).toMatchObject({ shape: [], grid: [], dimensionNames: [] });
	});

	it("may have 64 axes and no more", () => {
		const ofRank = (rank: number) => ({
			shape: new Array<number>(rank).fill(1),
			chunk_grid: { name: "regular", configuration: { chunk_shape: new Array<number>(rank).fill(1) } },
			dimension_names: undefined,
		});
		expect(readChanged(ofRank(64)).shape).toHaveLength(64);
		expectRefusal(() => readChanged(ofRank(65)), "UNSUPPORTED", '"shape"', "65 dimensions");
	});
});

describe("round trip", () => {
	it("returns the same array, its fill value to the bit", () => {
		const types = fc.constantFrom<[name: string, fill: Json][]>(
			["int64", -9007199254740993n],
			["uint64", 2n ** 64n - 1n],
			["float32", "0x7fc00001"],
			["float32", -0],
			["float16", "0xfe00"],
			["complex64", ["-Infinity", "0xffc00000"]],
			["r24", [1, 2, 3]],
			["bool", true],
		);
		const axes = fc.array(fc.tuple(fc.maxSafeNat(), fc.integer({ min: 1, max: 99 }), fc.option(fc.string())), {
			maxLength: 5,
		});
		fc.assert(
			fc.property(
				types,
				axes,
				fc.jsonValue(),
				fc.constantFrom("/", "."),
				([name, fill], sizes, attribute, separator) => {
					const dtype = dataType(name);
					const metadata: ArrayMetadata = {
						shape: sizes.map(([size]) => size),
						dtype,
						gridName: "regular",
						grid: sizes.map(([, chunk]) => chunk),
						chunkKeyEncoding: { name: "v2", separator },
						fill: parseFill(fill, dtype),
						codecs: [{ name: "bytes", configuration: { a: [1, null] } }, { name: "crc32c" }],
						attributes: { attribute: parseJson(JSON.stringify(attribute), KEY), big: 2n ** 70n },
						dimensionNames: sizes.map(([, , label]) => label),
						extensions: { later: { must_understand: false, n: 2n ** 64n } },
					};
					const { fill: again, ...rest } = readArray(formatArray(metadata));
					const { fill: bits, ...expected } = metadata;
					expect(rest).toStrictEqual(expected);
					expect(bytesOf(again)).toEqual(bytesOf(bits));
				},
			),
		);
	});
});

describe("groups", () => {
	it("are read and written", () => {
		const group = readGroup(formatJson(GROUP));
		expect(group).toStrictEqual({ attributes: { spam: "ham", eggs: 42 }, extensions: {} });
		expect(parseJson(formatGroup(group), KEY)).toStrictEqual(GROUP);
	});

	it("need no attributes and are written with them", () => {
		const group = readGroup('{"zarr_format": 3, "node_type": "group"}');
		expect(group).toStrictEqual({ attributes: {}, extensions: {} });
		expect(parseJson(formatGroup(group), KEY)).toStrictEqual({ zarr_format: 3, node_type: "group", attributes: {} });
	});

	it("keep consolidated metadata", () => {
		const consolidated = { kind: "inline", must_understand: false, metadata: { x: EXAMPLE } };
		const group = readGroup(changed(GROUP, { consolidated_metadata: consolidated }));
		expect(group.extensions).toStrictEqual({ consolidated_metadata: consolidated });
		expect(readGroup(formatGroup(group))).toStrictEqual(group);
	});

	it("may say that there is no consolidated metadata", () => {
		expect(readGroup(changed(GROUP, { consolidated_metadata: null })).extensions).toStrictEqual({});
	});

	it.each<[member: string, value: Json, code: "CORRUPT" | "UNSUPPORTED"]>([
		["attributes", 5, "CORRUPT"],
		["consolidated_metadata", [], "CORRUPT"],
		["zarr_format", 2, "UNSUPPORTED"],
		["shape", [1], "UNSUPPORTED"],
		["extra", 1, "UNSUPPORTED"],
	])("are refused for %s = %j", (member, value, code) => {
		expectRefusal(() => readGroup(changed(GROUP, { [member]: value })), code, `${KEY}: member "${member}": `);
	});
});
