/** What DosNa's own tests assert, case by case, on the same fixture. */
import type { Connection } from "../../src/connection.js";
import type { Dataset } from "../../src/dataset.js";
import { check, equal, rejects } from "../expect.js";
import { type Dense, mapped, once, part, sameValues, span, volume } from "./arrays.js";
import { always, type Clause, keysOf, lists, objectShape, partial, where } from "./fixture.js";
import { addOne } from "./kernels.js";

const ALL = span(0, 100);

/** Selections, the chunks that each touches, and what it is in plain indices. */
const SELECTIONS: readonly [text: string, chunks: number, axes: (number | number[])[]][] = [
	["50, 0:32, 0:32", 1, [50, span(0, 32), span(0, 32)]],
	["50, 0:32, 0:33", 2, [50, span(0, 32), span(0, 33)]],
	["0:50, 0:32, 0:33", 4, [span(0, 50), span(0, 32), span(0, 33)]],
	[":, 0:66, 50:96", 24, [ALL, span(0, 66), span(50, 96)]],
	[":", 64, [ALL, ALL, ALL]],
	["...", 64, [ALL, ALL, ALL]],
];

/** What the cases come to: bigints by the million, so each is computed once. */
const selected = once(() => SELECTIONS.map(([, , axes]) => part(volume(), axes)));
const plusOne = once(() => mapped(volume(), (value) => value + 1n));
const timesThreePlusFive = once(() => mapped(volume(), (value) => value * 3n + 5n));

async function filled(con: Connection): Promise<{ ds: Dataset; data: Dense<BigInt64Array> }> {
	const data = volume();
	return { ds: await con.createDataset("data", { data, chunkShape: [32, 32, 32] }), data };
}

export const basics: readonly Clause[] = [
	always("a dataset says what it is", async (con) => {
		const { ds } = await filled(con);
		equal([ds.name, ds.dtype, ds.ndim, ds.size, ds.nbytes], ["data", "int64", 3, 1e6, 8e6], "name, type and sizes");
		equal(
			[ds.shape, objectShape(ds)],
			[
				[100, 100, 100],
				[32, 32, 32],
			],
			"shapes",
		);
		equal([ds.chunkGrid, ds.totalChunks], [[4, 4, 4], 64], "chunk grid");
		equal(ds.connection === con, true, "connection");
	}),
	always("hasDataset tells what exists", async (con) => {
		await con.createDataset("data", { shape: [4], dtype: "int8" });
		equal([await con.hasDataset("data"), await con.hasDataset("dat")], [true, false], "data, dat");
	}),
	always("every selection reads what NumPy reads, from the chunks it touches", async (con) => {
		const { ds } = await filled(con);
		for (const [i, [text, chunks]] of SELECTIONS.entries()) {
			const { shards, chunks: touched } = ds.explain(text);
			equal(shards ?? touched, chunks, `chunks of ${text}`);
			sameValues(await ds.get(text), selected()[i] as Dense, text);
		}
	}),
	where(lists, "after clear everything is fill value", async (con) => {
		const { ds } = await filled(con);
		await ds.clear();
		const { data } = await ds.get();
		check(
			(data as BigInt64Array).every((value) => value === 0n),
			"a value is left",
		);
		equal(
			(await keysOf(con)).filter((key) => key.startsWith("data/")),
			["data/zarr.json"],
			"objects",
		);
	}),
	always("map makes a new dataset, which can be deleted", async (con) => {
		const { ds, data } = await filled(con);
		const output = await ds.map(addOne, "output");
		sameValues(await output.get(), plusOne(), "the output");
		sameValues(await ds.get(), data, "the source");
		await output.delete();
		equal([await con.hasDataset("output"), await con.hasDataset("data")], [false, true], "output, data");
	}),
	partial("apply changes the dataset in place", async (con) => {
		const { ds } = await filled(con);
		await ds.apply(addOne);
		sameValues(await ds.get(), plusOne(), "the dataset");
	}),
	partial("unaligned slabs put together make the whole", async (con) => {
		const { ds } = await filled(con);
		const wanted = timesThreePlusFive();
		for (const [start, stop] of [
			[0, 33],
			[33, 66],
			[66, 100],
		] as const) {
			const slab = { data: wanted.data.slice(start * 1e4, stop * 1e4), shape: [stop - start, 100, 100] };
			await ds.set(`${start}:${stop}`, slab);
		}
		sameValues(await ds.get(), wanted, "the whole");
	}),
	always("a missing dataset is NOT_FOUND", async (con) => {
		await rejects(() => con.getDataset("none"), "NOT_FOUND", "getDataset");
		await rejects(() => con.deleteDataset("none"), "NOT_FOUND", "deleteDataset");
	}),
	always("a dataset is opened as it was created", async (con) => {
		const options = { shape: [5, 7], dtype: "float32", chunkShape: [2, 3], fillValue: 1.5 } as const;
		const names = ["y", null];
		await con.createDataset("a", {
			...options,
			dimensionNames: names,
			attributes: { unit: "mm", n: [1, { b: null }] },
		});
		const ds = await con.getDataset("a", { dtype: "float32" });
		equal([ds.shape, ds.dtype, objectShape(ds), ds.fillValue], [[5, 7], "float32", [2, 3], 1.5], "what it is");
		equal([ds.dimensionNames, ds.attributes], [names, { unit: "mm", n: [1, { b: null }] }], "what describes it");
		equal([ds.is("float32"), ds.is("float64")], [true, false], "is");
		await rejects(() => con.getDataset("a", { dtype: "int8" }), "INVALID_ARGUMENT", "getDataset as int8");
	}),
	always("what a closed connection wrote is there when the store is opened again", async (con, { reopen }) => {
		if (!con.supports.persistent || reopen === undefined) return;
		const data = Float64Array.from({ length: 10 }, (_, i) => i / 4);
		await con.createDataset("a/b", { data, chunkShape: [4], attributes: { kept: true } });
		await con.close();
		const again = await reopen(con);
		try {
			const ds = await again.getDataset("a/b");
			sameValues(await ds.get(), { data, shape: [10] }, "values");
			equal(ds.attributes, { kept: true }, "attributes");
		} finally {
			await again.close();
		}
	}),
];
