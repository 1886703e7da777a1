import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DType, dataType, type TypedArray } from "../../dist/src/format/data-types.js";
import { canCastSameKind } from "../../dist/src/values/cast.js";
import { type InputOptions, toView } from "../../dist/src/values/input.js";
import { rowMajor, type View } from "../../dist/src/values/view.js";
import { astype, exactEqual, FORMATS, isExact, rounded, type Scalar } from "./cast-model.js";

const INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const;
const FLOATS = ["float16", "float32", "float64"] as const;
const TARGETS = ["bool", ...INTEGERS, ...FLOATS] as const;
/** Types that a typed array tells by its class. */
const SOURCES = [...INTEGERS, "float32", "float64"] as const;

function cast(value: unknown, dtype: DType, options?: InputOptions): unknown[] {
	return entriesOf(toView(value, dataType(dtype), options));
}

/** The elements of a view, last axis fastest, by its definition. */
function entriesOf({ data, shape, stride, offset }: View): unknown[] {
	const size = shape.reduce((product, length) => product * length, 1);
	return Array.from({ length: size }, (_, n) => {
		const at = rowMajor(shape).map((step, d) => Math.floor(n / step) % (shape[d] as number));
		return data[at.reduce((sum, i, d) => sum + i * (stride[d] as number), offset)];
	});
}

/** The kinds in NumPy's order. */
const sameKind = (from: string, to: string) => "buif".indexOf(dataType(from).kind) <= "buif".indexOf(dataType(to).kind);

/** What is stored in the end: float16 values are still to be rounded. */
const stored = (values: readonly unknown[], name: string) =>
	values.map((value) => (name === "float16" ? rounded(value as number, "float16") : value));

const interesting = fc.oneof(
	fc.constantFrom(
		0,
		-0,
		1,
		-1,
		0.5,
		127,
		128,
		255,
		256,
		-128,
		-129,
		32768,
		65504,
		65519,
		65520,
		2 ** 31,
		2 ** 32 - 1,
		2 ** 53,
	),
	fc.constantFrom(
		Number.NaN,
		Number.POSITIVE_INFINITY,
		Number.NEGATIVE_INFINITY,
		2 ** 63,
		2 ** 64,
		-(2 ** 63),
		1e300,
		3.5e38,
	),
	fc.constantFrom(1 + 2 ** -11 + 2 ** -40, 2 ** -25 + 2 ** -60, 5e-324, 2 ** 128 - 2 ** 103, 2 ** 128 - 2 ** 102),
	fc.integer({ min: -300, max: 300 }),
	fc.integer(),
	fc.double(),
	fc.float(),
);
/** Next to the middle between two float32 or float16, where rounding twice goes wrong. */
const ties = fc
	.tuple(fc.constantFrom(24n, 11n), fc.bigInt({ min: 0n, max: 2n ** 63n }), fc.constantFrom(-1n, 0n, 1n), fc.boolean())
	.map(([precision, bits, shift, negative]) => {
		const leading = 2n ** precision + (bits % 2n ** precision);
		const value = leading * 2n ** (62n - precision) + shift;
		return negative ? -value : value;
	});
const bigs = fc.oneof(
	ties,
	fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
	fc.bigInt({ min: -300n, max: 300n }),
	fc.constantFrom(2n ** 62n + 2n ** 38n + 1n, 2n ** 53n + 1n, 2049n, 65520n, -(2n ** 63n), 2n ** 63n, 2n ** 64n - 1n),
);

function arrayOf(name: (typeof SOURCES)[number], values: readonly Scalar[]): TypedArray {
	const array = new (dataType(name).Array)(values.length);
	values.forEach((value, i) => {
		array[i] = astype(value, name) as never;
	});
	return array;
}

