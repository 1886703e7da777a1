import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatJson, type Json, type JsonObject } from "../../dist/src/format/json.js";
import { formatArray, parseNode } from "../../dist/src/format/metadata.js";
import { changed, EXAMPLE, KEY, readArray, readChanged } from "./documents.js";
import { expectRefusal, refusalOf } from "./refusal.js";

const rectilinear = (shapes: Json | undefined): Json => ({
	name: "rectilinear",
	configuration: { kind: "inline", ...(shapes === undefined ? undefined : { chunk_shapes: shapes }) },
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
		["chunk_grid", { name: "rectilinear" }, "kind: missing"],
		["chunk_grid", rectilinear(undefined), "chunk_shapes: missing"],
		["chunk_grid", { name: "rectilinear", configuration: { kind: 1, chunk_shapes: [1, 1] } }, "kind: must be"],
		["chunk_grid", rectilinear(10), "chunk_shapes: must be a list, not 10"],
		["chunk_grid", rectilinear([10]), "chunk_shapes has 1 entries, but shape has 2"],
		["chunk_grid", rectilinear([10, 10, 10]), "chunk_shapes has 3 entries, but shape has 2"],
		["chunk_grid", rectilinear([0, 10]), "chunk_shapes: axis 0: must be a whole number from 1 on"],
		["chunk_grid", rectilinear([1.5, 10]), "chunk_shapes: axis 0: must be"],
		["chunk_grid", rectilinear([null, 10]), "chunk_shapes: axis 0: must be"],
		["chunk_grid", rectilinear([10, "10"]), "chunk_shapes: axis 1: must be"],
		["chunk_grid", rectilinear([10, { 10: 100 }]), "chunk_shapes: axis 1: must be"],
		["chunk_grid", rectilinear([10, [1000, 0]]), "axis 1: must be a whole number from 1 on or a pair"],
		["chunk_grid", rectilinear([10, [1000, -5]]), "axis 1: must be a whole number from 1 on or a pair"],
		["chunk_grid", rectilinear([10, [[]]]), "a pair [length, count]"],
		["chunk_grid", rectilinear([10, [[1000]]]), "a pair [length, count]"],
		["chunk_grid", rectilinear([10, [[10, 100, 1]]]), "a pair [length, count]"],
		["chunk_grid", rectilinear([10, [[10, 0], 1000]]), "a pair [length, count]"],
		["chunk_grid", rectilinear([10, [[0, 10], 1000]]), "a pair [length, count]"],
		["chunk_grid", rectilinear([10, [[10, 99.5]]]), "a pair [length, count]"],
		["chunk_grid", rectilinear([10, [[[10, 2], 100]]]), "a pair [length, count]"],
		["chunk_grid", rectilinear([10, []]), "axis 1: the lengths add up to 0, but the shape has 1000 there"],
		["chunk_grid", rectilinear([[[9, 1111]], 10]), "axis 0: the lengths add up to 9999, but the shape has 10000"],
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
		["data_type", { name: "numpy.datetime64", configuration: { unit: "s", scale_factor: 1, tz: "UTC" } }, '"tz"'],
		["data_type", "numpy.datetime64[s]", "numpy.datetime64[s]"],
		["data_type", "datetime64[s]", "datetime64[s]"],
		["data_type", "float8_e4m3fnz", "float8_e4m3fnz"],
		["data_type", { name: "float64", configuration: { endian: "big" } }, '"endian"'],
		["data_type", { name: "float128", must_understand: false }, '"float128"'],
		["chunk_grid", { name: "rectilinear", configuration: { kind: "tiled" } }, '"tiled"'],
		["chunk_grid", rectilinear([10, [[2n ** 60n, 1]]]), "1152921504606846976"],
		["chunk_grid", rectilinear([10, [[1, 2n ** 70n]]]), "at most 2^53"],
		["chunk_grid", rectilinear([2n ** 60n, 10]), "1152921504606846976"],
		["chunk_grid", rectilinear([[2 ** 40], [2 ** 40]]), "bytes"],
		["chunk_grid", { name: "rectilinear", configuration: { kind: "inline", chunk_shapes: [1, 1], x: 1 } }, '"x"'],
		["chunk_grid", { name: "odd", must_understand: false }, '"odd"'],
		["chunk_grid", { name: "regular", configuration: { chunk_shape: [1, 1], origin: [0, 0] } }, '"origin"'],
		["chunk_grid", grid([2 ** 40, 2 ** 40]), "bytes"],
		["chunk_grid", { name: "regular", configuration: { chunk_shape: [1, 1] }, extra: 1 }, '"extra"'],
		["chunk_key_encoding", "suffix", '"suffix"'],
		["chunk_key_encoding", { name: "default", configuration: { separator: ".", suffix: ".bin" } }, '"suffix"'],
		["codecs", [{ name: "bytes", endian: "little" }], '"endian"'],
		["storage_transformers", [{ name: "sharder" }], '"sharder"'],
		["storage_transformers", [{ name: "sharder", must_understand: false }], '"sharder"'],
		["storage_transformers", ["sharder"], '"sharder"'],
		["data_type", "complex_float12", '"complex_float12"'],
		["chunk_grid", "hexagonal", '"hexagonal"'],
		["chunk_key_encoding", { name: "fanout", must_understand: false }, '"fanout"'],
		["consolidated_metadata", null, "must_understand"],
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
