import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataType } from "../../dist/src/format/data-types.js";
import { parseFill } from "../../dist/src/format/fill-value.js";
import { formatJson, type Json, type JsonObject, parseJson } from "../../dist/src/format/json.js";
import {
	type ArrayMetadata,
	formatArray,
	formatGroup,
	type GroupMetadata,
	parseNode,
} from "../../dist/src/format/metadata.js";
import { expectRefusal, refusalOf } from "./refusal.js";

const KEY = "a/b/zarr.json";

/** The example of the core specification. */
const EXAMPLE: JsonObject = {
	zarr_format: 3,
	node_type: "array",
	shape: [10000, 1000],
	dimension_names: ["rows", "columns"],
	data_type: "float64",
	chunk_grid: { name: "regular", configuration: { chunk_shape: [1000, 100] } },
	chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
	codecs: [{ name: "bytes", configuration: { endian: "little" } }],
	fill_value: "NaN",
	attributes: { foo: 42, bar: "apples", baz: [1, 2, 3, 4] },
};
const GROUP: JsonObject = { zarr_format: 3, node_type: "group", attributes: { spam: "ham", eggs: 42 } };

type Changes = { readonly [member: string]: Json | undefined };

/** A document with some members changed, or left out where the change is undefined. */
function changed(document: JsonObject, changes: Changes): string {
	const members = Object.entries({ ...document, ...changes }).filter(
		(entry): entry is [string, Json] => entry[1] !== undefined,
	);
	return formatJson(Object.fromEntries(members));
}

function readArray(text: string): ArrayMetadata {
	const node = parseNode(text, KEY);
	return node.nodeType === "array" ? node.array : expect.unreachable("it is a group");
}

function readGroup(text: string): GroupMetadata {
	const node = parseNode(text, KEY);
	return node.nodeType === "group" ? node.group : expect.unreachable("it is an array");
}

const readChanged = (changes: Changes) => readArray(changed(EXAMPLE, changes));

