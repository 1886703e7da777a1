/** The data types of the matrix: what metadata calls them, values of each, and how those travel to the peers (see `packs.py`). */
import type { Json } from "../../dist/src/format/json.js";
import { anyBits, bitsOf, bitsOfFill, CORE_TYPES, layoutOf, present } from "./bits.js";
import { toText } from "./peers.js";

export interface TypeCase {
	/** The name that the library and the table have for it. */
	readonly name: string;
	/** The member `data_type`. */
	readonly dataType: Json;
	/** The member `fill_value`, and the same as it travels. */
	readonly fill: Json;
	readonly fillWire: Json;
	/** The fill value as the library takes it, where it is not as in the metadata. */
	readonly fillValue?: unknown;
	/** The codec that makes bytes of it, where that is not `bytes`. */
	readonly serializer?: string;
	/** `count` elements as they travel; `tame` ones are small numbers that no filter changes. */
	values(count: number, options: { readonly seed: string; readonly tame: boolean }): Json;
	/** Of values as they travel what the library takes, and back. */
	present(wire: Json): { readonly data: unknown; readonly components: readonly number[] };
	wireOf(data: unknown): Json;
}

const bytesOf = (wire: Json): Uint8Array => new Uint8Array(Buffer.from(wire as string, "base64"));

/** Small numbers, also for unsigned and short integers: 0, 0, 1, 1, 0, …. */
function tameBits(name: string, count: number): Uint8Array {
	const { Array: Values, parts } = layoutOf(name);
	const numbers = Array.from({ length: count * parts }, (_, i) => ((i >> 1) % 3) & 1);
	const isBig = name === "int64" || name === "uint64";
	const Kind = Values as unknown as { from(values: readonly (number | bigint)[]): never };
	return bitsOf(Kind.from(isBig ? numbers.map(BigInt) : numbers), name);
}

function coreType(name: string): TypeCase {
	const { parts } = layoutOf(name);
	return {
		name,
		dataType: name,
		fill: name === "bool" ? true : parts === 2 ? [1, 0] : 1,
		fillWire: toText(bitsOfFill(parts === 2 ? [1, 0] : 1, name)),
		values: (count, { seed, tame }) => toText(tame ? tameBits(name, count) : anyBits(name, count, { seed })),
		present: (wire) => ({ data: present(bytesOf(wire), name), components: parts === 2 ? [2] : [] }),
		wireOf: (data) => toText(bitsOf(data as never, name)),
	};
}

/** Elements out of a few, as typed arrays of the class in which they travel and are presented. */
function fewValues<V>(
	name: string,
	values: readonly V[],
	Values: { from(values: readonly V[]): { readonly buffer: ArrayBufferLike }; new (buffer: ArrayBuffer): unknown },
): TypeCase {
	const asText = (data: { readonly buffer: ArrayBufferLike }): string => toText(new Uint8Array(data.buffer).slice());
	return {
		name,
		dataType: name,
		fill: 1,
		fillWire: asText(Values.from([values[1] as V])),
		values: (count, { tame }) =>
			asText(Values.from(Array.from({ length: count }, (_, i) => values[i % (tame ? 2 : values.length)] as V))),
		present: (wire) => ({ data: new Values(bytesOf(wire).buffer as ArrayBuffer), components: [] }),
		wireOf: (data) => toText(new Uint8Array((data as { slice(): { buffer: ArrayBuffer } }).slice().buffer)),
	};
}

const smallFloat = (name: string, values: readonly number[]): TypeCase =>
	fewValues<number>(name, values, Float32Array as never);

/** Words of 64 bits with a unit. */
export function times(name: string, unit: string): TypeCase {
	const core = coreType("int64");
	const [, factor, step = ""] = /^(\d*)(.*)$/.exec(unit) ?? [];
	const dataType = { name, configuration: { unit: step, scale_factor: Number(factor || 1) } };
	return { ...core, name: `${name}[${unit}]`, dataType, fill: 1 };
}

/** Text or byte strings of any length, which travel as a list. */
function listed(
	name: string,
	serializer: string,
	items: readonly string[],
	convert: { readonly present: (item: string) => unknown; readonly wireOf: (item: never) => string },
): TypeCase {
	return {
		name,
		dataType: name,
		fill: items[1] ?? "",
		fillWire: [items[1] ?? ""],
		fillValue: convert.present(items[1] ?? ""),
		serializer,
		values: (count) => Array.from({ length: count }, (_, i) => items[i % items.length] ?? ""),
		present: (wire) => ({ data: (wire as string[]).map(convert.present), components: [] }),
		wireOf: (data) => Array.from(data as Iterable<never>, convert.wireOf),
	};
}

const TEXTS: readonly string[] = ["", "a", "Größe", "日本語", "🧠", "two words", "x".repeat(300)];

