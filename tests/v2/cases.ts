/** Arrays of format 2 that zarr-python and the library exchange. */
import type { Json, JsonObject } from "../../dist/src/format/json.js";
import { toText } from "./peer.js";

export interface Case {
	readonly title: string;
	/** NumPy's type string. */
	readonly dtype: string;
	readonly shape: readonly number[];
	readonly chunks: readonly number[];
	readonly order: "C" | "F";
	readonly separator: "." | "/";
	readonly compressor: JsonObject | null;
	readonly filters: readonly JsonObject[] | null;
	/** Bytes of the fill value; null where it is undefined, left out for zero. */
	readonly fill?: Uint8Array | null;
	/** The values: any bits, or numbers from 0 on, where filters lose others. */
	readonly values: "any" | "counting";
}

const ZSTD = { id: "zstd", level: 3 };

function a(title: string, changes: Partial<Case>): Case {
	const usual = { shape: [5, 7], chunks: [2, 3], order: "C", separator: ".", compressor: ZSTD, filters: null } as const;
	return { title, dtype: "<i4", values: "any", ...usual, ...changes };
}

const WORDS = ["i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"];
const TYPES = [
	"|b1",
	"|i1",
	"|u1",
	"|V3",
	"|S5",
	...WORDS.map((word) => `<${word}`),
	...WORDS.map((word) => `>${word}`),
];

const dtypes = TYPES.flatMap((dtype, i) =>
	(["C", "F"] as const).map((order, j) =>
		a(`${dtype} in order ${order}`, {
			dtype,
			order,
			separator: (i + j) % 2 ? "." : "/",
			compressor: [null, ZSTD, { id: "gzip", level: 5 }][(i + j) % 3] as JsonObject | null,
		}),
	),
);

const blosc = ["lz4", "lz4hc", "blosclz", "zstd", "zlib"].flatMap((cname) =>
	[-1, 0, 1, 2].map((shuffle) => ({ id: "blosc", cname, clevel: 5, shuffle, blocksize: 0 })),
);
const COMPRESSORS: readonly JsonObject[] = [
	...blosc,
	{ id: "zlib", level: 1 },
	{ id: "lz4", acceleration: 1 },
	{ id: "bz2", level: 1 },
	{ id: "lzma", format: 1, check: -1, preset: 1, filters: null },
	{ id: "zstd", level: 1, checksum: true },
	{ id: "gzip", level: -1 },
];
const compressors = COMPRESSORS.map((compressor) =>
	a(`compressor ${JSON.stringify(compressor)}`, { dtype: "<u2", compressor }),
);

const LOSSLESS: readonly (readonly [dtype: string, filters: readonly JsonObject[]])[] = [
	["<i4", [{ id: "delta", dtype: "<i4" }]],
	[">i2", [{ id: "delta", dtype: ">i2", astype: ">i2" }]],
	["<u8", [{ id: "delta", dtype: "<u8" }]],
	["<i8", [{ id: "delta", dtype: "<i8", astype: "<i2" }]],
	["<f4", [{ id: "delta", dtype: "<f4" }]],
	["<f8", [{ id: "fixedscaleoffset", scale: 10, offset: 0.5, dtype: "<f8", astype: "<i2" }]],
	[">f4", [{ id: "fixedscaleoffset", scale: 2, offset: 1, dtype: ">f4", astype: "|u1" }]],
	["<f4", [{ id: "quantize", digits: 2, dtype: "<f4" }]],
	["<f8", [{ id: "quantize", digits: 1, dtype: "<f8", astype: "<f2" }]],
	["<f4", [{ id: "bitround", keepbits: 3 }]],
	["<f8", [{ id: "bitround", keepbits: 0 }]],
	["<f8", [{ id: "astype", encode_dtype: "<f4", decode_dtype: "<f8" }]],
	[
		"<i8",
		[
			{ id: "astype", encode_dtype: ">i2", decode_dtype: "<i8" },
			{ id: "delta", dtype: ">i2", astype: "|i1" },
		],
	],
	["|b1", [{ id: "packbits" }]],
];
const valueFilters = LOSSLESS.flatMap(([dtype, filters]) =>
	(["C", "F"] as const).map((order) =>
		a(`${dtype} through ${filters.map(({ id }) => id)} in order ${order}`, {
			dtype,
			filters,
			order,
			values: "counting",
		}),
	),
);

const BYTES_FILTERS = ["shuffle", "fletcher32", "crc32", "adler32", "jenkins_lookup3"].map((id) =>
	a(`filter ${id}`, { filters: [id === "shuffle" ? { id, elementsize: 4 } : { id }] }),
);

