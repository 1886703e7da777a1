import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DType, dataType, type TypedArray } from "../../dist/src/format/data-types.js";
import { fillFromUser, fillToUser, formatFill, isOnlyFill, parseFill } from "../../dist/src/format/fill-value.js";
import { halfToFloat } from "../../dist/src/format/float16.js";
import { formatJson, type Json, parseJson } from "../../dist/src/format/json.js";
import { expectRefusal } from "./refusal.js";

const bytesOf = (values: TypedArray) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const bitsOf = (values: TypedArray) =>
	Array.from(bytesOf(values).toReversed(), (byte) => byte.toString(16).padStart(2, "0")).join("");
const parse = (json: Json, name: DType) => parseFill(json, dataType(name));
const accept = (value: unknown, name: DType) => fillFromUser(value, dataType(name));

const NAMES =
	"bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128 r8 r24".split(
		" ",
	) as DType[];

/** Any bits that a chunk of the type could hold, in presented form. */
function anyFill(name: DType): fc.Arbitrary<TypedArray> {
	const dtype = dataType(name);
	if (name === "bool") return fc.boolean().map((bit) => Uint8Array.of(Number(bit)));
	return fc.uint8Array({ minLength: dtype.itemSize, maxLength: dtype.itemSize }).chain((bytes) => {
		if (name === "float16") {
			const out = new Float32Array(1);
			halfToFloat(new Uint16Array(bytes.slice().buffer), out);
			return fc.constant<TypedArray>(out);
		}
		// Exponents of all ones are rare among random bits, and NaNs are what breaks.
		const special = bytes.slice();
		for (let i = dtype.wordSize; i <= dtype.itemSize; i += dtype.wordSize) {
			special[i - 1] = (special[i - 1] ?? 0) | 0x7f;
			special[i - 2] = (special[i - 2] ?? 0) | 0xf0;
		}
		return fc.constantFrom(bytes, special).map((chosen) => new dtype.Array(chosen.slice().buffer));
	});
}

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
	])("%j of %s".replace("%j", "case $0"), (json, name, bits) => {
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

describe("a chunk that is only fill", () => {
	/** The same decision by the definition, one byte after another. */
	function isOnlyFillSlowly(data: TypedArray, fill: TypedArray, name: DType): boolean {
		const { kind } = dataType(name);
		const size = data.BYTES_PER_ELEMENT;
		const quiet = size === 8 ? "7ff8000000000000" : "7fc00000";
		const wordAt = (values: TypedArray, i: number) => {
			const word = bitsOf(values.subarray(i, i + 1));
			const isNegativeQuiet = (kind === "f" || kind === "c") && word === `f${quiet.slice(1)}`;
			return isNegativeQuiet ? quiet : word;
		};
		for (let i = 0; i < data.length; i++) if (wordAt(data, i) !== wordAt(fill, i % fill.length)) return false;
		return true;
	}

	/** `count` elements of fill, beginning `offset` entries into a buffer. */
	function filled(fill: TypedArray, count: number, offset: number): TypedArray {
		const size = fill.BYTES_PER_ELEMENT;
		const bytes = new Uint8Array((offset + count * fill.length) * size);
		for (let i = offset * size; i < bytes.length; i++)
			bytes[i] = bytesOf(fill)[(i - offset * size) % fill.byteLength] ?? 0;
		return new (fill.constructor as new (buffer: ArrayBufferLike, offset: number) => TypedArray)(
			bytes.buffer,
			offset * size,
		);
	}

	it.each(NAMES)("is recognised for %s, at any length and alignment, and one flipped bit is seen", (name) => {
		const dtype = dataType(name);
		const zeroOrAny = fc.oneof(anyFill(name), fc.constant(new dtype.Array(dtype.components)));
		fc.assert(
			fc.property(zeroOrAny, fc.nat(150), fc.nat(5), fc.nat(), fc.nat(7), (fill, count, offset, place, bit) => {
				const data = filled(fill, count, offset);
				expect(isOnlyFill(data, fill, dtype)).toBe(true);
				if (count === 0) return;
				const bytes = bytesOf(data);
				bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ (1 << bit);
				expect(isOnlyFill(data, fill, dtype)).toBe(isOnlyFillSlowly(data, fill, name));
			}),
			{ numRuns: 400 },
		);
	});

	it.each(["float16", "float32", "float64", "complex64", "complex128"] as const)(
		"tells %s zeros and NaNs apart",
		(name) => {
			const dtype = dataType(name);
			const word = (bits: string) => {
				const out = new dtype.Array(dtype.components);
				const Word = out.BYTES_PER_ELEMENT === 8 ? BigUint64Array : Uint32Array;
				const value = BigInt(`0x${bits.padEnd(2 * out.BYTES_PER_ELEMENT - 1, "0")}${bits.endsWith("x") ? "" : "0"}`);
				new Word(out.buffer).fill((Word === BigUint64Array ? value : Number(value)) as never);
				return out;
			};
			const quiet = dtype.Array.BYTES_PER_ELEMENT === 8 ? "7ff8" : "7fc0";
			const [zero, minusZero, nan, minusNan, payload] = [
				word("0"),
				word("8"),
				word(quiet),
				word(`f${quiet.slice(1)}`),
				word(`${quiet}02`),
			];
			const equal = (data: TypedArray, fill: TypedArray) => isOnlyFill(filled(data, 40, 0), fill, dtype);
			expect([equal(zero, zero), equal(minusZero, minusZero), equal(zero, minusZero), equal(minusZero, zero)]).toEqual([
				true,
				true,
				false,
				false,
			]);
			expect([equal(nan, minusNan), equal(minusNan, nan), equal(nan, nan)]).toEqual([true, true, true]);
			expect([equal(payload, nan), equal(nan, payload), equal(payload, payload)]).toEqual([false, false, true]);
		},
	);

	it("is found among a million elements in shared memory in no time", () => {
		const data = new Uint8Array(new SharedArrayBuffer(2 ** 20 + 1), 1);
		const zero = new Uint8Array(1);
		const times = Array.from({ length: 50 }, () => {
			const start = performance.now();
			expect(isOnlyFill(data, zero, dataType("uint8"))).toBe(true);
			return performance.now() - start;
		});
		expect(Math.min(...times)).toBeLessThan(2);
		data[2 ** 20 - 1] = 1;
		expect(isOnlyFill(data, zero, dataType("uint8"))).toBe(false);
	});
});
