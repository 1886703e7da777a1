import ndarray from "ndarray";
import { StoreError } from "../errors.js";
import { dataTypeFromUser } from "../format/data-type-metadata.js";
import type {
	DataType,
	DType,
	DTypeLike,
	NumericName,
	ScalarOf,
	TimeOf,
	TypedArray,
	TypedArrayOf,
} from "../format/data-types.js";
import { allocateEntries } from "./allocate.js";
import { describe, list } from "./describe.js";
import { makePrintable, printByType } from "./format-array.js";
import { PlainView } from "./plain-view.js";
import { product } from "./view.js";

/**
 * An N-dimensional array as the package `ndarray` makes it: a typed array seen through shape, strides and offset.
 * Structural, since the published typings cannot hold bigint or shared memory. Strides and offset count entries.
 */
export interface NdArray<D extends DType = NumericName> {
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
export type ArrayLike<D extends DType = NumericName> =
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
	| TimeOf<D>
	| Scalar;

export type Scalar = number | bigint | boolean | string;
export type NestedArray = readonly (Scalar | Date | Uint8Array | NestedArray)[];

/** The package keeps offsets in 32-bit integers. */
const LARGEST_NDARRAY = 2 ** 31 - 1;

/** Set once the package failed to generate code, which then is forbidden for good. */
let codeForbidden = false;

/**
 * An `ndarray` over `data`, not copied: an object of the package `ndarray`, or where code generation is forbidden (a content
 * security policy) a plain view with the same members. What it is given is not checked.
 * @param stride in entries of `data`, by default row-major
 * @param offset of the first element, by default such that the smallest is 0
 */
export function ndArray<D extends DType = NumericName>(
	data: TypedArrayOf<D>,
	shape: readonly number[],
	stride?: readonly number[],
	offset?: number,
): NdArray<D> {
	if (!codeForbidden && data.length <= LARGEST_NDARRAY) {
		try {
			return makePrintable(ndarray(data, shape, stride, offset) as NdArray<D>);
		} catch (error) {
			if (!(error instanceof EvalError)) throw error;
			codeForbidden = true;
		}
	}
	return new PlainView({ data: data as TypedArray, shape, stride, offset }) as NdArray as NdArray<D>;
}

/**
 * An array of zeros, row-major, for `get(…, { out })` and `set`. Elements of several components (complex, raw bits beyond r8) get
 * an axis of them at the end.
 * @param options.shared over shared memory, which `threads` reads and writes without a copy
 * @throws StoreError INVALID_ARGUMENT for a bad shape, UNSUPPORTED for an unknown data type, or where shared memory is not to be
 * had, TOO_LARGE beyond 4 GiB
 */
export function empty<D extends DType>(
	shape: readonly number[],
	dtype: DTypeLike<D>,
	options: { readonly shared?: boolean | undefined } = {},
): NdArray<D> {
	return emptyOf<D>(shape, dataTypeFromUser<D>(dtype), options);
}

/** As {@link empty}, of a data type that is known already. */
export function emptyOf<D extends DType>(
	shape: readonly number[],
	dtype: DataType<D>,
	options: { readonly shared?: boolean | undefined } = {},
): NdArray<D> {
	const { components } = dtype;
	shape.forEach((length, axis) => {
		if (Number.isSafeInteger(length) && length >= 0) return;
		const advice = "a length is an integer from 0 on";
		throw new StoreError("INVALID_ARGUMENT", `length ${describe(length)} of axis ${axis} in ${list(shape)}: ${advice}`);
	});
	const entryShape = components > 1 ? [...shape, components] : shape;
	const data = allocateEntries(dtype, product(entryShape), options.shared);
	return printByType(ndArray<D>(data as TypedArrayOf<D>, entryShape), dtype);
}
