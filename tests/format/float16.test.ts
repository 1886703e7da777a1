import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floatToHalf, halfToFloat, roundToHalf } from "../../dist/src/format/float16.js";

const every = Uint16Array.from({ length: 65536 }, (_, i) => i);
const floats = new Float32Array(65536);
halfToFloat(every, floats);

/** The value of finite float16 bits by the definition of the format. */
function finiteValue(half: number): number {
	const exponent = (half >> 10) & 31;
	const mantissa = half & 0x3ff;
	const magnitude = exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
	return half & 0x8000 ? -magnitude : magnitude;
}

/** The nearest float16 by search among all of them, ties to even bits. */
function nearest(value: number): number {
	const magnitude = Math.abs(value);
	let [low, high] = [0, 0x7c00];
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if (finiteValue(middle) <= magnitude) low = middle;
		else high = middle;
	}
	// 0x7c00 stands for the value 65536 here: what rounds to it overflows.
	const [below, above] = [magnitude - finiteValue(low), finiteValue(high) - magnitude];
	const half = below < above || (below === above && low % 2 === 0) ? low : high;
	return Object.is(value, -0) || value < 0 ? half | 0x8000 : half;
}

function halfOf(value: number): number {
	const half = new Uint16Array(1);
	floatToHalf(Float32Array.of(value), half);
	return half[0] as number;
}

describe("float16", () => {
	it("has the value of the definition for every word", () => {
		for (const half of every) {
			if ((half & 0x7c00) === 0x7c00) continue;
			expect.soft(Object.is(floats[half], finiteValue(half)), half.toString(16)).toBe(true);
		}
		expect([floats[0x7c00], floats[0xfc00]]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
	});

	it("returns every word, NaNs with sign and payload included", () => {
		const words = new Uint16Array(65536);
		floatToHalf(floats, words);
		expect(words).toEqual(every);
	});

	it("works on views that begin anywhere", () => {
		const out = new Float32Array(4).subarray(1, 3);
		halfToFloat(new Uint16Array([0, 0x3c00, 0xfe01]).subarray(1), out);
		const words = new Uint16Array(3).subarray(1);
		floatToHalf(out, words);
		expect(Array.from(words)).toEqual([0x3c00, 0xfe01]);
	});

	it("keeps a NaN a NaN where its payload is in the lower bits alone", () => {
		const words = new Uint16Array(2);
		floatToHalf(new Float32Array(Uint32Array.of(0x7f800001, 0xff800001).buffer), words);
		expect(Array.from(words)).toEqual([0x7e00, 0xfe00]);
	});

	it.each([
		[65504, 0x7bff],
		[65519.99, 0x7bff],
		[65520, 0x7c00],
		[-1e38, 0xfc00],
		[2 ** -24, 1],
		[2 ** -25, 0],
		[1.5 * 2 ** -24, 2],
		[-(2 ** -26), 0x8000],
		[1 + 2 ** -11, 0x3c00],
		[1 + 3 * 2 ** -11, 0x3c02],
	])("rounds %f to nearest, ties to even", (value, half) => {
		expect(halfOf(value)).toBe(half);
	});

	it("rounds any float32 as a search among all float16 does", () => {
		const anyFloat = fc.oneof(
			fc.float({ noNaN: true, noDefaultInfinity: true }),
			fc.float({ min: -70000, max: 70000, noNaN: true }),
		);
		fc.assert(
			fc.property(anyFloat, (value) => {
				expect(halfOf(value)).toBe(nearest(value));
			}),
			{ numRuns: 2000 },
		);
	});

	it("rounds any number once, not by way of float32", () => {
		const tie = fc
			.tuple(fc.integer({ min: 0, max: 0x7bfe }), fc.constantFrom(-1, 0, 1), fc.boolean())
			.map(([half, side, negative]) => {
				const middle = (finiteValue(half) + finiteValue(half + 1)) / 2;
				return (negative ? -1 : 1) * middle * (1 + side * 2 ** -50);
			});
		const number = fc.oneof(tie, fc.double({ min: -70000, max: 70000, noNaN: true }), fc.constantFrom(1e300, -1e-300));
		fc.assert(
			fc.property(number, (value) => {
				const rounded = roundToHalf(value);
				expect(halfOf(rounded)).toBe(nearest(value));
			}),
			{ numRuns: 2000 },
		);
	});
});
