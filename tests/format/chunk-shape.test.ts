import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultChunkShape } from "../../dist/src/format/chunk-shape.js";

const MiB = 2 ** 20;
const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

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

	const length = fc.oneof(
		fc.integer({ min: 1, max: 12 }),
		fc.integer({ min: 1, max: 3000 }),
		fc.integer({ min: 1, max: 1e9 }),
	);
	const shapes = fc.array(length, { maxLength: 8 });
	const itemSizes = fc.constantFrom(1, 2, 3, 4, 8, 16, 1000);

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
