/**
 * The grammar of selections: what a user writes between the brackets. `normalise` checks it against a shape, `parseSelection`
 * reads its string form.
 */
import { StoreError } from "../errors.js";
import type { TypedArray } from "../format/data-types.js";
import { describe } from "../values/describe.js";
import type { NdArray } from "../values/nd-array.js";
import { isTypedArray } from "../values/typed-arrays.js";
import type { AxisSelection } from "./plan.js";

/** A selection that was checked against a shape. */
export interface NormalSelection {
	/** One per axis of the array. */
	readonly axes: readonly AxisSelection[];
	/** Shape of the result: integers drop their axis, `newaxis` adds one of length 1. */
	readonly shape: readonly number[];
	/** For each axis of the array the axis of the result it lands on; -1 where it is dropped. */
	readonly resultAxis: readonly number[];
}

/** Marks the objects of this grammar. Registered, so that those of another copy of the package are understood too. */
export const selectionKind: unique symbol = Symbol.for("tesserae.selection") as never;
const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** `start:stop:step` as in Python; null where the bound was left out. Made by {@link slice}. */
export interface Slice {
	readonly [selectionKind]: "slice";
	readonly start: number | null;
	readonly stop: number | null;
	readonly step: number | null;
}

/** A 1-D boolean mask over one axis. Made by {@link mask}. */
export interface Mask {
	readonly [selectionKind]: "mask";
	/** One byte per index of the axis: 1 where it is selected. */
	readonly values: Uint8Array;
}

/** The type of {@link ellipsis}. */
export interface Ellipsis {
	readonly [selectionKind]: "ellipsis";
}

/** The type of {@link newaxis}. */
export interface NewAxis {
	readonly [selectionKind]: "newaxis";
}

/** Indices along one axis, in any order, repeated or not; a plain array of booleans is a mask. */
export type IndexList =
	| readonly number[]
	| readonly bigint[]
	| readonly boolean[]
	| Exclude<TypedArray, Float32Array | Float64Array>
	| NdArray;

/** What one axis may be given. Null is the whole axis; a string holds one or more entries in NumPy's notation. */
export type SelectionEntry = number | bigint | string | null | Slice | Mask | Ellipsis | NewAxis | IndexList;

/**
 * A selection: a tuple of entries (the outermost array), one bare entry, NumPy's notation as a string, or an object whose members
 * are named after the array's dimensions.
 */
export type Selection =
	| SelectionEntry
	| readonly SelectionEntry[]
	| { readonly [dimensionName: string]: SelectionEntry };

/** A bound of a {@link slice}; null and undefined leave it out. */
export type SliceBound = number | bigint | null | undefined;

/** Bounds beyond this clip to it: no axis is longer, so they mean the same. */
const FARTHEST = 2 ** 53;

class SliceEntry implements Slice {
	readonly [selectionKind] = "slice";
	readonly start: number | null;
	readonly stop: number | null;
	readonly step: number | null;

	constructor(start: SliceBound, stop: SliceBound, step: SliceBound) {
		this.start = bound(start, "start");
		this.stop = bound(stop, "stop");
		this.step = bound(step, "step");
		if (this.step === 0)
			throw new StoreError("INVALID_ARGUMENT", "the step of a slice is 0: use 1, or -1 to walk backwards");
		Object.freeze(this);
	}

	toString(): string {
		const step = this.step === null ? "" : `, ${this.step}`;
		return `slice(${this.start}, ${this.stop}${step})`;
	}

	[inspect](): string {
		return this.toString();
	}
}

class MaskEntry implements Mask {
	readonly [selectionKind] = "mask";
	readonly values: Uint8Array;

	constructor(values: Uint8Array) {
		this.values = values;
		Object.freeze(this);
	}

	toString(): string {
		const selected = this.values.reduce((sum, value) => sum + value, 0);
		return `mask(${selected} of ${this.values.length})`;
	}

