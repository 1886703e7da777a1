/**
 * float16 (IEEE 754 binary16) in terms of the numbers that JavaScript has. Everything works on bits, since a NaN that
 * passes through a JavaScript number may come out as another NaN.
 */
import { towardsSmallFloat } from "./floats.js";
import { bytesOf, type StoredFloat } from "./storage.js";

/** The bits of a float32 array, over the same memory. */
function bitsOf(values: Float32Array): Int32Array {
	return new Int32Array(values.buffer, values.byteOffset, values.length);
}

/** Converts every word to the float32 of the same value; NaNs keep sign, payload and quiet bit. `out` is at least as long. */
export function halfToFloat(words: Uint16Array, out: Float32Array): void {
	const bits = bitsOf(out);
	for (let i = 0; i < words.length; i++) {
		const half = words[i] as number;
		const sign = (half & 0x8000) << 16;
		const magnitude = half & 0x7fff;
		if (magnitude >= 0x400 && magnitude < 0x7c00) bits[i] = sign | ((magnitude << 13) + 0x38000000);
		else if (magnitude < 0x400) out[i] = sign === 0 ? magnitude * 2 ** -24 : magnitude * -(2 ** -24);
		else bits[i] = sign | (magnitude << 13) | 0x7f800000;
	}
}

/**
 * Converts every float32 to the nearest float16, ties to even, beyond the range to infinity; NaNs keep their sign and the upper ten
 * bits of their payload. `words` is at least as long.
 */
export function floatToHalf(values: Float32Array, words: Uint16Array): void {
	const bits = bitsOf(values);
	for (let i = 0; i < bits.length; i++) {
		const word = bits[i] as number;
		const sign = (word >>> 16) & 0x8000;
		const magnitude = word & 0x7fffffff;
		if (magnitude >= 0x47800000) words[i] = sign | halfOfHuge(magnitude);
		else if (magnitude < 0x38800000) words[i] = sign | halfOfTiny(magnitude);
		// The carry of rounding up runs into the exponent, and from the largest one into infinity, as it should.
		else words[i] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
	}
}

/** Of float32 bits from 2^16 up: infinity, or a NaN. */
function halfOfHuge(magnitude: number): number {
	if (magnitude <= 0x7f800000) return 0x7c00;
	// A payload in the lower bits alone must not turn into the payload 0, which would be infinity.
	return 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200);
}

/** Of float32 bits below 2^-14: a multiple of 2^-24. */
function halfOfTiny(magnitude: number): number {
	const shift = 126 - (magnitude >>> 23);
	if (shift > 24) return 0;
	const significand = (magnitude & 0x7fffff) | 0x800000;
	const half = significand >>> shift;
	const rest = significand & ((1 << shift) - 1);
	const tie = 1 << (shift - 1);
	return rest > tie || (rest === tie && (half & 1) === 1) ? half + 1 : half;
}

const single = new Float32Array(1);
const half = new Uint16Array(1);

/** The float16 nearest to a number, ties to even. */
export function roundToHalf(value: number): number {
	single[0] = towardsSmallFloat(value);
	floatToHalf(single, half);
	halfToFloat(half, single);
	return single[0] as number;
}

export const float16: StoredFloat = {
	format: {
		precision: 11,
		leastExponent: -14,
		least: -65504,
		most: 65504,
		limit: 65520,
		nan: 0x7e00n,
		infinity: true,
		negativeZero: true,
		round: roundToHalf,
	},
	storage: {
		present(stored) {
			const values = new Float32Array(stored.length / 2);
			halfToFloat(new Uint16Array(stored.buffer, stored.byteOffset, values.length), values);
			return values;
		},
		store(values) {
			const words = new Uint16Array(values.byteLength / 4);
			floatToHalf(values as Float32Array, words);
			return bytesOf(words);
		},
	},
};
