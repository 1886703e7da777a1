import { StoreError } from "../errors.js";
import { bfloat16 } from "./bfloat16.js";
import { float16 } from "./float16.js";
import { type FloatFormat, float32, float64 } from "./floats.js";
import type { Json } from "./json.js";
import { SMALL_FLOATS, type SmallFloatName } from "./small-floats.js";
import { fewBits, type Storage, type StoredFloat, truths } from "./storage.js";
import { parseTimeName, type TimeStep } from "./times.js";

/** Integers that a JavaScript number holds exactly. */
export type SmallIntegerName = SignedName | UnsignedName;
type SignedName = "int2" | "int4" | "int8" | "int16" | "int32";
type UnsignedName = "uint2" | "uint4" | "uint8" | "uint16" | "uint32";
export type BigIntegerName = "int64" | "uint64";
export type FloatName = "bfloat16" | "float16" | "float32" | "float64" | SmallFloatName;
/** `complex_float32` and `complex_float64` are other names of `complex64` and `complex128`. */
export type ComplexName = "complex64" | "complex128" | `complex_${FloatName}`;
/** `r8`, `r16`, `r24` …: raw bits, in whole bytes. */
export type RawName = `r${number}`;
/** Points in time, as counts of a unit since 1970: `numpy.datetime64[ns]`, `numpy.datetime64[10us]`; NumPy's own name is understood too. */
export type DatetimeName = `${"numpy." | ""}datetime64[${string}]`;
/** Spans of time, as counts of a unit. */
export type TimedeltaName = `${"numpy." | ""}timedelta64[${string}]`;

/** Text: of any length, or of at most so many bytes in UTF-32; `U12` is NumPy's name for at most 12 characters. */
export type TextName = "string" | `fixed_length_utf32[${number}]` | `${"" | "<"}U${number}`;
/** Records of named fields: `struct[x: float32, y: int16]`. */
export type RecordName = `struct[${string}]`;
/** What Python objects may be in Zarr v2: any JSON, and arrays of any length (`ragged[int32]`). */
export type ObjectName = "json" | `ragged[${string}]`;
/** Names of data types whose values are entries of a plain array; `bytes` are byte strings of any length. */
export type BoxedName = TextName | "bytes" | RecordName | ObjectName;

/** Names of data types whose values a typed array holds. Where the compiler does not know a type, it takes it for one of these. */
export type NumericName =
	| "bool"
	| SmallIntegerName
	| BigIntegerName
	| FloatName
	| ComplexName
	| RawName
	| DatetimeName
	| TimedeltaName;

/**
 * Names of data types: those of Zarr v3 (core specification 3.1, "Data types"; registry of extensions, "data-types"), with what configures
 * them in brackets.
 */
export type DType = NumericName | BoxedName;

/** How users may say which data type they mean: by its name, NumPy's name, or as `data_type` of the metadata has it. */
export type DTypeLike<D extends DType = DType> =
	| D
	| { readonly name: string; readonly configuration?: { readonly [member: string]: unknown } };

/** Any typed array over plain or shared memory. */
export type TypedArray =
	| Int8Array
	| Uint8Array
	| Int16Array
	| Uint16Array
	| Int32Array
	| Uint32Array
	| Float32Array
	| Float64Array
	| BigInt64Array
	| BigUint64Array;

/** Entries in memory: a typed array, or a plain one where no typed array can hold them (text, bytes of any length, records). */
export type Values = TypedArray | unknown[];

export interface TypedArrayConstructor {
	new (length: number): TypedArray;
	new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray;
	readonly BYTES_PER_ELEMENT: number;
	readonly name: string;
}

/** The array in which values of `D` are presented to people and kernels. */
export type TypedArrayOf<D extends DType> = D extends BoxedName
	? ScalarOf<D>[]
	: D extends "bool" | "uint2" | "uint4" | "uint8" | RawName
		? Uint8Array
		: D extends "int2" | "int4" | "int8"
			? Int8Array
			: D extends "int16"
				? Int16Array
				: D extends "uint16"
					? Uint16Array
					: D extends "int32"
						? Int32Array
						: D extends "uint32"
							? Uint32Array
							: D extends "int64" | DatetimeName | TimedeltaName
								? BigInt64Array
								: D extends "uint64"
									? BigUint64Array
									: D extends "float64" | "complex128" | "complex_float64"
										? Float64Array
										: D extends FloatName | ComplexName
											? Float32Array
											: never;

