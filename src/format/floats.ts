/** What floats of a data type can hold. */

export interface FloatFormat {
	/** Bits of precision, the implied one included. */
	readonly precision: number;
	/** Of the smallest normal number; below it, steps stay as large as there. */
	readonly leastExponent: number;
	/** The smallest finite value: `most` below zero, but where there is neither sign nor zero. */
	readonly least: number;
	/** The largest finite value. */
	readonly most: number;
	/** The smallest magnitude that rounds beyond that. */
	readonly limit: number;
	/** The bits that `"NaN"` stands for (core specification 3.1, "Permitted fill values"); undefined where there is no NaN. */
	readonly nan: bigint | undefined;
	readonly infinity: boolean;
	readonly negativeZero: boolean;
	/** The nearest value, ties to even; beyond the limit, and where nothing is near, what a write stores. */
	round(value: number): number;
}

export const float32: FloatFormat = {
	precision: 24,
	leastExponent: -126,
	least: -(2 - 2 ** -23) * 2 ** 127,
	most: (2 - 2 ** -23) * 2 ** 127,
	limit: 2 ** 128 - 2 ** 103,
	nan: 0x7fc00000n,
	infinity: true,
	negativeZero: true,
	round: Math.fround,
};

export const float64: FloatFormat = {
	precision: 53,
	leastExponent: -1022,
	least: -Number.MAX_VALUE,
	most: Number.MAX_VALUE,
	limit: Number.POSITIVE_INFINITY,
	nan: 0x7ff8000000000000n,
	infinity: true,
	negativeZero: true,
	round: (value) => value,
};

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/**
 * The float32, rounded to odd, that stands for `x` until it is rounded to a smaller float: the neighbour whose last bit is 1, where `x` is
 * not exact. So it rounds on as if from `x` at once (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums: proved
 * algorithms using rounding to odd", 2008).
 */
export function towardsSmallFloat(x: number): number {
	single[0] = x;
	const rounded = single[0];
	if (rounded === x || Number.isNaN(x)) return x;
	const word = bits[0] as number;
	if (word % 2 === 0) bits[0] = word + (Math.abs(rounded) < Math.abs(x) ? 1 : -1);
	return single[0];
}
