import type { CallOptions } from "../../engine.js";
import { StoreError } from "../../errors.js";
import type { BigIntegerName, ComplexName, DataType, DType, Kind, SmallIntegerName } from "../../format/data-types.js";
import { dataType } from "../../format/data-types.js";
import type { NormalSelection, Selection } from "../../selection/selection.js";
import type { NdArray } from "../../values/nd-array.js";

export type StatisticName = "min" | "max" | "sum" | "mean" | "std";

export interface StatisticOptions extends CallOptions {
	/** Axes of the selection to reduce, negative ones counted from the end. Left out, all of them, and the result is a scalar. */
	readonly axes?: number | readonly number[] | undefined;
	/** Leaves NaN out instead of letting it propagate; a complex number is NaN where either part is. Default false. */
	readonly skipNaN?: boolean | undefined;
	/** The part of the dataset that is looked at; by default everything. A repeated index counts as often as it is given. */
	readonly selection?: Selection | undefined;
}

export interface StdOptions extends StatisticOptions {
	/** The sum of squares is divided by the number of values less this. Default 0. */
	readonly ddof?: number | undefined;
}

/** No options at all. */
export type NoOptions = Record<never, never>;

/** A scalar where `axes` is left out, an array of `T` where it is given. */
export type Reduced<O, Scalar, T extends DType> = O extends { readonly axes: number | readonly number[] }
	? NdArray<T>
	: "axes" extends keyof O
		? Scalar | NdArray<T>
		: Scalar;

type Integral = "bool" | SmallIntegerName | BigIntegerName;

/** A sum of integers is a bigint: exact, of any size. */
export type SumOf<D extends DType> = D extends Integral
	? bigint
	: D extends ComplexName
		? readonly [re: number, im: number]
		: number;

/** The type of sums along axes: as NumPy has it, but floats are not rounded back to less than float64. */
export type SumType<D extends DType> = D extends "uint2" | "uint4" | "uint8" | "uint16" | "uint32" | "uint64"
	? "uint64"
	: D extends Integral
		? "int64"
		: D extends ComplexName
			? "complex128"
			: "float64";

export type MeanOf<D extends DType> = D extends ComplexName ? readonly [re: number, im: number] : number;
export type MeanType<D extends DType> = D extends ComplexName ? "complex128" : "float64";

/** Of kinds of which not every statistic is defined. */
const DEFINED: { readonly [kind in Kind]?: readonly (StatisticName | "histogram")[] } = {
	c: ["sum", "mean"],
	V: [],
	U: [],
	S: [],
	R: [],
	O: [],
	M: ["min", "max"],
	m: ["min", "max"],
};

const CALLED: { readonly [kind in Kind]?: string } = {
	c: "complex numbers",
	V: "raw bits",
	M: "points in time",
	m: "spans of time",
};

/** @throws StoreError UNSUPPORTED where the values have no order, or are no numbers */
export function checkDefined(name: StatisticName | "histogram", dtype: DataType): void {
	const defined = DEFINED[dtype.kind] ?? [name];
	if (defined.includes(name)) return;
	const values = CALLED[dtype.kind] ?? `${dtype.name} values`;
	throw new StoreError(
		"UNSUPPORTED",
		`there is no ${name} of ${values}: say with reduce(kernel, combine) what is meant`,
	);
}

/** The data type of a statistic along axes. */
export function resultType(name: StatisticName, dtype: DataType): DataType {
	if (name === "min" || name === "max") return dtype;
	if (dtype.kind === "c") return dataType("complex128");
	if (name !== "sum" || dtype.kind === "f") return dataType("float64");
	return dataType(dtype.kind === "u" ? "uint64" : "int64");
}

/** How the elements of a selection become those of the result. */
export interface Reduction {
	/** Per axis of the dataset: whether the result has it. */
	readonly kept: readonly boolean[];
	/** Per axis of the dataset: the number of its indices in the selection. */
	readonly lengths: readonly number[];
	readonly shape: readonly number[];
	/** Elements of the result. */
	readonly size: number;
	/** Elements that each of them takes in. */
	readonly repeats: number;
}

/** @throws StoreError INVALID_ARGUMENT for an axis that is not there, or given twice */
export function parseReduction(axes: StatisticOptions["axes"], selection: NormalSelection): Reduction {
	const rank = selection.shape.length;
	const reduced = new Set<number>();
	for (const axis of axes === undefined ? selection.shape.keys() : [axes].flat()) {
		const at = axis < 0 ? axis + rank : axis;
		if (!(at in selection.shape)) throw invalidAxis(`there is no axis ${String(axis)} among ${rank}`);
		if (reduced.has(at)) throw invalidAxis(`axis ${axis} is given twice`);
		reduced.add(at);
	}
	const kept = selection.resultAxis.map((axis) => axis >= 0 && !reduced.has(axis));
	const lengths = selection.axes.map((axis) => (axis.kind === "list" ? axis.indices.length : axis.count));
	const product = (keep: boolean): number => lengths.reduce((n, length, d) => (kept[d] === keep ? n * length : n), 1);
	const shape = selection.shape.filter((_, axis) => !reduced.has(axis));
	return { kept, lengths, shape, size: product(true), repeats: product(false) };
}

function invalidAxis(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", `axes: ${message}`);
}