/** One value of `D`: complex as `[re, im]`, raw bits as a list of bytes. */
export type ScalarOf<D extends DType> = D extends "bool"
	? boolean
	: D extends BigIntegerName | DatetimeName | TimedeltaName
		? bigint
		: D extends ComplexName
			? readonly [re: number, im: number]
			: D extends RawName
				? readonly number[]
				: D extends TextName
					? string
					: D extends "bytes"
						? Uint8Array
						: D extends RecordName
							? { readonly [field: string]: unknown }
							: D extends ObjectName
								? Json | TypedArray
								: number;

/** What is taken for a count of time beside a bigint: a `Date`, text by ISO 8601, `"NaT"`. */
export type TimeOf<D extends DType> = D extends DatetimeName ? Date | string : D extends TimedeltaName ? "NaT" : never;

/**
 * NumPy's kind letters: bool, signed, unsigned, float, complex, raw (void), datetime, timedelta; then text, bytes of any length, records
 * and objects.
 */
export type Kind = "b" | "i" | "u" | "f" | "c" | "V" | "M" | "m" | "U" | "S" | "R" | "O";

/** Everything the library needs to know of a data type. */
export interface DataType<D extends DType = DType> {
	/** What tells it from every other type: its name in the metadata, and in brackets what configures it. */
	readonly name: D;
	/** The member `data_type` of the metadata, as it was read where it was read: the name, or an object with `name` and `configuration`. */
	readonly metadata: Json;
	readonly kind: Kind;
	/** Bytes of one element on the store; where they vary, a guess for choosing chunk shapes. */
	readonly itemSize: number;
	/** Bytes of the unit that the `bytes` codec swaps for the other endian: 4 for complex64, 1 for raw bits. */
	readonly wordSize: number;
	/** Bits of that unit which mean something: 4 for int4, 6 for float6_e2m3fn, 1 for bool, 32 for complex64. */
	readonly bits: number;
	/** Entries of the presented typed array per element: 2 for complex, the bytes of raw bits, else 1. */
	readonly components: number;
	/**
	 * The presented array. Wider than the stored word for floats of fewer than 32 bits, which are presented as float32. Where there is a boxing,
	 * it makes a plain array of so many entries, each of which is what stands for zero.
	 */
	readonly Array: TypedArrayConstructor;
	/** How stored words become entries of that array, and back; undefined where they are the same bits. */
	readonly storage?: Storage;
	/** What floats, and the parts of complex numbers, can hold. */
	readonly float?: FloatFormat;
	/** The type of the parts of a complex number. */
	readonly part?: DataType;
	/** What is counted, of points and spans of time. */
	readonly time?: TimeStep;
	/** Where entries are no numbers but text, bytes or records, in a plain array: what is to be known of them. */
	readonly boxing?: Boxing | undefined;
}

/** What the library needs to know of entries that are no numbers. They are never changed, only replaced. */
export interface Boxing {
	/** What stands for zero. */
	readonly empty: unknown;
	/** What a person may give, in a few words. */
	readonly takes: string;
	/** A given value as an entry; undefined where it is none. */
	accept(value: unknown): unknown;
	isSame(a: unknown, b: unknown): boolean;
	/** Fields of a record, in the order in which they are stored. */
	readonly fields?: readonly Field[] | undefined;
}

export interface Field {
	readonly name: string;
	readonly dtype: DataType;
	/** Bytes of the record before it. */
	readonly offset: number;
}

type FixedType = Omit<DataType, "name" | "metadata">;

function integer(kind: "i" | "u", bits: number, Presented: TypedArrayConstructor): FixedType {
	const bytes = Math.max(1, bits / 8);
	const storage = bits < 8 && { storage: fewBits(bits as 2 | 4, kind === "i") };
	return { kind, itemSize: bytes, wordSize: bytes, bits, components: 1, Array: Presented, ...storage };
}

