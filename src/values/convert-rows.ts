/**
 * The inner loops of casting: one row of entries from one typed array to another. Each converter returns the position of the first
 * entry that does not convert, or -1. Storing into a typed array does the work of a C cast: integers wrap, floats round.
 */
import type { TypedArray } from "../format/data-types.js";
import { towardsSmallFloat } from "../format/floats.js";
import { towardsFloat32 } from "./rounding.js";

/** `count` entries of `from` and the place for them; reused from row to row. */
export interface Row {
	readonly from: TypedArray | readonly unknown[];
	readonly fromStep: number;
	fromOffset: number;
	readonly to: TypedArray;
	readonly toStep: number;
	toOffset: number;
	readonly count: number;
}

export type RowConverter = (row: Row) => number;

/** Below this a loop is faster than the call of `set`. */
const SHORT = 32;

/** Between numbers, or between bigints, without a check. */
export function copyRow(row: Row): number {
	const { fromStep, fromOffset, toStep, toOffset, count } = row;
	const from = row.from as Float64Array;
	const to = row.to as Float64Array;
	if (fromStep === 1 && toStep === 1 && count > SHORT) {
		to.set(from.subarray(fromOffset, fromOffset + count), toOffset);
		return -1;
	}
	for (let i = 0; i < count; i++) to[toOffset + i * toStep] = from[fromOffset + i * fromStep] as number;
	return -1;
}

/** Between numbers, or between bigints, to integers: what is read back must be what was stored. */
export function copyRowExactly(row: Row): number {
	const { fromStep, fromOffset, toStep, toOffset, count } = row;
	const from = row.from as Float64Array;
	const to = row.to as Float64Array;
	for (let i = 0; i < count; i++) {
		const value = from[fromOffset + i * fromStep] as number;
		const at = toOffset + i * toStep;
		to[at] = value;
		if (to[at] !== value) return i;
	}
	return -1;
}

/** Bigints by a function, which gives undefined for one that it does not convert. */
export function convertCounts(convert: (count: bigint) => bigint | undefined): RowConverter {
	return (row) => {
		const from = row.from as BigInt64Array;
		const to = row.to as BigInt64Array;
		for (let i = 0; i < row.count; i++) {
			const converted = convert(from[row.fromOffset + i * row.fromStep] as bigint);
			if (converted === undefined) return i;
			to[row.toOffset + i * row.toStep] = converted;
		}
		return -1;
	};
}

/** Bigints to integers, which wrap. */
export function wrapBigints(row: Row): number {
	const from = row.from as BigInt64Array;
	const to = row.to as Int32Array;
	for (let i = 0; i < row.count; i++) {
		const value = from[row.fromOffset + i * row.fromStep] as bigint;
		to[row.toOffset + i * row.toStep] = Number(BigInt.asIntN(32, value));
	}
	return -1;
}

/** Bigints to integers of 32 bits or fewer, exactly. */
export function fitBigints(row: Row): number {
	const from = row.from as BigInt64Array;
	const to = row.to as Int32Array;
	for (let i = 0; i < row.count; i++) {
		const value = Number(from[row.fromOffset + i * row.fromStep]);
		const at = row.toOffset + i * row.toStep;
		to[at] = value;
		// 32 bits hold nothing that a bigint was rounded to: had it been, it is far beyond them.
		if (to[at] !== value) return i;
	}
	return -1;
}

/** Numbers or bigints to integers of few bits, exactly. */
export function fitWithin([min, max]: readonly [min: number, max: number]): RowConverter {
	return (row) => {
		for (let i = 0; i < row.count; i++) {
			const value = Number(row.from[row.fromOffset + i * row.fromStep]);
			if (!Number.isInteger(value) || value < min || value > max) return i;
			row.to[row.toOffset + i * row.toStep] = value;
		}
		return -1;
	};
}

/** Bigints to floats, each rounded once. */
export function roundBigints(row: Row): number {
	const from = row.from as BigInt64Array;
	const to = row.to as Float64Array;
	const wide = to.BYTES_PER_ELEMENT === 8;
	for (let i = 0; i < row.count; i++) {
		const value = from[row.fromOffset + i * row.fromStep] as bigint;
		to[row.toOffset + i * row.toStep] = wide ? Number(value) : towardsFloat32(value);
	}
	return -1;
}

/** Numbers to floats that are presented as float32 and rounded once more when they are stored. */
export function roundToSmallFloat(row: Row): number {
	const from = row.from as Float64Array | BigInt64Array;
	const to = row.to as Float32Array;
	for (let i = 0; i < row.count; i++) {
		const value = from[row.fromOffset + i * row.fromStep] as number | bigint;
		to[row.toOffset + i * row.toStep] = towardsSmallFloat(typeof value === "bigint" ? towardsFloat32(value) : value);
	}
	return -1;
}

/** Numbers to bigints; fractions are cut off, values beyond 64 bits wrap, NaN and infinities become 0. */
export function truncateToBigints(row: Row): number {
	const from = row.from as Float64Array;
	const to = row.to as BigInt64Array;
	for (let i = 0; i < row.count; i++) {
		const value = from[row.fromOffset + i * row.fromStep] as number;
		to[row.toOffset + i * row.toStep] = Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
	}
	return -1;
}

/** Numbers to bigints, exactly. */
export function fitToBigints(row: Row): number {
	const from = row.from as Float64Array;
	const to = row.to as BigInt64Array;
	for (let i = 0; i < row.count; i++) {
		const value = from[row.fromOffset + i * row.fromStep] as number;
		if (!Number.isInteger(value)) return i;
		const at = row.toOffset + i * row.toStep;
		const exact = BigInt(value);
		to[at] = exact;
		if (to[at] !== exact) return i;
	}
	return -1;
}

/** Numbers or bigints to bool: 1 for everything but 0. */
export function truthOf(row: Row): number {
	const from = row.from as Float64Array | BigInt64Array;
	for (let i = 0; i < row.count; i++) {
		const value = from[row.fromOffset + i * row.fromStep] as number | bigint;
		row.to[row.toOffset + i * row.toStep] = value === 0 || value === 0n ? 0 : 1;
	}
	return -1;
}

/** Only looks: the first entry that is neither 0 nor 1. */
export function findNoBoolean(row: Row): number {
	const from = row.from as Float64Array | BigInt64Array;
	for (let i = 0; i < row.count; i++) {
		const value = from[row.fromOffset + i * row.fromStep] as number | bigint;
		if (value !== 0 && value !== 1 && value !== 0n && value !== 1n) return i;
	}
	return -1;
}

/** Only looks: the first entry that is not 0. */
export function findNonZero(row: Row): number {
	const from = row.from as Float64Array;
	for (let i = 0; i < row.count; i++) if (from[row.fromOffset + i * row.fromStep] !== 0) return i;
	return -1;
}
