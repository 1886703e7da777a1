import fc from "fast-check";
import { connect, type DType } from "tesserae";
import { expect, test } from "vitest";

/** numpy.histogram, by its definition. */
function expected(values: readonly number[], edges: readonly number[]): number[] {
	return edges.slice(1).map((upper, i) => {
		const isLast = i === edges.length - 2;
		return values.filter((value) => value >= (edges[i] as number) && (isLast ? value <= upper : value < upper)).length;
	});
}

function spaced(first: number, last: number, bins: number): number[] {
	return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? last : first + i * ((last - first) / bins)));
}

const numbers = fc.oneof(
	fc.integer({ min: -20, max: 20 }).map((value) => value / 10),
	fc.float({ noNaN: true, noDefaultInfinity: true }),
	fc.constantFrom(0, -0, 0.1, 0.3, 0.7),
);

test("counts are those of numpy.histogram, for edges, for ranges and for what is found", async () => {
	const setup = fc.record({
		values: fc.array(numbers, { minLength: 1, maxLength: 40 }),
		dtype: fc.constantFrom<DType>("float32", "float64", "float16"),
		bins: fc.integer({ min: 1, max: 12 }),
		edges: fc.option(fc.array(numbers, { minLength: 2, maxLength: 8 }), { nil: undefined }),
		range: fc.option(fc.tuple(numbers, numbers), { nil: undefined }),
	});
	await fc.assert(
		fc.asyncProperty(setup, async ({ values, dtype, bins, edges, range }) => {
			const con = await connect("ram:");
			const ds = await con.createDataset("a", { shape: [values.length], dtype, chunkShape: [7] });
			const within = dtype === "float16" ? values.map((value) => value % 60_000) : values;
			await ds.set("...", { data: Float64Array.from(within), shape: [within.length] }, { casting: "unsafe" });
			const stored = [...(await ds.get()).data].map(Number);
			const sorted = edges && [...edges].sort((a, b) => a - b);
			const ends = range && ([Math.min(...range), Math.max(...range)] as const);
			const [least, largest] = ends ?? [Math.min(...stored), Math.max(...stored)];
			const [first, last] = least === largest ? [least - 0.5, largest + 0.5] : [least, largest];
			const wanted = sorted ?? spaced(first, last, bins);
			const found = await ds.histogram({ bins: sorted ?? bins, range: ends });
			expect([...found.edges]).toEqual(wanted);
			expect([...found.counts]).toEqual(expected(stored, wanted));
			await con.close();
		}),
		{ numRuns: 300 },
	);
});

test("integers of every size, booleans, and parts of a dataset", async () => {
	const con = await connect("ram:");
	const big = await con.createDataset("b", { data: BigInt64Array.of(-5n, 0n, 5n, 5n), chunkShape: [3] });
	expect([...(await big.histogram({ bins: 2 })).counts]).toEqual([1, 3]);
	const bool = await con.createDataset("c", { data: [true, false, true], dtype: "bool" });
	expect(await bool.histogram({ bins: 2 })).toEqual({
		counts: Float64Array.of(1, 2),
		edges: Float64Array.of(0, 0.5, 1),
	});
	const values = Uint8Array.from({ length: 5000 }, (_, i) => i);
	const bytes = await con.createDataset("d", { data: values, chunkShape: [4999] });
	const { counts } = await bytes.histogram({ bins: 4, range: [0, 256], selection: "::-2" });
	const taken = [...values].filter((_, i) => i % 2 === 1);
	expect([...counts]).toEqual(expected(taken, [0, 64, 128, 192, 256]));
	expect((await bytes.histogram()).counts.length).toBe(10);
	await con.close();
});

test("where rounding puts a value beside its bin, the edges decide", async () => {
	const con = await connect("ram:");
	const edge = -2 + (1.7 + 2) / 2;
	const ds = await con.createDataset("a", { data: Float64Array.of(edge, 0.3), chunkShape: [2] });
	expect([...(await ds.histogram({ bins: 2, range: [-2, 1.7] })).counts]).toEqual([0, 2]);
	const { counts, edges } = await ds.histogram({ bins: 10, range: [0, 1] });
	expect([(edges[3] as number) > 0.3, counts[2], counts[3]]).toEqual([true, 1, 0]);
	await con.close();
});

test("NaN and infinities", async () => {
	const con = await connect("ram:");
	const ds = await con.createDataset("a", { data: Float64Array.of(1, Number.NaN, 3, Number.NaN), chunkShape: [1] });
	await expect(ds.histogram()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	expect([...(await ds.histogram({ bins: 2, skipNaN: true })).counts]).toEqual([1, 1]);
	expect([...(await ds.histogram({ bins: 2, range: [0, 3] })).counts]).toEqual([1, 1]);
	expect([...(await ds.histogram({ bins: [0, 2, Number.POSITIVE_INFINITY] })).counts]).toEqual([1, 1]);
	await ds.set("0", Number.POSITIVE_INFINITY);
	await expect(ds.histogram({ skipNaN: true })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	await ds.set("...", Number.NaN);
	expect([...(await ds.histogram({ bins: 1, skipNaN: true })).edges]).toEqual([0, 1]);
	expect(await ds.histogram({ bins: 1, selection: "4:" })).toEqual({
		counts: Float64Array.of(0),
		edges: Float64Array.of(0, 1),
	});
	await con.close();
});

test("bad bins and ranges are refused", async () => {
	const con = await connect("ram:");
	const ds = await con.createDataset("a", { data: Float64Array.of(1, 2) });
	const inf = Number.POSITIVE_INFINITY;
	for (const bins of [0, -1, 1.5, Number.NaN, 2 ** 30, [], [1], [2, 1], [1, Number.NaN], "ten" as never])
		await expect(ds.histogram({ bins })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	for (const range of [[2, 1], [0, inf], [Number.NaN, 1], [-1e308, 1e308], [1] as never] as const)
		await expect(ds.histogram({ range })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	await con.close();
});
