import { HOST_ENDIAN } from "../../codecs/byte-order.js";
import type { DataType, TypedArray } from "../../format/data-types.js";

/** Elements that are looked at together, at most: they and what becomes of them stay in the first cache. */
export const LINE = 2048;

/**
 * Stretches of a chunk's values, one after the other, in the form that the loops take. Loops over float64 alone stay fast whatever
 * types a program reads, where a loop that meets every typed array becomes slow; and converting a line costs a tenth of summing it.
 */
export interface Lines<Values = Float64Array> {
	readonly values: Values;
	/** Makes elements `start` to `start + count` of the chunk available, `count` ≤ {@link LINE}; returns where they begin in `values`. */
	load(start: number, count: number): number;
}

/** Shared by all: loading a line and working on it is one piece of synchronous code. */
const line = new Float64Array(LINE);

/** The values as they are. */
export function itself<Values extends TypedArray>(data: Values): Lines<Values> {
	return { values: data, load: (start) => start };
}

/** Real numbers as float64: exact but for 64-bit integers, which are rounded to nearest. */
export function realLines(data: TypedArray): Lines {
	if (data instanceof Float64Array) return itself(data);
	if (data instanceof BigInt64Array || data instanceof BigUint64Array) return integerLines(data);
	const load = (start: number, count: number): number => {
		line.set(data.subarray(start, start + count));
		return 0;
	};
	return { values: line, load };
}

const LOW_WORD = HOST_ENDIAN === "little" ? 0 : 1;

type Words = Int32Array | Uint32Array;

/** The upper 32 bits, which carry the sign. */
function highWords(data: BigInt64Array | BigUint64Array): Words {
	const { buffer, byteOffset, length } = data;
	if (data instanceof BigInt64Array) return new Int32Array(buffer, byteOffset, 2 * length);
	return new Uint32Array(buffer, byteOffset, 2 * length);
}

function integerLines(data: BigInt64Array | BigUint64Array): Lines {
	const high = highWords(data);
	const low = new Uint32Array(data.buffer, data.byteOffset, 2 * data.length);
	const load = (start: number, count: number): number => {
		for (let i = 0, at = 2 * start; i < count; i++, at += 2)
			line[i] = (high[at + 1 - LOW_WORD] as number) * 2 ** 32 + (low[at + LOW_WORD] as number);
		return 0;
	};
	return { values: line, load };
}

/** Every second entry, from `first` on. */
function everySecond(data: TypedArray, first: number): Lines {
	const load = (start: number, count: number): number => {
		for (let i = 0, at = 2 * start + first; i < count; i++, at += 2) line[i] = data[at] as number;
		return 0;
	};
	return { values: line, load };
}

/** One part of complex numbers; NaN where either part is, if `together`. */
function partLines(data: TypedArray, part: 0 | 1, together: boolean): Lines {
	if (!together) return everySecond(data, part);
	const load = (start: number, count: number): number => {
		for (let i = 0, at = 2 * start; i < count; i++, at += 2)
			line[i] = Number.isNaN(data[at + 1 - part]) ? Number.NaN : (data[at + part] as number);
		return 0;
	};
	return { values: line, load };
}

/** How many float64 make up one value that is to be summed exactly. */
export function planesOf({ kind, itemSize }: DataType): 1 | 2 {
	return kind === "c" || isBig({ kind, itemSize }) ? 2 : 1;
}

export function isBig({ kind, itemSize }: Pick<DataType, "kind" | "itemSize">): boolean {
	return (kind === "i" || kind === "u") && itemSize === 8;
}

/** The planes of {@link planesOf}: real and imaginary part, or the lower and the upper 32 bits, or the value itself. */
export function planeLines(data: TypedArray, dtype: DataType, together: boolean): Lines[] {
	if (dtype.kind === "c") return [partLines(data, 0, together), partLines(data, 1, together)];
	if (!isBig(dtype)) return [realLines(data)];
	const low = new Uint32Array(data.buffer, data.byteOffset, 2 * data.length);
	return [everySecond(low, LOW_WORD), everySecond(highWords(data as BigInt64Array), 1 - LOW_WORD)];
}
