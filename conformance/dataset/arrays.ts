/** Dense arrays in the plainest form: what datasets are compared with. Nothing here is shared with what is tested. */
import type { TypedArray } from "../../src/format/data-types.js";
import { bytesOf, check, firstDifference } from "../expect.js";

/** Values in row-major order. */
export interface Dense<Data extends TypedArray = TypedArray> {
	readonly data: Data;
	readonly shape: readonly number[];
}

export function sizeOf(shape: readonly number[]): number {
	return shape.reduce((product, length) => product * length, 1);
}

/** Every index of a shape, last axis fastest. */
export function* indices(shape: readonly number[]): Generator<number[], void, undefined> {
	const count = sizeOf(shape);
	const index = shape.map(() => 0);
	for (let n = 0; n < count; n++) {
		yield [...index];
		for (let d = shape.length - 1; d >= 0; d--) {
			index[d] = (index[d] as number) + 1;
			if ((index[d] as number) < (shape[d] as number)) break;
			index[d] = 0;
		}
	}
}

/** Position in row-major order. */
export function positionOf(index: readonly number[], shape: readonly number[]): number {
	return index.reduce((position, i, d) => position * (shape[d] as number) + i, 0);
}

/** 1, 2, 3, … */
export function counting(shape: readonly number[]): Dense<Int32Array> {
	return { data: Int32Array.from({ length: sizeOf(shape) }, (_, n) => n + 1), shape };
}

/** `count` whole numbers from `least` to `most` that look random and are the same in every run. */
export function noise(count: number, least: number, most: number): Int32Array {
	let state = count + 1;
	return Int32Array.from({ length: count }, () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return least + ((state >>> 8) % (most - least + 1));
	});
}

/** Computes a value when it is first asked for, once for all the suites that run in a process. */
export function once<T>(make: () => T): () => T {
	let made: { readonly value: T } | undefined;
	return () => {
		made ??= { value: make() };
		return made.value;
	};
}

const volumeValues = once(() => BigInt64Array.from(noise(1e6, -10000, 10000), BigInt));

/** What DosNa's tests run on: int64 within ± 10000, 100 × 100 × 100. A copy of its own for every caller. */
export function volume(): Dense<BigInt64Array> {
	return { data: volumeValues().slice(), shape: [100, 100, 100] };
}

/**
 * The part of an array at the product of one list of indices per axis. An axis given as a single number is dropped.
 */
export function part(source: Dense, axes: readonly (number | readonly number[])[]): Dense {
	const full = axes.map((axis) => (typeof axis === "number" ? [axis] : axis));
	const Data = source.data.constructor as new (values: TypedArray | number) => TypedArray;
	const taken = new Data(sizeOf(full.map((list) => list.length)));
	let n = 0;
	const take = (axis: number, position: number): void => {
		const [list, length] = [full[axis], source.shape[axis] as number];
		if (list === undefined) taken[n++] = source.data[position] as never;
		else for (const i of list) take(axis + 1, position * length + i);
	};
	take(0, 0);
	return { data: taken, shape: full.map((list) => list.length).filter((_, d) => typeof axes[d] !== "number") };
}

/** `start`, `start + step`, … before `stop`. */
export function span(start: number, stop: number, step = 1): number[] {
	const count = Math.max(0, Math.ceil((stop - start) / step));
	return Array.from({ length: count }, (_, i) => start + i * step);
}

export function mapped<Data extends TypedArray>(
	{ data, shape }: Dense<Data>,
	change: (v: Data[number]) => Data[number],
): Dense<Data> {
	return { data: (data as Float64Array).map(change as (v: number) => number) as unknown as Data, shape };
}

/** Strided values, as `get` returns them. */
interface Strided extends Dense {
	readonly stride: readonly number[];
	readonly offset: number;
}

/** The same shape and the same values: NaN equals NaN, 0 is not -0, 1 is not 1n. */
export function sameValues(actual: Strided, expected: Dense, message: string): void {
	check(
		String(actual.shape) === String(expected.shape),
		`${message}: shape [${actual.shape.join(", ")}], not [${expected.shape.join(", ")}]`,
	);
	if (isPacked(actual) && sameBits(actual.data, expected.data)) return;
	let n = 0;
	for (const at of positions(actual)) {
		const [got, wanted] = [actual.data[at], expected.data[n++]];
		if (Object.is(got, wanted)) continue;
		const index = unravel(n - 1, actual.shape);
		check(false, `${message}: at [${index.join(", ")}] is ${shown(got)}, not ${shown(wanted)}`);
	}
}

/** True where the elements lie in row-major order and are all of the data. */
function isPacked({ data, shape, stride, offset }: Strided): boolean {
	return data.length === sizeOf(shape) && offset === 0 && stride.every((by, d) => by === sizeOf(shape.slice(d + 1)));
}

/** Equal bits of one type are equal values; it spares the comparison of a million bigints. */
function sameBits(a: TypedArray, b: TypedArray): boolean {
	if (a.constructor !== b.constructor || a.byteLength !== b.byteLength) return false;
	return firstDifference(bytesOf(a), bytesOf(b)) === undefined;
}

/** Where the elements lie, in row-major order. */
function* positions({ shape, stride, offset }: Strided): Generator<number, void, undefined> {
	const inner = shape.length - 1;
	if (inner < 0) return yield offset;
	for (const index of indices(shape.slice(0, inner))) {
		const row = index.reduce((at, i, d) => at + i * (stride[d] as number), offset);
		for (let i = 0; i < (shape[inner] as number); i++) yield row + i * (stride[inner] as number);
	}
}

function unravel(position: number, shape: readonly number[]): number[] {
	let rest = position;
	return shape.map((_, d) => {
		const inner = sizeOf(shape.slice(d + 1));
		const digit = Math.floor(rest / inner);
		rest -= digit * inner;
		return digit;
	});
}

function shown(value: unknown): string {
	if (typeof value === "bigint") return `${value}n`;
	return Object.is(value, -0) ? "-0" : String(value);
}
