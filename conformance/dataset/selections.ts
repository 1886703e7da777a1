import { ellipsis, mask, newaxis, type Selection, slice } from "../../src/selection/selection.js";
import { equal, rejects } from "../expect.js";
import { counting, part, sameValues, span } from "./arrays.js";
import { always, type Clause, partial } from "./fixture.js";

/** A selection from shape [7, 10], the same in plain indices, and the shape where `newaxis` adds to it. */
type Case = readonly [selection: Selection, axes: (number | number[])[], shape?: number[]];

const CASES: readonly Case[] = [
	[3, [3, span(0, 10)]],
	[
		[-1, -10],
		[6, 0],
	],
	[
		[slice(2, 6), slice(null, null, 3)],
		[
			[2, 3, 4, 5],
			[0, 3, 6, 9],
		],
	],
	[
		[slice(null, null, -1), slice(8, 1, -3)],
		[
			[6, 5, 4, 3, 2, 1, 0],
			[8, 5, 2],
		],
	],
	[
		[slice(-3, 100), slice(-100, 2)],
		[
			[4, 5, 6],
			[0, 1],
		],
	],
	[
		[slice(5, 2), null],
		[[], span(0, 10)],
	],
	[
		[ellipsis, 4],
		[span(0, 7), 4],
	],
	[
		[newaxis, 2, ellipsis],
		[2, span(0, 10)],
		[1, 10],
	],
	[[[5, 0, 0, -1]], [[5, 0, 0, 6], span(0, 10)]],
	[
		[Int32Array.of(6, 1), [9, 2]],
		[
			[6, 1],
			[9, 2],
		],
	],
	[[[]], [[], span(0, 10)]],
	[
		[[true, false, false, true, false, false, true], 0],
		[[0, 3, 6], 0],
	],
	[
		[slice(1, 3), mask(Uint8Array.of(0, 0, 0, 1, 1, 0, 0, 0, 0, 1))],
		[
			[1, 2],
			[3, 4, 9],
		],
	],
	[{ x: 3 }, [span(0, 7), 3]],
	[{ x: slice(0, 10, 4), y: -2 }, [5, [0, 4, 8]]],
	[
		"2:6, ::-2",
		[
			[2, 3, 4, 5],
			[9, 7, 5, 3, 1],
		],
	],
	["..., newaxis, [0, 9, 3]", [span(0, 7), [0, 9, 3]], [7, 1, 3]],
	["x=0:3, y=1", [1, [0, 1, 2]]],
	["", [span(0, 7), span(0, 10)]],
];

const BAD: readonly [Selection, "OUT_OF_BOUNDS" | "INVALID_ARGUMENT"][] = [
	[7, "OUT_OF_BOUNDS"],
	[[0, -11], "OUT_OF_BOUNDS"],
	[[[0, 7]], "OUT_OF_BOUNDS"],
	["99, 0", "OUT_OF_BOUNDS"],
	[[0, 0, 0], "INVALID_ARGUMENT"],
	[1.5, "INVALID_ARGUMENT"],
	["::0", "INVALID_ARGUMENT"],
	["0:1:2:3", "INVALID_ARGUMENT"],
	[[ellipsis, ellipsis], "INVALID_ARGUMENT"],
	[{ z: 0 }, "INVALID_ARGUMENT"],
	[[[true, false]], "INVALID_ARGUMENT"],
];

const TABLE = { chunkShape: [3, 4], dimensionNames: ["y", "x"] } as const;

