/** Kernels of the suite, in a module of their own so that every engine can import them. */
import { type BlockContext, type Kernel, kernel } from "../../src/kernel.js";
import { type NdArray, ndArray } from "../../src/values/nd-array.js";

const HERE = import.meta.url;

export function addOneTo(block: NdArray): NdArray {
	const { data } = block as NdArray<"int32">;
	const one = (typeof data[0] === "bigint" ? 1n : 1) as 1;
	for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) + one;
	return block;
}

export const addOne: Kernel = kernel(HERE, "addOneTo");

/** Sum over the window of `2 × halo + 1` along every axis, as float64. */
export function sumOfWindow(block: NdArray, _: unknown, { shape, halo }: BlockContext): NdArray<"float64"> {
	const out = ndArray<"float64">(new Float64Array(shape.reduce((product, length) => product * length, 1)), shape);
	const window = halo.map((h) => 2 * h + 1);
	forEachIndex(shape, (index) => {
		let sum = 0;
		forEachIndex(window, (offset) => {
			sum += Number(block.get(...index.map((i, d) => i + (offset[d] as number))));
		});
		out.set(...index, sum);
	});
	return out;
}

export const windowSum: Kernel = kernel(HERE, "sumOfWindow");

function forEachIndex(shape: readonly number[], visit: (index: number[]) => void, index: number[] = []): void {
	if (index.length === shape.length) visit(index);
	else for (let i = 0; i < (shape[index.length] as number); i++) forEachIndex(shape, visit, [...index, i]);
}

/** `block × factor + other`, where `other` is a further input. */
export function scaledSum(block: NdArray, { factor }: { readonly factor: number }, { inputs }: BlockContext): NdArray {
	const { data } = block as NdArray<"int32">;
	const other = (inputs.other as NdArray<"int32">).data;
	for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * factor + (other[i] as number);
	return block;
}

export function scaleAndAdd(factor: number): Kernel {
	return kernel(HERE, "scaledSum", { factor });
}

/** Where the block lies, as what it holds: coordinates, origin and shape, digit by digit. */
export function placeOf(block: NdArray, _: unknown, ctx: BlockContext): NdArray {
	const digits = [...ctx.coords, ...ctx.origin, ...ctx.shape, ...ctx.datasetShape];
	(block as NdArray<"float64">).data.fill(digits.reduce((number, digit) => number * 10 + digit, 0));
	return block;
}

export const place: Kernel = kernel(HERE, "placeOf");

export function failAt(block: NdArray, { at }: { readonly at: readonly number[] }, ctx: BlockContext): NdArray {
	if (String(ctx.coords) === String(at)) throw new RangeError("too hot");
	return block;
}

export function failingAt(at: readonly number[]): Kernel {
	return kernel(HERE, "failAt", { at });
}

/** What a block sums up to, times `factor`. */
export function totalOf({ data }: NdArray, { factor }: { readonly factor: number }): number {
	return [...(data as Iterable<number | bigint>)].reduce<number>((sum, value) => sum + Number(value), 0) * factor;
}

export function blockTotal(factor: number): Kernel {
	return kernel(HERE, "totalOf", { factor });
}

export function neverEnding(): Promise<NdArray> {
	return new Promise(() => {});
}

export const endless: Kernel = kernel(HERE, "neverEnding");

/** Forgets to trim the halo. */
export function untrimmed(block: NdArray): NdArray {
	return block;
}

export const identity: Kernel = kernel(HERE, "untrimmed");