describe("the casting rule, against a model that casts one value at a time", () => {
	const input = fc.record({
		from: fc.constantFrom(...SOURCES),
		to: fc.constantFrom(...TARGETS),
		values: fc.array(fc.oneof(interesting, bigs), { maxLength: 5 }),
		small: fc.boolean(),
		long: fc.boolean(),
	});

	it("typed arrays cast by same_kind, or else exactly", () => {
		let [casts, refusals] = [0, 0];
		fc.assert(
			fc.property(input, ({ from, to, values, small, long }) => {
				// Small values reach the exact casts, long rows the native copy.
				const chosen = small ? values.map((value) => (Number(value) > 9 ? 1 : 0)) : values;
				const array = arrayOf(from, long ? Array.from({ length: 8 }, () => chosen).flat() : chosen);
				const given = [...array] as Scalar[];
				const offender = sameKind(from, to) ? -1 : given.findIndex((value) => !isExact(value, to));
				if (offender < 0) {
					casts++;
					expect(stored(cast(array, to), to)).toEqual(given.map((value) => positiveZero(astype(value, to), to)));
				} else {
					refusals++;
					expect(() => cast(array, to)).toThrow(refusalOf(given[offender], ` at index [${offender}]`, to));
				}
			}),
			{ numRuns: 6000 },
		);
		expect(Math.min(casts, refusals)).toBeGreaterThan(500);
	});

	it("unsafe casts are astype", () => {
		fc.assert(
			fc.property(input, ({ from, to, values }) => {
				const array = arrayOf(from, values);
				const expected = [...array].map((value) => positiveZero(astype(value, to), to));
				expect(stored(cast(array, to, { casting: "unsafe" }), to)).toEqual(expected);
				const plain = values.map((value) => positiveZero(astype(value, to), to));
				expect(stored(cast(values, to, { casting: "unsafe" }), to)).toEqual(plain);
			}),
			{ numRuns: 3000 },
		);
	});

	it("plain values must be representable", () => {
		fc.assert(
			fc.property(input, ({ to, values }) => {
				const offender = values.findIndex((value) => !isRepresentable(value, to));
				if (offender < 0)
					expect(stored(cast(values, to), to)).toEqual(values.map((value) => positiveZero(astype(value, to), to)));
				else expect(() => cast(values, to)).toThrow(refusalOf(values[offender], ` at index [${offender}]`, to));
			}),
			{ numRuns: 3000 },
		);
	});

	function isRepresentable(value: Scalar, to: string): boolean {
		if (!(to in FORMATS)) return isExact(value, to);
		const result = rounded(value, to as "float32");
		return typeof value === "bigint" ? exactEqual(value, result) : Number.isFinite(result) || !Number.isFinite(value);
	}

	function positiveZero(value: Scalar, to: string): Scalar {
		return typeof value === "number" && !(to in FORMATS) ? value + 0 : value;
	}

	function refusalOf(value: Scalar | undefined, where: string, to: string) {
		const shown = typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : String(value);
		return expect.objectContaining({
			code: "INVALID_ARGUMENT",
			message: expect.stringMatching(
				new RegExp(
					`^value ${literally(shown)}( \\(\\w+\\))?${literally(where)} does not fit ${to}, .*casting: "unsafe"`,
				),
			),
		});
	}
});

function literally(text: string): string {
	return text.replaceAll(/[[\]+.]/g, "\\$&");
}

describe("the model itself", () => {
	it("rounds as Math.fround does", () => {
		fc.assert(
			fc.property(interesting, (value) => {
				expect(rounded(value, "float32")).toBe(Math.fround(value));
			}),
			{ numRuns: 1000 },
		);
		fc.assert(
			fc.property(bigs, (value) => {
				expect(rounded(value, "float64")).toBe(Number(value));
			}),
			{ numRuns: 1000 },
		);
		expect([65519, 65520, 2 ** -25, 2 ** -25 + 2 ** -60, 2049, 2051].map((value) => rounded(value, "float16"))).toEqual(
			[65504, Number.POSITIVE_INFINITY, 0, 2 ** -24, 2048, 2052],
		);
	});
});

