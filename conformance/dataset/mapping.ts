import type { Boundary } from "../../src/operations/blocks/boundary.js";
import { check, equal, rejects } from "../expect.js";
import { counting, type Dense, indices, mapped, noise, positionOf, sameValues, span } from "./arrays.js";
import { always, type Clause, collect, failureOf, keysOf, lists, objectShape, partial, where } from "./fixture.js";
import { addOne, failingAt, identity, place, scaleAndAdd, windowSum } from "./kernels.js";

const BOUNDARIES: readonly Boundary[] = ["reflect", "mirror", "nearest", "wrap", "constant"];

/**
 * What an axis looks like around its ends, as the tables of scipy.ndimage draw it, for the axis `0 1 … length - 1` repeated by
 * the rule of the boundary. Undefined is the constant.
 */
function extended(length: number, reach: number, boundary: Boundary): (number | undefined)[] {
	const forth = span(0, length);
	const back = [...forth].reverse();
	const inner = back.slice(1, -1);
	const periods: { readonly [name in Boundary]: (number | undefined)[] } = {
		reflect: [...forth, ...back],
		mirror: length === 1 ? [0] : [...forth, ...inner],
		wrap: forth,
		nearest: [...forth, ...new Array(reach).fill(length - 1), ...new Array(reach).fill(0)],
		constant: [...forth, ...new Array(2 * reach).fill(undefined)],
	};
	const period = periods[boundary];
	const cycles = Math.ceil(reach / period.length) * period.length;
	return span(-reach, length + reach).map((at) => period[(at + cycles) % period.length]);
}

/** The sum over the window around every element. */
function windowSums(source: Dense, halo: readonly number[], boundary: Boundary, beyond: number): Dense<Float64Array> {
	const axes = source.shape.map((length, d) => extended(length, halo[d] as number, boundary));
	const windows = [...indices(halo.map((h) => 2 * h + 1))];
	const sums = [...indices(source.shape)].map((index) =>
		windows.reduce((sum, offset) => {
			const at = index.map((i, d) => axes[d]?.[i + (offset[d] as number)]);
			return sum + (at.includes(undefined) ? beyond : Number(source.data[positionOf(at as number[], source.shape)]));
		}, 0),
	);
	return { data: Float64Array.from(sums), shape: source.shape };
}

function table(): Dense<Int32Array> {
	return { data: noise(5 * 7, -50, 50), shape: [5, 7] };
}

