/** The parts that the formats share. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { contiguousBoxes } from "../../dist/apps/files/contiguous-boxes.js";
import { optionalPackage } from "../../dist/apps/files/optional-package.js";
import { indicesOf, positionOf } from "../support/model.js";
import { refusal } from "./arrays.js";

const MIB = 2 ** 20;

it("boxes follow one another in row-major order, cover the array, and keep within 64 MiB", () => {
	const axis = fc.record({ length: fc.nat(6), chunk: fc.integer({ min: 1, max: 7 }) });
	fc.assert(
		fc.property(fc.array(axis, { maxLength: 4 }), fc.integer({ min: 1, max: 64 }), (axes, itemMib) => {
			const shape = axes.map(({ length }) => length);
			const chunks = axes.map(({ chunk }) => chunk);
			const positions: number[] = [];
			for (const { origin, shape: box } of contiguousBoxes(shape, itemMib * MIB, chunks)) {
				const size = box.reduce((product, length) => product * length, 1);
				expect(size * itemMib).toBeLessThanOrEqual(64);
				for (const index of indicesOf(box))
					positions.push(
						positionOf(
							index.map((i, d) => i + (origin[d] as number)),
							shape,
						),
					);
			}
			expect(positions).toEqual([...[...indicesOf(shape)].keys()]);
		}),
	);
});

it("boxes take whole rows of chunks where these fit into 64 MiB", () => {
	const heights = (chunkRows: number) => contiguousBoxes([50, 4], MIB, [chunkRows, 4]).map(({ shape }) => shape[0]);
	expect(heights(3)).toEqual([...new Array(16).fill(3), 2]);
	expect(heights(7)).toEqual([7, 7, 7, 7, 7, 7, 7, 1]);
	expect(heights(20)[0]).toBe(16);
});

it("a package that is not installed is named, and another failure is handed on", async () => {
	const missing = optionalPackage("no-such-package", "reading stones", () => import("no-such-package" as string));
	await expect(missing).rejects.toMatchObject(refusal("UNSUPPORTED", /reading stones.*npm install no-such-package/));
	const boom = new Error("it does not start");
	await expect(optionalPackage("x", "y", () => Promise.reject(boom))).rejects.toBe(boom);
});
