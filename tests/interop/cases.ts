/** The arrays that travel: every core data type with every chain of codecs, every layout, every kind of fill value. */
import type { Json, JsonObject } from "../../dist/src/format/json.js";
import { CORE_TYPES } from "./bits.js";
import {
	type ArrayDocument,
	arrayDocument,
	BIG,
	type Codec,
	CRC32C,
	gzip,
	type KeyEncoding,
	LITTLE,
	shards,
	transpose,
	zstd,
} from "./documents.js";
import type { Box, PeerName } from "./peers.js";

export interface Case {
	readonly title: string;
	readonly document: ArrayDocument;
	/** The part that is written, by default everything; the rest of the chunks is missing. */
	readonly written?: Box;
	/** The values are numbers, not NaN: zarr-python does not store a chunk of NaNs where the fill value is NaN. */
	readonly finite?: true;
	/** The options of `createDataset` cannot say it: the document is put into the store, and the library rewrites it. */
	readonly byHand?: true;
	/** Who cannot carry it which way; `gaps.test.ts` shows what happens there. */
	readonly gaps?: readonly { readonly peer: PeerName; readonly cannot: "read" | "write" }[];
}

const CHAINS: { readonly [title: string]: readonly Codec[] } = {
	"bytes little": [LITTLE],
	"bytes big": [BIG],
	transpose: [transpose(2, 1, 0), LITTLE],
	"transpose, bytes big": [transpose(1, 2, 0), BIG],
	"transpose twice": [transpose(1, 2, 0), transpose(0, 2, 1), LITTLE],
	gzip: [LITTLE, gzip(5)],
	"gzip without compression": [BIG, gzip(0)],
	zstd: [LITTLE, zstd(1, false)],
	"zstd with checksum": [BIG, zstd(3, true)],
	"zstd at a negative level": [LITTLE, zstd(-5, false)],
	crc32c: [LITTLE, CRC32C],
	"transpose, gzip, crc32c": [transpose(2, 0, 1), BIG, gzip(1), CRC32C],
	"transpose, zstd with checksum, crc32c": [transpose(0, 2, 1), LITTLE, zstd(3, true), CRC32C],
	"crc32c, zstd": [LITTLE, CRC32C, zstd(1, false)],
	"zstd, gzip, crc32c": [BIG, zstd(1, false), gzip(1), CRC32C],
};

const TYPES: readonly string[] = Object.keys(CORE_TYPES);

/** Every type and every chain; how each type fares with each chain is for `matrix.test.ts`. */
export const TYPES_AND_CODECS: readonly Case[] = Object.entries(CHAINS).map(([chain, codecs], i) => {
	const dtype = TYPES[i % TYPES.length] ?? "";
	return {
		title: `${dtype}: ${chain}`,
		document: arrayDocument({ dtype, codecs, shape: [4, 3, 2], chunkShape: [3, 2, 2] }),
	};
});

const SHAPES: { readonly [title: string]: readonly [shape: readonly number[], chunkShape: readonly number[]] } = {
	"0-d": [[], []],
	"no elements": [[0], [3]],
	"an axis of length zero": [
		[3, 0, 2],
		[2, 2, 2],
	],
	"1-D": [[12], [4]],
	"1-D, ragged": [[13], [5]],
	"one chunk, larger than the array": [
		[3, 2],
		[7, 5],
	],
	"chunks of one element": [
		[3, 2],
		[1, 1],
	],
	"2-D": [
		[6, 4],
		[3, 2],
	],
	"2-D, ragged": [
		[7, 5],
		[3, 2],
	],
	"3-D, ragged along one axis": [
		[4, 5, 6],
		[2, 2, 3],
	],
	"4-D, ragged": [
		[3, 4, 2, 5],
		[2, 3, 2, 2],
	],
	"5-D, ragged": [
		[3, 2, 4, 2, 3],
		[2, 2, 3, 1, 2],
	],
};

const reversed = (ndim: number): Codec => transpose(...Array.from({ length: ndim }, (_, d) => ndim - 1 - d));
const rotated = (ndim: number): Codec => transpose(...Array.from({ length: ndim }, (_, d) => (d + 1) % ndim));

