/** The casting rule for what JavaScript itself has: numbers, bigints and booleans, which carry no type of their own. */
import type { DataType, TypedArray } from "../format/data-types.js";
import type { RowConverter } from "./convert-rows.js";
import { towardsFloat16, towardsFloat32 } from "./rounding.js";

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

/** Undefined for everything that is no scalar. */
function numberOf(value: unknown): number | bigint | undefined {
	if (typeof value === "number" || typeof value === "bigint") return value;
	return typeof value === "boolean" ? Number(value) : undefined;
}

/** The smallest and the largest value of an integer type. */
export function integerRange(dtype: DataType): readonly [min: number | bigint, max: number | bigint] {
	const bits = dtype.itemSize * 8;
	if (bits === 64) return dtype.kind === "i" ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n];
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

function anyFloat({ name }: DataType): EntryOf {
	return (value) => {
		const number = numberOf(value);
		if (number === undefined) return undefined;
		if (name === "float64") return Number(number);
		const wide = typeof number === "bigint" ? towardsFloat32(number) : number;
		return name === "float16" ? towardsFloat16(wide) : wide;
	};
}

/** A number may round, but not to infinity; a bigint asks for every one of its digits. */
function fittingFloat(dtype: DataType): EntryOf {
	const convert = anyFloat(dtype);
	const { mantissa, limit } = FLOATS[dtype.name] as FloatFormat;
	return (value) => {
		if (typeof value === "bigint") return isExact(value, mantissa, limit) ? Number(value) : undefined;
		if (typeof value === "number" && Number.isFinite(value) && Math.abs(value) >= limit) return undefined;
		return convert(value);
	};
}

interface FloatFormat {
	/** Bits of precision, the implied one included. */
	readonly mantissa: number;
	/** The smallest magnitude that rounds to infinity. */
	readonly limit: number;
}

const FLOATS: { readonly [name: string]: FloatFormat } = {
	float16: { mantissa: 11, limit: 65520 },
	float32: { mantissa: 24, limit: 2 ** 128 - 2 ** 103 },
	float64: { mantissa: 53, limit: Number.POSITIVE_INFINITY },
};

function isExact(value: bigint, mantissa: number, limit: number): boolean {
	const magnitude = value < 0n ? -value : value;
	if (magnitude >= limit) return false;
	const digits = magnitude.toString(2);
	return digits.lastIndexOf("1") < mantissa && (limit !== Number.POSITIVE_INFINITY || digits.length <= 1024);
}
