import type { BlockContext } from "tesserae";
import { fitted, product, type Volume } from "../support/volume.js";

export interface GaussianParameters {
	/** Standard deviation in voxels, the same along every axis. */
	readonly sigma: number;
}

export interface Gaussian1dParameters extends GaussianParameters {
	/** The one axis that is smoothed. */
	readonly axis: number;
}

type Context = Pick<BlockContext, "shape">;

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
export function gaussian(block: Volume, { sigma }: GaussianParameters, ctx: Context): Volume {
	return smooth(block, ctx.shape, { axes: [...ctx.shape.keys()], weights: halfKernel(sigma) });
}

/**
 * The same along one axis only, as `scipy.ndimage.gaussian_filter1d`: along all axes, one after the other, it gives the bits of {@link gaussian}.
 *
 * @param block `ctx.shape` plus the halo on both sides of each axis
 */
export function gaussian1d(block: Volume, { sigma, axis }: Gaussian1dParameters, ctx: Context): Volume {
	return smooth(block, ctx.shape, { axes: [axis], weights: halfKernel(sigma) });
}

/** Weights at distances 0, 1, … up to the halo; those of both sides together sum to 1. */
function halfKernel(sigma: number): Float64Array {
	const weights = Float64Array.from({ length: gaussianHalo(sigma) + 1 }, (_, x) =>
		Math.exp((-0.5 / sigma ** 2) * x * x),
	);
	const sum = weights.reduceRight((total, weight, x) => total + (x === 0 ? weight : 2 * weight), 0);
	return weights.map((weight) => weight / sum);
}

interface Smoothing {
	/** The axes to smooth, in ascending order. */
	readonly axes: readonly number[];
	readonly weights: Float64Array;
}

/** What is known of one axis of a block whose margins are those that are needed. */
interface Axis {
	readonly isSmoothed: boolean;
	/** Positions in the result. */
	readonly length: number;
	/** Voxels from one position to the next, in the block and in the result. */
	readonly step: number;
	readonly stepOut: number;
	/** Where one position is kept, smoothed along this axis and not yet along those after it. */
	readonly row: Float32Array;
}

/**
 * Goes along the first axis position by position and finishes each one along the other axes before it takes the next: what lies between
 * two passes is never larger than one position, and stays in the processor's cache.
 */
function smooth(block: Volume, shape: readonly number[], { axes, weights }: Smoothing): Volume {
	const radius = weights.length - 1;
	const extents = shape.map((length, axis) => (axes.includes(axis) ? length + 2 * radius : length));
	const source = fitted(block, extents).data;
	const target = new Float32Array(product(shape));
	const last = axes.at(-1);
	const plan = shape.map((length, axis): Axis => {
		const step = product(extents.slice(axis + 1));
		const isSmoothed = axes.includes(axis);
		const row = new Float32Array(isSmoothed && axis !== last ? step : 0);
		return { isSmoothed, length, step, stepOut: product(shape.slice(axis + 1)), row };
	});
	const along = (axis: number, values: Float32Array, from: number, to: number): void => {
		const { isSmoothed, length, step, stepOut, row } = plan[axis] as Axis;
		const start = isSmoothed ? from + radius * step : from;
		if (axis === last) weigh(values, target, { from: start, to, count: length * step, step, weights });
		else
			for (let position = 0; position < length; position++) {
				const here = start + position * step;
				if (isSmoothed) weigh(values, row, { from: here, to: 0, count: step, step, weights });
				along(axis + 1, isSmoothed ? row : values, isSmoothed ? 0 : here, to + position * stepOut);
			}
	};
	along(0, source, 0, 0);
	return { data: target, shape: [...shape] };
}

interface Sums {
	/** The voxel around which the first sum is made, and where it is put; both go on voxel by voxel. */
	readonly from: number;
	readonly to: number;
	readonly count: number;
	/** Voxels from one neighbour to the next. */
	readonly step: number;
	readonly weights: Float64Array;
}

/**
 * The inner loop: weighted sums of the neighbours of consecutive voxels. Four voxels are summed side by side, so that the processor
 * need not wait for one sum to go on with the next; `| 0` says that an index is a 32-bit integer, which saves checks.
 */
function weigh(source: Float32Array, target: Float32Array, sums: Sums): void {
	const { from, to, count, step, weights } = sums;
	const reach = ((weights.length - 1) * step) | 0;
	const centre = weights[0] as number;
	const whole = count & ~3;
	for (let n = 0; n < whole; n = (n + 4) | 0) {
		const at = (from + n) | 0;
		let before = (at - reach) | 0;
		let after = (at + reach) | 0;
		let sum0 = (source[at] as number) * centre;
		let sum1 = (source[(at + 1) | 0] as number) * centre;
		let sum2 = (source[(at + 2) | 0] as number) * centre;
		let sum3 = (source[(at + 3) | 0] as number) * centre;
		for (let distance = weights.length - 1; distance > 0; distance--) {
			const weight = weights[distance] as number;
			sum0 += ((source[before] as number) + (source[after] as number)) * weight;
			sum1 += ((source[(before + 1) | 0] as number) + (source[(after + 1) | 0] as number)) * weight;
			sum2 += ((source[(before + 2) | 0] as number) + (source[(after + 2) | 0] as number)) * weight;
			sum3 += ((source[(before + 3) | 0] as number) + (source[(after + 3) | 0] as number)) * weight;
			before = (before + step) | 0;
			after = (after - step) | 0;
		}
		const end = (to + n) | 0;
		target[end] = sum0;
		target[(end + 1) | 0] = sum1;
		target[(end + 2) | 0] = sum2;
		target[(end + 3) | 0] = sum3;
	}
	for (let n = whole; n < count; n++) target[to + n] = weighOne(source, from + n, sums);
}

function weighOne(source: Float32Array, at: number, { step, weights }: Sums): number {
	let sum = (source[at] as number) * (weights[0] as number);
	for (let distance = weights.length - 1; distance > 0; distance--) {
		const before = source[at - distance * step] as number;
		const after = source[at + distance * step] as number;
		sum += (before + after) * (weights[distance] as number);
	}
	return sum;
}