describe("arrays", () => {
	it("are read as the specification's example says", () => {
		expect(readArray(formatJson(EXAMPLE))).toStrictEqual({
			shape: [10000, 1000],
			dtype: dataType("float64"),
			chunkShape: [1000, 100],
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
		["empty axes", { shape: [0, 1000] }, { shape: [0, 1000] }],
		["more elements than numbers count", { shape: [2 ** 53 - 1, 2 ** 53 - 1] }, { shape: [2 ** 53 - 1, 2 ** 53 - 1] }],
		["chunks beyond the array", { shape: [1, 1] }, { chunkShape: [1000, 100] }],
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
		expect(readChanged(changes)).toMatchObject({ shape: [], chunkShape: [], dimensionNames: [] });
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

describe("malformed arrays", () => {
	const grid = (chunkShape: Json, name: Json = "regular"): Json => ({
		name,
		configuration: { chunk_shape: chunkShape },
	});
	it.each<[member: string, value: Json | undefined, part: string]>([
		["zarr_format", undefined, "missing: must be 3"],
		["zarr_format", "3", 'not "3"'],
		["zarr_format", null, "not null"],
		["node_type", undefined, "missing"],
		["node_type", "dataset", 'not "dataset"'],
		["shape", undefined, "missing"],
		["shape", 10, "a list of sizes, not 10"],
		["shape", {}, "not an object"],
		["shape", [10, -1], "not -1"],
		["shape", [10, 1.5], "not 1.5"],
		["shape", [10, "1000"], 'not "1000"'],
		["shape", [10, "99999999999999999999"], "whole numbers"],
		["shape", [10, null], "not null"],
		["shape", [10, [1]], "not a list of 1"],
		["shape", [10, -(2n ** 60n)], "not -1152921504606846976"],
		["shape", [10, Number.NaN], "not NaN"],
		["data_type", undefined, "missing"],
		["data_type", null, "not null"],
		["data_type", 64, "not 64"],
		["data_type", {}, 'an object whose "name" is a string'],
		["data_type", { name: 5 }, 'an object whose "name" is a string'],
		["chunk_grid", undefined, "missing"],
		["chunk_grid", "regular", "chunk_shape: missing"],
		["chunk_grid", { name: "regular" }, "chunk_shape: missing"],
		["chunk_grid", { name: "regular", configuration: [10, 10] }, '"configuration"'],
		["chunk_grid", { name: "regular", configuration: null }, '"configuration"'],
		["chunk_grid", grid(10), "chunk_shape: must be a list of sizes"],
		["chunk_grid", grid([10, 0]), "whole numbers from 1 on, not 0"],
		["chunk_grid", grid([10, -10]), "whole numbers from 1 on, not -10"],
		["chunk_grid", grid([10, 2.5]), "whole numbers from 1 on, not 2.5"],
		["chunk_grid", grid([10]), "chunk_shape has 1 sizes, but shape has 2"],
		["chunk_grid", grid([10, 10, 10]), "chunk_shape has 3 sizes, but shape has 2"],
		["chunk_grid", { ...(grid([10, 10]) as JsonObject), must_understand: "no" }, '"must_understand"'],
		["chunk_key_encoding", undefined, "missing"],
		["chunk_key_encoding", 5, "an object with a name"],
		["chunk_key_encoding", { name: "default", configuration: { separator: "-" } }, '"/" or "."'],
		["chunk_key_encoding", { name: "v2", configuration: { separator: null } }, '"/" or "."'],
		["fill_value", undefined, "missing"],
		["fill_value", null, "float64, not null"],
		["fill_value", "nan", '"NaN"'],
		["fill_value", false, "number"],
		["codecs", undefined, "missing"],
		["codecs", [], "array → bytes codec, not an empty list"],
		["codecs", { name: "bytes" }, "a list, not an object"],
		["codecs", "bytes", 'a list, not "bytes"'],
		["codecs", [{ name: "bytes" }, null], "entry 1: must be an object with a name"],
		["codecs", [{ id: "bytes" }], 'entry 0: must be an object whose "name"'],
		["codecs", [{ name: "bytes", configuration: "little" }], "entry 0"],
		["attributes", null, "an object, not null"],
		["attributes", [], "an object, not an empty list"],
		["dimension_names", null, "a list of 2 names, not null"],
		["dimension_names", ["x"], "a list of 2 names, not a list of 1"],
		["dimension_names", ["x", 1], "strings and nulls, not 1"],
		["storage_transformers", {}, "a list"],
		["storage_transformers", [5], "entry 0"],
	])("are refused for %s = %s", (member, value, part) => {
		const error = refusalOf(() => readChanged({ [member]: value }));
		expect.soft(error.code).toBe("CORRUPT");
		expect.soft(error.key).toBe(KEY);
		expect.soft(error.message).toContain(`${KEY}: member "${member}": `);
		expect.soft(error.message).toContain(part);
	});

	it.each<[member: string, value: Json, part: string]>([
		["zarr_format", 2, ".zarray"],
		["zarr_format", 4, "format 4"],
		["shape", [2n ** 60n, 1], "1152921504606846976"],
		["shape", [1e300, 1], "1e+300"],
		["data_type", "float128", '"float128"'],
		["data_type", "r12", '"r12"'],
		["data_type", "constructor", '"constructor"'],
		["data_type", { name: "numpy.datetime64", configuration: { unit: "s" } }, '"numpy.datetime64"'],
		["data_type", { name: "float64", configuration: { endian: "big" } }, '"endian"'],
		["data_type", { name: "float128", must_understand: false }, '"float128"'],
		["chunk_grid", { name: "rectilinear", configuration: {} }, '"rectilinear"'],
		["chunk_grid", { name: "odd", must_understand: false }, '"odd"'],
		["chunk_grid", { name: "regular", configuration: { chunk_shape: [1, 1], origin: [0, 0] } }, '"origin"'],
		["chunk_grid", grid([2 ** 40, 2 ** 40]), "bytes"],
		["chunk_grid", { name: "regular", configuration: { chunk_shape: [1, 1] }, extra: 1 }, '"extra"'],
		["chunk_key_encoding", "suffix", '"suffix"'],
		["chunk_key_encoding", { name: "default", configuration: { separator: ".", suffix: ".bin" } }, '"suffix"'],
		["codecs", [{ name: "bytes", endian: "little" }], '"endian"'],
		["storage_transformers", [{ name: "sharder" }], '"sharder"'],
		["storage_transformers", [{ name: "sharder", must_understand: false }], '"sharder"'],
		["notes", "x", "must_understand"],
		["notes", null, "must_understand"],
		["notes", {}, "must_understand"],
		["notes", { must_understand: true }, "must_understand"],
		["notes", { must_understand: 0 }, "must_understand"],
		["chunks", [1, 1], "must_understand"],
		["__proto__", { x: 1 }, "must_understand"],
	])("are not supported with %s = %s", (member, value, part) => {
		const text = changed(EXAMPLE, Object.fromEntries([[member, value]]));
		expectRefusal(() => readArray(text), "UNSUPPORTED", `${KEY}: member "${member}": `, part);
	});

	it.each(["[]", "null", '"zarr"', "3"])("are no object: %s", (text) => {
		expectRefusal(() => parseNode(text, KEY), "CORRUPT", KEY, "JSON object");
	});

	it("are no JSON", () => {
		expectRefusal(() => parseNode('{"zarr_format": 3,', KEY), "CORRUPT", KEY, "end of the text");
	});

	it("cannot reach a prototype", () => {
		const hostile = '"__proto__": {"must_understand": false, "polluted": 1}';
		const text = formatJson({ ...EXAMPLE, attributes: {} }).replace(
			'"attributes": {}',
			`"attributes": {${hostile}}, ${hostile}`,
		);
		const metadata = readArray(text);
		for (const object of [metadata.attributes, metadata.extensions]) {
			expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
			expect(Object.keys(object)).toEqual(["__proto__"]);
		}
		expect(({} as { polluted?: number }).polluted).toBeUndefined();
		expect(formatArray(metadata).match(/__proto__/g)).toHaveLength(2);
	});

	it("cannot take members from a prototype", () => {
		const { shape, ...rest } = EXAMPLE;
		const text = formatJson(rest).replace(
			"{",
			`{"__proto__": {"must_understand": false, "shape": ${JSON.stringify(shape)}},`,
		);
		expectRefusal(() => readArray(text), "CORRUPT", 'member "shape": missing');
	});

	it("are always refused with a StoreError that names the file", () => {
		const names = [...Object.keys(EXAMPLE), "storage_transformers", "name", "configuration", "other"];
		const value = fc.letrec<{ value: Json }>((tie) => ({
			value: fc.oneof(
				{ maxDepth: 3 },
				fc.constantFrom<Json[]>(null, true, false, "", "regular", "bytes", "v2", "float32", 0, 3, -1, 1.5, 2n ** 64n),
				fc.array(tie("value"), { maxLength: 3 }),
				fc.dictionary(
					fc.constantFrom("name", "configuration", "must_understand", "chunk_shape", "separator"),
					tie("value"),
				),
			),
		})).value;
		const changes = fc.dictionary(fc.constantFrom(...names), fc.option(value, { nil: undefined }), {
			minKeys: 1,
			maxKeys: 3,
		});
		fc.assert(
			fc.property(changes, (change) => {
				const text = changed(EXAMPLE, change);
				try {
					const metadata = readArray(text);
					expect(readArray(formatArray(metadata))).toStrictEqual(metadata);
				} catch (error) {
					if (change.node_type === "group") return;
					expect(error).toMatchObject({
						name: "StoreError",
						key: KEY,
						code: expect.stringMatching(/^(CORRUPT|UNSUPPORTED)$/),
					});
					expect((error as Error).message).toMatch(/^a\/b\/zarr\.json: member "/);
				}
			}),
			{ numRuns: 1000 },
		);
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
						chunkShape: sizes.map(([, chunk]) => chunk),
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
					expect(new Uint8Array(again.buffer)).toEqual(new Uint8Array(bits.buffer));
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
