/** What the codecs of zarr-extensions make of values. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ArrayToArrayCodec, ChunkData, Configuration } from "../../dist/src/codecs/codec.js";
import { pipeline } from "../../dist/src/codecs/pipeline.js";
import { codecFactory } from "../../dist/src/codecs/registry.js";
import { type DType, dataType, type TypedArray } from "../../dist/src/format/data-types.js";
import { expectRefusal } from "../format/refusal.js";

function codecOf(
	name: string,
	dtype: DType,
	configuration: Configuration,
	fill: number | bigint = 0,
): ArrayToArrayCodec {
	const type = dataType(dtype);
	const one = new type.Array(type.components);
	if (fill !== 0) one[0] = fill as never;
	return codecFactory(name).parse(configuration, { shape: [4], dtype: type, fill: one }, pipeline) as ArrayToArrayCodec;
}

const chunkOf = (data: TypedArray): ChunkData => ({ data, shape: [data.length], stride: [1], offset: 0 });

/** For as many values as there are; the fill value is zero, or the first of them. */
function sized(
	name: string,
	dtype: DType,
	configuration: Configuration,
	values: TypedArray,
	fill: "zero" | "first" = "zero",
): ArrayToArrayCodec {
	const type = dataType(dtype);
	const zero = new type.Array(type.components);
	const spec = {
		shape: [values.length / type.components],
		dtype: type,
		fill: fill === "zero" ? zero : values.slice(0, 1),
	};
	return codecFactory(name).parse(configuration, spec, pipeline) as ArrayToArrayCodec;
}

function encoded(name: string, dtype: DType, configuration: Configuration, values: TypedArray): TypedArray {
	const before = values.slice();
	const { data } = sized(name, dtype, configuration, values).encode(chunkOf(values)) as ChunkData;
	expect(values).toEqual(before);
	return data as TypedArray;
}

const TINY = 2 ** -24;
const LONG = 2n ** 62n;

