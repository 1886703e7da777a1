import fc from "fast-check";
import { type AxisLengths, type Boundary, connect, type NdArray, ndArray } from "tesserae";
import { expect, test } from "vitest";
import { lengthsFor } from "../support/lengths.js";
import { asDense, type DenseArray, indicesOf, positionOf, sizeOf } from "../support/model.js";
import { tries } from "../support/tries.js";

const BOUNDARIES = ["reflect", "mirror", "nearest", "wrap", "constant"] as const;

interface Setup {
	readonly shape: number[];
	readonly chunkShape: AxisLengths[];
	readonly outputChunks: AxisLengths[] | undefined;
	readonly halo: number[];
	readonly boundary: Boundary;
	readonly beyond: number;
	readonly holes: boolean;
}

const setups: fc.Arbitrary<Setup> = fc.integer({ min: 1, max: 3 }).chain((rank) => {
	const perAxis = (min: number, max: number) =>
		fc.array(fc.integer({ min, max }), { minLength: rank, maxLength: rank });
	return perAxis(0, 7).chain((shape) =>
		fc.record({
			shape: fc.constant(shape),
			chunkShape: lengthsFor(shape, 4),
			outputChunks: fc.option(lengthsFor(shape, 4), { nil: undefined }),
			halo: perAxis(0, rank === 3 ? 2 : 9),
			boundary: fc.constantFrom(...BOUNDARIES),
			beyond: fc.integer({ min: -3, max: 3 }),
			holes: fc.boolean(),
		}),
	);
});

/** Every neighbour counts differently, so that none can stand for another. */
function weightOf(offset: readonly number[]): number {
	return offset.reduce((weight, step, d) => weight + (step + 1) * 3 ** (d + 1), 1);
}

/** The index whose value an index outside takes, folded at one end after the other; undefined for the constant. */
function folded(index: number, length: number, boundary: Boundary): number | undefined {
	if (index >= 0 && index < length) return index;
	const below = index < 0;
	if (boundary === "constant") return undefined;
	if (boundary === "nearest" || length === 1) return below ? 0 : length - 1;
	if (boundary === "wrap") return folded(below ? index + length : index - length, length, boundary);
	const edge = boundary === "reflect" ? 1 : 0;
	return folded(below ? -index - edge : 2 * (length - 1) - index + edge, length, boundary);
}

function expected(source: DenseArray, { halo, boundary, beyond }: Setup): number[] {
	const windows = [...indicesOf(halo.map((h) => 2 * h + 1))];
	return [...indicesOf(source.shape)].map((index) =>
		windows.reduce((sum, offset) => {
			const at = index.map((i, d) => {
				const outside = i + (offset[d] as number) - (halo[d] as number);
				return folded(outside, source.shape[d] as number, boundary);
			});
			const value = at.includes(undefined) ? beyond : Number(source.data[positionOf(at as number[], source.shape)]);
			return sum + weightOf(offset) * value;
		}, 0),
	);
}

function weighted(block: NdArray, _: unknown, ctx: { shape: readonly number[]; halo: readonly number[] }): NdArray {
	const windows = [...indicesOf(ctx.halo.map((h) => 2 * h + 1))];
	const sums = [...indicesOf(ctx.shape)].map((index) =>
		windows.reduce((sum, offset) => {
			const at = index.map((i, d) => i + (offset[d] as number));
			return sum + weightOf(offset) * Number(block.get(...at));
		}, 0),
	);
	return ndArray<"float64">(Float64Array.from(sums), ctx.shape);
}

test("map and apply see the neighbours that scipy.ndimage's boundaries define", async () => {
	await fc.assert(
		fc.asyncProperty(setups, async (setup) => {
			const { shape, chunkShape, halo, boundary, beyond } = setup;
			const con = await connect("ram:");
			const ds = await con.createDataset("a", { shape, dtype: "float64", chunkShape, fillValue: 2 });
			await ds.set("...", { data: Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7) % 13) - 5), shape });
			if (setup.holes && ds.totalChunks > 0) await ds.deleteChunk(shape.map(() => 0));
			const source = asDense(await ds.get());
			const options = { halo, boundary, boundaryValue: beyond };
			const output = await ds.map(weighted, "b", { ...options, chunkShape: setup.outputChunks });
			expect(asDense(await output.get()).data).toEqual(expected(source, setup));
			expect(asDense(await ds.get())).toEqual(source);
			await ds.apply(weighted, options);
			expect(asDense(await ds.get()).data).toEqual(expected(source, setup));
			await con.close();
		}),
		{ numRuns: tries(250, 100) },
	);
});