export const LAYOUTS: readonly Case[] = Object.entries(SHAPES).flatMap(([title, [shape, chunkShape]]) => {
	const layout = { shape, chunkShape };
	return [
		{ title: `${title}, C order`, document: arrayDocument({ ...layout, dtype: "int32", fill: -1 }) },
		{
			title: `${title}, reversed axes`,
			document: arrayDocument({ ...layout, dtype: "uint16", codecs: [reversed(shape.length), BIG, zstd(1, false)] }),
		},
		{
			title: `${title}, rotated axes`,
			document: arrayDocument({ ...layout, dtype: "complex64", codecs: [rotated(shape.length), LITTLE, CRC32C] }),
		},
	];
});

const index = (...codecs: Codec[]): JsonObject => ({ index_codecs: codecs as unknown as JsonObject[] });

/** Codecs of shards of [4, 6, 4] elements. */
const SHARDED: { readonly [title: string]: readonly Codec[] } = {
	bytes: [shards([2, 3, 2], [LITTLE])],
	zstd: [shards([2, 3, 4], [LITTLE, zstd(1, true)])],
	"index at the start": [shards([2, 3, 2], [BIG, gzip(1)], { index_location: "start" })],
	"index without checksum": [shards([1, 2, 4], [LITTLE, CRC32C], index(LITTLE))],
	"big-endian index": [shards([2, 6, 2], [LITTLE, zstd(1, false)], index(BIG, CRC32C))],
	"big-endian index at the start": [shards([4, 6, 4], [LITTLE], { ...index(BIG), index_location: "start" })],
	"transposed within": [shards([2, 3, 2], [transpose(2, 0, 1), LITTLE, zstd(1, false)])],
	"transposed around": [transpose(1, 2, 0), shards([2, 2, 4], [LITTLE, CRC32C])],
	"transposed within and around": [transpose(2, 1, 0), shards([2, 3, 2], [transpose(1, 0, 2), BIG])],
	nested: [shards([4, 3, 4], [shards([2, 3, 1], [LITTLE, zstd(1, false)])])],
	"nested, transposed, indices at both ends": [
		shards([2, 6, 4], [transpose(1, 0, 2), shards([3, 1, 2], [BIG], { index_location: "start" })]),
	],
	"a checksum around the shard": [shards([2, 3, 2], [LITTLE]), CRC32C],
};

/** TensorStore refuses codecs around shards. */
const GAPS: { readonly [title: string]: NonNullable<Case["gaps"]> } = {
	"a checksum around the shard": [
		{ peer: "tensorstore", cannot: "read" },
		{ peer: "tensorstore", cannot: "write" },
	],
};

const SHARDED_LAYOUTS: readonly Case[] = Object.entries(SHARDED).flatMap(([title, codecs]) => [
	{ title, document: arrayDocument({ dtype: "uint16", codecs, shape: [8, 12, 8], chunkShape: [4, 6, 4] }) },
	{
		title: `${title}, ragged`,
		document: arrayDocument({ dtype: "float64", codecs, shape: [7, 8, 3], chunkShape: [4, 6, 4] }),
	},
	{
		title: `${title}, sparse`,
		document: arrayDocument({ dtype: "int32", codecs, shape: [9, 12, 5], chunkShape: [4, 6, 4], fill: -7 }),
		written: [
			[3, 5],
			[2, 4],
			[1, 2],
		],
	},
]);

export const SHARDS: readonly Case[] = SHARDED_LAYOUTS.map((test) => {
	const gaps = GAPS[test.title.split(", ").at(0) ?? ""];
	return gaps === undefined ? test : { ...test, gaps };
});

const ENCODINGS: readonly KeyEncoding[] = [
	{ name: "default", configuration: { separator: "/" } },
	{ name: "default", configuration: { separator: "." } },
	{ name: "v2", configuration: { separator: "." } },
	{ name: "v2", configuration: { separator: "/" } },
];

export const CHUNK_KEYS: readonly Case[] = ENCODINGS.flatMap((keys) =>
	["0-d", "1-D", "3-D, ragged along one axis"].map((title) => {
		const [shape, chunkShape] = SHAPES[title] ?? [[], []];
		return {
			title: `${keys.name} "${keys.configuration.separator}", ${title}`,
			document: arrayDocument({ shape, chunkShape, dtype: "float32", keys }),
		};
	}),
);