function float(bits: number, Presented: TypedArrayConstructor, { format, storage }: Float): FixedType {
	const bytes = Math.ceil(bits / 8);
	const stored = storage && { storage };
	return {
		kind: "f",
		itemSize: bytes,
		wordSize: bytes,
		bits,
		components: 1,
		Array: Presented,
		float: format,
		...stored,
	};
}

type Float = Omit<StoredFloat, "storage"> & Partial<StoredFloat>;

const FLOATS: { readonly [name: string]: FixedType } = {
	...Object.fromEntries(SMALL_FLOATS.map(({ name, bits, ...small }) => [name, float(bits, Float32Array, small)])),
	bfloat16: float(16, Float32Array, bfloat16),
	float16: float(16, Float32Array, float16),
	float32: float(32, Float32Array, { format: float32 }),
	float64: float(64, Float64Array, { format: float64 }),
};

function complex(part: string): FixedType {
	const type = named(part, FLOATS[part] as FixedType);
	return { ...type, kind: "c", itemSize: 2 * type.itemSize, components: 2, part: type };
}

const FIXED: { readonly [name: string]: FixedType } = {
	bool: { ...integer("u", 8, Uint8Array), kind: "b", bits: 1, storage: truths },
	int2: integer("i", 2, Int8Array),
	int4: integer("i", 4, Int8Array),
	int8: integer("i", 8, Int8Array),
	int16: integer("i", 16, Int16Array),
	int32: integer("i", 32, Int32Array),
	int64: integer("i", 64, BigInt64Array),
	uint2: integer("u", 2, Uint8Array),
	uint4: integer("u", 4, Uint8Array),
	uint8: integer("u", 8, Uint8Array),
	uint16: integer("u", 16, Uint16Array),
	uint32: integer("u", 32, Uint32Array),
	uint64: integer("u", 64, BigUint64Array),
	...FLOATS,
	complex64: complex("float32"),
	complex128: complex("float64"),
	...Object.fromEntries(Object.keys(FLOATS).map((part) => [`complex_${part}`, complex(part)])),
};

/** Raw bits longer than this are refused: hostile metadata, not data. */
const MAX_RAW_BYTES = 65536;

/**
 * The data type of a name, which may be NumPy's for points and spans of time.
 * @throws StoreError UNSUPPORTED, listing what is supported
 */
export function dataType<D extends DType>(name: D | (string & {})): DataType<D> {
	return (fixedType(name) ?? rawType(name) ?? timeTypeOf(name) ?? refuse(name)) as DataType<D>;
}

function fixedType(name: string): DataType | undefined {
	const fixed = Object.hasOwn(FIXED, name) ? FIXED[name] : undefined;
	return fixed && named(name, fixed);
}

function named(name: string, type: FixedType): DataType {
	return { ...type, name: name as DType, metadata: name };
}

function rawType(name: string): DataType | undefined {
	const bits = /^r([1-9]\d{0,6})$/.exec(String(name))?.[1];
	const bytes = Number(bits) / 8;
	if (bits === undefined || !Number.isInteger(bytes) || bytes > MAX_RAW_BYTES) return undefined;
	const sizes = { itemSize: bytes, wordSize: 1, bits: 8, components: bytes };
	return { name: name as RawName, metadata: name, kind: "V", ...sizes, Array: Uint8Array };
}

function timeTypeOf(name: string): DataType | undefined {
	const time = parseTimeName(String(name));
	return time && timeType(time);
}

/** The data type of counts of time. */
export function timeType(time: TimeStep): DataType {
	const { kind, unit, scaleFactor } = time;
	const family = kind === "M" ? "numpy.datetime64" : "numpy.timedelta64";
	return {
		name: `${family}[${scaleFactor === 1 ? "" : scaleFactor}${unit}]` as DType,
		metadata: { name: family, configuration: { unit: time.spelling, scale_factor: scaleFactor } },
		...{ kind, itemSize: 8, wordSize: 8, bits: 64, components: 1, Array: BigInt64Array, time },
	};
}

function refuse(name: unknown): never {
	throw new StoreError(
		"UNSUPPORTED",
		`data type ${JSON.stringify(name)} is not supported: use one of ${Object.keys(FIXED).join(", ")}, ` +
			"r8, r16, r24, …, or one such as datetime64[ns] and timedelta64[10us]",
	);
}
