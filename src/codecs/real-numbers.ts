/** Which real numbers data types hold, and how numbers are rounded to them. */
import type { DataType } from "../format/data-types.js";
import type { FloatFormat } from "../format/floats.js";
import { HOST_ENDIAN } from "./byte-order.js";
import { roundToEven } from "./numcodecs/convert.js";
import { bitsOf } from "./stored-bits.js";

export interface IntegerType {
	readonly kind: "integer";
	readonly name: string;
	readonly bits: number;
	readonly isSigned: boolean;
	readonly least: bigint;
	readonly most: bigint;
	/** Values are bigints. */
	readonly isBig: boolean;
}

export interface FloatType extends FloatFormat {
	readonly kind: "float";
	readonly name: string;
}

/** Undefined where values are no real numbers. */
export function realType(dtype: DataType): IntegerType | FloatType | undefined {
	const { name, kind, float } = dtype;
	if (kind === "f" && float !== undefined) return { kind: "float", name, ...float };
	const stored = kind === "i" || kind === "u" ? bitsOf(dtype) : undefined;
	if (stored === undefined) return undefined;
	const { bits, isSigned } = stored;
	const half = 2n ** BigInt(bits - 1);
	const [least, most] = isSigned ? [-half, half - 1n] : [0n, 2n * half - 1n];
	return { kind: "integer", name, bits, isSigned, least, most, isBig: bits === 64 };
}

export const ROUNDINGS = [
	"nearest-even",
	"towards-zero",
	"towards-positive",
	"towards-negative",
	"nearest-away",
] as const;
export type Rounding = (typeof ROUNDINGS)[number];

/** To integers. The sign of zero is that of the number. */
export const TO_INTEGER: { readonly [rounding in Rounding]: (value: number) => number } = {
	"nearest-even": roundToEven,
	"towards-zero": Math.trunc,
	"towards-positive": Math.ceil,
	"towards-negative": Math.floor,
	"nearest-away": (value) => {
		const cut = Math.trunc(value);
		return Math.abs(value - cut) >= 0.5 ? cut + Math.sign(value) : cut;
	},
};

const scratch = new Float64Array(1);
const halves = new Uint32Array(scratch.buffer);
const HIGH = HOST_ENDIAN === "little" ? 1 : 0;

/** 2 to a whole power, -1022 to 1023. */
function powerOf2(exponent: number): number {
	scratch[0] = 0;
	halves[HIGH] = (exponent + 1023) << 20;
	return scratch[0] as number;
}

const LARGEST_STEP = 1022 - 52;

/**
 * Rounds numbers to the precision of a type, as if its exponents had no end upwards: results may be beyond `most`, up to infinity. Infinities and NaNs
 * stay.
 */
export function roundingTo(
	{ name, precision, leastExponent }: FloatType,
	rounding: Rounding,
): (value: number) => number {
	if (precision === 53) return (value) => value;
	if (name === "float32" && rounding === "nearest-even") return Math.fround;
	const toInteger = TO_INTEGER[rounding];
	return (value) => {
		scratch[0] = value;
		const exponent = (((halves[HIGH] as number) >>> 20) & 0x7ff) - 1023;
		if (exponent === 1024) return value;
		const step = Math.max(exponent, leastExponent) - precision + 1;
		if (rounding === "nearest-even" && step < LARGEST_STEP) {
			// So large that its sum with the value has no bits below the step.
			const large = 1.5 * powerOf2(step + 52);
			return value + large - large || value * 0;
		}
		return toInteger(value * powerOf2(-step)) * powerOf2(step);
	};
}
