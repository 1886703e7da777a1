import { readFile } from "node:fs/promises";
import type { Volume } from "./volume.js";

/** An element is wrong where it is off by more than this share of the largest value. */
export const TOLERANCE = 1e-4;

export interface Comparison {
	/** max |a − b| / max |b|: infinite where only one of them is NaN. */
	readonly error: number;
	/** The share of all elements, 0 to 1, whose |a − b| is over {@link TOLERANCE} · max |b|. */
	readonly wrong: number;
}

/** Compares `a` with what is right, `b`, element by element. NaN is right where `b` is NaN. */
export function compare(a: Float32Array, b: Float32Array): Comparison {
	if (a.length !== b.length || a.length === 0) throw new Error(`cannot compare ${a.length} elements with ${b.length}`);
	const scale = largestOf(b);
	let [largest, wrong] = [0, 0];
	for (let n = 0; n < a.length; n++) {
		if (Object.is(a[n], b[n])) continue;
		const difference = Math.abs((a[n] as number) - (b[n] as number));
		if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
		if (!(difference <= TOLERANCE * scale)) wrong++;
	}
	return { error: largest === 0 ? 0 : largest / scale, wrong: wrong / a.length };
}

function largestOf(values: Float32Array): number {
	let largest = 0;
	for (let n = 0; n < values.length; n++) {
		const size = Math.abs(values[n] as number);
		if (size > largest) largest = size;
	}
	return largest;
}

/** Values that scipy.ndimage.gaussian_filter gave for one σ; see `examples/data/README.md`. */
export interface ScipyValues {
	readonly sigma: number;
	readonly voxels: readonly (readonly [x: number, y: number, z: number, value: number])[];
}

/** The values on file for `sigma`; undefined where there are none. */
export async function readScipyValues(file: URL, sigma: number): Promise<ScipyValues | undefined> {
	const { cases } = JSON.parse(await readFile(file, "utf8")) as { cases: ScipyValues[] };
	return cases.find((values) => values.sigma === sigma);
}

/** Compares a smoothed volume with scipy's values at the voxels that were sampled. */
export function compareWithScipy({ data, shape }: Volume, { voxels }: ScipyValues): Comparison {
	const [, height = 0, depth = 0] = shape;
	const ours = Float32Array.from(voxels, ([x, y, z]) => data[(x * height + y) * depth + z] ?? Number.NaN);
	return compare(
		ours,
		Float32Array.from(voxels, ([, , , value]) => value),
	);
}
