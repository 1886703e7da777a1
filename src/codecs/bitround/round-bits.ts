/** Rounding bits off, to the nearest that has zeros there, ties to even. Values are never changed in place. */
import type { TypedArray } from "../../format/data-types.js";
import { floatToHalf, halfToFloat } from "../../format/float16.js";
import { HOST_ENDIAN } from "../byte-order.js";
import type { StoredBits } from "../stored-bits.js";

export type RoundValues = (values: TypedArray) => TypedArray;

const TWO_32 = 2 ** 32;
const POWERS = Float64Array.from({ length: 65 }, (_, exponent) => 2 ** exponent);
/** Just less than half of the lowest bit that is kept, in two halves, by how many are dropped. */
const HALF_LOW = POWERS.map((power) => Math.min(power / 2, TWO_32) - 1);
const HALF_HIGH = POWERS.map((power) => Math.max(power / 2 / TWO_32, 1) - 1);
/** Where the halves of 8-byte words lie. */
const [LOW, HIGH] = HOST_ENDIAN === "little" ? [0, 1] : [1, 0];

/** Of float32 or float64 the lowest `drop` bits, as numcodecs does but for NaNs, which stay what they are. */
export function roundFloats(drop: number): RoundValues {
	return (values) => {
		const copy = values.slice();
		if (copy.BYTES_PER_ELEMENT === 8) roundDoubles(new Uint32Array(copy.buffer), drop);
		else roundWords(new Uint32Array(copy.buffer), drop, 0x7f800000);
		return copy;
	};
}

/** Of float16, which is presented as float32. */
export function roundHalves(drop: number): RoundValues {
	return (values) => {
		const words = new Uint16Array(values.length);
		floatToHalf(values as Float32Array, words);
		roundWords(words, drop, 0x7c00);
		const result = new Float32Array(values.length);
		halfToFloat(words, result);
		return result;
	};
}

/** A carry runs into the exponent, and from the largest one into infinity, as it should. */
function roundWords(words: Uint32Array | Uint16Array, drop: number, infinity: number): void {
	const half = 2 ** (drop - 1) - 1;
	const magnitude = 2 * infinity > 0xffff ? 0x7fffffff : 0x7fff;
	const mask = -1 << drop;
	for (let i = 0; i < words.length; i++) {
		const word = words[i] as number;
		if ((word & magnitude) <= infinity) words[i] = (word + half + ((word >>> drop) & 1)) & mask;
	}
}

function roundDoubles(halves: Uint32Array, drop: number): void {
	for (let i = 0; i < halves.length; i += 2) {
		const [low, high] = [halves[i + LOW] as number, halves[i + HIGH] as number];
		const magnitude = high & 0x7fffffff;
		if (magnitude > 0x7ff00000 || (magnitude === 0x7ff00000 && low !== 0)) continue;
		roundPair(halves, i, drop);
	}
}

/** Rounds the 64-bit word at `i`; true where it became too large, which leaves it as it was. */
function roundPair(halves: Uint32Array, i: number, drop: number): boolean {
	const [low, high] = [halves[i + LOW] as number, halves[i + HIGH] as number];
	const odd = drop < 32 ? (low >>> drop) & 1 : drop < 64 ? (high >>> (drop - 32)) & 1 : 0;
	const sum = low + (HALF_LOW[drop] as number) + odd;
	const carried = high + (HALF_HIGH[drop] as number) + (sum >= TWO_32 ? 1 : 0);
	if (carried >= TWO_32) return true;
	storeMasked(halves, i, drop, sum, carried);
	return false;
}

function storeMasked(halves: Uint32Array, i: number, drop: number, low: number, high: number): void {
	halves[i + LOW] = drop < 32 ? low & (-1 << drop) : 0;
	halves[i + HIGH] = drop <= 32 ? high : drop < 64 ? high & (-1 << (drop - 32)) : 0;
}

/**
 * Of integers of up to 32 bits: the magnitude keeps so many bits from its highest one on, and the sign stays. What would leave the type
 * is cut off instead.
 */
export function roundIntegers(
	keepBits: number,
	{ bits, isSigned }: Pick<StoredBits, "bits" | "isSigned">,
): RoundValues {
	const most = 2 ** (isSigned ? bits - 1 : bits) - 1;
	return (values) => {
		const result = values.slice() as Int32Array;
		for (let i = 0; i < result.length; i++) {
			const value = result[i] as number;
			const magnitude = Math.abs(value);
			const drop = 32 - Math.clz32(magnitude) - keepBits;
			if (drop <= 0) continue;
			const unit = POWERS[drop] as number;
			const kept = Math.floor(magnitude / unit);
			const rest = magnitude - kept * unit;
			const isUp = 2 * rest > unit || (2 * rest === unit && kept % 2 === 1);
			const rounded = (isUp ? kept + 1 : kept) * unit;
			const fitting = rounded > most + (value < 0 ? 1 : 0) ? kept * unit : rounded;
			result[i] = value < 0 ? -fitting : fitting;
		}
		return result;
	};
}

/** Of integers of 64 bits, in halves: the same without a bigint for every value. */
export function roundLongs(keepBits: number, { isSigned }: Pick<StoredBits, "isSigned">): RoundValues {
	return (values) => {
		const copy = values.slice();
		const halves = new Uint32Array(copy.buffer);
		for (let i = 0; i < halves.length; i += 2) {
			const isNegative = isSigned && (halves[i + HIGH] as number) >= 2 ** 31;
			if (isNegative) negate(halves, i);
			roundMagnitude(halves, i, { keepBits, largestHigh: isSigned && !isNegative ? 2 ** 31 : TWO_32 });
			if (isNegative) negate(halves, i);
		}
		return copy;
	};
}

function roundMagnitude(
	halves: Uint32Array,
	i: number,
	{ keepBits, largestHigh }: { readonly keepBits: number; readonly largestHigh: number },
): void {
	const [low, high] = [halves[i + LOW] as number, halves[i + HIGH] as number];
	const drop = (high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high)) - keepBits;
	if (drop <= 0) return;
	if (roundPair(halves, i, drop) || (halves[i + HIGH] as number) >= largestHigh)
		storeMasked(halves, i, drop, low, high);
}

function negate(halves: Uint32Array, i: number): void {
	const low = -(halves[i + LOW] as number) >>> 0;
	halves[i + HIGH] = low === 0 ? -(halves[i + HIGH] as number) : ~(halves[i + HIGH] as number);
	halves[i + LOW] = low;
}
