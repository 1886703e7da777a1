import { describe, expect, it } from "vitest";
import type { ArrayToArrayCodec, ChunkData, Configuration } from "../../dist/src/codecs/codec.js";
import { pipeline } from "../../dist/src/codecs/pipeline.js";
import { codecFactory } from "../../dist/src/codecs/registry.js";
import { type DType, dataType, type TypedArray } from "../../dist/src/format/data-types.js";
import { expectRefusal } from "../format/refusal.js";

function codecOf(id: string, configuration: Configuration, name: DType, shape: readonly number[]): ArrayToArrayCodec {
	const dtype = dataType(name);
	const spec = { shape, dtype, fill: new dtype.Array(dtype.components) };
	return codecFactory(`numcodecs.${id}`).parse(configuration, spec, pipeline) as ArrayToArrayCodec;
}

const chunkOf = (data: TypedArray): ChunkData => ({ data, shape: [data.length], stride: [1], offset: 0 });

const BIG = 2n ** 63n - 1n;

type Vector = [string, DType, Configuration, TypedArray, TypedArray, TypedArray];

/** What numcodecs makes of the values, and of that again. */
function vector(
	...[id, dtype, settings, values, encoded, decoded = values]: [
		string,
		DType,
		Configuration,
		TypedArray,
		TypedArray,
		TypedArray?,
	]
): Vector {
	return [id, dtype, settings, values, encoded, decoded];
}

const VECTORS: readonly Vector[] = [
	vector("delta", "int8", { dtype: "|i1" }, Int8Array.of(-128, 127, 0), Int8Array.of(-128, -1, -127)),
	vector("delta", "uint16", { dtype: "<u2", astype: "|i1" }, Uint16Array.of(5, 3, 9), Int8Array.of(5, -2, 6)),
	vector("delta", "int64", { dtype: "<i8" }, BigInt64Array.of(BIG, -BIG, 1n), BigInt64Array.of(BIG, 2n, -BIG - 1n)),
	vector("delta", "float16", { dtype: "<f2" }, Float32Array.of(2048, 1, 0.5), Float32Array.of(2048, -2047, -0.5)),
	vector("delta", "float32", {}, Float32Array.of(1, 2, 4), Float32Array.of(1, 1, 2)),
	vector(
		"fixedscaleoffset",
		"float64",
		{ scale: 1, offset: 0, dtype: "<f8", astype: "<i4" },
		Float64Array.of(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994),
		Int32Array.of(0, 2, 2, 0, -2, -2, 0),
		Float64Array.of(0, 2, 2, 0, -2, -2, 0),
	),
	vector(
		"fixedscaleoffset",
		"float32",
		{ scale: 10, offset: 1000, astype: "|u1" },
		Float32Array.of(1000, 1000.1, 1001),
		Uint8Array.of(0, 1, 10),
		Float32Array.of(1000, 1000.1, 1001),
	),
	vector(
		"quantize",
		"float64",
		{ digits: 1, dtype: "<f8" },
		Float64Array.of(0, 1 / 9, 2 / 9, 3 / 9, 4 / 9, 1),
		Float64Array.of(0, 0.125, 0.25, 0.3125, 0.4375, 1),
		Float64Array.of(0, 0.125, 0.25, 0.3125, 0.4375, 1),
	),
	vector(
		"astype",
		"float64",
		{ encode_dtype: "<i2", decode_dtype: "<f8" },
		Float64Array.of(-1.9, 1.9, 40000),
		Int16Array.of(-1, 1, -25536),
		Float64Array.of(-1, 1, -25536),
	),
	vector(
		"astype",
		"int64",
		{ encode_dtype: "|u1" },
		BigInt64Array.of(-1n, 257n),
		Uint8Array.of(255, 1),
		BigInt64Array.of(255n, 1n),
	),
	vector(
		"astype",
		"int16",
		{ encode_dtype: "|b1" },
		Int16Array.of(0, 256, -1),
		Uint8Array.of(0, 1, 1),
		Int16Array.of(0, 1, 1),
	),
	vector("packbits", "bool", {}, Uint8Array.of(1, 0, 0, 1), Uint8Array.of(4, 0x90)),
	vector("packbits", "bool", {}, Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1), Uint8Array.of(7, 0xff, 0x80)),
	vector("packbits", "bool", {}, new Uint8Array(8), Uint8Array.of(0, 0)),
];

describe("codecs of numcodecs", () => {
	it.each(VECTORS)("%s of %s with %j", async (id, dtype, settings, values, encoded, decoded) => {
		const codec = codecOf(id, settings, dtype, [values.length]);
		const before = values.slice();
		const result = await codec.encode(chunkOf(values));
		expect(result.data).toEqual(encoded);
		expect([result.shape, codec.encodedSpec.shape]).toEqual([[encoded.length], [encoded.length]]);
		expect(codec.encodedSpec.dtype.Array).toBe(encoded.constructor);
		expect(values).toEqual(before);
		expect((await codec.decode(chunkOf(encoded))).data).toEqual(decoded);
	});

	it("take values in any layout", async () => {
		const codec = codecOf("delta", {}, "int16", [2, 3]);
		const columns = { data: Int16Array.of(9, 1, 4, 2, 5, 3, 6), shape: [2, 3], stride: [1, 2], offset: 1 };
		expect((await codec.encode(columns)).data).toEqual(Int16Array.of(1, 1, 1, 1, 1, 1));
	});

	it("take complex numbers part by part", async () => {
		const codec = codecOf("delta", {}, "complex64", [2]);
		const chunk = { data: Float32Array.of(1, 10, 3, 40), shape: [2], stride: [2], offset: 0 };
		const encoded = await codec.encode(chunk);
		expect(encoded.data).toEqual(Float32Array.of(1, 10, 2, 30));
		expect((await codec.decode(encoded)).data).toEqual(chunk.data);
	});

	it("find bits that do not add up", () => {
		const codec = codecOf("packbits", {}, "bool", [4]);
		expectRefusal(() => codec.decode(chunkOf(Uint8Array.of(3, 0x90))), "CORRUPT", "packbits", "3 bits");
	});

	it.each<[id: string, dtype: DType, settings: Configuration, part: string]>([
		["delta", "int16", { dtype: "<i4" }, "dtype must be int16"],
		["delta", "bool", {}, "bool"],
		["delta", "r16", {}, "r16"],
		["delta", "int16", { dtype: 2 }, "dtype"],
		["delta", "int16", { astype: "<c8" }, "astype"],
		["delta", "int16", { level: 1 }, '"level"'],
		["fixedscaleoffset", "float32", { offset: 0 }, "scale"],
		["fixedscaleoffset", "float32", { scale: "10", offset: 0 }, "scale"],
		["fixedscaleoffset", "complex64", { scale: 1, offset: 0 }, "real"],
		["quantize", "float32", {}, "digits"],
		["quantize", "float32", { digits: 1.5 }, "digits"],
		["quantize", "int16", { digits: 1 }, "floats"],
		["astype", "int16", {}, "encode_dtype"],
		["astype", "int16", { encode_dtype: "|O" }, "encode_dtype"],
		["astype", "complex64", { encode_dtype: "<f4" }, "encode_dtype"],
		["packbits", "uint8", {}, "uint8"],
	])("refuse %s of %s with %j", (id, dtype, settings, part) => {
		expectRefusal(() => codecOf(id, settings, dtype, [4]), "INVALID_ARGUMENT", `numcodecs.${id}`, part);
	});
});
