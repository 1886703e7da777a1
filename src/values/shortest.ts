import type { DType } from "../format/data-types.js";
import { roundToHalf } from "../format/float16.js";

/**
 * For values of a float type: the number of fewest decimal digits that still reads back as the value. So the float32 nearest to 0.1 becomes
 * 0.1, not 0.10000000149011612. Complex types go by their parts.
 */
export function shortestDecimal(dtype: DType): (value: number) => number {
	if (dtype !== "float16" && dtype !== "float32" && dtype !== "complex64") return (value) => value;
	const [round, digits] = dtype === "float16" ? [roundToHalf, 5] : [Math.fround, 9];
	return (value) => {
		if (!Number.isFinite(value) || Number.isInteger(value)) return value;
		for (let precision = 1; precision < digits; precision++) {
			const short = Number(value.toPrecision(precision));
			if (round(short) === value) return short;
		}
		return Number(value.toPrecision(digits));
	};
}
