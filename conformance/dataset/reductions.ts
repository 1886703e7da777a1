import { check, equal, rejects } from "../expect.js";
import { counting, type Dense, mapped, noise, sameValues } from "./arrays.js";
import { always, type Clause, failureOf, partial } from "./fixture.js";
import { blockTotal, endless, failingAt, identity } from "./kernels.js";
import { through } from "./stores.js";

function table(): Dense<Int32Array> {
	return { data: noise(5 * 7, -50, 50), shape: [5, 7] };
}

const TABLE = [...table().data];
const TOTAL = TABLE.reduce((sum, value) => sum + value, 0);

/** Row or column sums of the table. */
function sums(axis: 0 | 1): Dense<BigInt64Array> {
	const length = axis === 0 ? 7 : 5;
	const data = new BigInt64Array(length);
	for (const [n, value] of TABLE.entries()) {
		const at = axis === 0 ? n % 7 : Math.floor(n / 7);
		data[at] = (data[at] as bigint) + BigInt(value);
	}
	return { data, shape: [length] };
}

/** Chunks of [2, 3], in C order. */
function chunkTotals(): number[] {
	const totals = new Array<number>(9).fill(0);
	for (const [n, value] of TABLE.entries()) {
		const chunk = 3 * Math.floor(n / 14) + Math.floor((n % 7) / 3);
		totals[chunk] = (totals[chunk] as number) + value;
	}
	return totals;
}

const close = (actual: number, expected: number, message: string): void =>
	check(Math.abs(actual - expected) <= 1e-12 * Math.abs(expected), `${message}: ${actual}, not ${expected}`);

