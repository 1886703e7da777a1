import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalise } from "../../dist/src/selection/normalise.js";
import type { AxisSelection } from "../../dist/src/selection/plan.js";
import { ellipsis, mask, newaxis, type Selection, slice } from "../../dist/src/selection/selection.js";
import { ndArray } from "../../dist/src/values/nd-array.js";

/** The indices that a normal form stands for. */
function indicesOf(axis: AxisSelection | undefined): number[] {
	if (axis === undefined) return [];
	if (axis.kind === "list") return [...axis.indices];
	return Array.from({ length: axis.count }, (_, i) => axis.start + i * axis.step);
}

function select(selection: Selection, shape: number[], names?: (string | null)[]) {
	const normal = normalise(selection, shape, names);
	return { indices: normal.axes.map(indicesOf), shape: normal.shape, resultAxis: normal.resultAxis };
}

/** Python's `range(*slice(start, stop, step).indices(length))`, by walking rather than by arithmetic. */
function pythonSlice(length: number, start: number | null, stop: number | null, step: number): number[] {
	const along = Array.from({ length }, (_, i) => i);
	if (step < 0) along.reverse();
	const absolute = (bound: number) => (bound < 0 ? bound + length : bound);
	const from = start === null ? null : absolute(start);
	const to = stop === null ? null : absolute(stop);
	const within = along.filter((i) =>
		step > 0
			? (from === null || i >= from) && (to === null || i < to)
			: (from === null || i <= from) && (to === null || i > to),
	);
	return within.filter((_, i) => i % Math.abs(step) === 0);
}

const bound = fc.option(fc.integer({ min: -25, max: 25 }), { nil: null });
const step = fc.integer({ min: -7, max: 7 }).filter((n) => n !== 0);

describe("slices", () => {
	it("clamp as Python's do", () => {
		fc.assert(
			fc.property(fc.nat(20), bound, bound, step, (length, start, stop, by) => {
				const { indices, shape } = select([slice(start, stop, by)], [length]);
				const expected = pythonSlice(length, start, stop, by);
				expect(indices[0]).toEqual(expected);
				expect(shape).toEqual([expected.length]);
			}),
			{ numRuns: 3000 },
		);
	});

	it("mean the same as strings", () => {
		fc.assert(
			fc.property(bound, bound, fc.option(step, { nil: null }), (start, stop, by) => {
				const text = `${start ?? ""}:${stop ?? ""}${by === null ? "" : `:${by}`}`;
				expect(normalise(text, [11])).toEqual(normalise(slice(start, stop, by), [11]));
			}),
		);
	});

	it("stay exact on the longest axes", () => {
		const length = 2 ** 53 - 1;
		expect(normalise(slice(null, null, 3), [length]).axes).toEqual([
			{ kind: "range", start: 0, step: 3, count: Number((BigInt(length) + 2n) / 3n) },
		]);
		expect(normalise(slice(null, null, -1), [2 ** 53]).axes).toEqual([
			{ kind: "range", start: length, step: -1, count: 2 ** 53 },
		]);
		expect(select(slice(-3, 10n ** 30n), [2 ** 53]).indices[0]).toEqual([2 ** 53 - 3, 2 ** 53 - 2, length]);
		expect(select(slice(5, null, 10n ** 400n), [10]).indices[0]).toEqual([5]);
	});

	it("have one normal form, in which zero has no sign", () => {
		expect(normalise([slice(-0, 3, 2), -0], [2, 5]).axes).toEqual([
			{ kind: "range", start: 0, step: 1, count: 1 },
			{ kind: "range", start: 0, step: 1, count: 1 },
		]);
		expect(normalise(slice(7, 7, -3), [9])).toEqual(normalise("4:2", [9]));
	});

	it.each([
		["1.5", () => slice(1.5)],
		["NaN", () => slice(0, Number.NaN)],
		["Infinity", () => slice(0, Number.POSITIVE_INFINITY)],
		['"3"', () => slice("3" as never)],
		["step of a slice is 0", () => slice(0, 5, 0)],
	])("refuse %s", (said, make) => {
		expect(make).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(said) }));
	});
});

