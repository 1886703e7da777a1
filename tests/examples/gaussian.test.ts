import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gaussian, gaussian1d, gaussianHalo } from "../../dist/examples/kernels/gaussian.js";
import { compare, compareWithScipy, readScipyValues } from "../../dist/examples/support/compare.js";
import { readScan } from "../../dist/examples/support/input.js";
import { fitted, type Volume } from "../../dist/examples/support/volume.js";

const DATA = new URL("../../examples/data/", import.meta.url);
const BRAIN = fileURLToPath(new URL("ch2bet.nii.gz", DATA));

interface Small {
	readonly cases: readonly {
		readonly sigma: number;
		readonly shape: readonly number[];
		readonly smoothed: readonly number[];
	}[];
}

const small = JSON.parse(readFileSync(new URL("gaussian-small.json", import.meta.url), "utf8")) as Small;

/** The input of `tests/interop/scipy_reference.py`. */
function numbered(shape: readonly number[]): Volume {
	const size = shape.reduce((total, length) => total * length, 1);
	return { data: Float32Array.from({ length: size }, (_, n) => (n * 7919) % 1009), shape };
}

describe("the Gaussian is scipy's", () => {
	test.each(small.cases)("$shape, σ $sigma, to the last bit", ({ sigma, shape, smoothed }) => {
		expect(gaussian(numbered(shape), { sigma }, { shape }).data).toEqual(Float32Array.from(smoothed));
	});

	test.each(small.cases)("$shape, σ $sigma, axis by axis, to the last bit", ({ sigma, shape, smoothed }) => {
		const all = shape.reduce<Volume>((volume, _, axis) => gaussian1d(volume, { sigma, axis }, volume), numbered(shape));
		expect(all.data).toEqual(Float32Array.from(smoothed));
	});

	test.each([1.5, 3])("the MRI volume, σ %d", async (sigma) => {
		const volume = await readScan(BRAIN);
		const reference = await readScipyValues(new URL("ch2bet-gaussian.json", DATA), sigma);
		if (reference === undefined) throw new Error(`no reference values for σ ${sigma}`);
		expect(compareWithScipy(gaussian(volume, { sigma }, volume), reference)).toEqual({ error: 0, wrong: 0 });
	});
});

test("the MRI volume is read with its axes in order and from its first voxel on", async () => {
	const { data, shape } = await readScan(BRAIN);
	expect(shape).toEqual([181, 217, 181]);
	expect(data.reduce((total, value) => total + value, 0)).toBe(158_526_435);
});

test("with its halo every chunking gives the bits of the whole", () => {
	const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 });
	const cases = fc.record({
		shape: lengths,
		chunk: fc.integer({ min: 1, max: 7 }),
		sigma: fc.constantFrom(0.3, 0.8, 1.5),
	});
	fc.assert(
		fc.property(cases, ({ shape, chunk, sigma }) => {
			const volume = numbered(shape);
			const right = gaussian(volume, { sigma }, { shape }).data;
			expect(inChunks(volume, chunk, { sigma, axes: [...shape.keys()] })).toEqual(right);
			const axisByAxis = shape.reduce<Volume>(
				(smoothed, _, axis) => ({ data: inChunks(smoothed, chunk, { sigma, axes: [axis] }), shape }),
				volume,
			);
			expect(axisByAxis.data).toEqual(right);
		}),
		{ numRuns: 60 },
	);
});

interface Smoothing {
	readonly sigma: number;
	/** All axes, or the one of the 1-D kernel. */
	readonly axes: readonly number[];
}