const fills = (
	[
		["|b1", [1]],
		["<i8", [1, 0, 0, 0, 0, 0, 0x20, 0]],
		["<u8", [255, 255, 255, 255, 255, 255, 255, 255]],
		[">i2", [0xfe, 0xff]],
		["<f4", [0, 0, 0xc0, 0x7f]],
		["<f8", [0, 0, 0, 0, 0, 0, 0xf0, 0xff]],
		["<f2", [0, 0x7c]],
		["<c8", [0, 0, 0xc0, 0x7f, 0, 0, 0x80, 0xff]],
		["|S5", [0x61, 0x62, 0, 0, 0]],
		["|V3", [1, 2, 3]],
	] as const
).map(([dtype, fill]) => a(`fill value of ${dtype}`, { dtype, fill: Uint8Array.from(fill) }));

const layouts = [
	a("no axis", { shape: [], chunks: [] }),
	a("no axis in order F", { shape: [], chunks: [], order: "F" }),
	a("one axis in order F", { shape: [7], chunks: [3], order: "F" }),
	a("three axes in order F", { shape: [3, 4, 5], chunks: [2, 2, 2], order: "F" }),
	a("an axis of length 0", { shape: [0, 3], chunks: [1, 3] }),
	a("fill value undefined", { fill: null }),
];

const DAYS = [0, 1, -1, 11017, 2 ** 31];
const words = (values: readonly number[]): string => toText(new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
const points = (texts: readonly string[]): string =>
	toText(
		new Uint8Array(
			Uint32Array.from(texts.flatMap((text) => [0, 1, 2].map((i) => Array.from(text)[i]?.codePointAt(0) ?? 0))).buffer,
		),
	);
const TEXTS = ["", "a", "日本語", "🧠z", "ö"];

/** A case whose values are given as they travel, five along one axis. */
export interface LaterCase extends Case {
	readonly wire: Json;
	readonly fillWire: Json;
	/** What makes bytes of objects; `filters` has it in the metadata. */
	readonly object_codec?: JsonObject;
	/** zarr-python 3 cannot make it. */
	readonly onlyZarr2?: true;
	/** Never to be opened: it would run code. */
	readonly refused?: true;
}

function later(title: string, wire: Json, changes: Partial<LaterCase>): LaterCase {
	return { ...a(title, { shape: [5], chunks: [2] }), wire, fillWire: null, ...changes };
}

const objects = (id: string, wire: Json, settings: JsonObject = {}): LaterCase =>
	later(`objects by ${id}`, wire, { dtype: "|O", onlyZarr2: true, object_codec: { id, ...settings } });

/** Types that the library refuses by name as yet; shown by `later.test.ts`. Each moves up into {@link CASES}. */
export const LATER: readonly LaterCase[] = [
	...["<U3", ">U3"].map((dtype) => later(`text ${dtype}`, points(TEXTS), { dtype, fillWire: points(["µ"]) })),
	...["<M8[ns]", ">M8[s]", "<M8[D]", "<m8[us]", ">m8[h]"].map((dtype) =>
		later(`times ${dtype}`, words(DAYS), { dtype, fillWire: words([7]) }),
	),
	objects("vlen-utf8", TEXTS),
	objects("vlen-bytes", ["", "AQ==", "AAEC/w==", "YWJj", ""]),
	objects("json2", [1, "two", [3, null], { four: 4.5 }, true]),
	objects("msgpack2", [1, "two", [3, null], { four: 4.5 }, true]),
	{ ...objects("pickle", [1, "two", [3, null], { four: 4.5 }, true]), refused: true },
	later("categories of text", points(TEXTS.slice(1).concat("a")), {
		dtype: "<U3",
		fillWire: points([""]),
		filters: [{ id: "categorize", labels: TEXTS.slice(1), dtype: "<U3", astype: "|u1" }],
	}),
	later("bitround", toText(new Uint8Array(Float32Array.of(0, 1, 1.5, -2, 4).buffer)), {
		dtype: "<f4",
		fillWire: toText(new Uint8Array(4)),
		filters: [{ id: "bitround", keepbits: 3 }],
	}),
];

export const CASES: readonly Case[] = [
	...dtypes,
	...compressors,
	...valueFilters,
	...BYTES_FILTERS,
	...fills,
	...layouts,
];

export function itemSizeOf(dtype: string): number {
	return Number(/\d+$/.exec(dtype)?.[0]);
}

/** The library's name of the type. */
export function nameOfType(dtype: string): string {
	const [, kind = "", size] = /^[<>|]([a-zA-Z])(\d+)$/.exec(dtype) ?? [];
	if (kind === "b") return "bool";
	const bits = 8 * Number(size);
	return kind === "V" || kind === "S"
		? `r${bits}`
		: `${{ i: "int", u: "uint", f: "float", c: "complex" }[kind]}${bits}`;
}
