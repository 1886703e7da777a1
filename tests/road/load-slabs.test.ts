import fc from "fast-check";
import {
	type Connection,
	connect,
	type DType,
	empty,
	type NdArray,
	ndArray,
	type Progress,
	type SlabSource,
} from "tesserae";
import { beforeAll, describe, expect, it } from "vitest";
import { lengthsFor } from "../support/lengths.js";

let con: Connection;
beforeAll(async () => {
	con = await connect("ram:");
});

/** 0, 1, 2, … */
function counted(shape: readonly number[]): NdArray<"int32"> {
	const values = empty(shape, "int32");
	values.data.forEach((_, i) => {
		values.data[i] = i + 1;
	});
	return values;
}

/** The rows of `values` in slabs of these heights. */
async function* slabsOf(values: NdArray, heights: readonly number[]): AsyncGenerator<NdArray> {
	let at = 0;
	for (const height of heights) {
		const rest = values.shape.slice(1).map(() => null);
		yield values.lo(at, ...rest).hi(height, ...rest);
		at += height;
	}
}

/** Cuts `rows` into the heights of slabs, some of them 0. */
const cut = (rows: number): fc.Arbitrary<number[]> =>
	fc.array(fc.nat(rows), { maxLength: 6 }).map((stops) => {
		const sorted = [0, ...stops.sort((a, b) => a - b), rows];
		return sorted.slice(1).map((stop, i) => stop - (sorted[i] ?? 0));
	});

const arrays = fc
	.array(fc.nat(9), { minLength: 1, maxLength: 3 })
	.chain((shape) =>
		fc.record({ shape: fc.constant(shape), chunkShape: lengthsFor(shape, 5), heights: cut(shape[0] ?? 0) }),
	);

describe("load from slabs", () => {
	it.each([
		["64MiB", "whole chunks"],
		["4000B", "parts of chunks"],
	])("with a memory of %s (%s) stores what was in the slabs, however they are cut", async (memory) => {
		const own = await connect("ram:", { memory: Number.parseInt(memory, 10) * (memory.endsWith("MiB") ? 2 ** 20 : 1) });
		await fc.assert(
			fc.asyncProperty(arrays, async ({ shape, chunkShape, heights }) => {
				const values = counted(shape);
				const ds = await own.createDataset("a", { shape, dtype: "int32", chunkShape, ifExists: "replace" });
				const seen: Progress[] = [];
				await ds.load(slabsOf(values, heights), { onProgress: (progress) => seen.push(progress) });
				expect((await ds.get()).data).toEqual(values.data);
				if (values.size > 0) expect(seen.at(-1)).toMatchObject({ done: ds.totalChunks, total: ds.totalChunks });
				expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b));
			}),
			{ numRuns: 60 },
		);
		await own.close();
	});

	it("reads no chunk and writes each once", async () => {
		const store = await connect("ram:");
		const values = counted([20, 6]);
		const ds = await store.createDataset("a", { shape: [20, 6], dtype: "int32", chunkShape: [4, 3] });
		const before = store.meter.snapshot();
		await ds.load(slabsOf(values, [3, 3, 11, 1, 2]));
		const after = store.meter.snapshot();
		expect(after.byOperation.get.operations - before.byOperation.get.operations).toBe(0);
		expect(after.byOperation.put.operations - before.byOperation.put.operations).toBe(10);
		await store.close();
	});

	it("asks for a slab only when the one before is dealt with", async () => {
		let inFlight = 0;
		let most = 0;
		async function* slow(): AsyncGenerator<NdArray> {
			for (let n = 0; n < 8; n++) {
				inFlight++;
				most = Math.max(most, inFlight);
				yield counted([1, 4]);
				inFlight--;
			}
		}
		const ds = await con.createDataset("slow", { shape: [8, 4], dtype: "int32", chunkShape: [3, 4] });
		await ds.load(slow());
		expect(most).toBe(1);
	});

	it.each([
		[[3, 3], /6 rows came .* \[8, 4\]/],
		[[5, 5], /10 rows or more came .* \[8, 4\]/],
		[[], /0 rows came/],
	])("refuses rows that are too few or too many: %j", async (heights, message) => {
		const ds = await con.createDataset("wrong", { shape: [8, 4], dtype: "int32", ifExists: "replace" });
		await expect(ds.load(slabsOf(counted([10, 4]), heights))).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
			message: expect.stringMatching(message),
		});
	});

	it("refuses slabs of another width, and a source of another shape", async () => {
		const ds = await con.createDataset("width", { shape: [8, 4], dtype: "int32" });
		await expect(ds.load(slabsOf(counted([8, 5]), [8]))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await expect(ds.load(sourceOf(counted([4, 8]), "int32", [4]))).rejects.toThrow(/\[4, 8\].*\[8, 4\]/);
	});

	it("fills an array without axes from one slab", async () => {
		const ds = await con.createDataset("scalar", { shape: [], dtype: "float64" });
		await ds.load(
			(async function* () {
				yield 7;
			})(),
		);
		expect(await ds.at()).toBe(7);
	});

	it("casts as set does, and makes real values complex", async () => {
		const ds = await con.createDataset("complex", { shape: [2, 2], dtype: "complex64" });
		await ds.load(sourceOf(counted([2, 2]), "int32", [1, 1]));
		expect([...(await ds.get()).data]).toEqual([1, 0, 2, 0, 3, 0, 4, 0]);
		const small = await con.createDataset("small", { shape: [1], dtype: "uint8" });
		const large = () => slabsOf(ndArray<DType>(Float64Array.of(300), [1]), [1]);
		await expect(small.load(large())).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await small.load(large(), { casting: "unsafe" });
		expect(await small.at(0)).toBe(44);
	});
});

