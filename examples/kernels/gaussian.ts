import type { BlockContext } from "tesserae";
import type { Volume } from "../support/volume.js";

export interface GaussianParameters {
	/** Standard deviation in voxels, the same along every axis. */
	readonly sigma: number;
}

/** The kernel ends this many standard deviations from its centre, as scipy's does. */
const TRUNCATE = 4;

/** How many neighbours on each side a Gaussian of `sigma` voxels needs: its halo in `map`. */
export function gaussianHalo(sigma: number): number {
	return Math.floor(TRUNCATE * sigma + 0.5);
}

/**
 * A Gaussian as `scipy.ndimage.gaussian_filter(block, sigma, mode="reflect", truncate=4.0)` computes it on float32, bit for bit:
 * one pass per axis, each rounded to float32; sums in float64, the centre first, then pairs of neighbours from the outermost inwards.
 * A voxel's sum never depends on where its block begins, so with the halo of {@link gaussianHalo} every chunking gives the values of
 * the whole volume. Where the halo is narrower than that, the block is reflected at its own edges.
 *
 * @param block `ctx.shape` plus the halo on both sides of each axis, of any number of axes
 * @returns values of `ctx.shape`
 */
export function gaussian(block: Volume, { sigma }: GaussianParameters, ctx: Pick<BlockContext, "shape">): Volume {
	const weights = halfKernel(sigma);
	const shape = [...block.shape];
	let { data } = block;
	for (const [axis, length] of ctx.shape.entries()) {
		data = smoothAxis(data, { shape, axis, length, weights });
		shape[axis] = length;
	}
	return { data, shape };
}

/** Weights at distances 0, 1, … up to the halo; those of both sides together sum to 1. */
function halfKernel(sigma: number): Float64Array {
	const weights = Float64Array.from({ length: gaussianHalo(sigma) + 1 }, (_, x) =>
		Math.exp((-0.5 / sigma ** 2) * x * x),
	);
	const sum = weights.reduceRight((total, weight, x) => total + (x === 0 ? weight : 2 * weight), 0);
	return weights.map((weight) => weight / sum);
}

interface Pass {
	/** The shape of the values that are read. */
	readonly shape: readonly number[];
	readonly axis: number;
	/** How long the axis is in what is written: the halo is left off on both sides. */
	readonly length: number;
	readonly weights: Float64Array;
}

/** Smooths every line along one axis. */
function smoothAxis(source: Float32Array, { shape, axis, length, weights }: Pass): Float32Array {
	const extent = shape[axis] ?? 1;
	const inner = product(shape.slice(axis + 1));
	const outer = product(shape.slice(0, axis));
	const halo = (extent - length) / 2;
	const taps = Array.from({ length }, (_, at) => tapsAround(at + halo, weights.length - 1, { extent, stride: inner }));
	const result = new Float32Array(outer * length * inner);
	let end = 0;
	for (let line = 0; line < outer; line++) {
		const first = line * extent * inner;
		for (const tap of taps)
			for (let from = first; from < first + inner; from++) result[end++] = weightedSum(source, from, tap, weights);
	}
	return result;
}

/** Offsets of the position `centre` of a line, then of its neighbours at distances −1, +1, −2, +2, … `radius`, reflected at both ends. */
function tapsAround(
	centre: number,
	radius: number,
	line: { readonly extent: number; readonly stride: number },
): Int32Array {
	return Int32Array.from({ length: 2 * radius + 1 }, (_, n) => {
		const distance = n % 2 === 1 ? -(n + 1) / 2 : n / 2;
		return reflect(centre + distance, line.extent) * line.stride;
	});
}

/** Where `position` falls when a line is continued as `d c b a | a b c d | d c b a` (scipy's "reflect"). */
function reflect(position: number, extent: number): number {
	const period = 2 * extent;
	const phase = ((position % period) + period) % period;
	return phase < extent ? phase : period - 1 - phase;
}

/** The inner loop, once per voxel and pass. Its indices are in bounds: the taps are reflected into their line. */
function weightedSum(source: Float32Array, from: number, taps: Int32Array, weights: Float64Array): number {
	let sum = (source[from + (taps[0] as number)] as number) * (weights[0] as number);
	for (let distance = weights.length - 1; distance > 0; distance--) {
		const before = source[from + (taps[2 * distance - 1] as number)] as number;
		const after = source[from + (taps[2 * distance] as number)] as number;
		sum += (before + after) * (weights[distance] as number);
	}
	return sum;
}

function product(lengths: readonly number[]): number {
	return lengths.reduce((total, length) => total * length, 1);
}