describe("bitround", () => {
	test.each<[dtype: DType, keepbits: number, values: TypedArray, rounded: TypedArray]>([
		// The next three are what numcodecs makes of them.
		[
			"float32",
			3,
			Float32Array.of(0.1, 1.2, 12.3, -123.4, 1.0625, 1.1875, 3.4e38, 1e-45, Number.POSITIVE_INFINITY),
			Float32Array.of(0.1015625, 1.25, 12, -120, 1, 1.25, Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY),
		],
		["float64", 0, Float64Array.of(0.1, 1.5, 3, 6, -0.7), Float64Array.of(0.125, 2, 2, 8, -0.5)],
		[
			"float16",
			4,
			Float32Array.of(0.0999755859375, 1.2001953125, 65504, TINY, 50 * TINY),
			Float32Array.of(0.1015625, 1.1875, Number.POSITIVE_INFINITY, 0, 64 * TINY),
		],
		["float32", 23, Float32Array.of(0.1), Float32Array.of(0.1)],
		["complex64", 3, Float32Array.of(0.1, -1.2), Float32Array.of(0.1015625, -1.25)],
		["complex128", 3, Float64Array.of(0.1, -1.2), Float64Array.of(0.1015625, -1.25)],
		// The registry's own sample.
		[
			"uint8",
			3,
			Uint8Array.of(0, 1, 10, 11, 100, 123, 200, 208, 209, 255),
			Uint8Array.of(0, 1, 10, 12, 96, 128, 192, 192, 224, 224),
		],
		["int8", 3, Int8Array.of(-5, -11, -127, 127, 120, -128), Int8Array.of(-5, -12, -128, 112, 112, -128)],
		["uint32", 1, Uint32Array.of(2 ** 32 - 1, 3 * 2 ** 29, 5), Uint32Array.of(2 ** 31, 2 ** 31, 4)],
		["int32", 2, Int32Array.of(2 ** 31 - 1, -(2 ** 31), -7), Int32Array.of(3 * 2 ** 29, -(2 ** 31), -8)],
		[
			"int64",
			2,
			BigInt64Array.of(2n * LONG - 1n, -2n * LONG, LONG + LONG / 4n, LONG + LONG / 4n + 1n, -7n, 2n ** 33n + 1n, 5n),
			BigInt64Array.of(LONG + LONG / 2n, -2n * LONG, LONG, LONG + LONG / 2n, -8n, 2n ** 33n, 4n),
		],
		["uint64", 1, BigUint64Array.of(4n * LONG - 1n, 3n * LONG, 3n), BigUint64Array.of(2n * LONG, 2n * LONG, 4n)],
	])("%s keeps %i bits", (dtype, keepbits, values, rounded) => {
		const name = keepbits === 0 ? "numcodecs.bitround" : "bitround";
		expect(encoded(name, dtype, { keepbits }, values)).toEqual(rounded);
		expect((sized(name, dtype, { keepbits }, values).decode(chunkOf(rounded)) as ChunkData).data).toEqual(rounded);
	});

	test("whole numbers round as numbers of any length do", () => {
		const model = (value: bigint, keepBits: number, most: bigint): bigint => {
			const magnitude = value < 0n ? -value : value;
			const unit = 2n ** BigInt(Math.max(0, magnitude.toString(2).length - keepBits));
			const [kept, rest] = [magnitude / unit, magnitude % unit];
			const up = 2n * rest > unit || (2n * rest === unit && kept % 2n === 1n);
			const rounded = (up ? kept + 1n : kept) * unit;
			const fitting = rounded > most + (value < 0n ? 1n : 0n) ? kept * unit : rounded;
			return value < 0n ? -fitting : fitting;
		};
		const cases = fc.tuple(
			fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
			fc.nat(63),
			fc.integer({ min: 1, max: 63 }),
		);
		fc.assert(
			fc.property(cases, ([value, shift, keepbits]) => {
				const long = value >> BigInt(shift);
				const short = Number(BigInt.asIntN(32, long));
				expect(encoded("bitround", "int64", { keepbits }, BigInt64Array.of(long))[0]).toBe(
					model(long, keepbits, 2n ** 63n - 1n),
				);
				const expected = Number(model(BigInt(short), keepbits, 2n ** 31n - 1n));
				expect(encoded("bitround", "int32", { keepbits }, Int32Array.of(short))[0]).toBe(expected);
			}),
		);
	});

	test("a NaN stays the NaN it was", () => {
		const bits = Uint32Array.of(0x7fffffff, 0xffffffff, 0x7f800001, 0x7fc00000);
		const result = encoded("numcodecs.bitround", "float32", { keepbits: 0 }, new Float32Array(bits.buffer.slice(0)));
		expect(new Uint32Array(result.buffer)).toEqual(bits);
		const doubles = encoded("bitround", "float64", { keepbits: 1 }, Float64Array.of(Number.NaN));
		expect(doubles).toEqual(Float64Array.of(Number.NaN));
		expect(encoded("bitround", "float16", { keepbits: 1 }, Float32Array.of(Number.NaN))).toEqual(
			Float32Array.of(Number.NaN),
		);
	});

	test.each(["bool", "r16"] as const)("%s is refused", (dtype) => {
		expectRefusal(() => codecOf("bitround", dtype, { keepbits: 3 }), "INVALID_ARGUMENT", "bitround", dtype);
	});
});

const HALVES = Float64Array.of(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.25, -0.25, 1.75);
const BEYOND = Float64Array.of(300, -1.5, 65536, 2 ** 40 + 3, -200.5);

