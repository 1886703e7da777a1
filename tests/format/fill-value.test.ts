import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DType, dataType } from "../../dist/src/format/data-types.js";
import { fillFromUser, fillToUser, formatFill, parseFill } from "../../dist/src/format/fill-value.js";
import { formatJson, type Json, parseJson } from "../../dist/src/format/json.js";
import { anyFill, bitsOf, bytesOf, NAMES } from "./any-fill.js";
import { expectRefusal } from "./refusal.js";

const parse = (json: Json, name: DType) => parseFill(json, dataType(name));
const accept = (value: unknown, name: DType) => fillFromUser(value, dataType(name));

describe("fill values in JSON", () => {
	it.each<[json: Json, name: DType, bits: string]>([
		[true, "bool", "01"],
		[-128, "int8", "80"],
		[9007199254740993n, "int64", "0020000000000001"],
		[-(2n ** 63n), "int64", "8000000000000000"],
		[2n ** 64n - 1n, "uint64", "ffffffffffffffff"],
		[0.1, "float32", "3dcccccd"],
		[-0, "float32", "80000000"],
		[2n ** 70n, "float64", "4450000000000000"],
		["NaN", "float16", "7fc00000"],
		["NaN", "float32", "7fc00000"],
		["NaN", "float64", "7ff8000000000000"],
		["Infinity", "float32", "7f800000"],
		["-Infinity", "float64", "fff0000000000000"],
		["0x7fc00001", "float32", "7fc00001"],
		["0x7f800001", "float32", "7f800001"],
		["0xFFC00000", "float32", "ffc00000"],
		["0x3e00", "float16", "3fc00000"],
		["0x7ff8000000000abc", "float64", "7ff8000000000abc"],
		[["-Infinity", "NaN"], "complex64", "7fc00000ff800000"],
		[[1, 2], "complex128", "40000000000000003ff0000000000000"],
		[[1, 2, 255], "r24", "ff0201"],
	])("%s of %s", (json, name, bits) => {
		expect(bitsOf(parse(json, name))).toBe(bits);
	});

	it.each(NAMES)("of %s survive writing and reading bit for bit", (name) => {
		const dtype = dataType(name);
		fc.assert(
			fc.property(anyFill(name), (fill) => {
				const text = formatJson(formatFill(fill, dtype));
				expect(text).not.toMatch(/NaN(?!")|1e999/);
				expect(bitsOf(parseFill(parseJson(text, "zarr.json"), dtype))).toBe(bitsOf(fill));
			}),
			{ numRuns: 300 },
		);
	});

	it.each<[bits: number[], name: DType, text: string]>([
		[[0x80000000], "float32", "-0.0"],
		[[0x7fc00000], "float32", '"NaN"'],
		[[0xffc00000], "float32", '"0xffc00000"'],
		[[0x7fc00001], "float32", '"0x7fc00001"'],
		[[0xff800000], "float32", '"-Infinity"'],
		[[0x7fc02000], "float16", '"0x7e01"'],
		[[0, 0x7ff80000], "float64", '"NaN"'],
		[[0x3f800000, 0x7fc00000], "complex64", '[1, "NaN"]'],
	])("of bits %j in %s are written %s", (bits, name, text) => {
		const dtype = dataType(name);
		expect(formatJson(formatFill(new dtype.Array(Uint32Array.from(bits).buffer), dtype))).toBe(text);
	});

	it("are written as plain integers beyond 2^53", () => {
		expect(formatJson(formatFill(BigInt64Array.of(9007199254740993n), dataType("int64")))).toBe("9007199254740993");
		expect(formatFill(BigInt64Array.of(-5n), dataType("int64"))).toBe(-5);
	});

	it("of float16 are rounded once", () => {
		// Just above the middle of 1 and its neighbour: float32 would round it to the middle, then to 1.
		expect(parse(1 + 2 ** -11 + 2 ** -40, "float16")[0]).toBe(1 + 2 ** -10);
	});

	it.each<[json: Json, name: DType, part: string]>([
		[0, "bool", "true or false"],
		["true", "bool", "true or false"],
		[1.5, "int32", "integer"],
		["1", "int32", "integer"],
		[true, "int32", "integer"],
		[128, "int8", "-128 to 127"],
		[-1, "uint8", "0 to 255"],
		[1e20, "uint64", "not exact"],
		[2 ** 31, "int32", "-2147483648 to 2147483647"],
		["nan", "float32", '"NaN"'],
		["0x7fc0", "float32", "8 hex digits"],
		["0x7fc00000", "float16", "4 hex digits"],
		["0x7fc0000g", "float32", "8 hex digits"],
		["7fc0000000", "float32", "8 hex digits"],
		[[1], "float32", "number"],
		[1, "complex64", "[re, im]"],
		[[1, 2, 3], "complex64", "[re, im]"],
		[[1, true], "complex64", "number"],
		[[1, 2], "r24", "3 bytes"],
		[[1, 2, 256], "r24", "3 bytes"],
		[[1, 2, 1.5], "r24", "3 bytes"],
		["AAAA", "r24", "3 bytes"],
	])("%j is refused for %s", (json, name, part) => {
		expectRefusal(() => parse(json, name), "CORRUPT", name, part);
	});
});

describe("fill values of users", () => {
	it.each(NAMES)("are zero for %s where left out, and come back as given", (name) => {
		const dtype = dataType(name);
		expect(bytesOf(accept(undefined, name)).every((byte) => byte === 0)).toBe(true);
		fc.assert(
			fc.property(anyFill(name), (fill) => {
				if (Array.from(fill as Float32Array).some(Number.isNaN)) return;
				expect(bitsOf(fillFromUser(fillToUser(fill, dtype), dtype))).toBe(bitsOf(fill));
			}),
		);
	});

	it("are shown as people write them", () => {
		const show = (json: Json, name: DType) => fillToUser(parse(json, name), dataType(name));
		expect([show(true, "bool"), show(5, "int64"), show(5, "uint8"), show(0.5, "float16")]).toStrictEqual([
			true,
			5n,
			5,
			0.5,
		]);
		expect([show([1, -0], "complex64"), show([1, 2, 3], "r24"), show("NaN", "float64")]).toStrictEqual([
			[1, -0],
			[1, 2, 3],
			Number.NaN,
		]);
	});

	it.each<[value: unknown, name: DType, bits: string]>([
		[0.1, "float32", "3dcccccd"],
		[Number.NaN, "float32", "7fc00000"],
		[-Number.NaN, "float16", "7fc00000"],
		[Number.NEGATIVE_INFINITY, "float16", "ff800000"],
		[true, "int16", "0001"],
		[1, "bool", "01"],
		[5, "int64", "0000000000000005"],
		[-0, "int32", "00000000"],
		[2, "complex64", "0000000040000000"],
		[Uint8Array.of(1, 2, 3), "r24", "030201"],
	])("case %# is accepted: %s for %s", (value, name, bits) => {
		expect(bitsOf(accept(value, name))).toBe(bits);
	});

	it("of bigint are exact or refused", () => {
		expect(accept(2n ** 60n, "int64")[0]).toBe(2n ** 60n);
		expect(accept(2n ** 60n, "float64")[0]).toBe(2 ** 60);
		expectRefusal(() => accept(2n ** 60n + 1n, "float64"), "INVALID_ARGUMENT", "rounded");
		expectRefusal(() => accept(2n ** 63n, "int64"), "INVALID_ARGUMENT", "9223372036854775807");
		expectRefusal(() => accept(10n ** 400n, "float64"), "INVALID_ARGUMENT", "range");
	});

	it.each<[value: unknown, name: DType, part: string]>([
		[1.5, "int32", "integer"],
		[300, "uint8", "0 to 255"],
		[-1, "uint64", "0 to"],
		[2 ** 60, "int64", "bigint"],
		[Number.NaN, "int8", "integer"],
		["5", "int8", "integer"],
		[null, "float32", "number"],
		[2, "bool", "true or false"],
		[1e39, "float32", "range"],
		[65520, "float16", "range"],
		[[1e39, 0], "complex64", "range"],
		[[1, 2, 3], "complex64", "[re, im]"],
		[{}, "complex64", "number"],
		[[1, 2], "r24", "3 bytes"],
		[7, "r8", "1 bytes"],
	])("%j is refused for %s", (value, name, part) => {
		expectRefusal(() => accept(value, name), "INVALID_ARGUMENT", name, part);
	});
});
