/**
 * Rounding once where JavaScript would round twice. A value rounded to odd in a wider format first (the neighbour whose last bit is 1,
 * where it is inexact) rounds on to a narrower one as if it had been rounded from the original at once
 * (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008).
 */

const double = new Float64Array(1);
const doubleBits = new BigUint64Array(double.buffer);

/** A float64, rounded to odd, that stands for `x` until it is stored as float32 or a smaller float. */
export function towardsFloat32(x: bigint): number {
	const rounded = Number(x);
	const error = x - BigInt(rounded);
	if (error === 0n) return rounded;
	double[0] = rounded;
	const bits = doubleBits[0] as bigint;
	if (bits % 2n === 0n) doubleBits[0] = bits + (error > 0n === rounded > 0 ? 1n : -1n);
	return double[0];
}