describe("the tuple of axes", () => {
	const all = (n: number) => Array.from({ length: n }, (_, i) => i);

	it.each<[string, Selection, number[], number[][], number[], number[]]>([
		["nothing", [], [2, 3], [all(2), all(3)], [2, 3], [0, 1]],
		["the empty string", "", [2, 3], [all(2), all(3)], [2, 3], [0, 1]],
		["an integer", 1, [2, 3], [[1], all(3)], [3], [-1, 0]],
		["a negative integer", [-1, -3], [2, 3], [[1], [0]], [], [-1, -1]],
		["minus zero", [-0], [2], [[0]], [], [-1]],
		["a bigint", [1n, -1n], [2, 3], [[1], [2]], [], [-1, -1]],
		["null", [null, 0], [2, 3], [all(2), [0]], [2], [0, -1]],
		["a bare slice", slice(1), [2, 3], [[0], all(3)], [1, 3], [0, 1]],
		["an ellipsis in front", [ellipsis, 0], [2, 3, 4], [all(2), all(3), [0]], [2, 3], [0, 1, -1]],
		["an ellipsis within", [0, ellipsis, 1], [2, 3, 4], [[0], all(3), [1]], [3], [-1, 0, -1]],
		["an ellipsis for nothing", [0, ellipsis, 1], [2, 3], [[0], [1]], [], [-1, -1]],
		["newaxis", [newaxis, 0, newaxis, null, newaxis], [2, 3], [[0], all(3)], [1, 1, 3, 1], [-1, 2]],
		["newaxis after an ellipsis", "..., None", [2], [all(2)], [2, 1], [0]],
		["newaxis of a scalar", newaxis, [], [], [1], []],
		["an index list", [[2, 0, 2, -1]], [3], [[2, 0, 2, 2]], [4], [0]],
		["an empty list", [[], 0], [3, 3], [[], [0]], [0], [0, -1]],
		[
			"orthogonal lists",
			[
				[1, 0],
				[2, 2, 1],
			],
			[2, 3],
			[
				[1, 0],
				[2, 2, 1],
			],
			[2, 3],
			[0, 1],
		],
		["a list after an integer", [0, [1, 2]], [2, 3], [[0], [1, 2]], [2], [-1, 0]],
		["a bare typed array", Int32Array.of(1, -3), [3, 2], [[1, 0], all(2)], [2, 2], [0, 1]],
		["a bigint list", [BigInt64Array.of(1n, -1n)], [3], [[1, 2]], [2], [0]],
		["a nested boolean mask", [[true, false, true]], [3], [[0, 2]], [2], [0]],
		["an empty mask of nothing", [mask([])], [0], [[]], [0], [0]],
		["mask()", [0, mask(Uint8Array.of(0, 1, 1))], [2, 3], [[0], [1, 2]], [2], [-1, 0]],
		["a string within", [0, "1:", "-1"], [2, 3, 4], [[0], [1, 2], [3]], [2], [-1, 0, -1]],
		["everything of a scalar", "...", [], [], [], []],
		["an empty axis", [null], [0], [[]], [0], [0]],
	])("takes %s", (_, selection, shape, indices, resultShape, resultAxis) => {
		expect(select(selection, shape)).toEqual({ indices, shape: resultShape, resultAxis });
	});

	it("takes strided ndarrays as lists and masks", () => {
		const list = ndArray(Int16Array.of(9, 0, 9, 2), [2], [-2], 3);
		expect(select([list as never], [3]).indices).toEqual([[2, 0]]);
		const odd = ndArray(Uint8Array.of(1, 0, 1, 1), [2], [2], 1);
		expect(select([mask(odd as never)], [2]).indices).toEqual([[1]]);
	});

	it("copies what a mask is made of, and freezes every object", () => {
		const values = [true, false];
		const entry = mask(values);
		values[1] = true;
		expect(select([entry], [2]).indices).toEqual([[0]]);
		for (const object of [entry, slice(1), ellipsis, newaxis]) expect(Object.isFrozen(object)).toBe(true);
	});

	it.each<[Selection, number[], string, RegExp]>([
		[[5], [5], "OUT_OF_BOUNDS", /index 5 is out of bounds for axis 0 of length 5: use -5 to 4/],
		[[0, -4], [5, 3], "OUT_OF_BOUNDS", /index -4 .*axis 1 of length 3/],
		[[0], [0], "OUT_OF_BOUNDS", /axis 0 of length 0: the axis is empty/],
		[[2n ** 64n], [5], "OUT_OF_BOUNDS", /18446744073709551616/],
		["9007199254740993", [2 ** 53], "OUT_OF_BOUNDS", /index 9007199254740993 /],
		[[[0, 1, 7]], [5], "OUT_OF_BOUNDS", /index 7 at position 2 of the list/],
		[[1, 2, 3], [5, 5], "INVALID_ARGUMENT", /3 entries for an array of 2 axes.*\[\[0, 2, 5\]\]/],
		[0, [], "INVALID_ARGUMENT", /1 entries for an array of 0 axes/],
		[[1.5], [5], "INVALID_ARGUMENT", /1\.5 .*axis 0.*integer/],
		[[Number.NaN], [5], "INVALID_ARGUMENT", /NaN .*integer/],
		[[true as never], [5], "INVALID_ARGUMENT", /true .*mask/],
		[true as never, [5], "INVALID_ARGUMENT", /true .*mask/],
		[[undefined as never], [5], "INVALID_ARGUMENT", /undefined .*null is the whole axis/],
		[[ellipsis, ellipsis], [5], "INVALID_ARGUMENT", /at most one ellipsis/],
		[[[0, 1.5]], [5], "INVALID_ARGUMENT", /1\.5 at position 1 of the list/],
		[[[[0, 1]] as never], [5], "INVALID_ARGUMENT", /1-D.*points/],
		[[[0, true] as never], [5], "INVALID_ARGUMENT", /true at position 1/],
		[[[true, 0] as never], [5], "INVALID_ARGUMENT", /0 at position 1.*only true and false/],
		[[new Float32Array(2) as never], [5], "INVALID_ARGUMENT", /Float32Array.*Int32Array/],
		[[[true, false]], [5], "INVALID_ARGUMENT", /mask for axis 0 has 2 values.*5/],
		[[ndArray(new Int8Array(4), [2, 2]) as never], [5], "INVALID_ARGUMENT", /2 dimensions.*1-D/],
		[[new Date() as never], [5], "INVALID_ARGUMENT", /a Date cannot select/],
		[new Set([1]) as never, [5], "INVALID_ARGUMENT", /a Set cannot select/],
		[[{ z: 3 } as never], [5], "INVALID_ARGUMENT", /an object cannot select/],
		[["z=1"], [5], "INVALID_ARGUMENT", /names axes/],
	])("refuses %o from %j", (selection, shape, code, message) => {
		expect(() => normalise(selection, shape)).toThrow(
			expect.objectContaining({ code, message: expect.stringMatching(message) }),
		);
	});

	it.each([[[0, 2, 5]], [[2, 1]], [["a"]], ["no"]])("refuses a mask of %j", (values) => {
		expect(() => mask(values as never)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});

	it("matches a naive oindex on random selections", () => {
		const entry = (length: number) =>
			fc.oneof(
				fc.record({ give: fc.integer({ min: -length, max: length - 1 }) }).map(({ give }) => {
					return { give, indices: [give < 0 ? give + length : give], drop: true };
				}),
				fc.array(fc.integer({ min: -length, max: length - 1 }), { maxLength: 4 }).map((give) => {
					return { give, indices: give.map((i) => (i < 0 ? i + length : i)), drop: false };
				}),
				fc.array(fc.boolean(), { minLength: length, maxLength: length }).map((give) => {
					return { give, indices: give.flatMap((on, i) => (on ? [i] : [])), drop: false };
				}),
				fc.tuple(bound, bound, step).map(([start, stop, by]) => {
					return { give: slice(start, stop, by), indices: pythonSlice(length, start, stop, by), drop: false };
				}),
			);
		const cases = fc
			.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 })
			.chain((shape) => fc.tuple(fc.constant(shape), fc.tuple(...shape.map(entry))));
		fc.assert(
			fc.property(cases, ([shape, entries]) => {
				const result = select(
					entries.map(({ give }) => give as never),
					shape,
				);
				expect(result.indices).toEqual(entries.map(({ indices }) => indices));
				const kept = entries.filter(({ drop }) => !drop);
				expect(result.shape).toEqual(kept.map(({ indices }) => indices.length));
				expect(result.resultAxis).toEqual(entries.map((e) => (e.drop ? -1 : kept.indexOf(e))));
			}),
			{ numRuns: 1000 },
		);
	});
});

