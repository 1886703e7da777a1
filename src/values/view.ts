import type { Values } from "../format/data-types.js";

/** A list of entries seen through shape, strides and offset, all counted in entries of `data`. */
export interface StridedView<Data> {
	readonly data: Data;
	readonly shape: readonly number[];
	readonly stride: readonly number[];
	readonly offset: number;
}

/**
 * Values of a dataset's presented typed array. Where an element has several components (complex, raw bits), `shape` and `stride`
 * leave out their axis, and the components of one element lie side by side from where its index points.
 */
export type View = StridedView<Values>;

export function product(shape: readonly number[]): number {
	return shape.reduce((size, length) => size * length, 1);
}

/** Strides of a contiguous array, last axis fastest. */
export function rowMajor(shape: readonly number[]): number[] {
	const stride = new Array<number>(shape.length);
	let size = 1;
	for (let d = shape.length - 1; d >= 0; d--) {
		stride[d] = size;
		size *= shape[d] as number;
	}
	return stride;
}

/** Where the first element lies if none lies before entry 0: what an offset that was left out means. */
export function defaultOffset(shape: readonly number[], stride: readonly number[]): number {
	return stride.reduce((offset, step, d) => (step < 0 ? offset - ((shape[d] as number) - 1) * step : offset), 0);
}

/** The index of the `n`-th element, last axis fastest. */
export function unravel(n: number, shape: readonly number[]): number[] {
	const index = new Array<number>(shape.length);
	for (let d = shape.length - 1; d >= 0; d--) {
		const length = shape[d] as number;
		index[d] = n % length;
		n = Math.floor(n / length);
	}
	return index;
}

/** The rows of a view: runs of `length` entries, `step` apart, that make up the array in its order. */
export interface Rows {
	readonly length: number;
	readonly step: number;
	/** Calls `visit` with the offset of each row in order, until it returns false. */
	forEach(visit: (offset: number, row: number) => boolean): void;
}

/** Splits a view into rows as long as its strides allow: one where it is contiguous. */
export function rowsOf({ shape, stride, offset }: Omit<StridedView<unknown>, "data">): Rows {
	const axes = mergeAxes(shape, stride);
	const { length, step } = axes.pop() ?? { length: 1, step: 1 };
	const count = length === 0 ? 0 : axes.reduce((rows, axis) => rows * axis.length, 1);
	return {
		length,
		step,
		forEach(visit) {
			const index = new Array<number>(axes.length).fill(0);
			let at = offset;
			for (let row = 0; row < count; row++) {
				if (!visit(at, row)) return;
				at += advance(index, axes);
			}
		},
	};
}

interface MergedAxis {
	readonly length: number;
	readonly step: number;
}

/** Drops axes of length 1 and joins neighbours that one step walks through. */
function mergeAxes(shape: readonly number[], stride: readonly number[]): MergedAxis[] {
	const axes: MergedAxis[] = [];
	shape.forEach((length, d) => {
		if (length === 1) return;
		const step = stride[d] as number;
		const outer = axes.at(-1);
		if (outer === undefined || outer.step !== step * length) axes.push({ length, step });
		else axes[axes.length - 1] = { length: outer.length * length, step };
	});
	return axes;
}

/** Moves `index` to the next row and returns by how many entries that is further. */
function advance(index: number[], axes: readonly MergedAxis[]): number {
	let moved = 0;
	for (let d = axes.length - 1; d >= 0; d--) {
		const { length, step } = axes[d] as MergedAxis;
		const next = (index[d] as number) + 1;
		if (next < length) {
			index[d] = next;
			return moved + step;
		}
		index[d] = 0;
		moved -= step * (length - 1);
	}
	return moved;
}
