/** What the codec suites try codecs on: naive on purpose, nothing here is shared with what they check. */
import type { ChunkData, ChunkSpec } from "../../src/codecs/codec.js";
import { type DType, dataType, type TypedArray, type Values } from "../../src/format/data-types.js";
import { check } from "../expect.js";

export const DTYPES: readonly DType[] = [
	...(["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const),
	...(["float16", "float32", "float64", "complex64", "complex128", "r8", "r16", "r24"] as const),
	...(["int4", "bfloat16", "complex_float8_e5m2", "numpy.datetime64[ns]"] as const),
];

export const SHAPES: readonly (readonly number[])[] = [[], [1], [7], [4, 5], [3, 1, 2], [2, 3, 4]];

export function specOf(name: DType, shape: readonly number[]): ChunkSpec {
	const dtype = dataType(name);
	return { shape, dtype, fill: new dtype.Array(dtype.components) };
}

/** Bytes that look random and are the same in every run. */
export function noise(length: number, seed = 1): Uint8Array {
	const bytes = new Uint8Array(length);
	for (let i = 0, state = seed; i < length; i++) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		bytes[i] = state >>> 24;
	}
	return bytes;
}

/** A chunk in row-major order, of values that its data type can hold. */
export function sampleChunk({ shape, dtype }: ChunkSpec): ChunkData {
	const length = product(shape) * dtype.components;
	const random = noise(length * dtype.Array.BYTES_PER_ELEMENT, length + 1);
	let data: TypedArray = new dtype.Array(random.buffer);
	if (dtype.kind === "b") data = random.map((byte) => byte & 1);
	if (dtype.kind === "i" && dtype.bits < 8) data = Int8Array.from(random, (byte) => byte & 7);
	const sample = dtype.bits < 16 ? sampleSmallFloat : sampleFloat;
	if (dtype.kind === "f" || dtype.kind === "c") data = new dtype.Array(length).map(sample as () => never);
	return { data, shape, stride: rowMajor(shape, dtype.components), offset: 0 };
}

const SPECIALS: readonly number[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];

/** Exact in float16 and bfloat16 too. */
function sampleFloat(_: unknown, i: number): number {
	return i % 11 < 4 && i > 3 ? (SPECIALS[i % 11] as number) : (i - 40) / 8;
}

/** Exact where there are three bits of precision. */
function sampleSmallFloat(_: unknown, i: number): number {
	return i % 11 < 4 && i > 3 ? (SPECIALS[i % 11] as number) : (i % 15) - 7;
}

/** The same values in another layout: axes stored backwards, with gaps and an offset. */
export function stridedCopy(chunk: ChunkData, { dtype }: ChunkSpec): ChunkData {
	const { components, Array: Entries } = dtype;
	const stride: number[] = [];
	let step = components;
	for (const length of chunk.shape) {
		stride.push(-step * 2);
		step *= length * 2;
	}
	const offset = 3 - stride.reduce((sum, s, d) => sum + s * ((chunk.shape[d] as number) - 1), 0);
	const copy: ChunkData = { data: new Entries(step + 3 + offset), shape: chunk.shape, stride, offset };
	const from = entryBytes(chunk);
	const to = entryBytes(copy);
	for (const index of indices(chunk.shape))
		for (let c = 0; c < components; c++) to(at(copy, index) + c).set(from(at(chunk, index) + c));
	return copy;
}

/** The values of a chunk in row-major order, as bytes, so that comparing them is comparing bits. */
export function valueBytes(chunk: ChunkData, { dtype }: ChunkSpec): Uint8Array {
	const entry = entryBytes(chunk);
	const size = dtype.Array.BYTES_PER_ELEMENT;
	const bytes = new Uint8Array(product(chunk.shape) * dtype.components * size);
	let n = 0;
	for (const index of indices(chunk.shape))
		for (let c = 0; c < dtype.components; c++) bytes.set(entry(at(chunk, index) + c), size * n++);
	return bytes;
}

function entryBytes(chunk: ChunkData): (position: number) => Uint8Array {
	const data = chunk.data as TypedArray;
	const size = data.BYTES_PER_ELEMENT;
	return (position) => {
		check(position >= 0 && position < data.length, `position ${position} is outside of the chunk's memory`);
		return new Uint8Array(data.buffer, data.byteOffset + position * size, size);
	};
}

function at(chunk: ChunkData, index: readonly number[]): number {
	return index.reduce((sum, i, d) => sum + i * (chunk.stride[d] as number), chunk.offset);
}

/** The bytes of one element, as text. */
export function elementBytes(chunk: ChunkData, index: readonly number[], components: number): string {
	const entry = entryBytes(chunk);
	return Array.from({ length: components }, (_, c) => entry(at(chunk, index) + c).join()).join();
}

/** Every index of a shape, last axis fastest. */
export function indices(shape: readonly number[]): number[][] {
	return shape.reduce<number[][]>(
		(outer, length) => outer.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
		[[]],
	);
}

function product(shape: readonly number[]): number {
	return shape.reduce((result, length) => result * length, 1);
}

function rowMajor(shape: readonly number[], components: number): number[] {
	return shape.map((_, d) => product(shape.slice(d + 1)) * components);
}

/** @param values a typed array: codecs are shown numbers here */
export function bytesUnder(values: Values): Uint8Array {
	const { buffer, byteOffset, byteLength } = values as TypedArray;
	return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The same bytes at an odd address, and over shared memory: where views of them must not be taken for granted. */
export function awkwardCopies(bytes: Uint8Array): Uint8Array[] {
	const odd = new Uint8Array(bytes.length + 1).subarray(1);
	const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
	odd.set(bytes);
	shared.set(bytes);
	return [odd, shared];
}
