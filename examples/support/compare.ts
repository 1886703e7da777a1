import { readFile } from "node:fs/promises";
import type { Volume } from "./volume.js";

/** An element is wrong where it is off by more than this share of the largest value. */
export const TOLERANCE = 1e-4;

export interface Comparison {
	/** max |a − b| / max |b|: infinite where `a` has a NaN. */
	readonly error: number;
	/** The share of all elements, 0 to 1, whose |a − b| is over {@link TOLERANCE} · max |b|. */
	readonly wrong: number;
}

/** Compares `a` with what is right, `b`, element by element. */
export function compare(a: Float32Array, b: Float32Array): Comparison {
	if (a.length !== b.length || a.length === 0) throw new Error(`cannot compare ${a.length} elements with ${b.length}`);
	const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
	let [largest, wrong] = [0, 0];
	for (let n = 0; n < a.length; n++) {
		const difference = Math.abs((a[n] as number) - (b[n] as number));
		if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
		if (!(difference <= TOLERANCE * scale)) wrong++;
	}
	return { error: largest === 0 ? 0 : largest / scale, wrong: wrong / a.length };
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
