/** The casting rule for what JavaScript itself has: numbers, bigints and booleans, which carry no type of their own. */
import type { DataType, TypedArray } from "../format/data-types.js";
import type { FloatFormat } from "../format/floats.js";
import { timeFromUser } from "../format/time-values.js";
import type { TimeStep } from "../format/times.js";
import type { RowConverter } from "./convert-rows.js";
import { towardsFloat32 } from "./rounding.js";

/** The entry that stands for `value`, or undefined where there is none. */
type EntryOf = (value: unknown) => number | bigint | undefined;

/** Converts rows of plain values for a type without components. */
export function plainConverter(dtype: DataType, unsafe: boolean): RowConverter {
	const entryOf = chooseEntry(dtype, unsafe);
	return (row) => {
		const from = row.from as readonly unknown[];
		const to = row.to as { [at: number]: number | bigint } & TypedArray;
		for (let i = 0; i < row.count; i++) {
			const entry = entryOf(from[row.fromOffset + i * row.fromStep]);
			if (entry === undefined) return i;
			to[row.toOffset + i * row.toStep] = entry;
		}
		return -1;
	};
}

function chooseEntry(dtype: DataType, unsafe: boolean): EntryOf {
	if (dtype.kind === "b") return unsafe ? anyBoolean : exactBoolean;
	const { time } = dtype;
	if (time !== undefined) return (value) => timeEntry(value, time);
	if (dtype.kind === "f") return unsafe ? anyFloat(dtype) : fittingFloat(dtype);
	return unsafe ? wrappedInteger(dtype) : fittingInteger(dtype);
}

function exactBoolean(value: unknown): number | undefined {
	if (value === true || value === 1 || value === 1n) return 1;
	return value === false || value === 0 || value === 0n ? 0 : undefined;
}

function anyBoolean(value: unknown): number | undefined {
	const number = numberOf(value);
	return number === undefined ? undefined : number === 0 || number === 0n ? 0 : 1;
}

function timeEntry(value: unknown, time: TimeStep): bigint | undefined {
	const count = timeFromUser(value, time);
	return typeof count === "bigint" ? count : undefined;
}

/** Undefined for everything that is no scalar. */
function numberOf(value: unknown): number | bigint | undefined {
	if (typeof value === "number" || typeof value === "bigint") return value;
	return typeof value === "boolean" ? Number(value) : undefined;
}

/** The smallest and the largest value of an integer type. */
export function integerRange(dtype: DataType): readonly [min: number | bigint, max: number | bigint] {
	const { bits } = dtype;
	if (bits === 64) return dtype.kind === "u" ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
	return dtype.kind === "i" ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

function fittingInteger(dtype: DataType): EntryOf {
	const [min, max] = integerRange(dtype);
	const convert = dtype.itemSize === 8 ? BigInt : Number;
	return (value) => {
		const number = numberOf(value);
		if (number === undefined || (typeof number === "number" && !Number.isInteger(number))) return undefined;
		return number < min || number > max ? undefined : convert(number);
	};
}

/** What the typed array itself then wraps. */
function wrappedInteger(dtype: DataType): EntryOf {
	const wide = dtype.itemSize === 8;
	return (value) => {
		const number = numberOf(value);
		if (number === undefined) return undefined;
		if (typeof number === "bigint") return wide ? number : Number(BigInt.asIntN(32, number));
		if (!wide) return number;
		return Number.isFinite(number) ? BigInt(Math.trunc(number)) : 0n;
	};
}

function anyFloat({ float }: DataType): EntryOf {
	return (value) => {
		const number = numberOf(value);
		if (number === undefined || float === undefined) return undefined;
		if (float.precision === DOUBLE) return Number(number);
		return float.round(typeof number === "bigint" ? towardsFloat32(number) : number);
	};
}

/** Bits of precision of a JavaScript number. */
const DOUBLE = 53;

/** A number may round, but only to a number; a bigint asks for every one of its digits. */
function fittingFloat(dtype: DataType): EntryOf {
	const convert = anyFloat(dtype);
	const { precision, limit, nan, infinity } = dtype.float as FloatFormat;
	return (value) => {
		if (typeof value === "bigint")
			return isExact(value, precision, limit) && convert(value) === Number(value) ? Number(value) : undefined;
		if (Number.isNaN(value)) return nan === undefined ? undefined : Number.NaN;
		if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
			return infinity ? (value as number) : undefined;
		if (typeof value === "number" && Math.abs(value) >= limit) return undefined;
		const entry = convert(value);
		return Number.isNaN(entry) ? undefined : entry;
	};
}

function isExact(value: bigint, precision: number, limit: number): boolean {
	const magnitude = value < 0n ? -value : value;
	if (magnitude >= limit) return false;
	const digits = magnitude.toString(2);
	return digits.lastIndexOf("1") < precision && (limit !== Number.POSITIVE_INFINITY || digits.length <= 1024);
}