	[inspect](): string {
		return this.toString();
	}
}

class Word<Kind extends "ellipsis" | "newaxis"> {
	readonly [selectionKind]: Kind;

	constructor(kind: Kind) {
		this[selectionKind] = kind;
		Object.freeze(this);
	}

	toString(): string {
		return this[selectionKind];
	}

	[inspect](): string {
		return this.toString();
	}
}

/** As many whole axes as the other entries leave over; at most one in a selection. */
export const ellipsis: Ellipsis = new Word("ellipsis");

/** An axis of length 1 in the result, at this place. */
export const newaxis: NewAxis = new Word("newaxis");

/**
 * Part of an axis, as Python's `slice`: `slice(stop)` or `slice(start, stop, step?)`. Null or undefined leaves a bound out, negative
 * bounds count from the end, bounds beyond the axis are clipped to it.
 * @throws StoreError INVALID_ARGUMENT where a bound is no integer, or the step is 0
 */
export function slice(stop?: SliceBound): Slice;
export function slice(start: SliceBound, stop: SliceBound, step?: SliceBound): Slice;
export function slice(...bounds: SliceBound[]): Slice {
	if (bounds.length < 2) return new SliceEntry(null, bounds[0], null);
	return new SliceEntry(bounds[0], bounds[1], bounds[2]);
}

function bound(value: SliceBound, name: string): number | null {
	if (value === null || value === undefined) return null;
	if (typeof value !== "bigint" && !Number.isInteger(value)) {
		const advice = "it takes integers, and null where the bound is left out";
		throw new StoreError("INVALID_ARGUMENT", `the ${name} of a slice is ${describe(value)}: ${advice}`);
	}
	return Math.max(-FARTHEST, Math.min(FARTHEST, Number(value))) + 0;
}

/**
 * A 1-D mask for one axis: the indices where `array` is true. It must be as long as the axis. Values are copied.
 * @param array booleans, or a typed array or 1-D ndarray of 0 and 1 (the form in which bool datasets are read)
 * @throws StoreError INVALID_ARGUMENT where `array` is not 1-D, or holds anything but true, false, 1 and 0
 */
export function mask(array: readonly boolean[] | readonly number[] | TypedArray | NdArray): Mask {
	return new MaskEntry(Uint8Array.from(elements(array, "a mask"), maskByte));
}

function maskByte(value: unknown, position: number): number {
	if (value === true || value === 1 || value === 1n) return 1;
	if (value === false || value === 0 || value === 0n) return 0;
	const advice = "a mask holds true and false, or 1 and 0; a list of indices needs no mask(…)";
	throw new StoreError("INVALID_ARGUMENT", `a mask holds ${describe(value)} at position ${position}: ${advice}`);
}

/**
 * The elements of a 1-D array of any form, in order.
 * @param what what the array is for, to begin an error message with
 * @throws StoreError INVALID_ARGUMENT where it is no array, or not 1-D
 */
export function elements(array: unknown, what: string): ArrayLike<unknown> {
	if (Array.isArray(array) || isTypedArray(array)) return array as ArrayLike<unknown>;
	if (!isNdArray(array)) throw new StoreError("INVALID_ARGUMENT", `${what} is an array, not ${describe(array)}`);
	if (array.shape.length !== 1) {
		const advice = "it must be 1-D, one per axis; to pick single points use points(…)";
		throw new StoreError("INVALID_ARGUMENT", `${what} has ${array.shape.length} dimensions: ${advice}`);
	}
	return Array.from({ length: array.shape[0] ?? 0 }, (_, i) => array.get(i));
}

/** True for what the package `ndarray` makes, and for our own views with the same members. */
export function isNdArray(value: unknown): value is NdArray {
	if (typeof value !== "object" || value === null) return false;
	const { shape, stride, data, get } = value as Partial<NdArray>;
	return Array.isArray(shape) && Array.isArray(stride) && data !== undefined && typeof get === "function";
}