const FILLS: { readonly [dtype: string]: readonly Json[] } = {
	bool: [true],
	int8: [-128],
	uint8: [255],
	int64: [9007199254740993n, -9223372036854775808n],
	uint64: [9007199254740993n, 18446744073709551615n],
	float16: ["NaN", "Infinity", "-Infinity", -0.0, 1.5],
	float32: ["NaN", "Infinity", "-Infinity", -0.0, 1.5, 16777216],
	float64: ["NaN", "Infinity", "-Infinity", -0.0, 0.1, 5e-324, 1e300, 9007199254740994],
	complex64: [
		[1.5, -2],
		["NaN", "-Infinity"],
	],
	complex128: [
		[-0.0, 0.1],
		["Infinity", "NaN"],
	],
};

/** A float32 that becomes another one where it passes through a float64. */
const SIGNALLING = "0x7f800001";

/** NaNs with a payload, which only the hexadecimal form states. */
const PAYLOADS: { readonly [dtype: string]: readonly Json[] } = {
	float16: ["0x7e01"],
	float32: ["0x7fc00001", "0xffc12345", SIGNALLING],
	float64: ["0x7ff8000000000001", "0xfff4000000000000"],
	complex64: [["0x7fc00001", "NaN"]],
};

const sparse = { shape: [7, 5], chunkShape: [3, 2] };
/** Two of nine chunks, one of them in part. */
const written: Box = [
	[2, 4],
	[2, 4],
];

const describeFill = (fill: Json): string => String(Object.is(fill, -0) ? "-0" : fill);

export const FILL_VALUES: readonly Case[] = [
	...Object.entries(FILLS).flatMap(([dtype, fills]) =>
		fills.map((fill) => ({
			title: `${dtype} ${describeFill(fill)}`,
			document: arrayDocument({ ...sparse, dtype, fill }),
			written,
			finite: true as const,
		})),
	),
	...Object.entries(PAYLOADS).flatMap(([dtype, fills]) =>
		fills.map((fill) => ({
			title: `${dtype} ${describeFill(fill)}`,
			document: arrayDocument({ ...sparse, dtype, fill }),
			written,
			finite: true as const,
			byHand: true as const,
			gaps: [
				{ peer: "zarr" as const, cannot: "write" as const },
				...(dtype === "float16" || fill === SIGNALLING ? [{ peer: "zarr" as const, cannot: "read" as const }] : []),
			],
		})),
	),
];

const ATTRIBUTES: JsonObject = {
	text: 'Größe µm "quoted" \\ / \t\n 日本語 🧠 \u0000 \u2028',
	ключ: "a name that is not ASCII",
	"": "an empty name",
	nested: { list: [1, [2.5, [null, true, {}]], []], object: { deep: { deeper: { deepest: -0.0 } } } },
	big: [9007199254740993n, -9223372036854775808n, 18446744073709551615n],
	numbers: [0, -1, 1.5, 1e300, 5e-324, 0.1],
};

export const MEMBERS: readonly Case[] = [
	{ title: "attributes", document: arrayDocument({ ...sparse, dtype: "uint8", attributes: ATTRIBUTES }) },
	{
		title: "no order of bytes where elements have one byte",
		document: arrayDocument({ ...sparse, dtype: "int8", codecs: [{ name: "bytes" }] }),
	},
	{
		title: "integers in attributes beyond 64 bits",
		document: arrayDocument({ ...sparse, dtype: "uint8", attributes: { huge: 2n ** 100n } }),
		gaps: [
			{ peer: "tensorstore", cannot: "read" },
			{ peer: "tensorstore", cannot: "write" },
		],
	},
	{ title: "dimension names", document: arrayDocument({ ...sparse, dtype: "uint8", dimensionNames: ["y", "x"] }) },
	{
		title: "dimension names, some null, empty or not ASCII",
		document: arrayDocument({
			shape: [3, 2, 2],
			chunkShape: [2, 2, 2],
			dtype: "uint8",
			dimensionNames: [null, "", "größe"],
		}),
	},
	{
		title: "members that need not be understood",
		document: {
			...arrayDocument({ ...sparse, dtype: "uint8" }),
			"org.example.history": { must_understand: false, steps: ["a", 9007199254740993n] },
		} as ArrayDocument,
		byHand: true,
		gaps: [{ peer: "zarr", cannot: "write" }],
	},
];