describe("load from slabs, cancelled", () => {
	it("ends at once where the next slab never comes, and tells the source", async () => {
		const controller = new AbortController();
		const ds = await con.createDataset("hang", { shape: [8], dtype: "int32" });
		let told = false;
		const hanging: AsyncIterable<NdArray> = {
			[Symbol.asyncIterator]: () => ({
				next: () => {
					queueMicrotask(() => controller.abort());
					return new Promise(() => {});
				},
				return: () => {
					told = true;
					return new Promise(() => {});
				},
			}),
		};
		await expect(ds.load(hanging, { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED" });
		expect(told).toBe(true);
	});

	it("hands on what the source throws, and closes it after errors of its own", async () => {
		const ds = await con.createDataset("throws", { shape: [8], dtype: "int32" });
		const boom = new Error("disk on fire");
		await expect(
			ds.load(
				(async function* () {
					yield counted([2]);
					throw boom;
				})(),
			),
		).rejects.toBe(boom);
		let closed = false;
		async function* endless(): AsyncGenerator<NdArray> {
			try {
				for (;;) yield counted([3]);
			} finally {
				closed = true;
			}
		}
		await expect(ds.load(endless())).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		expect(closed).toBe(true);
	});
});

describe("createDataset from slabs", () => {
	it("takes over what the source says of itself", async () => {
		const source: SlabSource<"int32"> = {
			...sourceOf(counted([4, 2]), "int32", [3, 1]),
			chunkShape: [2, 2],
			fillValue: 9,
			attributes: { unit: "mm" },
			dimensionNames: ["z", "y"],
		};
		const ds = await con.createDataset("described", { data: source });
		const { shape, dtype, chunkShape, fillValue, attributes, dimensionNames } = ds;
		expect({ shape, dtype, chunkShape, fillValue, attributes, dimensionNames }).toEqual({
			shape: [4, 2],
			dtype: "int32",
			chunkShape: [2, 2],
			fillValue: 9,
			attributes: { unit: "mm" },
			dimensionNames: ["z", "y"],
		});
		expect((await ds.get()).data).toEqual(counted([4, 2]).data);
		const other = await con.createDataset("other", {
			data: source,
			dtype: "float64",
			chunkShape: [4, 1],
			attributes: {},
		});
		expect([other.dtype, other.chunkShape, other.attributes, other.fillValue]).toEqual(["float64", [4, 1], {}, 0]);
	});

	it("needs shape and data type for bare slabs, and leaves nothing behind where they are wrong", async () => {
		await expect(con.createDataset("bare", { data: slabsOf(counted([4]), [4]) })).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
		});
		const bare = { shape: [5], dtype: "int32" } as const;
		await expect(con.createDataset("bare", { ...bare, data: slabsOf(counted([4]), [4]) })).rejects.toThrow(
			/4 rows came/,
		);
		expect(await con.hasDataset("bare")).toBe(false);
		const ds = await con.createDataset("bare", { ...bare, data: slabsOf(counted([5]), [4, 1]) });
		expect((await ds.get()).data).toEqual(counted([5]).data);
	});
});

function sourceOf<D extends DType>(values: NdArray<D>, dtype: D, heights: readonly number[]): SlabSource<D> {
	return { shape: values.shape, dtype, slabs: () => slabsOf(values as NdArray, heights) };
}
