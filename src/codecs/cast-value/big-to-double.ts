import type { Rounding } from "../real-numbers.js";

const SAFE = 2n ** 53n;
/** A number of 64 bits has so many more than a double. */
const LOWER_BITS = 11n;
const LOWER = 2n ** LOWER_BITS;

/**
 * A double that rounds to so many bits of precision as the integer itself does: where all 53 are wanted, it is rounded already; where fewer are, its
 * last bit tells whether anything was cut off, so that rounding it does not round twice.
 *
 * @param value of up to 64 bits
 */
export function bigToDouble(value: bigint, precision: number, rounding: Rounding): number {
	if (value <= SAFE && value >= -SAFE) return Number(value);
	if (precision === 53) return rounded(value, rounding);
	const upper = value >> LOWER_BITS;
	const isCut = upper << LOWER_BITS !== value;
	return Number(isCut ? upper | 1n : upper) * Number(LOWER);
}

function rounded(value: bigint, rounding: Rounding): number {
	const nearest = Number(value);
	const error = BigInt(nearest) - value;
	if (error === 0n || rounding === "nearest-even") return nearest;
	const other = neighbour(nearest, error < 0n);
	const [below, above] = error < 0n ? [nearest, other] : [other, nearest];
	if (rounding === "towards-negative") return below;
	if (rounding === "towards-positive") return above;
	const [inner, outer] = value < 0n ? [above, below] : [below, above];
	if (rounding === "towards-zero") return inner;
	const isTie = BigInt(other) - value === -error;
	return isTie ? outer : nearest;
}

const scratch = new Float64Array(1);
const bits = new BigInt64Array(scratch.buffer);

/** The next double, of one that is not zero. */
function neighbour(value: number, isAbove: boolean): number {
	scratch[0] = value;
	bits[0] = (bits[0] as bigint) + (isAbove === value > 0 ? 1n : -1n);
	return scratch[0] as number;
}
