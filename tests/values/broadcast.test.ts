import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { broadcastTo } from "../../dist/src/values/broadcast.js";
import { ndArray } from "../../dist/src/values/nd-array.js";
import { rowMajor } from "../../dist/src/values/view.js";

function viewOf(shape: readonly number[]) {
	const size = shape.reduce((product, length) => product * length, 1);
	return { data: Float64Array.from({ length: size }, (_, i) => i), shape, stride: rowMajor(shape), offset: 0 };
}

function read(view: ReturnType<typeof broadcastTo>, index: number[]): unknown {
	return ndArray<"float64">(view.data as Float64Array, view.shape, view.stride, view.offset).get(...index);
}

function* indices(shape: readonly number[]): Generator<number[]> {
	const [length, ...rest] = shape;
	if (length === undefined) yield [];
	else for (let i = 0; i < length; i++) for (const index of indices(rest)) yield [i, ...index];
}

describe("broadcasting", () => {
	it("repeats values as NumPy does, by the definition", () => {
		const target = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });
		fc.assert(
			fc.property(target, fc.nat(4), fc.infiniteStream(fc.boolean()), fc.nat(2), (shape, dropped, coins, extra) => {
				const source = shape.slice(Math.min(dropped, shape.length)).map((length) => (coins.next().value ? 1 : length));
				const given = viewOf([...new Array(source.length < shape.length ? 0 : extra).fill(1), ...source]);
				const result = broadcastTo(given, shape);
				expect(result.shape).toEqual(shape);
				const stride = rowMajor(source);
				for (const index of indices(shape)) {
					const own = index.slice(shape.length - source.length).map((i, d) => (source[d] === 1 ? 0 : i));
					expect(read(result, index)).toBe(own.reduce((at, i, d) => at + i * (stride[d] ?? 0), 0));
				}
			}),
		);
	});

	it.each([
		[[3], [2, 3]],
		[[1, 1, 3], [3]],
		[[1], []],
		[[], [2, 2]],
		[
			[2, 1],
			[2, 3],
		],
		[[1], [0]],
		[[0], [2, 0]],
	])("takes %j into %j", (from, to) => {
		expect(broadcastTo(viewOf(from), to).shape).toEqual(to);
	});

	it.each([
		[
			[2, 3],
			[4, 3],
		],
		[[2], [2, 3]],
		[[2, 3], [3]],
		[[3], [0]],
		[[0], [3]],
		[[3], [1]],
		[[2], []],
	])("refuses %j into %j", (from, to) => {
		const both = `${JSON.stringify(from)} do not broadcast to the selected shape ${JSON.stringify(to)}`.replaceAll(
			",",
			", ",
		);
		expect(() => broadcastTo(viewOf(from), to)).toThrow(
			expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(both) }),
		);
	});

	it("keeps strides and offset of what it does not repeat", () => {
		const data = new Int8Array(12);
		const view = { data, shape: [1, 2], stride: [7, -3], offset: 5 };
		expect(broadcastTo(view, [3, 4, 2])).toEqual({ data, shape: [3, 4, 2], stride: [0, 0, -3], offset: 5 });
	});
});
