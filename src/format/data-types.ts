import { StoreError } from "../errors.js";
import type { Json } from "./json.js";

/** Integers that a JavaScript number holds exactly. */
export type SmallIntegerName = "int8" | "int16" | "int32" | "uint8" | "uint16" | "uint32";
export type BigIntegerName = "int64" | "uint64";
export type FloatName = "float16" | "float32" | "float64";
export type ComplexName = "complex64" | "complex128";
/** `r8`, `r16`, `r24` …: raw bits, in whole bytes. */
export type RawName = `r${number}`;

/** Names of data types whose values a typed array holds. Where the compiler does not know a type, it takes it for one of these. */
export type NumericName = "bool" | SmallIntegerName | BigIntegerName | FloatName | ComplexName | RawName;

/** Text: of any length, or of at most so many bytes in UTF-32; `U12` is NumPy's name for at most 12 characters. */
export type TextName = "string" | `fixed_length_utf32[${number}]` | `${"" | "<"}U${number}`;
/** Records of named fields: `struct[x: float32, y: int16]`. */
export type RecordName = `struct[${string}]`;
/** What Python objects may be in Zarr v2: any JSON, and arrays of any length (`ragged[int32]`). */
export type ObjectName = "json" | `ragged[${string}]`;
/** Names of data types whose values are entries of a plain array; `bytes` are byte strings of any length. */
export type BoxedName = TextName | "bytes" | RecordName | ObjectName;

/** Names of data types: those of the core of Zarr v3 (core specification 3.1, "Data types"), and those of zarr-extensions. */
export type DType = NumericName | BoxedName;

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
	: D extends "bool" | "uint8" | RawName
		? Uint8Array
		: D extends "int8"
			? Int8Array
			: D extends "int16"
				? Int16Array
				: D extends "uint16"
					? Uint16Array
					: D extends "int32"
						? Int32Array
						: D extends "uint32"
							? Uint32Array
							: D extends "int64"
								? BigInt64Array
								: D extends "uint64"
									? BigUint64Array
									: D extends "float16" | "float32" | "complex64"
										? Float32Array
										: D extends "float64" | "complex128"
											? Float64Array
											: never;

/** One value of `D`: complex as `[re, im]`, raw bits as a list of bytes. */
export type ScalarOf<D extends DType> = D extends "bool"
	? boolean
	: D extends BigIntegerName
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

/** NumPy's kind letters: bool, signed, unsigned, float, complex, raw (void); then text, bytes of any length, records and objects. */
export type Kind = "b" | "i" | "u" | "f" | "c" | "V" | "U" | "S" | "R" | "O";

/** Everything the library needs to know of a data type. */
export interface DataType<D extends DType = DType> {
	readonly name: D;
	readonly kind: Kind;
	/** Bytes of one element on the store; where they vary, a guess for choosing chunk shapes. */
	readonly itemSize: number;
	/** Bytes of the unit that the `bytes` codec swaps for the other endian: 4 for complex64, 1 for raw bits. */
	readonly wordSize: number;
	/** Entries of the presented typed array per element: 2 for complex, the bytes of raw bits, else 1. */
	readonly components: number;
	/**
	 * The presented array. Wider than the stored word for float16 only, which is presented as float32. Where there is a boxing, it makes
	 * a plain array of so many entries, each of which is what stands for zero.
	 */
	readonly Array: TypedArrayConstructor;
	/** Where entries are no numbers but text, bytes or records, in a plain array: what is to be known of them. */
	readonly boxing?: Boxing | undefined;
	/** The member `data_type` of the metadata, where it is more than the name. */
	readonly metadata?: Json | undefined;
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

const FIXED: { readonly [name: string]: readonly [Kind, number, number, number, TypedArrayConstructor] } = {
	bool: ["b", 1, 1, 1, Uint8Array],
	int8: ["i", 1, 1, 1, Int8Array],
	int16: ["i", 2, 2, 1, Int16Array],
	int32: ["i", 4, 4, 1, Int32Array],
	int64: ["i", 8, 8, 1, BigInt64Array],
	uint8: ["u", 1, 1, 1, Uint8Array],
	uint16: ["u", 2, 2, 1, Uint16Array],
	uint32: ["u", 4, 4, 1, Uint32Array],
	uint64: ["u", 8, 8, 1, BigUint64Array],
	float16: ["f", 2, 2, 1, Float32Array],
	float32: ["f", 4, 4, 1, Float32Array],
	float64: ["f", 8, 8, 1, Float64Array],
	complex64: ["c", 8, 4, 2, Float32Array],
	complex128: ["c", 16, 8, 2, Float64Array],
};

/** Raw bits longer than this are refused: hostile metadata, not data. */
const MAX_RAW_BYTES = 65536;

/**
 * The data type of a name.
 * @throws StoreError UNSUPPORTED, listing what is supported
 */
export function dataType<D extends DType>(name: D | (string & {})): DataType<D> {
	const fixed = Object.hasOwn(FIXED, name) ? FIXED[name] : undefined;
	if (fixed !== undefined) {
		const [kind, itemSize, wordSize, components, Presented] = fixed;
		return { name: name as D, kind, itemSize, wordSize, components, Array: Presented };
	}
	const bits = /^r([1-9]\d{0,6})$/.exec(String(name))?.[1];
	const bytes = Number(bits) / 8;
	if (bits !== undefined && Number.isInteger(bytes) && bytes <= MAX_RAW_BYTES)
		return { name: name as D, kind: "V", itemSize: bytes, wordSize: 1, components: bytes, Array: Uint8Array };
	throw new StoreError(
		"UNSUPPORTED",
		`data type ${JSON.stringify(name)} is not supported: use one of ${Object.keys(FIXED).join(", ")} or r8, r16, r24, …`,
	);
}
