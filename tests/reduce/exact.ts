/** Arithmetic without rounding: what statistics are measured against. */

/** Every float64 is a whole number of these. */
const UNIT = 1074n;

const word = new DataView(new ArrayBuffer(8));

/** A finite float64, or an integer, in units of 2^-1074. */
function exact(value: number | bigint): bigint {
	if (typeof value === "bigint") return value << UNIT;
	word.setFloat64(0, value);
	const bits = word.getBigUint64(0);
	const exponent = (bits >> 52n) & 0x7ffn;
	const fraction = bits & ((1n << 52n) - 1n);
	const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
	return value < 0 ? -magnitude : magnitude;
}

/** The float64 next to `numerator / denominator` units, give or take its last digit. */
export function rounded(numerator: bigint, denominator = 1n): number {
	const scaled = (numerator << 80n) / denominator;
	const digits = (scaled < 0n ? -scaled : scaled).toString(2).length;
	const excess = Math.max(0, digits - 70);
	return scale(Number(scaled >> BigInt(excess)), excess - 80 - Number(UNIT));
}

/** `value × 2^exponent`, in steps that neither overflow nor underflow early. */
function scale(value: number, exponent: number): number {
	let result = value;
	for (let rest = exponent; rest !== 0; ) {
		const step = Math.max(-1000, Math.min(1000, rest));
		result *= 2 ** step;
		rest -= step;
	}
	return result;
}

export function exactSum(values: readonly (number | bigint)[]): bigint {
	return values.reduce<bigint>((sum, value) => sum + exact(value), 0n);
}

/** Σ (x − mean)² / (n − ddof). */
export function exactVariance(values: readonly number[], ddof = 0): number {
	const areIntegers = values.every(Number.isSafeInteger);
	const whole = (value: number): bigint => (areIntegers ? BigInt(value) : exact(value));
	const n = BigInt(values.length);
	const sum = values.reduce<bigint>((total, value) => total + whole(value), 0n);
	const squares = values.reduce<bigint>((total, value) => total + whole(value) ** 2n, 0n);
	// In units squared, times n.
	const spread = n * squares - sum * sum;
	return rounded(areIntegers ? spread << UNIT : spread >> UNIT, n * BigInt(values.length - ddof));
}
