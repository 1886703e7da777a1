/** Codecs of zarr-extensions beyond those of the specification. Vectors are worked out by hand from the registered text. */
import type { CodecSubject, Vector } from "../../dist/conformance/codec/subject.js";
import { bitround, numcodecsBitround } from "../../dist/src/codecs/bitround.js";
import { castValue } from "../../dist/src/codecs/cast-value.js";
import type { Configuration } from "../../dist/src/codecs/codec.js";
import { n5Default } from "../../dist/src/codecs/n5-default.js";
import { packbits } from "../../dist/src/codecs/packbits.js";
import { codecFactory } from "../../dist/src/codecs/registry.js";
import { reshape } from "../../dist/src/codecs/reshape.js";
import { scaleOffset } from "../../dist/src/codecs/scale-offset.js";
import type { DType } from "../../dist/src/format/data-types.js";
import { hex } from "./subjects.js";

const SMALL_INTEGERS = ["int8", "int16", "int32", "uint8", "uint16", "uint32"] as const;
const LONGS = ["int64", "uint64"] as const;
const FLOATS = ["float16", "float32", "float64"] as const;
const COMPLEX = ["complex64", "complex128"] as const;

const refusals = (member: string, values: readonly unknown[], valid: Configuration = {}): CodecSubject["refused"] =>
	values.map((value) => ({ configuration: { ...valid, [member]: value }, member }));

const BITROUND_SUBJECTS: readonly CodecSubject[] = [
	{ factory: bitround, wrong: [undefined, null, 0, -1, 1.5, "3"] },
	{ factory: numcodecsBitround, wrong: [undefined, -1, 1.5, "3"] },
].map(({ factory, wrong }) => ({
	factory,
	dtypes: [...SMALL_INTEGERS, ...LONGS, ...FLOATS, ...COMPLEX],
	// Only where nothing is rounded do values come back.
	configurations: () => [{ keepbits: 64 }],
	refused: refusals("keepbits", wrong),
	vectors: [],
	detectsCorruption: false,
}));

const reshapeSubject: CodecSubject = {
	factory: reshape,
	configurations(ndim) {
		const axes = Array.from({ length: ndim }, (_, axis) => axis);
		return [[-1], [axes], [1, axes, []], axes.map((axis) => [axis]), [...axes.map((axis) => [axis]), -1]].map(
			(shape) => ({ shape }),
		);
	},
	refused: refusals("shape", [
		undefined,
		6,
		[],
		[4],
		[7, -1],
		[4, -1],
		[0, 6],
		[-2],
		[1.5, 4],
		["6"],
		[-1, -1],
		[[1], [0]],
		[[1, 0]],
		[[0], [0], -1],
		[[0, 2]],
		[[-1], 6],
		[[0], 3, 2],
		[3, [0]],
		[[1], 2],
		[3, 1, 1, [1]],
	]),
	vectors: [],
	detectsCorruption: false,
};

const castSubject: CodecSubject = {
	factory: castValue,
	dtypes: [...SMALL_INTEGERS, ...FLOATS],
	configurations: () => [{ data_type: "float64" }, { data_type: { name: "float64" }, rounding: "towards-zero" }],
	refused: [
		...refusals("data_type", [
			undefined,
			null,
			5,
			"int",
			"bool",
			"complex64",
			"r8",
			{ name: "int8", configuration: { a: 1 } },
		]),
		...refusals("rounding", ["nearest", null, 1], { data_type: "int8" }),
		...refusals("out_of_range", ["saturate", null], { data_type: "int8" }),
		...refusals("out_of_range", ["wrap"], { data_type: "float32" }),
		...refusals(
			"scalar_map",
			[
				null,
				[],
				{ encode: {} },
				{ encode: [[1]] },
				{ encode: [["NaN", 0]] },
				{ decode: [[1.5, 0]] },
				{ decode: [[200, 0]] },
				{ both: [] },
			],
			{ data_type: "int8" },
		),
	],
	vectors: [],
	detectsCorruption: false,
};

const scaleSubject: CodecSubject = {
	factory: scaleOffset,
	dtypes: [...SMALL_INTEGERS, ...LONGS, ...FLOATS],
	configurations: () => [{}, { offset: 0, scale: 1 }],
	refused: [...refusals("offset", [1.5, "NaN", 2 ** 31, true, [1]]), ...refusals("scale", [0, 0.1, "1", -(2 ** 32)])],
	vectors: [],
	detectsCorruption: false,
};

type Row = readonly [
	dtype: DType,
	shape: readonly number[],
	configuration: Configuration,
	stored: string,
	decoded: string,
];

const vectorsOf = (rows: readonly Row[]): readonly Vector[] =>
	rows.map(([dtype, shape, configuration, stored, decoded]) => ({
		what: `${dtype} ${JSON.stringify(configuration)}`,
		...{ dtype, shape, configuration, stored: hex(stored), decoded: hex(decoded) },
	}));

