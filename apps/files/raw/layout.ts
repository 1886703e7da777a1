import { pipeline } from "../../../src/codecs/pipeline.js";
import { StoreError } from "../../../src/errors.js";
import type { DataType, TypedArray, Values } from "../../../src/format/data-types.js";
import { type NdArray, ndArray } from "../../../src/values/nd-array.js";

/** How a file holds an array that is not compressed: element after element. */
export interface RawLayout {
	readonly shape: readonly number[];
	readonly dtype: DataType;
	readonly endian: "little" | "big";
	/** The axis whose neighbours are neighbours in the file: the last one (`C`), or the first (`F`). */
	readonly order: "C" | "F";
	/** Makes what lies in the file what is read, where the two differ. */
	readonly restore?: ((entries: readonly unknown[]) => unknown[]) | undefined;
}

/** The bytes of one such array. */
export interface RawBytes {
	/** What they are called in messages. */
	readonly name: string;
	/** The bytes in order, from the first of the array on; more may follow after the last. */
	stream(): AsyncIterable<Uint8Array>;
	/** The file that holds them as they are, from byte `offset` on; undefined where they are compressed. */
	readonly file: { readonly path: string; readonly offset: number } | undefined;
}

/** Bytes of slabs in C order: a few, so that they are cheap to make, yet far less than the memory of any machine. */
export const SLAB_BYTES: number = 16 * 2 ** 20;

export function product(shape: readonly number[]): number {
	return shape.reduce((size, length) => size * length, 1);
}

export function bytesOf({ shape, dtype }: RawLayout): number {
	return product(shape) * dtype.itemSize;
}

/** @throws StoreError CORRUPT where the array does not fit into the `available` bytes */
export function checkSize(layout: RawLayout, available: number, name: string): void {
	const needed = bytesOf(layout);
	if (needed <= available) return;
	const array = `${layout.dtype.name} [${layout.shape.join(", ")}]`;
	throw new StoreError("CORRUPT", `${name} is truncated: ${array} takes ${needed} bytes, but ${available} are there`);
}

/** Presented entries of `count` elements. */
export async function decode(bytes: Uint8Array, { dtype, endian, restore }: RawLayout): Promise<Values> {
	const spec = { shape: [bytes.length / dtype.itemSize], dtype, fill: new dtype.Array(dtype.components) };
	const { data } = await pipeline([{ name: "bytes", configuration: { endian } }], spec).decode(bytes);
	return restore?.(data as readonly unknown[]) ?? data;
}

/** A block in the given order: the components of one element are a last axis. */
export function blockOf(data: Values, shape: readonly number[], { dtype, order }: RawLayout): NdArray {
	const { components } = dtype;
	const full = components > 1 ? [...shape, components] : shape;
	if (order === "C") return ndArray(data as TypedArray, full) as NdArray;
	const stride = shape.map((_, d) => components * product(shape.slice(0, d)));
	return ndArray(data as TypedArray, full, components > 1 ? [...stride, 1] : stride) as NdArray;
}
