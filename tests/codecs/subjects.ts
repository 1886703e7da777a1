import type { CodecSubject, Vector } from "../../dist/conformance/codec/subject.js";
import { bytes } from "../../dist/src/codecs/bytes.js";
import type { CodecFactory, Configuration } from "../../dist/src/codecs/codec.js";
import { crc32c } from "../../dist/src/codecs/crc32c.js";
import { gzip } from "../../dist/src/codecs/gzip.js";
import { sharding } from "../../dist/src/codecs/sharding.js";
import { transpose } from "../../dist/src/codecs/transpose.js";
import { zstd } from "../../dist/src/codecs/zstd.js";

export function hex(digits: string): Uint8Array {
	return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const counting = Uint8Array.from({ length: 5000 }, (_, i) => i % 7);

/** Written by Python's gzip module. */
const GZIP_VECTORS: readonly Vector[] = [
	{
		what: "one member",
		configuration: { level: 6 },
		stored: hex("1f8b0800000000000003edc5b1010030040030b4fc7fb22b6cc992c87abf2724499224499224ddb5cac45ffa88130000"),
		decoded: counting,
	},
	{
		what: "two members",
		configuration: { level: 6 },
		stored: hex(
			"1f8b0800000000000203636064626661656318a546a9516a941aa546a9516ae852004457afe1d0070000" +
				"1f8b080000000000040363656360646266611da546836034158c6684d1b260b4381cad11466bc3d1da70b4361cad0d076f6d0800fb586f8cb80b0000",
		),
		decoded: counting,
	},
	{
		what: "a member with a file name",
		configuration: { level: 6 },
		stored: hex(
			"1f8b08080100000002ff6e616d652e747874006360800046206062626666616165656363e7e0e4e4e2e6e1e5e317101412161115139794929691935754525155d7d0d2d6d5373432310300cf248c1c3c000000",
		),
		decoded: Uint8Array.from({ length: 60 }, (_, i) => (i * i) >> 6),
	},
];

/** Written by numcodecs (the first) and python-zstandard. */
const ZSTD_VECTORS: readonly Vector[] = [
	["content size and checksum", "28b52ffd6488127d0000380001020304050601007ea3be18017c470a19"],
	["a stream, no content size", "28b52ffd00587d0000380001020304050601007ea3be1801"],
	[
		"a stream flushed five times, with checksum",
		"28b52ffd045874000038000102030405060100de55152344000008060100e42b200444000008050100e42b200444000008040100e42b200444000008030100e42b20040100007c470a19",
	],
	[
		"two frames without content size",
		"28b52ffd005875000038000102030405060100ae935f8c28b52ffd045875000038040506000102030100c6eb2f464e54ef6f",
	],
	[
		"a skippable frame, one with and one without content size",
		"502a4d1803000000aabbcc28b52ffd60d00675000038000102030405060100c6eb2f4628b52ffd005875000038050600010203040100ae935f8c",
	],
].map(([what = "", digits = ""]) => ({ what, configuration: { level: 1 }, stored: hex(digits), decoded: counting }));

export function gzipSubject(factory: CodecFactory = gzip): CodecSubject {
	return {
		factory,
		configurations: () => [{ level: 0 }, { level: 1 }, { level: 6 }],
		refused: [{}, { level: 10 }, { level: -1 }, { level: 1.5 }, { level: "5" }].map((configuration) => ({
			configuration,
			member: "level",
		})),
		vectors: GZIP_VECTORS,
		detectsCorruption: true,
	};
}

export function zstdSubject(factory: CodecFactory = zstd, checksum = true): CodecSubject {
	return {
		factory,
		configurations: () => [-3, 0, 6].map((level) => ({ level, checksum })),
		refused: [
			...[{}, { level: 23 }, { level: -131073 }, { level: 0.5 }, { level: 1n }].map((configuration) => ({
				configuration,
				member: "level",
			})),
			{ configuration: { level: 1, checksum: 1 }, member: "checksum" },
		],
		vectors: ZSTD_VECTORS,
		detectsCorruption: checksum,
	};
}

export function crc32cSubject(factory: CodecFactory = crc32c): CodecSubject {
	return {
		factory,
		configurations: () => [{}],
		refused: [],
		vectors: [
			// The check value that RFC 3720 and every catalogue of CRCs give.
			["the nine digits", "313233343536373839839206e3"],
			["32 zero bytes (RFC 3720, B.4)", `${"00".repeat(32)}aa36918a`],
			["32 bytes of ones (RFC 3720, B.4)", `${"ff".repeat(32)}43aba862`],
		].map(([what = "", digits = ""]) => ({
			what,
			configuration: {},
			stored: hex(digits),
			decoded: hex(digits.slice(0, -8)),
		})),
		detectsCorruption: true,
	};
}

const LITTLE = { endian: "little" };
const BIG = { endian: "big" };

export function bytesSubject(factory: CodecFactory = bytes): CodecSubject {
	return {
		factory,
		configurations: () => [LITTLE, BIG],
		refused: [{}, { endian: "middle" }, { endian: null }, { endian: 1 }].map((configuration) => ({
			configuration,
			member: "endian",
		})),
		vectors: [
			{ dtype: "int16", shape: [2], configuration: BIG, stored: hex("0001fffe"), decoded: hex("0100feff") },
			{ dtype: "int16", shape: [2], configuration: LITTLE, stored: hex("0100feff"), decoded: hex("0100feff") },
			{
				dtype: "float64",
				shape: [],
				configuration: BIG,
				stored: hex("3ff8000000000000"),
				decoded: hex("000000000000f83f"),
			},
			{
				dtype: "float16",
				shape: [5],
				configuration: LITTLE,
				stored: hex("003c00c0ff7b0100007c"),
				decoded: hex("0000803f000000c000e07f47000080330000807f"),
			},
			{ dtype: "float16", shape: [1], configuration: BIG, stored: hex("3c00"), decoded: hex("0000803f") },
			{
				dtype: "complex64",
				shape: [2],
				configuration: BIG,
				stored: hex("3f8000004000000080000000c0600000"),
				decoded: hex("0000803f0000004000000080000060c0"),
			},
			{ dtype: "r24", shape: [2], configuration: BIG, stored: hex("010203aabbcc"), decoded: hex("010203aabbcc") },
			{ dtype: "bool", shape: [5], configuration: {}, stored: hex("00010280ff"), decoded: hex("0001010101") },
			{ dtype: "uint8", shape: [2], configuration: {}, stored: hex("0aff"), decoded: hex("0aff") },
		].map((vector) => ({ ...vector, what: `${vector.dtype} ${JSON.stringify(vector.configuration)}` }) as Vector),
		detectsCorruption: false,
	};
}

export function transposeSubject(factory: CodecFactory = transpose): CodecSubject {
	return {
		factory,
		configurations(ndim) {
			const axes = Array.from({ length: ndim }, (_, axis) => axis);
			return [axes, [...axes].reverse(), [...axes.slice(1), ...axes.slice(0, 1)]].map((order) => ({ order }));
		},
		refused: [{}, { order: [0] }, { order: [0, 0] }, { order: [1, 2] }, { order: [0, 1, 2] }, { order: "C" }].map(
			(configuration) => ({ configuration, member: "order" }),
		),
		vectors: [],
		detectsCorruption: false,
	};
}

const BYTES = { name: "bytes", configuration: LITTLE };
const CRC32C = { name: "crc32c" };

/** Two of three inner chunks of one uint8 each, laid out backwards after a gap of one byte. */
const SHARD = "ff0b0a";
const SHARD_INDEX = ["02", "01"].map((at) => `${at}000000000000000100000000000000`).join("");

export function shardingSubject(factory: CodecFactory = sharding): CodecSubject {
	return {
		factory,
		configurations(ndim) {
			const ones = { chunk_shape: new Array<number>(ndim).fill(1), codecs: [BYTES], index_codecs: [BYTES, CRC32C] };
			const big = { name: "bytes", configuration: BIG };
			const turned = {
				name: "transpose",
				configuration: { order: Array.from({ length: ndim + 1 }, (_, d) => ndim - d) },
			};
			return [
				ones,
				{ ...ones, codecs: [big, CRC32C], index_codecs: [turned, big, CRC32C], index_location: "start" },
				{ ...ones, codecs: [{ name: "sharding_indexed", configuration: { ...ones, index_location: "start" } }] },
			];
		},
		refused: [
			...[undefined, [2], [2, 2], [0, 3], [4, 3], [1, 1.5], "2, 3"].map((shape) => ({ member: "chunk_shape", shape })),
		]
			.map(({ member, shape }) => ({
				member,
				configuration: { chunk_shape: shape, codecs: [BYTES], index_codecs: [BYTES] } as Configuration,
			}))
			.concat(
				[
					["codecs", { codecs: undefined }],
					["codecs", { codecs: [] }],
					["codecs", { codecs: [CRC32C] }],
					["index_codecs", { index_codecs: [BYTES, { name: "zstd", configuration: { level: 1 } }] }],
					["index_codecs", { index_codecs: "bytes" }],
					["index_location", { index_location: "middle" }],
				].map(([member, change]) => ({
					member: member as string,
					configuration: { chunk_shape: [1, 3], codecs: [BYTES], index_codecs: [BYTES], ...(change as object) },
				})),
			),
		vectors: [
			{ index_location: "end", stored: hex(`${SHARD}${SHARD_INDEX}${"ff".repeat(16)}`) },
			{ stored: hex(`${SHARD}${SHARD_INDEX}${"ff".repeat(16)}`) },
		].map(({ stored, ...location }) => ({
			what: JSON.stringify(location),
			configuration: { chunk_shape: [1], codecs: [BYTES], index_codecs: [BYTES], ...location },
			stored,
			decoded: hex("0a0b00"),
			shape: [3],
		})),
		detectsCorruption: false,
	};
}