describe("cast_value", () => {
	test.each<[rounding: string, integers: Int8Array]>([
		["nearest-even", Int8Array.of(0, 2, 2, 0, -2, -2, 0, 0, 2)],
		["towards-zero", Int8Array.of(0, 1, 2, 0, -1, -2, 0, 0, 1)],
		["towards-positive", Int8Array.of(1, 2, 3, 0, -1, -2, 1, 0, 2)],
		["towards-negative", Int8Array.of(0, 1, 2, -1, -2, -3, 0, -1, 1)],
		["nearest-away", Int8Array.of(1, 2, 3, -1, -2, -3, 0, 0, 2)],
	])("rounds %s", (rounding, integers) => {
		expect(encoded("cast_value", "float64", { data_type: "int8", rounding }, HALVES)).toEqual(integers);
	});

	test.each<[rounding: string, singles: Float32Array, halves: Float32Array, doubles: Float64Array]>([
		[
			"nearest-even",
			Float32Array.of(2 ** 24, -(2 ** 24)),
			Float32Array.of(2048, 2052),
			Float64Array.of(2 ** 53, 2 ** 53 + 4),
		],
		[
			"towards-zero",
			Float32Array.of(2 ** 24, -(2 ** 24)),
			Float32Array.of(2048, 2050),
			Float64Array.of(2 ** 53, 2 ** 53 + 2),
		],
		[
			"towards-positive",
			Float32Array.of(2 ** 24 + 2, -(2 ** 24)),
			Float32Array.of(2050, 2052),
			Float64Array.of(2 ** 53 + 2, 2 ** 53 + 4),
		],
		[
			"towards-negative",
			Float32Array.of(2 ** 24, -(2 ** 24) - 2),
			Float32Array.of(2048, 2050),
			Float64Array.of(2 ** 53, 2 ** 53 + 2),
		],
		[
			"nearest-away",
			Float32Array.of(2 ** 24 + 2, -(2 ** 24) - 2),
			Float32Array.of(2050, 2052),
			Float64Array.of(2 ** 53 + 2, 2 ** 53 + 4),
		],
	])("rounds %s to floats", (rounding, singles, halves, doubles) => {
		const settings = { rounding };
		const integers = Int32Array.of(2 ** 24 + 1, -(2 ** 24) - 1);
		expect(encoded("cast_value", "int32", { data_type: "float32", ...settings }, integers)).toEqual(singles);
		expect(encoded("cast_value", "int16", { data_type: "float16", ...settings }, Int16Array.of(2049, 2051))).toEqual(
			halves,
		);
		const longs = BigInt64Array.of(2n ** 53n + 1n, 2n ** 53n + 3n);
		expect(encoded("cast_value", "int64", { data_type: "float64", ...settings }, longs)).toEqual(doubles);
	});

	test("an integer of 64 bits is rounded once", () => {
		// As a double it would be a tie, and go to the even neighbour below.
		const longs = BigInt64Array.of(2n ** 60n + 2n ** 36n + 1n, -(2n ** 60n) - 2n ** 36n - 1n);
		const singles = Float32Array.of(2 ** 60 + 2 ** 37, -(2 ** 60) - 2 ** 37);
		expect(encoded("cast_value", "int64", { data_type: "float32" }, longs)).toEqual(singles);
	});

	test.each<[target: DType, settings: Configuration, result: TypedArray]>([
		["uint8", { out_of_range: "clamp" }, Uint8Array.of(255, 0, 255, 255, 0)],
		["uint8", { out_of_range: "wrap" }, Uint8Array.of(44, 254, 0, 3, 56)],
		["int8", { out_of_range: "wrap", rounding: "towards-zero" }, Int8Array.of(44, -1, 0, 3, 56)],
		[
			"float16",
			{ out_of_range: "clamp" },
			Float32Array.of(300, -1.5, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -200.5),
		],
		[
			"uint64",
			{ out_of_range: "wrap" },
			BigUint64Array.of(300n, 2n ** 64n - 2n, 65536n, 2n ** 40n + 3n, 2n ** 64n - 200n),
		],
		["uint64", { out_of_range: "clamp" }, BigUint64Array.of(300n, 0n, 65536n, 2n ** 40n + 3n, 0n)],
	])("brings into the range of %s by %o", (target, settings, result) => {
		expect(encoded("cast_value", "float64", { data_type: target, ...settings }, BEYOND)).toEqual(result);
	});

	test("zeros keep their sign, NaN and infinity stay among floats", () => {
		const special = Float64Array.of(-0, Number.NaN, Number.POSITIVE_INFINITY, -1e-60);
		const result = encoded("cast_value", "float64", { data_type: "float32" }, special);
		expect(Array.from(result as Float32Array)).toEqual([-0, Number.NaN, Number.POSITIVE_INFINITY, -0]);
	});

	test.each<[dtype: DType, target: DType, value: number | bigint, settings?: Configuration]>([
		["float64", "int8", 128],
		["float64", "int8", Number.NaN, { out_of_range: "clamp" }],
		["float64", "int8", Number.POSITIVE_INFINITY, { out_of_range: "clamp" }],
		["float64", "int64", 2 ** 63],
		["float64", "int64", Number.NaN, { out_of_range: "wrap" }],
		["float64", "float16", 65520],
		["float64", "float32", 1e39],
		["uint64", "int64", 2n ** 63n],
		["int64", "uint8", -1n],
	])("%s as %s: %s is refused", (dtype, target, value, settings = {}) => {
		const values = new (dataType(dtype).Array)(1);
		values[0] = value as never;
		const codec = sized("cast_value", dtype, { data_type: target, ...settings }, values);
		expectRefusal(() => codec.encode(chunkOf(values)), "INVALID_ARGUMENT", "cast_value", String(value), target);
	});

	/** All that there are: 2^-127 to 2^127. */
	const powers = Float32Array.from({ length: 255 }, (_, code) => 2 ** (code - 127));

	test("float8_e8m0fnu, powers of two and NaN, comes back from wider floats", () => {
		const values = Float32Array.of(...powers, Number.NaN);
		for (const target of ["float32", "float64", "bfloat16"] as const) {
			const codec = sized("cast_value", "float8_e8m0fnu", { data_type: target }, values, "first");
			const stored = codec.encode(chunkOf(values)) as ChunkData;
			expect(Array.from(stored.data as Float32Array)).toEqual(Array.from(values));
			expect((codec.decode(stored) as ChunkData).data).toEqual(values);
		}
	});

	const SMALLEST = 2 ** -127;
	const LARGEST = 2 ** 127;

	/** Of an array whose fill value is 1, which all types have. */
	function encodedOverOnes(dtype: DType, settings: Configuration, values: TypedArray): number[] {
		const all = new (dataType(dtype).Array)(values.length + 1);
		all.set(values as never, 1);
		all[0] = (typeof values[0] === "bigint" ? 1n : 1) as never;
		const { data } = sized("cast_value", dtype, settings, all, "first").encode(chunkOf(all)) as ChunkData;
		return Array.from(data as Float32Array).slice(1);
	}

	test.each<[rounding: string, rounded: number[]]>([
		["nearest-even", [1, 2, 2, 4, SMALLEST, LARGEST]],
		["towards-zero", [1, 1, 1, 2, SMALLEST, LARGEST]],
		["towards-positive", [2, 2, 2, 4, 2 * SMALLEST, LARGEST]],
		["towards-negative", [1, 1, 1, 2, SMALLEST, LARGEST]],
		["nearest-away", [1, 2, 2, 4, SMALLEST, LARGEST]],
	])("rounds %s to float8_e8m0fnu", (rounding, rounded) => {
		const settings = { data_type: "float8_e8m0fnu", rounding };
		const values = Float64Array.of(1.49, 1.5, 1.75, 3, 1.4 * SMALLEST, LARGEST);
		expect(encodedOverOnes("float64", settings, values)).toEqual(rounded);
		expect(encodedOverOnes("int64", settings, BigInt64Array.of(3n, 2n ** 40n))).toEqual([rounded[3], 2 ** 40]);
	});

	const BELOW = [0, -0, -1, 2 ** -129, Number.NEGATIVE_INFINITY];

	test("what float8_e8m0fnu does not reach is brought in only where that is asked for", () => {
		const settings = { data_type: "float8_e8m0fnu", out_of_range: "clamp" };
		expect(encodedOverOnes("float64", settings, Float64Array.of(...BELOW.slice(0, 4), 1.5 * LARGEST))).toEqual([
			...[SMALLEST, SMALLEST, SMALLEST, SMALLEST],
			LARGEST,
		]);
		expect(encodedOverOnes("int16", settings, Int16Array.of(-7, 0, 1))).toEqual([SMALLEST, SMALLEST, 1]);
		for (const infinity of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
			expectRefusal(
				() => encodedOverOnes("float64", settings, Float64Array.of(infinity)),
				"INVALID_ARGUMENT",
				"Infinity",
			);
		for (const value of [...BELOW, 1.5 * LARGEST])
			expectRefusal(
				() => encodedOverOnes("float64", { data_type: "float8_e8m0fnu" }, Float64Array.of(value)),
				"INVALID_ARGUMENT",
				"cast_value",
				"float8_e8m0fnu",
			);
		expectRefusal(
			() => codecOf("cast_value", "float64", { data_type: "float8_e8m0fnu" }),
			"INVALID_ARGUMENT",
			"fill value 0",
		);
	});

	test("float8_e8m0fnu as integers", () => {
		expect(encodedOverOnes("float8_e8m0fnu", { data_type: "int8" }, Float32Array.of(1, 64, 0.75))).toEqual([1, 64, 1]);
		for (const value of [128, Number.NaN])
			expectRefusal(
				() => encodedOverOnes("float8_e8m0fnu", { data_type: "int8" }, Float32Array.of(value)),
				"INVALID_ARGUMENT",
				"float8_e8m0fnu",
				"int8",
			);
	});

	test("what is stored must have a value too", () => {
		const codec = sized("cast_value", "uint8", { data_type: "int16" }, Uint8Array.of(1));
		expectRefusal(() => codec.decode(chunkOf(Int16Array.of(300))), "CORRUPT", "cast_value", "300", "uint8");
	});

	test("a map comes before all rules; of a key told twice the first counts", () => {
		const map = {
			encode: [
				["NaN", 0],
				["+Infinity", 255],
				["-Infinity", 1],
				[2.5, 7],
				[2.5, 8],
			],
			decode: [[0, "NaN"]],
		};
		const codec = codecOf("cast_value", "float64", { data_type: "uint8", scalar_map: map }, Number.NaN);
		const values = Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, 2.5, 3);
		const stored = (codec.encode(chunkOf(values)) as ChunkData).data;
		expect(stored).toEqual(Uint8Array.of(0, 255, 7, 3));
		expect((codec.decode(chunkOf(stored as TypedArray)) as ChunkData).data).toEqual(
			Float64Array.of(Number.NaN, 255, 7, 3),
		);
		expect(codec.encodedSpec.fill).toEqual(Uint8Array.of(0));
		const longs = codecOf("cast_value", "int64", {
			data_type: "int8",
			scalar_map: { encode: [[9007199254740993n, -1]] },
		});
		const long = BigInt64Array.of(9007199254740993n, 2n, 0n, 0n);
		expect((longs.encode(chunkOf(long)) as ChunkData).data).toEqual(Int8Array.of(-1, 2, 0, 0));
	});

	test.each<[dtype: DType, fill: number, settings: Configuration]>([
		["float64", Number.NaN, { data_type: "uint8" }],
		["float64", 0.5, { data_type: "uint8" }],
		["int16", 300, { data_type: "uint8", out_of_range: "clamp" }],
		["int16", 300, { data_type: "uint8" }],
	])("%s: the fill value %s must come back", (dtype, fill, settings) => {
		expectRefusal(() => codecOf("cast_value", dtype, settings, fill), "INVALID_ARGUMENT", "fill value", String(fill));
	});

	test.each(["bool", "complex64", "r8"] as const)("%s is no real number", (dtype) => {
		expectRefusal(
			() => codecOf("cast_value", dtype, { data_type: "float64" }),
			"INVALID_ARGUMENT",
			"cast_value",
			dtype,
		);
	});
});

