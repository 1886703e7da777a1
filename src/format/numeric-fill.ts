/** Fill values that are numbers (Zarr v3 core specification 3.1, "Permitted fill values"), between JSON, people and bits. */
import { StoreError } from "../errors.js";
import type { DataType, DType, Kind, ScalarOf, TypedArray } from "./data-types.js";
import { acceptFloat, asStored, formatFloat, isUsualNaN, numberOf, type Refuse, readFloat } from "./fill-floats.js";
import { excerpt, type Json } from "./json.js";
import { bytesOf } from "./storage.js";
import { timeFromUser } from "./time-values.js";
import { NOT_A_TIME } from "./times.js";

/** Fills one element; refuses what the data type cannot hold. */
type Convert<Value> = (value: Value, fill: TypedArray, dtype: DataType, refuse: Refuse) => void;

export function parseFill(json: Json, dtype: DataType): TypedArray {
	const fill = new dtype.Array(dtype.components);
	PARSE[dtype.kind as NumericKind](json, fill, dtype, (reason) => {
		return new StoreError("CORRUPT", `${show(json)} is no fill value of ${dtype.name}: ${reason}`);
	});
	return fill;
}

export function fillFromUser(value: unknown, dtype: DataType): TypedArray {
	if (value === undefined) return defaultFill(dtype);
	const isWhole = isElement(value, dtype);
	if (isWhole && dtype.storage === undefined) return value.slice();
	if (isWhole && dtype.float !== undefined) return asStored(value, dtype);
	const fill = new dtype.Array(dtype.components);
	ACCEPT[dtype.kind as NumericKind](isWhole ? value[0] : value, fill, dtype, (reason) => {
		return new StoreError("INVALID_ARGUMENT", `fillValue ${show(value)} does not fit ${dtype.name}: ${reason}`);
	});
	return fill;
}

/** One element whose stored bits are all zero: zero, but of types that have none. */
export function defaultFill(dtype: DataType): TypedArray {
	return dtype.storage?.present(new Uint8Array(dtype.itemSize)) ?? new dtype.Array(dtype.components);
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
	M: readTime,
	m: readTime,
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
	M: putTime,
	m: putTime,
};

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
	const { bits } = dtype;
	const integer = BigInt(value as number | bigint);
	const [least, beyond] =
		dtype.kind === "u" ? [0n, 2n ** BigInt(bits)] : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1)];
	if (integer < least || integer >= beyond) throw refuse(`it is not within ${least} to ${beyond - 1n}`);
	fill[0] = bits === 64 ? integer : Number(integer);
}

/** `"NaT"`, or the count as a number. */
function readTime(json: Json, fill: TypedArray, dtype: DataType, refuse: Refuse): void {
	if (json === "NaT") fill[0] = NOT_A_TIME;
	else putInteger(json, fill, dtype, (reason) => refuse(`${reason}, or "NaT"`));
}

function putTime(value: unknown, fill: TypedArray, dtype: DataType, refuse: Refuse): void {
	const count = dtype.time === undefined ? "it takes no time" : timeFromUser(value, dtype.time);
	if (typeof count !== "bigint") throw refuse(count);
	fill[0] = count;
}

function putBytes(value: unknown, fill: TypedArray, dtype: DataType, refuse: Refuse): void {
	const bytes = ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Uint8Array) : value;
	const isByte = (item: unknown) => Number.isInteger(item) && (item as number) >= 0 && (item as number) <= 255;
	if (!Array.isArray(bytes) || bytes.length !== dtype.itemSize || !bytes.every(isByte))
		throw refuse(`it takes a list of ${dtype.itemSize} bytes, 0 to 255`);
	(fill as Uint8Array).set(bytes as number[]);
}

export function formatFill(fill: TypedArray, dtype: DataType): Json {
	if (dtype.kind === "b") return fill[0] !== 0;
	if (dtype.kind === "f") return formatFloat(fill, dtype);
	if (dtype.kind === "c") return [formatFloat(at(fill, 0), dtype), formatFloat(at(fill, 1), dtype)];
	if (dtype.kind === "V") return Array.from(fill as Uint8Array);
	if (dtype.time !== undefined && fill[0] === NOT_A_TIME) return "NaT";
	const integer = fill[0] as number | bigint;
	return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
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

/**
 * Whether a contiguous chunk of presented values is only fill value, and so need not be stored. Bit for bit: −0.0 is not 0.0, and a
 * NaN with a payload is data. Only the canonical quiet NaN counts as the same with either sign, since processors differ
 * in the sign of the NaN that they produce.
 * @param fill one element, `dtype.components` entries
 */
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

/** All bits zero: what fresh memory holds anyway. */
export function isZero(fill: TypedArray): boolean {
	return fill.every((entry: number | bigint) => Object.is(entry, 0) || entry === 0n);
}

/** Ones where bits count: everywhere but in the sign of a canonical NaN. */
function signMask(fill: TypedArray, dtype: DataType): Uint8Array {
	const mask = bytesOf(new dtype.Array(fill.length)).fill(0xff);
	if (dtype.kind !== "f" && dtype.kind !== "c") return mask;
	for (let i = 0; i < fill.length; i++) {
		if (!isUsualNaN(at(fill, i), dtype)) continue;
		if (fill.BYTES_PER_ELEMENT === 8) new BigInt64Array(mask.buffer)[i] = 2n ** 63n - 1n;
		else new Int32Array(mask.buffer)[i] = 2 ** 31 - 1;
	}
	return mask;
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
