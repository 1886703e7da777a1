/** Fill values that are numbers (Zarr v3 core specification 3.1, "Permitted fill values"), between JSON, people and bits. */
import { StoreError } from "../errors.js";
import type { DataType, DType, Kind, ScalarOf, TypedArray } from "./data-types.js";
import { floatToHalf, halfToFloat, roundToHalf } from "./float16.js";
import { excerpt, type Json } from "./json.js";

/** Makes the error of the direction that a value comes from. */
type Refuse = (reason: string) => StoreError;

/** Fills one element; refuses what the data type cannot hold. */
type Convert<Value> = (value: Value, fill: TypedArray, dtype: DataType, refuse: Refuse) => void;

/** Bits of the NaN that `"NaN"` stands for, by the bytes of the float. */
const CANONICAL_NAN: { readonly [bytes: number]: bigint } = { 2: 0x7e00n, 4: 0x7fc00000n, 8: 0x7ff8000000000000n };

export function parseFill(json: Json, dtype: DataType): TypedArray {
	const fill = new dtype.Array(dtype.components);
	PARSE[dtype.kind as NumericKind](json, fill, dtype, (reason) => {
		return new StoreError("CORRUPT", `${show(json)} is no fill value of ${dtype.name}: ${reason}`);
	});
	return fill;
}

export function fillFromUser(value: unknown, dtype: DataType): TypedArray {
	const fill = new dtype.Array(dtype.components);
	if (value === undefined) return fill;
	if (isElement(value, dtype)) return value.slice();
	ACCEPT[dtype.kind as NumericKind](value, fill, dtype, (reason) => {
		return new StoreError("INVALID_ARGUMENT", `fillValue ${show(value)} does not fit ${dtype.name}: ${reason}`);
	});
	return fill;
}

function isElement(value: unknown, dtype: DataType): value is TypedArray {
	const Typed = dtype.Array as unknown as typeof Float64Array;
	return value instanceof Typed && value.length === dtype.components;
}

type NumericKind = Exclude<Kind, "U" | "S" | "R" | "O">;
type Kinds<Value> = { readonly [kind in NumericKind]: Convert<Value> };

const PARSE: Kinds<Json> = {
	b: (value, fill, _, refuse) => {
		if (typeof value !== "boolean") throw refuse("it takes true or false");
		fill[0] = Number(value);
	},
	i: putInteger,
	u: putInteger,
	f: readFloat,
	c: (value, fill, dtype, refuse) => {
		for (const [i, part] of partsOf<Json>(value, refuse)) readFloat(part, at(fill, i), dtype, refuse);
	},
	V: putBytes,
};

const ACCEPT: Kinds<unknown> = {
	b: (value, fill, _, refuse) => {
		const bit = numberOf(value);
		if (bit !== 0 && bit !== 1 && bit !== 0n && bit !== 1n) throw refuse("use true or false");
		fill[0] = Number(bit);
	},
	i: (value, fill, dtype, refuse) => putInteger(numberOf(value), fill, dtype, refuse),
	u: (value, fill, dtype, refuse) => putInteger(numberOf(value), fill, dtype, refuse),
	f: acceptFloat,
	c: (value, fill, dtype, refuse) => {
		const parts = Array.isArray(value) ? value : [value, 0];
		for (const [i, part] of partsOf<unknown>(parts, refuse)) acceptFloat(part, at(fill, i), dtype, refuse);
	},
	V: putBytes,
};

/** Booleans count as 0 and 1, as they do in NumPy. */
function numberOf(value: unknown): unknown {
	return typeof value === "boolean" ? Number(value) : value;
}

function at(fill: TypedArray, i: number): TypedArray {
	return fill.subarray(i, i + 1);
}

function partsOf<Part>(value: unknown, refuse: Refuse): IterableIterator<[i: number, part: Part]> {
	if (!Array.isArray(value) || value.length !== 2) throw refuse("a complex number is a list [re, im]");
	return (value as Part[]).entries();
}