describe("axis names", () => {
	const names = ["z", "y", null, "x"];
	const shape = [4, 5, 6, 7];

	it("mean the same as positions, in an object or a string", () => {
		const expected = normalise([3, slice(0, 4), null, [1, 2]], shape);
		expect(normalise({ x: [1, 2], z: 3, y: slice(0, 4) }, shape, names)).toEqual(expected);
		expect(normalise({ x: "[1, 2]", z: 3n, y: ":4" }, shape, names)).toEqual(expected);
		expect(normalise("x=[1,2], z=3, y=:4", shape, names)).toEqual(expected);
		expect(normalise({}, shape, names)).toEqual(normalise([], shape));
	});

	it("may be any word", () => {
		expect(select({ ["__proto__"]: 1, data: 0 }, [2, 3], ["__proto__", "data"]).indices).toEqual([[1], [0]]);
		expect(select({ shape: 1 }, [2], ["shape"]).indices).toEqual([[1]]);
	});

	it.each<[Selection, (string | null)[] | undefined, RegExp]>([
		[{ t: 1 }, names, /no axis is named "t": the axes are "z", "y", null, "x"/],
		[{ t: 1 }, undefined, /no axis is named "t": the axes of this array have no names/],
		[{ a: 1 }, ["a", "b", "a", "c"], /several axes are named "a".*"a", "b", "a", "c"/],
		[{ z: ellipsis }, names, /"z" takes one .* not ellipsis/],
		[{ z: newaxis }, names, /not newaxis/],
		[{ z: "1, 2" }, names, /"z" takes one/],
		[{ z: "" }, names, /"z" takes one/],
	])("refuse %o", (selection, dimensionNames, message) => {
		expect(() => normalise(selection, shape, dimensionNames)).toThrow(
			expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) }),
		);
	});

	it("appear in errors", () => {
		expect(() => normalise({ y: 5 }, shape, names)).toThrow(/index 5 is out of bounds for axis 1 \("y"\) of length 5/);
	});
});