export const mapping: readonly Clause[] = [
	always("map sees its halo across chunks and by the boundary beyond the array", async (con) => {
		const ds = await con.createDataset("a", { data: table(), chunkShape: [2, 3] });
		for (const boundary of BOUNDARIES)
			for (const halo of [1, [2, 0], [6, 9]] as const) {
				const name = `${boundary} ${halo}`;
				const output = await ds.map(windowSum, name, { halo, boundary, boundaryValue: 3, dtype: "float64" });
				const perAxis = typeof halo === "number" ? [halo, halo] : halo;
				sameValues(await output.get(), windowSums(table(), perAxis, boundary, 3), name);
			}
	}),
	always("an axis of length one has a boundary too", async (con) => {
		const data = { data: Int32Array.of(4, 5, 6), shape: [1, 3] };
		const ds = await con.createDataset("a", { data, chunkShape: [1, 2] });
		for (const boundary of BOUNDARIES) {
			const output = await ds.map(windowSum, boundary, { halo: 2, boundary, dtype: "float64" });
			sameValues(await output.get(), windowSums(data, [2, 2], boundary, 0), boundary);
		}
	}),
	always("map may change type and chunk shape", async (con) => {
		const ds = await con.createDataset("a", { data: table(), chunkShape: [2, 3] });
		const output = await ds.map(windowSum, "out", { halo: 1, dtype: "float64", chunkShape: [4, 2] });
		equal([output.dtype, objectShape(output), output.shape], ["float64", [4, 2], [5, 7]], "what it is");
		sameValues(await output.get(), windowSums(table(), [1, 1], "reflect", 0), "values");
		const values = { dtype: "int8", halo: 1 } as const;
		await rejects(() => ds.map(windowSum, "x", values), "KERNEL_FAILED", "values that do not fit the type");
	}),
	always("a kernel sees further inputs, and its parameters", async (con) => {
		const ds = await con.createDataset("a", { data: counting([5, 7]), chunkShape: [2, 3] });
		const other = await con.createDataset("b", { data: table(), chunkShape: [3, 2] });
		const output = await ds.map(scaleAndAdd(10), "out", { inputs: { other } });
		const wanted = counting([5, 7]).data.map((value, n) => 10 * value + (table().data[n] as number));
		sameValues(await output.get(), { data: wanted, shape: [5, 7] }, "values");
		const short = await con.createDataset("c", { data: counting([5, 6]) });
		await rejects(() => ds.map(addOne, "x", { inputs: { short } }), "INVALID_ARGUMENT", "an input of another shape");
	}),
	always("a kernel knows where its block lies", async (con) => {
		const ds = await con.createDataset("a", { shape: [3, 5], dtype: "float64", chunkShape: [2, 3] });
		const output = await ds.map(place, "out");
		const digits = [await output.at(0, 0), await output.at(1, 4), await output.at(2, 2), await output.at(2, 4)];
		// Chunk coordinates, origin, shape of the block, shape of the dataset; leading zeros are not seen.
		equal(digits, [2335, 1032235, 10201335, 11231235], "digits");
	}),
	always("what is not stored reaches the kernel as fill value", async (con) => {
		const ds = await con.createDataset("a", { shape: [4], dtype: "int32", chunkShape: [2], fillValue: 8 });
		sameValues(await (await ds.map(addOne, "out")).get(), { data: new Int32Array(4).fill(9), shape: [4] }, "values");
	}),
	partial("apply with a halo reads original values only", async (con) => {
		const data = { data: Float64Array.from(table().data), shape: [5, 7] };
		const ds = await con.createDataset("a", { data, chunkShape: [2, 3] });
		await ds.apply(windowSum, { halo: [1, 2], boundary: "mirror" });
		sameValues(await ds.get(), windowSums(data, [1, 2], "mirror", 0), "values");
		if (lists(con)) equal(await collect(con.datasets({ recursive: true })), ["a"], "datasets afterwards");
	}),
	partial("apply leaves the part outside the array alone, and changes every chunk once", async (con) => {
		const ds = await con.createDataset("a", { data: table(), chunkShape: [2, 3], fillValue: 1 });
		await ds.deleteChunk([0, 0]);
		await ds.apply(addOne);
		const wanted = mapped(table(), (value) => value + 1);
		for (const [y, x] of indices([2, 3])) wanted.data[7 * (y as number) + (x as number)] = 2;
		sameValues(await ds.get(), wanted, "values");
	}),
	where(lists, "a kernel that fails names its chunk, and leaves no output", async (con) => {
		const ds = await con.createDataset("a", { data: counting([8]), chunkShape: [2] });
		const before = await keysOf(con);
		const error = await failureOf(() => ds.map(failingAt([2]), "out"));
		const { code, message, chunk, cause } = error as Error & { code: string; chunk: number[] };
		equal([code, chunk, (cause as Error)?.message], ["KERNEL_FAILED", [2], "too hot"], "code, chunk, cause");
		check(message.includes("[2]") && message.includes("too hot"), `the message says neither where nor why: ${message}`);
		equal(await keysOf(con), before, "objects");
		sameValues(await ds.get(), counting([8]), "the source");
		await rejects(() => ds.map(identity, "out", { halo: 1 }), "KERNEL_FAILED", "a block that was not trimmed");
		equal(await keysOf(con), before, "objects afterwards");
	}),
	where(lists, "map refuses bad options, and its own source as output", async (con) => {
		const ds = await con.createDataset("a", { data: counting([8]), chunkShape: [2] });
		await con.createDataset("taken", { data: counting([3]) });
		const bad = [{ halo: -1 }, { halo: 0.5 }, { halo: [1, 1] }, { boundary: "grid" as never }, { chunkShape: [0] }];
		for (const options of bad)
			await rejects(() => ds.map(addOne, "out", options), "INVALID_ARGUMENT", JSON.stringify(options));
		await rejects(() => ds.map(addOne, "a", { ifExists: "replace" }), "INVALID_ARGUMENT", "onto itself");
		await rejects(() => ds.map(addOne, "taken"), "ALREADY_EXISTS", "a name that is taken");
		await rejects(() => ds.map(42 as never, "out"), "INVALID_ARGUMENT", "no kernel");
		sameValues(await ds.get(), counting([8]), "the source");
		sameValues(
			await (await ds.map(addOne, "taken", { ifExists: "replace" })).get("-1"),
			{ data: Int32Array.of(9), shape: [] },
			"replaced",
		);
	}),
	always("a plain function is a kernel where the engine says so, else KERNEL_NOT_PORTABLE", async (con) => {
		const ds = await con.createDataset("a", { data: counting([4]), chunkShape: [2] });
		const run = () => ds.map((block) => block, "out");
		if (con.runtime.engine.supports.closures) sameValues(await (await run()).get(), counting([4]), "values");
		else await rejects(run, "KERNEL_NOT_PORTABLE", "a plain function");
	}),
	always("the border of 64-bit integers and of NaN is what was asked for", async (con) => {
		const big = await con.createDataset("big", { data: BigInt64Array.of(1n, 2n), chunkShape: [1] });
		const options = { halo: 1, boundary: "constant", dtype: "float64" } as const;
		const sums = await big.map(windowSum, "sums", { ...options, boundaryValue: 100n });
		sameValues(await sums.get(), { data: Float64Array.of(103, 103), shape: [2] }, "int64");
		const real = await con.createDataset("real", { data: Float64Array.of(1, 2, 3), chunkShape: [2] });
		const nan = await real.map(windowSum, "nan", { ...options, boundaryValue: Number.NaN });
		sameValues(await nan.get(), { data: Float64Array.of(Number.NaN, 6, Number.NaN), shape: [3] }, "NaN");
		await rejects(
			() => big.map(windowSum, "x", { ...options, boundaryValue: 0.5 }),
			"INVALID_ARGUMENT",
			"0.5 in int64",
		);
	}),
];
