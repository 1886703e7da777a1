import { type DType, dataType } from "../format/data-types.js";

/**
 * For values of a float type: the number of fewest decimal digits that still reads back as the value. So the float32 nearest to 0.1 becomes
 * 0.1, not 0.10000000149011612. Complex types go by their parts.
 */
export function shortestDecimal(dtype: DType): (value: number) => number {
	const { float } = dataType(dtype);
	if (float === undefined || float.precision > 24) return (value) => value;
	const { round, precision } = float;
	const digits = Math.ceil(precision * Math.log10(2)) + 1;
	return (value) => {
		if (!Number.isFinite(value) || Number.isInteger(value)) return value;
		for (let precision = 1; precision < digits; precision++) {
			const short = Number(value.toPrecision(precision));
			if (round(short) === value) return short;
		}
		return Number(value.toPrecision(digits));
	};
}
