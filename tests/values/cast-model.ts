/** A model of casting: one value at a time, in exact arithmetic. A finite float is an integer times 2^-1074. */
import { dataType } from "../../dist/src/format/data-types.js";

export type Scalar = number | bigint;

function exact(value: Scalar): bigint {
	if (typeof value === "bigint") return value << 1074n;
	let [scaled, shift] = [value, 1074n];
	while (!Number.isInteger(scaled)) [scaled, shift] = [scaled * 2, shift - 1n];
	return BigInt(scaled) << shift;
}

/** Precision in bits, exponents of the smallest step and of the first power of two that is too large. */
export const FORMATS = { float16: [11, -24, 16], float32: [24, -149, 128], float64: [53, -1074, 1024] } as const;

/** Rounded once, to the nearest, ties to even. */
export function rounded(value: Scalar, name: keyof typeof FORMATS): number {
	if (typeof value === "number" && !Number.isFinite(value)) return value;
	const [precision, smallest, tooLarge] = FORMATS[name];
	const units = exact(value);
	const magnitude = units < 0n ? -units : units;
	const step = BigInt(Math.max(magnitude.toString(2).length - precision, smallest + 1074));
	const down = magnitude >> step;
	const rest = (magnitude - (down << step)) * 2n;
	const unit = 1n << step;
	const up = rest > unit || (rest === unit && down % 2n === 1n) ? 1n : 0n;
	const result = (down + up) << step;
	const finite = result >= 1n << BigInt(tooLarge + 1074) ? Number.POSITIVE_INFINITY : fromExact(result);
	return units < 0n || Object.is(value, -0) ? -finite : finite;
}

/** Of a value that a float64 holds. */
function fromExact(units: bigint): number {
	const drop = BigInt(Math.max(0, units.toString(2).length - 53));
	return Number(units >> drop) * 2 ** (Number(drop) - 1074);
}

function limits(name: string): [bigint, bigint] {
	const bits = BigInt(dataType(name).itemSize * 8);
	return dataType(name).kind === "i" ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
}

function asEntry(integer: bigint, name: string): Scalar {
	return name.endsWith("int64") ? integer : Number(integer);
}

/** As C and NumPy's astype do; what they leave undefined is 0, or wraps. */
export function astype(value: Scalar, name: string): Scalar {
	if (name === "bool") return Number(value) === 0 ? 0 : 1;
	if (name in FORMATS) return rounded(value, name as "float32");
	if (typeof value === "number" && !Number.isFinite(value)) return asEntry(0n, name);
	const integer = BigInt(typeof value === "number" ? Math.trunc(value) : value);
	const bits = dataType(name).itemSize * 8;
	return asEntry(dataType(name).kind === "i" ? BigInt.asIntN(bits, integer) : BigInt.asUintN(bits, integer), name);
}

export function isExact(value: Scalar, name: string): boolean {
	if (name === "bool") return [0, 1].includes(Number(value));
	if (name in FORMATS) return Number.isNaN(value) || exactEqual(value, rounded(value, name as "float32"));
	if (typeof value === "number" && !Number.isInteger(value)) return false;
	const [min, max] = limits(name);
	return BigInt(value) >= min && BigInt(value) <= max;
}

export function exactEqual(a: Scalar, b: number): boolean {
	if (!Number.isFinite(b) || (typeof a === "number" && !Number.isFinite(a))) return a === b;
	return exact(a) === exact(b);
}
