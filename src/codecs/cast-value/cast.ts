/** Values of one real type as those of another (zarr-extensions, codec `cast_value`, "Procedure"). */
import type { StoreError } from "../../errors.js";
import type { TypedArray, TypedArrayConstructor } from "../../format/data-types.js";
import { type FloatType, type IntegerType, type Rounding, roundingTo, TO_INTEGER } from "../real-numbers.js";
import { bigToDouble } from "./big-to-double.js";

export type OutOfRange = "clamp" | "wrap" | undefined;

/** A number, or a bigint where the type has 64 bits. */
export type Scalar = number | bigint;

export interface Cast {
	readonly from: IntegerType | FloatType;
	readonly to: IntegerType | FloatType;
	readonly Result: TypedArrayConstructor;
	readonly rounding: Rounding;
	readonly outOfRange: OutOfRange;
	/** What certain values become, whatever else holds. */
	readonly map: ReadonlyMap<Scalar, Scalar>;
	/** The error for a value that becomes nothing. */
	readonly refuse: (value: Scalar) => StoreError;
}

/** A new array, which has the values themselves where there is nothing to do but to copy them. */
export function castValues(cast: Cast): (values: TypedArray) => TypedArray {
	const { from, to, Result, map } = cast;
	if (map.size === 0 && holds(to, from) && isBig(from) === isBig(to))
		return (values) => {
			const result = new Result(values.length);
			(result as Float64Array).set(values as Float64Array);
			return result;
		};
	const convert = isBig(from) ? fromBig(cast) : fromNumber(cast);
	const put = map.size === 0 ? convert : mapped(map, convert);
	return (values) => {
		const result = new Result(values.length) as Float64Array;
		const source = values as Float64Array;
		for (let i = 0; i < source.length; i++) result[i] = put(source[i] as never) as number;
		return result;
	};
}

/** Of the type that the cast takes to the one it gives. */
type Convert = (value: never) => Scalar;

function isBig(type: IntegerType | FloatType): boolean {
	return type.kind === "integer" && type.isBig;
}

function mapped(map: ReadonlyMap<Scalar, Scalar>, convert: Convert): Convert {
	return (value: Scalar) => map.get(value) ?? convert(value as never);
}

/** Whether every value of `part` is one of `whole`. */
function holds(whole: IntegerType | FloatType, part: IntegerType | FloatType): boolean {
	if (part.kind === "integer") {
		if (whole.kind === "integer") return whole.least <= part.least && part.most <= whole.most;
		const [least, most] = [Number(part.least), Number(part.most)];
		return part.bits - (part.isSigned ? 1 : 0) <= whole.precision && most <= whole.most && least >= whole.least;
	}
	if (whole.kind === "integer") return false;
	const steps = ({ leastExponent, precision }: FloatType): number => leastExponent - precision;
	const specials = ({ infinity, nan, negativeZero }: FloatType): boolean[] => [
		infinity,
		nan !== undefined,
		negativeZero,
	];
	const present = specials(whole);
	return (
		whole.precision >= part.precision &&
		whole.most >= part.most &&
		whole.least <= part.least &&
		steps(whole) <= steps(part) &&
		specials(part).every((isThere, i) => present[i] || !isThere)
	);
}

function fromNumber(cast: Cast): (value: number) => Scalar {
	const { to } = cast;
	if (to.kind === "float") return toFloat(cast, to);
	return to.isBig ? toBig(cast, to) : toSmall(cast, to);
}

function toFloat({ rounding, outOfRange, refuse }: Cast, to: FloatType): (value: number) => number {
	const { least, most, infinity, nan, negativeZero } = to;
	const round = roundingTo(to, rounding);
	const [lowest, highest] = infinity ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : [least, most];
	return (value) => {
		const rounded = round(value);
		if (rounded >= least && rounded <= most) return rounded === 0 && !negativeZero ? 0 : rounded;
		if (Number.isFinite(value) ? outOfRange !== "clamp" : !(Number.isNaN(value) ? nan !== undefined : infinity))
			throw refuse(value);
		return Number.isNaN(value) ? value : rounded < least ? lowest : highest;
	};
}

function toSmall({ rounding, outOfRange, refuse }: Cast, to: IntegerType): (value: number) => number {
	const round = TO_INTEGER[rounding];
	const [least, most, span] = [Number(to.least), Number(to.most), 2 ** to.bits];
	return (value) => {
		const rounded = round(value);
		if (rounded >= least && rounded <= most) return rounded;
		if (outOfRange === undefined || !Number.isFinite(value)) throw refuse(value);
		if (outOfRange === "clamp") return rounded < least ? least : most;
		const wrapped = rounded - span * Math.floor(rounded / span);
		return wrapped > most ? wrapped - span : wrapped;
	};
}

/** From a number to 64 bits. */
function toBig(cast: Cast, to: IntegerType): (value: number) => bigint {
	const round = TO_INTEGER[cast.rounding];
	const inRange = intoRange(cast, to);
	return (value) => {
		const rounded = round(value);
		const isBeyond = rounded < to.least || rounded > to.most;
		if (!Number.isFinite(value) || (isBeyond && cast.outOfRange === undefined)) throw cast.refuse(value);
		return inRange(BigInt(rounded));
	};
}

function fromBig(cast: Cast): (value: bigint) => Scalar {
	const { to, rounding } = cast;
	if (to.kind === "integer") {
		const inRange = intoRange(cast, to);
		return to.isBig ? inRange : (value) => Number(inRange(value));
	}
	const convert = toFloat(cast, to);
	return (value) => convert(bigToDouble(value, to.precision, rounding));
}

function intoRange(
	{ outOfRange, refuse }: Cast,
	{ least, most, bits, isSigned }: IntegerType,
): (value: bigint) => bigint {
	return (value) => {
		if (value >= least && value <= most) return value;
		if (outOfRange === undefined) throw refuse(value);
		if (outOfRange === "clamp") return value < least ? least : most;
		return isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
	};
}
