/** Values of one number type as another, as NumPy's `astype` converts them; what C leaves undefined, NaN as an integer, is 0. */
import { type DataType, dataType, type TypedArray } from "../../format/data-types.js";

/** Whether {@link convert} can: between numbers, and between complex numbers. */
export function converts(from: DataType, to: DataType): boolean {
	return from.kind !== "V" && to.kind !== "V" && (from.kind === "c") === (to.kind === "c");
}

/** Presented entries of `from` as those of `to`: the same array where they are alike. */
export function convert(values: TypedArray, from: DataType, to: DataType): TypedArray {
	if (from.name === to.name) return values;
	const isBig = values instanceof BigInt64Array || values instanceof BigUint64Array;
	const result = new to.Array(values.length);
	if (result instanceof BigInt64Array || result instanceof BigUint64Array)
		for (let i = 0; i < values.length; i++) result[i] = isBig ? (values[i] as bigint) : truncated(values[i] as number);
	else {
		const put = converter(to, isBig);
		for (let i = 0; i < values.length; i++) result[i] = put(values[i] as never);
	}
	return result;
}

/** To what the typed array then wraps or rounds by itself. */
function converter(to: DataType, isBig: boolean): (value: never) => number {
	if (to.kind === "b") return (value: number | bigint) => (value || Number.isNaN(value) ? 1 : 0);
	const { float } = to;
	if (float !== undefined && to.storage !== undefined) return (value: number | bigint) => float.round(Number(value));
	if (isBig && to.kind !== "f") return (value: bigint) => Number(BigInt.asIntN(32, value));
	return (value: number | bigint) => Number(value);
}

function truncated(value: number): bigint {
	return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

/** In which type arithmetic with a Python float takes place, and how that rounds. */
export interface Arithmetic {
	readonly type: DataType;
	round(value: number): number;
}

/** Floats compute in their own type, integers in float64. */
export function arithmeticOf(dtype: DataType): Arithmetic {
	const { kind, float } = dtype;
	if (kind === "f" && float !== undefined)
		return { type: dtype, round: (value) => float.round(dtype.storage === undefined ? value : Math.fround(value)) };
	return { type: dataType("float64"), round: (value) => value };
}

/** A new array of what `change` makes of each value. */
export function each(values: TypedArray, change: (value: number) => number): TypedArray {
	return (values as Float64Array).map(change);
}

/** The nearest integer, ties to even, as `numpy.around`. */
export function roundToEven(value: number): number {
	const rounded = Math.round(value);
	return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
