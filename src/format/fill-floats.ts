/** One float, or one part of a complex number, as a fill value: between JSON, people and bits. */
import type { StoreError } from "../errors.js";
import type { DataType, TypedArray } from "./data-types.js";
import type { FloatFormat } from "./floats.js";
import type { Json } from "./json.js";
import { bytesOf } from "./storage.js";

/** Makes the error of the direction that a value comes from. */
export type Refuse = (reason: string) => StoreError;

const NAMED: readonly unknown[] = ["NaN", "Infinity", "-Infinity"];

/** What the metadata states. */
export function readFloat(json: Json, fill: TypedArray, dtype: DataType, refuse: Refuse): void {
	const digits = 2 * dtype.wordSize;
	const value = NAMED.includes(json) ? Number(json) : json;
	if (typeof value === "number" || typeof value === "bigint") {
		// Where there is no infinity, a value out of range would become something else altogether.
		if (!dtype.float?.infinity) checkRange(Number(value), dtype, refuse);
		putNumber(Number(value), fill, dtype);
	} else if (typeof value === "string" && isHex(value, digits) && BigInt(value) < 1n << BigInt(dtype.bits))
		putBits(BigInt(value), fill, dtype);
	else throw refuse(`it takes a number, "NaN", "Infinity", "-Infinity" or bits as "0x" and ${digits} hex digits`);
}

function isHex(text: string, digits: number): boolean {
	return text.length === 2 + digits && /^0x[0-9a-fA-F]+$/.test(text);
}

/** What a user gives. */
export function acceptFloat(given: unknown, fill: TypedArray, dtype: DataType, refuse: Refuse): void {
	const value = numberOf(given);
	if (typeof value !== "number" && typeof value !== "bigint") throw refuse("it takes a number");
	checkRange(Number(value), dtype, refuse);
	putNumber(Number(value), fill, dtype);
	const stored = (fill as Float32Array)[0] as number;
	if (typeof value === "bigint" && !Number.isFinite(stored)) throw refuse("it is beyond the range");
	if (typeof value === "bigint" && BigInt(stored) !== value)
		throw refuse("it would be rounded: use a number to allow that");
}

function checkRange(value: number, { float }: DataType, refuse: Refuse): void {
	const { nan, infinity, limit, round } = float as FloatFormat;
	if (Number.isNaN(value) && nan === undefined) throw refuse("there is no NaN among its values");
	if (Math.abs(value) === Number.POSITIVE_INFINITY && !infinity) throw refuse("there is no infinity among its values");
	if (!Number.isFinite(value)) return;
	if (Math.abs(value) >= limit || Number.isNaN(round(value))) throw refuse("it is beyond the range");
}

/** Booleans count as 0 and 1, as they do in NumPy. */
export function numberOf(value: unknown): unknown {
	return typeof value === "boolean" ? Number(value) : value;
}

/** Rounds to nearest, ties to even. The bits of a NaN are the canonical ones, whatever NaN the engine happens to hold. */
function putNumber(value: number, fill: TypedArray, dtype: DataType): void {
	const { nan, round } = dtype.float as FloatFormat;
	if (Number.isNaN(value)) putBits(nan ?? 0n, fill, dtype);
	else fill[0] = round(value);
}

/** The values as they are read once they were stored. */
export function asStored(values: TypedArray, { storage }: DataType): TypedArray {
	return storage === undefined ? values : storage.present(storage.store(values));
}

const WORDS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const;

function putBits(bits: bigint, fill: TypedArray, { wordSize, storage }: DataType): void {
	const word = new WORDS[wordSize as keyof typeof WORDS](1);
	word[0] = wordSize === 8 ? bits : Number(bits);
	const stored = bytesOf(word);
	bytesOf(fill).set(storage === undefined ? stored : bytesOf(storage.present(stored)));
}

function getBits(fill: TypedArray, { wordSize, storage }: DataType): bigint {
	const stored = storage === undefined ? bytesOf(fill) : storage.store(fill);
	return BigInt(new WORDS[wordSize as keyof typeof WORDS](stored.slice(0, wordSize).buffer)[0] ?? 0);
}

/** As the metadata states it; {@link readFloat} returns the same bits. */
export function formatFloat(fill: TypedArray, dtype: DataType): Json {
	const value = (fill as Float32Array)[0] as number;
	if (Number.isFinite(value)) return value;
	if (!Number.isNaN(value)) return String(value);
	const bits = getBits(fill, dtype);
	if (bits === dtype.float?.nan) return "NaN";
	return `0x${bits.toString(16).padStart(2 * dtype.wordSize, "0")}`;
}

/** Whether it is the NaN that `"NaN"` stands for, with either sign. */
export function isUsualNaN(fill: TypedArray, dtype: DataType): boolean {
	const nan = dtype.float?.nan;
	if (nan === undefined || !Number.isNaN(fill[0])) return false;
	const sign = 1n << BigInt(dtype.bits - 1);
	return (getBits(fill, dtype) | sign) === (nan | sign);
}