/** Text of at most three code points, which travels as UTF-32. */
const utf32: TypeCase = {
	name: "fixed_length_utf32[12]",
	dataType: { name: "fixed_length_utf32", configuration: { length_bytes: 12 } },
	fill: "µ",
	fillWire: toText(Uint8Array.of(0xb5, ...new Uint8Array(11))),
	values: (count) =>
		toText(
			new Uint8Array(
				Uint32Array.from({ length: count * 3 }, (_, i) => {
					const text = ["", "a", "日本語", "🧠z", "ö b"][Math.floor(i / 3) % 5] ?? "";
					return Array.from(text)[i % 3]?.codePointAt(0) ?? 0;
				}).buffer,
			),
		),
	present: (wire) => {
		const points = new Uint32Array(bytesOf(wire).buffer);
		const data = Array.from({ length: points.length / 3 }, (_, i) =>
			String.fromCodePoint(...points.subarray(3 * i, 3 * i + 3)).replace(/\0+$/, ""),
		);
		return { data, components: [] };
	},
	wireOf: (data) =>
		toText(
			new Uint8Array(
				Uint32Array.from(
					(data as string[]).flatMap((text) => [0, 1, 2].map((i) => Array.from(text)[i]?.codePointAt(0) ?? 0)),
				).buffer,
			),
		),
};

/** Records of five bytes: { x: int32, y: uint8 }. */
const record: TypeCase = {
	name: "struct[x: int32, y: uint8]",
	dataType: {
		name: "struct",
		configuration: {
			fields: [
				{ name: "x", data_type: "int32" },
				{ name: "y", data_type: "uint8" },
			],
		},
	},
	fill: { x: 1, y: 2 },
	fillWire: toText(Uint8Array.of(1, 0, 0, 0, 2)),
	values: (count, { seed }) => toText(anyBits("uint8", 5 * count, { seed })),
	present: (wire) => {
		const bytes = bytesOf(wire);
		const view = new DataView(bytes.buffer);
		const data = Array.from({ length: bytes.length / 5 }, (_, i) => ({
			x: view.getInt32(5 * i, true),
			y: view.getUint8(5 * i + 4),
		}));
		return { data, components: [] };
	},
	wireOf: (data) => {
		const records = data as { readonly x: number; readonly y: number }[];
		const view = new DataView(new ArrayBuffer(5 * records.length));
		for (const [i, { x, y }] of records.entries()) {
			view.setInt32(5 * i, x, true);
			view.setUint8(5 * i + 4, y);
		}
		return toText(new Uint8Array(view.buffer));
	},
};

/** What zarr-python has instead of `struct`, under its older name and with another form of fill value: it is read, and never written. */
const structured: TypeCase = {
	...record,
	name: "structured[x: int32, y: uint8]",
	dataType: {
		name: "structured",
		configuration: {
			fields: [
				["x", "int32"],
				["y", "uint8"],
			],
		},
	},
	fill: toText(Uint8Array.of(1, 0, 0, 0, 2)),
};

const FLOATS_8 = [0, 1, 0.5, 1.5, 2, -1, -0.5, -3];

export const TYPES: readonly TypeCase[] = [
	...Object.keys(CORE_TYPES).map(coreType),
	listed("string", "vlen-utf8", TEXTS, { present: (text) => text, wireOf: (text) => text }),
	listed("bytes", "vlen-bytes", ["", "AQ==", "AAEC/w==", "YWJj"], { present: bytesOf, wireOf: toText }),
	utf32,
	record,
	structured,
	times("numpy.datetime64", "ns"),
	times("numpy.timedelta64", "s"),
	fewValues<number>("int2", [0, 1, -1, -2], Int8Array as never),
	fewValues<number>("uint2", [0, 1, 2, 3], Uint8Array as never),
	fewValues<number>("int4", [0, 1, -1, -8, 7], Int8Array as never),
	fewValues<number>("uint4", [0, 1, 15, 7], Uint8Array as never),
	smallFloat("bfloat16", [0, 1, -0, 0.5, 3.140625, -1.5, 2 ** 100, Number.POSITIVE_INFINITY]),
	smallFloat("float4_e2m1fn", [0, 1, 0.5, 1.5, 2, 3, 4, 6, -0.5, -6]),
	smallFloat("float6_e2m3fn", [0, 1, 0.125, 7.5, -7.5]),
	smallFloat("float6_e3m2fn", [0, 1, 0.0625, 28, -28]),
	smallFloat("float8_e3m4", FLOATS_8),
	smallFloat("float8_e4m3", FLOATS_8),
	smallFloat("float8_e4m3b11fnuz", FLOATS_8),
	smallFloat("float8_e4m3fn", FLOATS_8),
	smallFloat("float8_e4m3fnuz", FLOATS_8),
	smallFloat("float8_e5m2", FLOATS_8),
	smallFloat("float8_e5m2fnuz", FLOATS_8),
	smallFloat("float8_e8m0fnu", [2, 1, 0.5, 4, 2 ** 100]),
];
