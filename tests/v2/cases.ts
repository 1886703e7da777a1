/** Arrays of format 2 that zarr-python and the library exchange. */
import type { Json, JsonObject } from "../../dist/src/format/json.js";
import { type TypeCase, times, TYPES as V3_TYPES } from "../interop/types.js";
import { fromText, toText } from "./peer.js";

/** What a case needs to know of its data type. */
export type CaseType = Pick<TypeCase, "name" | "present" | "wireOf">;

export interface Case {
	readonly title: string;
	/** NumPy's type string, or of records the list of their fields. */
	readonly dtype: Json;
	/** The library's data type, where the type string is not of numbers or raw bytes. */
	readonly type?: CaseType;
	readonly shape: readonly number[];
	readonly chunks: readonly number[];
	readonly order: "C" | "F";
	readonly separator: "." | "/";
	readonly compressor: JsonObject | null;
	readonly filters: readonly JsonObject[] | null;
	/** Bytes of the fill value; null where it is undefined, left out for zero. */
	readonly fill?: Uint8Array | null;
	/** The values: any bits, numbers from 0 on, where filters lose others, or these as they travel. */
	readonly values: "any" | "counting" | { readonly wire: Json };
	/** The fill value of values that are given as they travel. */
	readonly fillWire?: Json;
	/** What makes bytes of objects; `filters` has it in the metadata. */
	readonly object_codec?: JsonObject;
	/** zarr-python 3 cannot make it. */
	readonly onlyZarr2?: true;
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

const COUNTS = [0, 1, -1, 11017, 2 ** 31];
const NOT_A_TIME = -(2 ** 63);
const words = (values: readonly number[]): string => toText(new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
const points = (texts: readonly string[]): string =>
	toText(
		new Uint8Array(
			Uint32Array.from(texts.flatMap((text) => [0, 1, 2].map((i) => Array.from(text)[i]?.codePointAt(0) ?? 0))).buffer,
		),
	);
const TEXTS = ["", "a", "日本語", "🧠z", "ö"];

const v3Type = (name: string): CaseType => V3_TYPES.find((type) => type.name.startsWith(name)) as CaseType;

/** A case of five elements along one axis. */
function given(title: string, type: CaseType, wire: Json, changes: Partial<Case>): Case {
	return a(title, { shape: [5], chunks: [2], type, values: { wire }, ...changes });
}

const texts = ["<U3", ">U3"].map((dtype) =>
	given(`text ${dtype}`, v3Type("fixed"), points(TEXTS), { dtype, fillWire: points(["µ"]) }),
);
const instants = (
	[
		["<M8[ns]", "ns"],
		[">M8[s]", "s"],
		["<M8[D]", "D"],
		["<M8[10us]", "10us"],
		["<m8[us]", "us"],
		[">m8[h]", "h"],
	] as const
).map(([dtype, unit]) => {
	const type = times(dtype.includes("M") ? "numpy.datetime64" : "numpy.timedelta64", unit);
	return given(`times ${dtype}`, type, words([...COUNTS.slice(0, 4), NOT_A_TIME]), { dtype, fillWire: words([7]) });
});

/** { x: int32, y: uint8 } as it travels. */
const pairs = (...bytes: number[]): string => toText(Uint8Array.from(bytes));
const records = ["<", ">"].map((order) => {
	const dtype = [
		["x", `${order}i4`],
		["y", "|u1"],
	];
	const values = Array.from({ length: 25 }, (_, i) => 20 + 9 * i);
	return given(`records in order ${order}`, v3Type("struct["), pairs(...values), {
		dtype,
		fillWire: pairs(254, 255, 255, 255, 7),
	});
});

/** Values that JSON can hold. */
const JSON_TYPE: CaseType = {
	name: "json",
	present: (wire) => ({ data: wire, components: [] }),
	wireOf: (data) => data as Json,
};
const objects = (id: string, type: CaseType, wire: Json, fillWire: Json = ""): Case =>
	given(`objects by ${id}`, type, wire, { dtype: "|O", onlyZarr2: true, object_codec: { id }, fillWire });
const ANYTHING = [1, "two", [3, null], { four: 4.5 }, true];

/** What is never opened: there is no decoder of the one here, and to decode the other is to run a program. */
export const REFUSED: readonly Case[] = ["msgpack2", "pickle"].map((id) => objects(id, JSON_TYPE, ANYTHING, null));

export const CASES: readonly Case[] = [
	...dtypes,
	...compressors,
	...valueFilters,
	...BYTES_FILTERS,
	...fills,
	...layouts,
	...texts,
	...instants,
	...records,
	objects("vlen-utf8", v3Type("string"), TEXTS),
	objects("vlen-bytes", v3Type("bytes"), ["", "AQ==", "AAEC/w==", "YWJj", ""], null),
	objects("json2", JSON_TYPE, ANYTHING, null),
	given("categories of text", v3Type("fixed"), points(TEXTS.slice(1).concat("a")), {
		dtype: "<U3",
		fillWire: points([""]),
		filters: [{ id: "categorize", labels: TEXTS.slice(1), dtype: "<U3", astype: "|u1" }],
	}),
];

/** Bytes of an element of numbers or raw bytes. */
export function itemSizeOf(dtype: Json): number {
	return Number(/\d+$/.exec(String(dtype))?.[0]);
}

export function typeOf({ type, dtype }: Case): CaseType {
	if (type !== undefined) return type;
	const [, kind = "", size] = /^[<>|]([a-zA-Z])(\d+)$/.exec(String(dtype)) ?? [];
	if (kind === "V" || kind === "S") return rawType(Number(size));
	const name = kind === "b" ? "bool" : `${{ i: "int", u: "uint", f: "float", c: "complex" }[kind]}${8 * Number(size)}`;
	return V3_TYPES.find((one) => one.name === name) as CaseType;
}

const rawType = (bytes: number): CaseType => ({
	name: `r${8 * bytes}`,
	present: (wire) => ({ data: fromText(wire), components: [bytes] }),
	wireOf: (data) => toText(data as Uint8Array),
});
