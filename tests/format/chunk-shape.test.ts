import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { autoShardShape, defaultChunkShape } from "../../dist/src/format/chunk-shape.js";

const MiB = 2 ** 20;
const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

const length = fc.oneof(
	fc.integer({ min: 1, max: 12 }),
	fc.integer({ min: 1, max: 3000 }),
	fc.integer({ min: 1, max: 1e9 }),
	fc.integer({ min: 1, max: 2 ** 40 }),
);
const shapes = fc.array(length, { maxLength: 8 });
const itemSizes = fc.constantFrom(1, 2, 3, 4, 8, 16, 1000);

describe("default chunk shape", () => {
	it.each<[shape: number[], itemSize: number, chunkShape: number[]]>([
		[[1024, 1024, 1024], 4, [64, 64, 128]],
		[[10, 2048, 2048], 2, [10, 256, 512]],
		[[1_000_000, 3], 8, [65536, 3]],
		[[100, 100, 100], 4, [100, 100, 50]],
		[[30, 30], 8, [30, 30]],
		[[], 8, []],
		[[0, 5], 8, [1, 5]],
		[[1e9], 1, [2 ** 21]],
		[[50, 50], 65536, [4, 8]],
	])("of %j with %i bytes is %j", (shape, itemSize, chunkShape) => {
		expect(defaultChunkShape(shape, itemSize)).toEqual(chunkShape);
	});

	it("is 1 to 4 MiB, or the whole of a small array", () => {
		fc.assert(
			fc.property(shapes, itemSizes, (shape, itemSize) => {
				const chunkShape = defaultChunkShape(shape, itemSize);
				const [total, bytes] = [product(shape) * itemSize, product(chunkShape) * itemSize];
				if (total <= 2 * MiB) expect(chunkShape).toEqual(shape);
				else expect(bytes >= MiB && bytes <= 4 * MiB, `${chunkShape} = ${bytes / MiB} MiB`).toBe(true);
			}),
			{ numRuns: 3000 },
		);
	});

	it("fits the axes and is near to a cube", () => {
		fc.assert(
			fc.property(shapes, itemSizes, (shape, itemSize) => {
				const chunkShape = defaultChunkShape(shape, itemSize);
				const longest = Math.max(...chunkShape);
				chunkShape.forEach((size, axis) => {
					const whole = shape[axis] as number;
					expect(Number.isInteger(size) && size >= 1 && size <= whole, `${size} of ${whole}`).toBe(true);
					if (size < whole) expect(longest / size, `${chunkShape} of ${shape}`).toBeLessThanOrEqual(4);
				});
			}),
			{ numRuns: 3000 },
		);
	});

	it("takes one along axes of length 0", () => {
		fc.assert(
			fc.property(shapes, (shape) => {
				const chunkShape = defaultChunkShape([...shape, 0], 4);
				expect(chunkShape.at(-1)).toBe(1);
				expect(chunkShape.slice(0, -1)).toEqual(defaultChunkShape(shape, 4));
			}),
		);
	});
});

describe("automatic shard shape", () => {
	it.each<[shape: number[], chunkShape: number[], itemSize: number, shardShape: number[]]>([
		[[1024, 1024, 1024], [64, 64, 128], 4, [256, 256, 512]],
		[[100_000, 4096, 512], [1, 4096, 512], 1, [64, 4096, 512]],
		[[1000, 1000, 1e6], [1, 1, 1e6], 4, [4, 8, 1e6]],
		[[30, 30], [10, 10], 8, [30, 30]],
		[[33, 30], [10, 10], 8, [40, 30]],
		[[2 ** 40], [2 ** 19], 4, [2 ** 25]],
		[[2 ** 40], [2 ** 29], 1, [2 ** 29]],
		[[0, 5], [1, 5], 8, [1, 5]],
		[[], [], 8, []],
	])("of %j in chunks of %j with %i bytes is %j", (shape, chunkShape, itemSize, shardShape) => {
		expect(autoShardShape(shape, chunkShape, { itemSize })).toEqual(shardShape);
	});

	const layouts = fc.array(
		fc.oneof(
			length.chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 1, max: Math.min(size, 300) }))),
			fc.constant<[number, number]>([0, 1]),
		),
		{ maxLength: 8 },
	);

	it("is whole chunks, 64 to 128 MiB of them or the whole of a small array, and nothing beyond it", () => {
		fc.assert(
			fc.property(layouts, itemSizes, (axes, itemSize) => {
				const [shape, chunkShape] = [axes.map(([size]) => size), axes.map(([, chunk]) => chunk)];
				const shard = autoShardShape(shape, chunkShape, { itemSize });
				const counts = shard.map((size, d) => size / (chunkShape[d] as number));
				const most = axes.map(([size, chunk]) => Math.max(1, Math.ceil(size / chunk)));
				counts.forEach((count, d) => {
					expect(Number.isInteger(count) && count >= 1 && count <= (most[d] as number)).toBe(true);
				});
				const [bytes, chunkBytes] = [product(shard) * itemSize, product(chunkShape) * itemSize];
				if (chunkBytes > 128 * MiB) expect(shard).toEqual(chunkShape);
				else expect(bytes).toBeLessThanOrEqual(128 * MiB);
				if (bytes <= 64 * MiB) expect(counts).toEqual(most);
			}),
			{ numRuns: 3000 },
		);
	});

	it("of the default chunks is near to a cube, but for axes that it takes whole", () => {
		fc.assert(
			fc.property(shapes, itemSizes, (shape, itemSize) => {
				const chunkShape = defaultChunkShape(shape, itemSize);
				const shard = autoShardShape(shape, chunkShape, { itemSize });
				const longest = Math.max(...shard);
				shard.forEach((size, d) => {
					if (size < (shape[d] as number)) expect(longest / size, `${shard} of ${shape}`).toBeLessThanOrEqual(4);
				});
			}),
			{ numRuns: 3000 },
		);
	});
});
