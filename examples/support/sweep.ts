/** What the convolution benchmark goes through: every data size with every chunk size that fits it. */
import { gaussianHalo } from "../kernels/gaussian.js";
import { UsageError } from "./command-line.js";
import type { Options } from "./convolution-options.js";
import { product } from "./volume.js";

/** One way to smooth a dataset. */
export interface Variant {
	readonly name: "3D" | "1D" | "3D+halo" | "1D+halo";
	/** One kernel for all axes, or one pass per axis. */
	readonly passes: 1 | 3;
	/** Whether chunks see their neighbours. */
	readonly hasHalo: boolean;
}

/** In the order of the results; the first two, after the time of loading, are those of DosNa. */
export const VARIANTS: readonly Variant[] = [
	{ name: "3D", passes: 1, hasHalo: false },
	{ name: "1D", passes: 3, hasHalo: false },
	{ name: "3D+halo", passes: 1, hasHalo: true },
	{ name: "1D+halo", passes: 3, hasHalo: true },
];

/** Times a volume's voxels that one test of all variants handles. */
const PASSES = VARIANTS.reduce((total, { passes }) => total + passes, 0);

/** One data size with one chunk size. */
export interface Cell {
	/** Place among the data sizes and among the chunk sizes. */
	readonly dataIndex: number;
	readonly chunkIndex: number;
	readonly shape: readonly number[];
	readonly chunkSize: number;
}

export interface Sweep {
	/** Shapes of the volumes. */
	readonly shapes: readonly (readonly number[])[];
	readonly chunkSizes: readonly number[];
	readonly sigma: number;
	readonly ntest: number;
	/** In the order of measuring: all of one volume before the next. A chunk size beyond the longest axis has no cell. */
	readonly cells: readonly Cell[];
}

/** @throws UsageError where no chunk size fits */
export function planSweep({ dataSizes, chunkSizes, sigma, ntest }: Options, scan: readonly number[]): Sweep {
	const shapes = dataSizes?.map((size) => [size, size, size]) ?? [scan];
	const cells = shapes.flatMap((shape, dataIndex) =>
		chunkSizes
			.map((chunkSize, chunkIndex) => ({ dataIndex, chunkIndex, shape, chunkSize }))
			.filter(({ chunkSize }) => chunkSize <= dataSize(shape)),
	);
	if (cells.length > 0) return { shapes, chunkSizes, sigma, ntest, cells };
	throw new UsageError(`--chunk-sizes ${chunkSizes.join(" ")}: all are larger than the data`);
}

/** The edge of a cube; of another volume its longest. */
export function dataSize(shape: readonly number[]): number {
	return Math.max(...shape);
}

/** `64³`, or `181×217×181`. */
export function shapeName(shape: readonly number[]): string {
	return new Set(shape).size === 1 ? `${shape[0]}³` : shape.join("×");
}

/** How many steps are timed, and how many voxels they handle together. */
export function workload({ cells, ntest }: Sweep): { readonly steps: number; readonly voxels: number } {
	return {
		steps: cells.length * (1 + ntest * VARIANTS.length),
		voxels: cells.reduce((total, { shape }) => total + product(shape) * (1 + ntest * PASSES), 0),
	};
}

/** The halo along each axis that a pass of a variant needs. */
export function haloOf(variant: Variant, axis: number, sigma: number): number[] {
	const width = variant.hasHalo ? gaussianHalo(sigma) : 0;
	return [0, 1, 2].map((other) => (variant.passes === 1 || other === axis ? width : 0));
}