export const selections: readonly Clause[] = [
	always("the whole grammar of selections reads what it says", async (con) => {
		const data = counting([7, 10]);
		const ds = await con.createDataset("a", { ...TABLE, data });
		for (const [selection, axes, shape] of CASES) {
			const wanted = part(data, axes);
			sameValues(await ds.get(selection), shape ? { ...wanted, shape } : wanted, show(selection));
		}
	}),
	partial("the whole grammar of selections writes what it says", async (con) => {
		for (const [i, [selection, axes, shape]] of CASES.entries()) {
			const data = counting([7, 10]);
			const ds = await con.createDataset(`a${i}`, { ...TABLE, data });
			const values = counting(shape ?? part(data, axes).shape);
			await ds.set(selection, { ...values, data: values.data.map((value) => -value) });
			const places = part({ data: Int32Array.from(data.data.keys()), shape: data.shape }, axes);
			places.data.forEach((place, n) => {
				data.data[Number(place)] = -(values.data[n] as number);
			});
			sameValues(await ds.get(), data, `after set ${show(selection)}`);
		}
	}),
	always("what is out of range or malformed is refused, by get and by set", async (con) => {
		const data = counting([7, 10]);
		const ds = await con.createDataset("a", { ...TABLE, data });
		for (const [selection, code] of BAD) {
			await rejects(() => ds.get(selection), code, `get ${show(selection)}`);
			await rejects(() => ds.set(selection, 0), code, `set ${show(selection)}`);
		}
		sameValues(await ds.get(), data, "values after all");
	}),
	partial("one to eight dimensions, with chunks that divide no axis", async (con) => {
		for (let rank = 1; rank <= 8; rank++) {
			const shape = span(0, rank).map((d) => 2 + (d % 2));
			const data = counting(shape);
			const ds = await con.createDataset(`r${rank}`, { data, chunkShape: shape.map(() => 2) });
			sameValues(await ds.get(), data, `${rank} dimensions`);
			const last = shape.map(() => -1);
			await ds.set(last, 77);
			data.data[data.data.length - 1] = 77;
			equal(await ds.at(...shape.map((length) => length - 1)), 77, "the last element");
			const backwards = shape.map((length) => span(0, length).reverse());
			sameValues(await ds.get(shape.map(() => slice(null, null, -1))), part(data, backwards), "backwards");
		}
	}),
	always("an array without dimensions holds one value", async (con) => {
		const ds = await con.createDataset("a", { shape: [], dtype: "float64", fillValue: 2.5 });
		equal([ds.chunkGrid, ds.totalChunks, ds.size, ds.ndim], [[], 1, 1, 0], "sizes");
		equal(await ds.at(), 2.5, "before");
		await ds.set([], -1);
		equal([await ds.at(), (await ds.get()).shape, (await ds.get(newaxis)).shape], [-1, [], [1]], "after");
		sameValues(await ds.get("..."), { data: Float64Array.of(-1), shape: [] }, "...");
	}),
	always("an axis of length zero holds nothing, and may be written", async (con) => {
		const ds = await con.createDataset("a", { shape: [3, 0, 2], dtype: "int8", chunkShape: [2, 2, 2] });
		equal([ds.chunkGrid, ds.totalChunks, ds.size], [[2, 0, 1], 0, 0], "sizes");
		await ds.set("...", 5);
		equal(
			[(await ds.get()).shape, (await ds.get([0])).shape],
			[
				[3, 0, 2],
				[0, 2],
			],
			"shapes",
		);
		await rejects(() => ds.get([0, 0]), "OUT_OF_BOUNDS", "an index");
	}),
	partial("of a repeated index the last value stays", async (con) => {
		const ds = await con.createDataset("a", { shape: [10], dtype: "int8", chunkShape: [4] });
		await ds.set([[9, 0, 9, 0, 5, 0]], [1, 2, 3, 4, 5, 6]);
		sameValues(await ds.get(), { data: Int8Array.of(6, 0, 0, 0, 0, 5, 0, 0, 0, 3), shape: [10] }, "values");
	}),
	partial("points pair their index lists, setPoints too", async (con) => {
		const data = counting([7, 10]);
		const ds = await con.createDataset("a", { ...TABLE, data });
		const lists = [[0, -1, 3, 0], Int32Array.of(9, 0, 3, 9)];
		sameValues(await ds.points(lists), { data: Int32Array.of(10, 61, 34, 10), shape: [4] }, "points");
		await ds.setPoints(lists, [1, 2, 3, 4]);
		sameValues(await ds.points(lists), { data: Int32Array.of(4, 2, 3, 4), shape: [4] }, "after setPoints");
		await ds.setPoints(
			[
				[6, 6],
				[8, 9],
			],
			-1,
		);
		sameValues(await ds.get("6, 8:"), { data: Int32Array.of(-1, -1), shape: [2] }, "a scalar at points");
		sameValues(await ds.points([[], []]), { data: new Int32Array(0), shape: [0] }, "no points");
		await rejects(() => ds.points([[0]]), "INVALID_ARGUMENT", "too few lists");
		await rejects(() => ds.points([[0], [0, 1]]), "INVALID_ARGUMENT", "lists of unequal length");
		await rejects(() => ds.setPoints([[7], [0]], 1), "OUT_OF_BOUNDS", "an index out of range");
	}),
	always("at takes one index per axis and gives one value", async (con) => {
		const ds = await con.createDataset("a", { ...TABLE, data: counting([7, 10]) });
		equal([await ds.at(0, 0), await ds.at(-1, -1), await ds.at(3, 4)], [1, 70, 35], "values");
		await rejects(() => ds.at(0), "INVALID_ARGUMENT", "too few");
		await rejects(() => ds.at(0, 10), "OUT_OF_BOUNDS", "out of range");
	}),
];

function show(selection: Selection): string {
	return typeof selection === "string"
		? JSON.stringify(selection)
		: String(Array.isArray(selection) ? `[${selection.join("; ")}]` : selection);
}