/** Smooths block by block, each with a halo taken from the volume, reflected at its border, as `map` hands it over. */
function inChunks({ data, shape }: Volume, chunk: number, { sigma, axes }: Smoothing): Float32Array {
	const halo = shape.map((_, axis) => (axes.includes(axis) ? gaussianHalo(sigma) : 0));
	const result = new Float32Array(data.length).fill(Number.NaN);
	for (const coords of indices(shape.map((length) => Math.ceil(length / chunk)))) {
		const origin = coords.map((at) => at * chunk);
		const valid = shape.map((length, axis) => Math.min(chunk, length - at(origin, axis)));
		const outer = valid.map((length, axis) => length + 2 * at(halo, axis));
		const inside = (index: number[]): number[] =>
			index.map((i, axis) => reflected(i + at(origin, axis) - at(halo, axis), at(shape, axis)));
		const block = Float32Array.from(indices(outer), (index) => at(data, flat(inside(index), shape)));
		const smoothed = smoothBlock({ data: block, shape: outer }, { sigma, axes }, valid);
		for (const [n, index] of indices(valid).entries())
			result[
				flat(
					index.map((i, axis) => i + at(origin, axis)),
					shape,
				)
			] = at(smoothed.data, n);
	}
	return result;
}

function smoothBlock(block: Volume, { sigma, axes }: Smoothing, shape: readonly number[]): Volume {
	if (axes.length === shape.length) return gaussian(block, { sigma }, { shape });
	return gaussian1d(block, { sigma, axis: at(axes, 0) }, { shape });
}

/** Every index of an array of `shape`, in C order. */
function indices(shape: readonly number[]): number[][] {
	return shape.reduce<number[][]>(
		(found, length) => found.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
		[[]],
	);
}

function flat(index: readonly number[], shape: readonly number[]): number {
	return index.reduce((offset, i, axis) => offset * at(shape, axis) + i, 0);
}

/** Walks back and forth, one step at a time: `c b a | a b c | c b a`. */
function reflected(position: number, length: number): number {
	if (position < 0) return reflected(-1 - position, length);
	return position < length ? position : reflected(2 * length - 1 - position, length);
}

function at(list: { readonly [index: number]: number }, index: number): number {
	const value = list[index];
	if (value === undefined) throw new RangeError(`nothing at ${index}`);
	return value;
}

describe("compare", () => {
	const right = Float32Array.of(0, 2, -4);

	test("is relative to the largest value, and counts what is over the tolerance", () => {
		expect(compare(Float32Array.of(0, 2, -3), right)).toEqual({ error: 0.25, wrong: 1 / 3 });
		expect(compare(Float32Array.of(0.0003, 2, -4), right)).toEqual({ error: Math.fround(0.0003) / 4, wrong: 0 });
	});

	test("takes a NaN for right where it must be one", () => {
		const withNaN = Float32Array.of(Number.NaN, 2, -4);
		expect(compare(withNaN, withNaN)).toEqual({ error: 0, wrong: 0 });
		expect(compare(right, withNaN)).toEqual({ error: Number.POSITIVE_INFINITY, wrong: 1 / 3 });
	});

	test("takes a NaN for wrong", () => {
		expect(compare(Float32Array.of(0, Number.NaN, -4), right)).toEqual({
			error: Number.POSITIVE_INFINITY,
			wrong: 1 / 3,
		});
	});
});

describe("fitted", () => {
	const line = (...values: number[]): Volume => ({ data: Float32Array.from(values), shape: [values.length] });

	test.each([
		[[4], [1, 2, 3, 4]],
		[[2], [2, 3]],
		[[1], [2]],
		[[6], [1, 1, 2, 3, 4, 4]],
		[[13], [4, 4, 3, 2, 1, 1, 2, 3, 4, 4, 3, 2, 1]],
	])("%j around the middle of 1 2 3 4", (shape, values) => {
		expect([...fitted(line(1, 2, 3, 4), shape).data]).toEqual(values);
	});

	test("cuts one axis and reflects another", () => {
		const { data, shape } = fitted({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] }, [1, 4]);
		expect({ data: [...data], shape }).toEqual({ data: [3, 3, 4, 4], shape: [1, 4] });
	});
});