describe("scale_offset", () => {
	test.each<[dtype: DType, settings: Configuration, values: TypedArray, stored: TypedArray, back?: TypedArray]>([
		["uint16", { offset: 1000 }, Uint16Array.of(1000, 1255), Uint16Array.of(0, 255)],
		["int16", { offset: -5, scale: -3 }, Int16Array.of(0, 7), Int16Array.of(-15, -36)],
		["int64", { offset: 2n ** 60n, scale: 3 }, BigInt64Array.of(2n ** 60n + 5n), BigInt64Array.of(15n)],
		["uint64", { offset: 2n ** 63n }, BigUint64Array.of(2n ** 64n - 1n), BigUint64Array.of(2n ** 63n - 1n)],
		[
			"float32",
			{ offset: 5, scale: 0.1 },
			Float32Array.of(7.3, 1 / 3),
			// What NumPy computes, each step rounded.
			Float32Array.of(0.23000001907348633, -0.46666666865348816),
			Float32Array.of(7.3, 0.33333349227905273),
		],
		[
			"float16",
			{ scale: 0.1 },
			Float32Array.of(3, 2047),
			Float32Array.of(0.2998046875, 204.625),
			Float32Array.of(2.998046875, 2047),
		],
	])("%s by %o", (dtype, settings, values, stored, back = values) => {
		const codec = sized("scale_offset", dtype, settings, values, "first");
		const result = (codec.encode(chunkOf(values)) as ChunkData).data;
		expect(result).toEqual(stored);
		expect((codec.decode(chunkOf(result as TypedArray)) as ChunkData).data).toEqual(back);
	});

	test("the fill value goes through it", () => {
		expect(codecOf("scale_offset", "uint16", { offset: 1000, scale: 2 }, 1001).encodedSpec.fill).toEqual(
			Uint16Array.of(2),
		);
		expectRefusal(
			() => codecOf("scale_offset", "uint16", { offset: 1000 }),
			"INVALID_ARGUMENT",
			"fill value 0",
			"uint16",
		);
	});

	test("float8_e8m0fnu by a power of two, and back", () => {
		const settings = { scale: 4 };
		const values = Float32Array.of(1, 0.5, 2 ** 125, Number.NaN);
		const codec = codecOf("scale_offset", "float8_e8m0fnu", settings, 1);
		const stored = codec.encode(chunkOf(values)) as ChunkData;
		expect(Array.from(stored.data as Float32Array)).toEqual([4, 2, 2 ** 127, Number.NaN]);
		expect((codec.decode(stored) as ChunkData).data).toEqual(values);
		const beyond = (data: Float32Array): unknown => codec.encode(chunkOf(data));
		expectRefusal(() => beyond(Float32Array.of(2 ** 126)), "INVALID_ARGUMENT", "scale_offset", "float8_e8m0fnu");
		expectRefusal(() => codec.decode(chunkOf(Float32Array.of(2 ** -127))), "CORRUPT", "scale_offset");
		const moved = codecOf("scale_offset", "float8_e8m0fnu", { offset: 1 }, 2);
		expect((moved.encode(chunkOf(Float32Array.of(2))) as ChunkData).data).toEqual(Float32Array.of(1));
		for (const value of [1, 0.5])
			expectRefusal(() => moved.encode(chunkOf(Float32Array.of(value))), "INVALID_ARGUMENT", "scale_offset");
	});

	test.each<[dtype: DType, settings: Configuration, value: number | bigint]>([
		["uint8", { offset: 0, scale: 2 }, 128],
		["int8", { offset: -100, scale: -1 }, 28],
		["uint16", { scale: 3 }, 30000],
		["int64", { scale: 2 }, 2n ** 62n],
		["float32", { scale: 1e30 }, 1e30],
		["float16", { scale: 100 }, 700],
	])("%s by %o: %s leaves the type", (dtype, settings, value) => {
		const values = new (dataType(dtype).Array)(1);
		values[0] = value as never;
		const codec = sized("scale_offset", dtype, settings, values);
		expectRefusal(() => codec.encode(chunkOf(values)), "INVALID_ARGUMENT", "scale_offset", String(values[0]), dtype);
	});

	test.each<[dtype: DType, settings: Configuration, stored: TypedArray]>([
		["uint8", { scale: 2 }, Uint8Array.of(3)],
		["int8", { offset: 100, scale: 2 }, Int8Array.of(100)],
		["int64", { scale: 2 }, BigInt64Array.of(-3n)],
	])("%s by %o: %s cannot be", (dtype, settings, stored) => {
		const codec = sized("scale_offset", dtype, settings, stored, "first");
		expectRefusal(
			() => codec.decode(chunkOf(stored as TypedArray)),
			"CORRUPT",
			"scale_offset",
			String(stored[0]),
			dtype,
		);
	});

	test.each(["bool", "complex64", "r8"] as const)("%s is refused", (dtype) => {
		expectRefusal(() => codecOf("scale_offset", dtype, {}), "INVALID_ARGUMENT", "scale_offset", dtype);
	});
});

test.each(["zfp", "numcodecs.zfpy", "numcodecs.pcodec"])("%s is refused for what it is", (name) => {
	expectRefusal(() => codecFactory(name), "UNSUPPORTED", name, "library");
});

test("every codec that zarr-python knows of numcodecs is there, or refused by name", () => {
	const names = [
		"blosc",
		"lz4",
		"zstd",
		"zlib",
		"gzip",
		"bz2",
		"lzma",
		"shuffle",
		"delta",
		"bitround",
		"fixedscaleoffset",
	];
	const more = ["quantize", "packbits", "astype", "crc32", "crc32c", "adler32", "fletcher32", "jenkins_lookup3"];
	for (const name of [...names, ...more]) expect(codecFactory(`numcodecs.${name}`).name).toBe(`numcodecs.${name}`);
});

test("a codec that makes chunks wider than memory can be is refused before anything is read", () => {
	const spec = { shape: [2 ** 31], dtype: dataType("uint8"), fill: new Uint8Array(1) };
	const cast = { name: "cast_value", configuration: { data_type: "float64" } };
	const bytes = { name: "bytes", configuration: { endian: "little" } };
	expectRefusal(() => pipeline([cast, bytes], spec), "TOO_LARGE", "cast_value", "17179869184");
});