function putInteger(value: unknown, fill: TypedArray, dtype: DataType, refuse: Refuse): void {
	if (typeof value !== "bigint" && !Number.isInteger(value)) throw refuse("it takes an integer");
	if (typeof value !== "bigint" && !Number.isSafeInteger(value))
		throw refuse("a number beyond 2^53 is not exact: use a bigint");
	const bits = 8 * dtype.itemSize;
	const integer = BigInt(value as number | bigint);
	const [least, beyond] =
		dtype.kind === "u" ? [0n, 2n ** BigInt(bits)] : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1)];
	if (integer < least || integer >= beyond) throw refuse(`it is not within ${least} to ${beyond - 1n}`);
	fill[0] = bits === 64 ? integer : Number(integer);
}

function putBytes(value: unknown, fill: TypedArray, dtype: DataType, refuse: Refuse): void {
	const bytes = ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Uint8Array) : value;
	const isByte = (item: unknown) => Number.isInteger(item) && (item as number) >= 0 && (item as number) <= 255;
	if (!Array.isArray(bytes) || bytes.length !== dtype.itemSize || !bytes.every(isByte))
		throw refuse(`it takes a list of ${dtype.itemSize} bytes, 0 to 255`);
	(fill as Uint8Array).set(bytes as number[]);
}

const NAMED: readonly unknown[] = ["NaN", "Infinity", "-Infinity"];

function readFloat(json: Json, fill: TypedArray, dtype: DataType, refuse: Refuse): void {
	const digits = 2 * dtype.wordSize;
	const value = NAMED.includes(json) ? Number(json) : json;
	if (typeof value === "number" || typeof value === "bigint") putNumber(Number(value), fill, dtype);
	else if (typeof value === "string" && value.length === 2 + digits && /^0x[0-9a-fA-F]+$/.test(value))
		putBits(BigInt(value), fill, dtype);
	else throw refuse(`it takes a number, "NaN", "Infinity", "-Infinity" or bits as "0x" and ${digits} hex digits`);
}

function acceptFloat(given: unknown, fill: TypedArray, dtype: DataType, refuse: Refuse): void {
	const value = numberOf(given);
	if (typeof value !== "number" && typeof value !== "bigint") throw refuse("it takes a number");
	putNumber(Number(value), fill, dtype);
	const stored = (fill as Float32Array)[0] as number;
	if (!Number.isFinite(stored) && (typeof value === "bigint" || Number.isFinite(value)))
		throw refuse("it is beyond the range");
	if (typeof value === "bigint" && BigInt(stored) !== value)
		throw refuse("it would be rounded: use a number to allow that");
}

/** Rounds to nearest, ties to even. The bits of a NaN are the canonical ones, whatever NaN the engine happens to hold. */
function putNumber(value: number, fill: TypedArray, dtype: DataType): void {
	if (Number.isNaN(value)) putBits(CANONICAL_NAN[dtype.wordSize] ?? 0n, fill, dtype);
	else fill[0] = dtype.wordSize === 2 ? roundToHalf(value) : value;
}

function putBits(bits: bigint, fill: TypedArray, { wordSize }: DataType): void {
	if (wordSize === 8) new BigUint64Array(fill.buffer, fill.byteOffset, 1)[0] = bits;
	else if (wordSize === 4) new Uint32Array(fill.buffer, fill.byteOffset, 1)[0] = Number(bits);
	else halfToFloat(Uint16Array.of(Number(bits)), fill as Float32Array);
}

function getBits(fill: TypedArray, { wordSize }: DataType): bigint {
	if (wordSize === 8) return new BigUint64Array(fill.buffer, fill.byteOffset, 1)[0] ?? 0n;
	if (wordSize === 4) return BigInt(new Uint32Array(fill.buffer, fill.byteOffset, 1)[0] ?? 0);
	const half = new Uint16Array(1);
	floatToHalf(fill as Float32Array, half);
	return BigInt(half[0] ?? 0);
}

export function formatFill(fill: TypedArray, dtype: DataType): Json {
	if (dtype.kind === "b") return fill[0] !== 0;
	if (dtype.kind === "f") return formatFloat(fill, dtype);
	if (dtype.kind === "c") return [formatFloat(at(fill, 0), dtype), formatFloat(at(fill, 1), dtype)];
	if (dtype.kind === "V") return Array.from(fill as Uint8Array);
	const integer = fill[0] as number | bigint;
	return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}

function formatFloat(fill: TypedArray, dtype: DataType): Json {
	const value = (fill as Float32Array)[0] as number;
	if (Number.isFinite(value)) return value;
	if (!Number.isNaN(value)) return String(value);
	const bits = getBits(fill, dtype);
	if (bits === CANONICAL_NAN[dtype.wordSize]) return "NaN";
	return `0x${bits.toString(16).padStart(2 * dtype.wordSize, "0")}`;
}

