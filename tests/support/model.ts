/** A dense array, changed and read element by element by NumPy's rules: the naive model that datasets are compared with. */
import type { NdArray, TypedArray } from "tesserae";

export interface DenseArray {
	shape: number[];
	data: (number | bigint)[];
}

/** One entry of a selection, before it is written in one of the notations. */
export type Entry =
	| { readonly kind: "index"; readonly index: number }
	| {
			readonly kind: "slice";
			readonly start: number | null;
			readonly stop: number | null;
			readonly step: number | null;
	  }
	| { readonly kind: "list"; readonly indices: readonly number[] }
	| { readonly kind: "mask"; readonly mask: readonly boolean[] }
	| { readonly kind: "newaxis" }
	| { readonly kind: "ellipsis" };

export function filledWith(shape: readonly number[], value: number | bigint): DenseArray {
	return { shape: [...shape], data: new Array(sizeOf(shape)).fill(value) };
}

export function sizeOf(shape: readonly number[]): number {
	return shape.reduce((product, length) => product * length, 1);
}

/** Every index of a shape, last axis fastest. */
export function* indicesOf(shape: readonly number[]): Generator<number[], void, undefined> {
	const [length, ...rest] = shape;
	if (length === undefined) yield [];
	else for (let i = 0; i < length; i++) for (const inner of indicesOf(rest)) yield [i, ...inner];
}

export function positionOf(index: readonly number[], shape: readonly number[]): number {
	return index.reduce((position, i, d) => position * (shape[d] as number) + i, 0);
}

/** What Python's `range(*slice(start, stop, step).indices(length))` lists. */
function sliceIndices(entry: Entry & { kind: "slice" }, length: number): number[] {
	const step = entry.step ?? 1;
	const all = Array.from({ length }, (_, i) => i);
	if (step < 0) all.reverse();
	const from = (bound: number): number => (bound < 0 ? bound + length : bound);
	const begins = (i: number): boolean =>
		entry.start === null || (step > 0 ? i >= from(entry.start) : i <= from(entry.start));
	const ended = (i: number): boolean =>
		entry.stop !== null && (step > 0 ? i >= from(entry.stop) : i <= from(entry.stop));
	return all.filter((i) => begins(i) && !ended(i)).filter((_, n) => n % Math.abs(step) === 0);
}

/** Per axis of the array the indices that are selected, and the shape of the result. */
interface Resolved {
	readonly axes: readonly (readonly number[])[];
	readonly shape: readonly number[];
}

export function resolve(entries: readonly Entry[], shape: readonly number[]): Resolved {
	const taken = entries.filter(({ kind }) => kind !== "newaxis" && kind !== "ellipsis").length;
	const whole: Entry[] = new Array(shape.length - taken).fill({ kind: "slice", start: null, stop: null, step: null });
	const full = entries.some(({ kind }) => kind === "ellipsis")
		? entries.flatMap((entry) => (entry.kind === "ellipsis" ? whole : [entry]))
		: [...entries, ...whole];
	const axes: number[][] = [];
	const result: number[] = [];
	for (const entry of full) {
		if (entry.kind === "newaxis") {
			result.push(1);
			continue;
		}
		const selected = indicesAlong(entry, shape[axes.length] as number);
		axes.push(selected);
		if (entry.kind !== "index") result.push(selected.length);
	}
	return { axes, shape: result };
}

function indicesAlong(entry: Entry, length: number): number[] {
	const wrap = (i: number): number => (i < 0 ? i + length : i);
	if (entry.kind === "index") return [wrap(entry.index)];
	if (entry.kind === "list") return entry.indices.map(wrap);
	if (entry.kind === "mask") return entry.mask.flatMap((chosen, i) => (chosen ? [i] : []));
	if (entry.kind === "slice") return sliceIndices(entry, length);
	return [];
}

/** Positions in the array of what is selected, in the result's order. */
function positions({ axes }: Resolved, shape: readonly number[]): number[] {
	const box = axes.map((axis) => axis.length);
	return [...indicesOf(box)].map((at) =>
		positionOf(
			at.map((i, d) => axes[d]?.[i] as number),
			shape,
		),
	);
}

export function getFrom(array: DenseArray, entries: readonly Entry[]): DenseArray {
	const resolved = resolve(entries, array.shape);
	const data = positions(resolved, array.shape).map((position) => array.data[position] as number | bigint);
	return { shape: [...resolved.shape], data };
}

/** Writes values, broadcast from the last axis backwards. */
export function setInto(array: DenseArray, entries: readonly Entry[], values: DenseArray): void {
	const resolved = resolve(entries, array.shape);
	const spread = broadcast(values, resolved.shape);
	positions(resolved, array.shape).forEach((position, n) => {
		array.data[position] = spread[n] as number | bigint;
	});
}

export function broadcast(values: DenseArray, shape: readonly number[]): (number | bigint)[] {
	return [...indicesOf(shape)].map((index) => {
		const own = index.slice(shape.length - values.shape.length);
		const at = own.map((i, d) => (values.shape[d] === 1 ? 0 : i));
		return values.data[positionOf(at, values.shape)] as number | bigint;
	});
}

export function resized(array: DenseArray, shape: readonly number[], fill: number | bigint): DenseArray {
	const data = [...indicesOf(shape)].map((index) =>
		index.every((i, d) => i < (array.shape[d] as number))
			? (array.data[positionOf(index, array.shape)] as number | bigint)
			: fill,
	);
	return { shape: [...shape], data };
}

/** What was read, as the model holds it. */
export function asDense(read: NdArray): DenseArray {
	const data = [...indicesOf(read.shape)].map((index) => {
		const at = index.reduce((sum, i, d) => sum + i * (read.stride[d] as number), read.offset);
		return (read.data as TypedArray)[at] as number | bigint;
	});
	return { shape: [...read.shape], data };
}
