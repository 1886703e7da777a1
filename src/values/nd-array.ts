import type { DType, ScalarOf, TypedArray, TypedArrayOf } from "../format/data-types.js";

/**
 * An N-dimensional array as the package `ndarray` makes it: a typed array seen through shape, strides and offset.
 * Structural, since the published typings cannot hold bigint or shared memory. Strides and offset count entries.
 */
export interface NdArray<D extends DType = DType> {
	readonly data: TypedArrayOf<D>;
	readonly shape: number[];
	readonly stride: number[];
	readonly offset: number;
	readonly dimension: number;
	readonly size: number;
	readonly dtype: string;
	readonly order: number[];
	get(...index: number[]): Entry<D>;
	set(...indexThenValue: (number | Entry<D>)[]): Entry<D>;
	index(...index: number[]): number;
	hi(...shape: (number | null | undefined)[]): NdArray<D>;
	lo(...origin: (number | null | undefined)[]): NdArray<D>;
	step(...steps: (number | null | undefined)[]): NdArray<D>;
	transpose(...axes: number[]): NdArray<D>;
	pick(...index: (number | null | undefined)[]): NdArray<D>;
}

/** One entry of the typed array of `D`. */
export type Entry<D extends DType> = TypedArrayOf<D>[number];

/** What `set`, `createDataset({ data })` and `load` take as values. */
export type ArrayLike<D extends DType = DType> =
	| NdArray<D>
	| NdArray
	| {
			readonly data: TypedArray | readonly unknown[];
			readonly shape: readonly number[];
			readonly stride?: readonly number[];
			readonly offset?: number;
	  }
	| TypedArray
	| NestedArray
	| ScalarOf<D>
	| Scalar;

export type Scalar = number | bigint | boolean;
export type NestedArray = readonly (Scalar | NestedArray)[];