describe("NumPy's can_cast(from, to, 'same_kind')", () => {
	it.each([
		["bool", "uint8", true],
		["uint8", "bool", false],
		["int8", "uint64", false],
		["uint64", "int8", true],
		["int64", "int32", true],
		["int64", "float16", true],
		["float64", "float16", true],
		["float16", "int64", false],
		["float64", "complex64", true],
		["complex64", "float64", false],
		["complex128", "complex64", true],
	])("from %s to %s: %s", (from, to, allowed) => {
		expect(canCastSameKind(dataType(from), dataType(to))).toBe(allowed);
	});
});

describe("single cases", () => {
	it.each<[unknown, DType, unknown[]]>([
		[BigInt64Array.of(2n ** 31n, -(2n ** 31n) - 1n), "int32", [-(2 ** 31), 2 ** 31 - 1]],
		[Uint8Array.of(200), "int8", [-56]],
		[Float64Array.of(1e300, 0.1), "float32", [Number.POSITIVE_INFINITY, Math.fround(0.1)]],
		[Float64Array.of(3, -0), "int64", [3n, 0n]],
		[Float32Array.of(0, 1), "bool", [0, 1]],
		[BigUint64Array.of(1n), "bool", [1]],
		[Uint8ClampedArray.of(7), "uint8", [7]],
		[-0, "uint8", [0]],
		[2 ** 60, "int64", [2n ** 60n]],
		[7n, "uint8", [7]],
		[true, "float64", [1]],
		[true, "int64", [1n]],
		[Number.NaN, "float16", [Number.NaN]],
		[[65504, 65519], "float16", [65504, 65504]],
		[2 ** 128 - 2 ** 104, "float32", [2 ** 128 - 2 ** 104]],
		[2048n, "float16", [2048]],
		[2n ** 127n, "float32", [2 ** 127]],
	])("%o as %s", (value, dtype, expected) => {
		expect(cast(value, dtype)).toEqual(expected);
	});

	it.each<[unknown, DType, RegExp]>([
		[Int8Array.of(1, -1), "uint64", /value -1 \(int8\) at index \[1\] does not fit uint64.*0 to 18446744073709551615/],
		[Float64Array.of(1, 0.5), "int8", /0\.5 \(float64\) at index \[1\]/],
		[Float64Array.of(Number.NaN), "int64", /NaN/],
		[2, "bool", /value 2 does not fit bool, which holds true and false/],
		[256, "uint8", /value 256 does not fit uint8, which holds integers from 0 to 255/],
		[65520, "float16", /65520 does not fit float16, which would make it infinite/],
		[9007199254740993n, "float64", /9007199254740993n does not fit float64, which would round it/],
		[2049n, "float16", /would round/],
		[2n ** 1024n, "float64", /does not fit float64/],
		[["1"], "float64", /"1" at index \[0\] is not a value of float64/],
		[[null], "int8", /null at index \[0\] is not a value/],
		[[1, undefined], "bool", /undefined at index \[1\] is not a value/],
	])("%o is refused as %s", (value, dtype, message) => {
		expect(() => cast(value, dtype)).toThrow(
			expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) }),
		);
		if (typeof value === "object" && !ArrayBuffer.isView(value))
			expect(() => cast(value, dtype, { casting: "unsafe" })).toThrow(/is not a value/);
	});

	it("says of which type a value is where the class does not tell", () => {
		expect(cast(Uint8Array.of(1), "bool", { from: dataType("bool") })).toEqual([1]);
		const complex = { data: Float64Array.of(1.5, 0, 0.1, -0), shape: [2, 2] };
		expect(cast(complex, "float32", { from: dataType("complex128") })).toEqual([1.5, Math.fround(0.1)]);
		expect(() => cast(complex, "int8", { from: dataType("complex128") })).toThrow(/1\.5 .*does not fit int8/);
		const imaginary = { data: Float32Array.of(1, 0, 2, 1), shape: [2, 2] };
		expect(() => cast(imaginary, "float64", { from: dataType("complex64") })).toThrow(
			/index \[1\] has an imaginary part/,
		);
		expect(cast(imaginary, "float64", { from: dataType("complex64"), casting: "unsafe" })).toEqual([1, 2]);
	});
});
