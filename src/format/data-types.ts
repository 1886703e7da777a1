import { StoreError } from "../errors.js";

/** Integers that a JavaScript number holds exactly. */
export type SmallIntegerName = "int8" | "int16" | "int32" | "uint8" | "uint16" | "uint32";
export type BigIntegerName = "int64" | "uint64";
export type FloatName = "float16" | "float32" | "float64";
export type ComplexName = "complex64" | "complex128";
/** `r8`, `r16`, `r24` …: raw bits, in whole bytes. */
export type RawName = `r${number}`;

/** Names of the core data types of Zarr v3 (core specification 3.1, "Data types"). */
export type DType = "bool" | SmallIntegerName | BigIntegerName | FloatName | ComplexName | RawName;

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

export interface TypedArrayConstructor {
	new (length: number): TypedArray;
	new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray;
	readonly BYTES_PER_ELEMENT: number;
	readonly name: string;
}

/** The typed array in which values of `D` are presented to people and kernels. */
export type TypedArrayOf<D extends DType> = D extends "bool" | "uint8" | RawName
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
				: number;

/** NumPy's kind letters: bool, signed, unsigned, float, complex, raw (void). */
export type Kind = "b" | "i" | "u" | "f" | "c" | "V";

/** Everything the library needs to know of a data type. */
export interface DataType<D extends DType = DType> {
	readonly name: D;
	readonly kind: Kind;
	/** Bytes of one element on the store. */
	readonly itemSize: number;
	/** Bytes of the unit that the `bytes` codec swaps for the other endian: 4 for complex64, 1 for raw bits. */
	readonly wordSize: number;
	/** Entries of the presented typed array per element: 2 for complex, the bytes of raw bits, else 1. */
	readonly components: number;
	/** The presented typed array. Wider than the stored word for float16 only, which is presented as float32. */
	readonly Array: TypedArrayConstructor;
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