export const reductions: readonly Clause[] = [
	always("min, max, sum, mean and std are those of all values", async (con) => {
		const ds = await con.createDataset("a", { data: table(), dtype: "int32", chunkShape: [2, 3] });
		const mean = TOTAL / 35;
		const variance = TABLE.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 35;
		equal([await ds.min(), await ds.max()], [Math.min(...TABLE), Math.max(...TABLE)], "min and max");
		equal(String(await ds.sum()), String(TOTAL), "sum");
		close(await ds.mean(), mean, "mean");
		close(await ds.std(), Math.sqrt(variance), "std");
		close(await ds.std({ ddof: 1 }), Math.sqrt((variance * 35) / 34), "std of a sample");
	}),
	always("along axes they are arrays, also of a selection", async (con) => {
		const ds = await con.createDataset("a", { data: table(), chunkShape: [2, 3] });
		sameValues(await ds.sum({ axes: 0 }), sums(0), "columns");
		sameValues(await ds.sum({ axes: [-1] }), sums(1), "rows");
		const backwards = { data: sums(0).data.slice(1, 4).reverse(), shape: [3] };
		sameValues(await ds.sum({ axes: 0, selection: ":, 3:0:-1" }), backwards, "some columns, backwards");
		const least = Int32Array.from({ length: 5 }, (_, y) => Math.min(...TABLE.slice(7 * y, 7 * y + 7)));
		sameValues(await ds.min({ axes: 1 }), { data: least, shape: [5] }, "least of each row");
		await rejects(() => ds.sum({ axes: 2 }), "INVALID_ARGUMENT", "an axis that is not there");
	}),
	always("integer sums are exact", async (con) => {
		const most = 2n ** 63n - 1n;
		const ds = await con.createDataset("a", { data: BigInt64Array.of(most, most, -1n, most), chunkShape: [3] });
		equal(String(await ds.sum()), String(3n * most - 1n), "beyond 64 bits");
		await rejects(() => ds.sum({ axes: 0 }), "TOO_LARGE", "in an int64 result");
	}),
	always("NaN propagates unless it is skipped", async (con) => {
		const data = Float64Array.of(1, Number.NaN, 3, 8);
		const ds = await con.createDataset("a", { data, chunkShape: [3] });
		const all = [await ds.min(), await ds.max(), await ds.sum(), await ds.mean(), await ds.std()];
		equal(all.map(String), Array(5).fill("NaN"), "with NaN");
		const skipNaN = true;
		equal([await ds.min({ skipNaN }), await ds.max({ skipNaN }), await ds.mean({ skipNaN })], [1, 8, 4], "without");
	}),
	always("a sum of floats loses nothing to the order of the chunks", async (con) => {
		const data = Float64Array.of(1e16, 1, -1e16, 1e100, 1, -1e100);
		equal(await (await con.createDataset("a", { data, chunkShape: [1] })).sum(), 2, "sum");
	}),
	always("what is not stored counts as fill value", async (con) => {
		const ds = await con.createDataset("a", { shape: [10], dtype: "int16", chunkShape: [4], fillValue: -3 });
		equal([String(await ds.sum()), await ds.max(), await ds.mean(), await ds.std()], ["-30", -3, -3, 0], "all");
		equal([...(await ds.histogram({ bins: [-4, -3, 0] })).counts], [0, 10], "histogram");
	}),
	always("of no values: sum 0, mean NaN, no min", async (con) => {
		const ds = await con.createDataset("a", { shape: [0], dtype: "float32" });
		equal([await ds.sum(), String(await ds.mean()), String(await ds.std())], [0, "NaN", "NaN"], "sum, mean, std");
		await rejects(() => ds.min(), "INVALID_ARGUMENT", "min");
		await rejects(() => ds.max(), "INVALID_ARGUMENT", "max");
	}),
	always("a histogram counts as NumPy does", async (con) => {
		const ds = await con.createDataset("a", { data: counting([8]), chunkShape: [3] });
		const found = await ds.histogram({ bins: 3 });
		equal([[...found.counts], found.edges[0], found.edges[3]], [[3, 2, 3], 1, 8], "range found");
		equal([...(await ds.histogram({ bins: 2, range: [2, 6] })).counts], [2, 3], "range given");
		equal([...(await ds.histogram({ bins: [0, 1, 4] })).counts], [0, 4], "edges given");
		await rejects(() => ds.histogram({ bins: 0 }), "INVALID_ARGUMENT", "no bins");
	}),
	always("reduce combines in C order of the chunk coordinates", async (con) => {
		const ds = await con.createDataset("a", { data: table(), chunkShape: [2, 3] });
		const seen: string[] = [];
		const total = await ds.reduce<number>(blockTotal(2), (sum, part, ctx) => {
			seen.push(ctx.coords.join());
			return sum + part;
		});
		equal(total, 2 * TOTAL, "total");
		equal(seen, ["0,1", "0,2", "1,0", "1,1", "1,2", "2,0", "2,1", "2,2"], "order");
		const from = await ds.reduce<number[], number>(blockTotal(1), (list, part) => [...list, part], { initial: [] });
		equal(from, chunkTotals(), "from an initial value, each chunk in its place");
	}),
	always("a kernel of reduce may see a halo, and may return an array", async (con) => {
		const ds = await con.createDataset("a", { data: counting([4]), chunkShape: [2] });
		const options = { halo: 1, boundary: "constant", initial: [] as number[] } as const;
		const sides = await ds.reduce<number[], { readonly data: Int32Array; get(i: number): number }>(
			identity,
			(list, block) => [...list, block.get(0), block.get(3)],
			options,
		);
		equal(sides, [0, 3, 2, 0], "first and last of each block");
	}),
	always("a kernel of reduce that fails names its chunk", async (con) => {
		const ds = await con.createDataset("a", { data: counting([8]), chunkShape: [2] });
		const error = (await failureOf(() => ds.reduce(failingAt([2]), () => 0))) as Error & {
			code: string;
			chunk: number[];
		};
		equal([error.code, error.chunk], ["KERNEL_FAILED", [2]], "code and chunk");
		check(error.message.includes("too hot"), `the message does not say why: ${error.message}`);
	}),
	always("a reduction is cancelled by its signal, and ends with its timeout", async (con) => {
		const ds = await con.createDataset("a", { data: counting([64]), chunkShape: [1] });
		const stop = new AbortController();
		await rejects(() => ds.sum({ signal: stop.signal, onProgress: () => stop.abort() }), "ABORTED", "sum");
		const other = await through(con, con.backend, { timeout: 100 });
		const slow = await other.getDataset("a");
		await rejects(() => slow.reduce(endless, () => 0), "TIMEOUT", "reduce");
	}),
	partial("a reduction sees what was just written", async (con) => {
		const ds = await con.createDataset("a", { data: counting([9]), chunkShape: [4] });
		equal(String(await ds.sum()), "45", "before");
		await ds.set("4:6", 100);
		equal([String(await ds.sum()), await ds.max()], ["234", 100], "after");
		sameValues(
			await ds.get(),
			mapped(counting([9]), (value) => (value === 5 || value === 6 ? 100 : value)),
			"values",
		);
	}),
];