export function fillToUser<D extends DType>(fill: TypedArray, dtype: DataType<D>): ScalarOf<D> {
	const scalar = (): unknown => {
		if (dtype.kind === "b") return fill[0] !== 0;
		return dtype.kind === "c" || dtype.kind === "V" ? Array.from(fill as Uint8Array) : fill[0];
	};
	return scalar() as ScalarOf<D>;
}

/** A value in a message: short, and whatever it is. */
export function show(value: unknown): string {
	if (Array.isArray(value))
		return excerpt(`[${value.slice(0, 8).map(show).join(", ")}${value.length > 8 ? ", …" : ""}]`);
	if (typeof value === "string") return excerpt(JSON.stringify(value));
	return typeof value === "object" && value !== null ? "an object" : excerpt(String(value));
}

export function isOnlyFill(data: TypedArray, fill: TypedArray, dtype: DataType): boolean {
	const bytes = bytesOf(data);
	const [expected, mask] = [bytesOf(fill), signMask(fill, dtype)];
	const matches = (from: number, to: number): boolean => {
		for (let i = from, k = from % expected.length; i < to; i++, k++) {
			if (k === expected.length) k = 0;
			if ((((bytes[i] as number) ^ (expected[k] as number)) & (mask[k] as number)) !== 0) return false;
		}
		return true;
	};
	// Data differs in its first element, mostly, and is not looked at any further.
	if (!matches(0, Math.min(bytes.length, expected.length))) return false;
	const head = -bytes.byteOffset & 3;
	const repeats = 16 % expected.length === 0 || expected.every((byte) => byte === expected[0]);
	if (!repeats || bytes.length < head + 16) return matches(0, bytes.length);
	const words = new Int32Array(bytes.buffer, bytes.byteOffset + head, ((bytes.length - head) >> 4) << 2);
	return (
		matches(0, head) &&
		matches(head + words.byteLength, bytes.length) &&
		wordsMatch(words, fourWords(expected, head), fourWords(mask, head))
	);
}

export function isZero(fill: TypedArray): boolean {
	return fill.every((entry: number | bigint) => Object.is(entry, 0) || entry === 0n);
}

/** Ones where bits count: everywhere but in the sign of a canonical NaN. */
function signMask(fill: TypedArray, dtype: DataType): Uint8Array {
	const mask = bytesOf(new dtype.Array(fill.length)).fill(0xff);
	if (dtype.kind !== "f" && dtype.kind !== "c") return mask;
	const sign = 1n << BigInt(8 * dtype.wordSize - 1);
	for (let i = 0; i < fill.length; i++) {
		if ((getBits(at(fill, i), dtype) & ~sign) !== CANONICAL_NAN[dtype.wordSize]) continue;
		if (fill.BYTES_PER_ELEMENT === 8) new BigInt64Array(mask.buffer)[i] = 2n ** 63n - 1n;
		else new Int32Array(mask.buffer)[i] = 2 ** 31 - 1;
	}
	return mask;
}

function bytesOf(values: TypedArray): Uint8Array {
	return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** The 16 bytes that a pattern repeated for ever has from byte `start` on. */
function fourWords(pattern: Uint8Array, start: number): Int32Array {
	const bytes = Uint8Array.from({ length: 16 }, (_, i) => pattern[(start + i) % pattern.length] as number);
	return new Int32Array(bytes.buffer);
}

/** Whether four words over and over, compared under a mask, make up all of `words`, which are whole fours. */
function wordsMatch(words: Int32Array, expected: Int32Array, mask: Int32Array): boolean {
	const [e0 = 0, e1 = 0, e2 = 0, e3 = 0] = expected;
	const [m0 = 0, m1 = 0, m2 = 0, m3 = 0] = mask;
	for (let i = 0; i < words.length; i += 4) {
		const low = (((words[i] as number) ^ e0) & m0) | (((words[i + 1] as number) ^ e1) & m1);
		const high = (((words[i + 2] as number) ^ e2) & m2) | (((words[i + 3] as number) ^ e3) & m3);
		if ((low | high) !== 0) return false;
	}
	return true;
}
