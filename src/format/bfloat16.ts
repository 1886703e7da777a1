/** bfloat16: the upper half of a float32. Everything works on bits, as for float16. */
import { towardsSmallFloat } from "./floats.js";
import { bytesOf, type StoredFloat } from "./storage.js";

/** To nearest, ties to even; NaNs keep their sign and the upper bits of their payload, of which one is set. */
function wordOf(bits: number): number {
	if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | ((bits & 0x7f0000) === 0 ? 0x40 : 0);
	return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);

function round(value: number): number {
	single[0] = towardsSmallFloat(value);
	singleBits[0] = wordOf(singleBits[0] as number) << 16;
	return single[0];
}

export const bfloat16: StoredFloat = {
	format: {
		precision: 8,
		leastExponent: -126,
		least: -(2 - 2 ** -7) * 2 ** 127,
		most: (2 - 2 ** -7) * 2 ** 127,
		limit: 2 ** 128 - 2 ** 119,
		nan: 0x7fc0n,
		infinity: true,
		negativeZero: true,
		round,
	},
	storage: {
		present(stored) {
			const words = new Uint16Array(stored.buffer, stored.byteOffset, stored.length / 2);
			const bits = new Int32Array(words.length);
			for (let i = 0; i < words.length; i++) bits[i] = (words[i] as number) << 16;
			return new Float32Array(bits.buffer);
		},
		store({ buffer, byteOffset, byteLength }) {
			const bits = new Int32Array(buffer, byteOffset, byteLength / 4);
			const words = new Uint16Array(bits.length);
			for (let i = 0; i < bits.length; i++) words[i] = wordOf(bits[i] as number);
			return bytesOf(words);
		},
	},
};