const packbitsSubject: CodecSubject = {
	factory: packbits,
	dtypes: ["bool", ...SMALL_INTEGERS, ...LONGS, ...FLOATS, ...COMPLEX],
	configurations: () => [
		{},
		{ padding_encoding: "first_byte" },
		{ padding_encoding: "last_byte", first_bit: 0, last_bit: null },
	],
	refused: [
		...refusals("padding_encoding", ["start_byte", null, 0]),
		...refusals("first_bit", [-1, 32, 0.5, "0"]),
		...refusals("last_bit", [-1, 32, 0.5, "0"]),
		...refusals("last_bit", [4], { first_bit: 5 }),
	],
	vectors: vectorsOf([
		["bool", [9], {}, "b901", "010000010101000101"],
		["bool", [9], { padding_encoding: "first_byte" }, "07b901", "010000010101000101"],
		["bool", [8], { padding_encoding: "last_byte" }, "b900", "0100000101010001"],
		["uint8", [2], { first_bit: 2, last_bit: 4 }, "2b", "0c14"],
		["uint16", [2], { last_bit: 11 }, "bcfade", "bc0aef0d"],
		["int16", [2], { last_bit: 2 }, "15", "fdff0200"],
		["int16", [2], { first_bit: 9, last_bit: 9, padding_encoding: "last_byte" }, "0106", "00fe0000"],
		["int64", [2], { last_bit: 8 }, "fffd03", "fffffffffffffffffeffffffffffffff"],
		["uint32", [1], {}, "78563412", "78563412"],
		["float16", [2], { first_bit: 8 }, "3cc0", "0000803f000000c0"],
		["complex64", [1], { first_bit: 31 }, "02", "0000000000000080"],
	]),
	detectsCorruption: false,
};

const turned = (ndim: number, ...more: readonly object[]): Configuration => ({
	codecs: [
		{ name: "transpose", configuration: { order: Array.from({ length: ndim }, (_, d) => ndim - 1 - d) } },
		{ name: "bytes", configuration: { endian: "big" } },
		...more,
	],
});
const BIG = turned(2).codecs as readonly object[];
const GZIP = { name: "gzip", configuration: { level: 1 } };

const n5Subject: CodecSubject = {
	factory: n5Default,
	dtypes: [...SMALL_INTEGERS, ...LONGS, "float32", "float64"],
	configurations: (ndim) => [turned(ndim), turned(ndim, GZIP)],
	refused: refusals("codecs", [
		undefined,
		[],
		BIG.slice(1),
		BIG.slice(0, 1),
		[...BIG].reverse(),
		[BIG[0], { name: "bytes", configuration: { endian: "little" } }],
		[BIG[0], { name: "bytes" }],
		[{ name: "transpose", configuration: { order: [0, 1] } }, BIG[1]],
		[...BIG, GZIP, GZIP],
		[...BIG, { name: "gzip", configuration: { level: 99 } }],
		[...BIG, BIG[0]],
	]),
	vectors: vectorsOf([
		["int16", [2, 3], turned(2), "000000020000000200000003000100020003000400050006", "010003000500020004000600"],
		["int16", [2, 3], turned(2), "0000000200000002000000020001000200030004", "010003000000020004000000"],
		["uint8", [2], turned(1), "00000001000000030a0b0c", "0a0b"],
	]),
	detectsCorruption: false,
};

const conditional = codecFactory("conditional");
const counted = Uint8Array.from({ length: 400 }, (_, i) => i % 7);

const conditionalSubject: CodecSubject = {
	factory: conditional,
	configurations: () => [
		{ codecs: [{ name: "numcodecs.shuffle", configuration: { elementsize: 4 } }, GZIP] },
		{ codecs: [{ name: "crc32c" }, GZIP, { name: "conditional", configuration: { codecs: [GZIP] } }], header_bits: 24 },
	],
	refused: [
		...refusals("codecs", [
			undefined,
			[],
			"gzip",
			[{ name: "bytes", configuration: { endian: "big" } }],
			[{ name: "gzip" }],
		]),
		...refusals("header_bits", [0, 4, -8, 12, "8", null, 2 ** 40], { codecs: [GZIP] }),
	],
	vectors: [
		["none applied", "00", { codecs: [GZIP] }],
		["room for more", "0000", { codecs: [GZIP], header_bits: 16 }],
	].map(([what, header, configuration]) => ({
		what: what as string,
		configuration: configuration as Configuration,
		stored: Uint8Array.from([...hex(header as string), ...counted]),
		decoded: counted,
	})),
	detectsCorruption: false,
};

export const REGISTERED_SUBJECTS: readonly CodecSubject[] = [
	...BITROUND_SUBJECTS,
	...[reshapeSubject, castSubject, scaleSubject, packbitsSubject, n5Subject, conditionalSubject],
];
