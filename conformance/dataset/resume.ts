import { isStoreError } from "../../src/errors.js";
import { check, equal, rejects } from "../expect.js";
import { counting, sameValues } from "./arrays.js";
import { always, type Clause, collect, failureOf, keysOf, lists, partial, where, writesParts } from "./fixture.js";
import { addOne, windowSum } from "./kernels.js";
import { Failing, through } from "./stores.js";

/** Values of an array of 40 in chunks of 4. */
const FORTY = { data: counting([40]), chunkShape: [4] };

function plusOne(): Int32Array {
	return Int32Array.from(counting([40]).data as Int32Array, (value) => value + 1);
}

export const resume: readonly Clause[] = [
	where(
		(con) => writesParts(con) && lists(con),
		"an apply that was interrupted goes on, changes every chunk once, and leaves nothing behind",
		async (con) => {
			for (const [n, last] of [0, 1, 3, 9].entries()) {
				const name = `a${n}`;
				const ds = await con.createDataset(name, FORTY);
				const before = await keysOf(con);
				const store = new Failing(con.backend);
				const other = await (await through(con, store)).getDataset(name);
				const chunk = ds.chunk([last]).key;
				store.fails = (operation, key) => (operation === "put" && key === chunk ? "NO_SPACE" : undefined);
				await rejects(() => other.apply(addOne), "NO_SPACE", "apply");
				const isBegun = (await keysOf(con)).length > before.length;
				if (isBegun) {
					await rejects(() => ds.apply(addOne), "CONFLICT", "another apply");
					await rejects(() => ds.apply(windowSum, { resume: true }), "INVALID_ARGUMENT", "another kernel");
				}
				await ds.apply(addOne, isBegun ? { resume: true } : {});
				sameValues(await ds.get(), { data: plusOne(), shape: [40] }, "values");
				equal(await keysOf(con), before, "objects");
			}
		},
	),
	where(
		(con) => writesParts(con) && lists(con),
		"an apply with a halo that was interrupted goes on from the original values",
		async (con) => {
			const options = { halo: 1, boundary: "constant" } as const;
			const ds = await con.createDataset("a", FORTY);
			const before = await keysOf(con);
			const store = new Failing(con.backend);
			const other = await (await through(con, store)).getDataset("a");
			const { key: chunk } = ds.chunk([5]);
			for (const place of [chunk.replace("a/", "values/"), chunk]) {
				store.fails = (operation, key) => (operation === "put" && key.endsWith(place) ? "NO_SPACE" : undefined);
				await rejects(
					() => other.apply(windowSum, { resume: true, ...options }),
					"NO_SPACE",
					`apply, refused ${place}`,
				);
			}
			await ds.apply(windowSum, { resume: true, ...options });
			const wanted = Int32Array.from({ length: 40 }, (_, i) => 3 * (i + 1) - (i === 39 ? 41 : 0));
			sameValues(await ds.get(), { data: wanted, shape: [40] }, "values");
			equal(await keysOf(con), before, "objects");
		},
	),
	where(
		(con) => writesParts(con) && lists(con),
		"an apply that was interrupted is forgotten where that is asked for, and goes with its dataset",
		async (con) => {
			const store = new Failing(con.backend);
			let chunk = "";
			store.fails = (operation, key) => (operation === "put" && key === chunk ? "NO_SPACE" : undefined);
			const other = await through(con, store);
			for (const way of ["anew", "deleted"]) {
				const ds = await con.createDataset("a", { ...FORTY, ifExists: "replace" });
				chunk = ds.chunk([7]).key;
				const before = await keysOf(con);
				const error = await failureOf(async () => (await other.getDataset("a")).apply(addOne, { resume: true }));
				check(isStoreError(error, "NO_SPACE"), `NO_SPACE expected, but got ${error}`);
				check(error.message.includes("resume: true"), `the message does not say how to go on: ${error.message}`);
				const kinds = (await ds.verify()).findings.map(({ kind }) => kind);
				equal(kinds, ["unfinished"], "findings");
				const there = (await ds.get()).data as Int32Array;
				if (way === "anew") {
					await ds.apply(addOne, { resume: false });
					sameValues(await ds.get(), { data: there.map((value) => value + 1), shape: [40] }, "values");
					equal(await keysOf(con), before, "objects");
				} else {
					await ds.delete();
					equal(
						(await keysOf(con)).filter((key) => key.startsWith("a/")),
						[],
						"objects",
					);
				}
			}
		},
	),
	where(lists, "a map that was interrupted goes on, and what is stored is not done again", async (con) => {
		const ds = await con.createDataset("a", FORTY);
		const store = new Failing(con.backend);
		const other = await (await through(con, store)).getDataset("a");
		const chunk = ds.chunk([6]).key.replace("a/", "b/");
		store.fails = (operation, key) => (operation === "put" && key === chunk ? "NO_SPACE" : undefined);
		await rejects(() => other.map(addOne, "b", { resume: true }), "NO_SPACE", "map");
		const half = await con.getDataset("b");
		check("tesserae_unfinished" in half.attributes, "what is half full does not say so");
		const left = (await collect(half.missingChunks())).length;
		await rejects(() => ds.map(windowSum, "b", { resume: true }), "INVALID_ARGUMENT", "another kernel");
		await rejects(() => ds.map(addOne, "b", { resume: true, dtype: "int64" }), "ALREADY_EXISTS", "another type");
		const totals: number[] = [];
		const whole = await ds.map(addOne, "b", { resume: true, onProgress: ({ total }) => totals.push(total) });
		sameValues(await whole.get(), { data: plusOne(), shape: [40] }, "values");
		equal([totals.length, ...new Set(totals)], [left, left], "chunks done");
		equal((await con.getDataset("b")).attributes, {}, "attributes");
		await rejects(() => ds.map(addOne, "b", { resume: true }), "ALREADY_EXISTS", "a map that is complete");
	}),
	always("missingChunks are those that are not stored", async (con) => {
		const ds = await con.createDataset("a", { shape: [5, 6], dtype: "int32", chunkShape: [2, 3] });
		const missing = async (): Promise<string[]> => (await collect(ds.missingChunks())).map(String);
		equal(await missing(), ["0,0", "0,1", "1,0", "1,1", "2,0", "2,1"], "of an empty dataset");
		await ds.set("2:4, 3:", 1);
		await ds.set("4:, :3", 1);
		equal(await missing(), ["0,0", "0,1", "1,0", "2,1"], "where some are stored");
		await ds.set("...", 1);
		equal(await missing(), [], "of a full dataset");
	}),
	partial("apply changes what is written between two of its calls, too", async (con) => {
		const ds = await con.createDataset("a", FORTY);
		await ds.apply(addOne);
		await ds.set("3:6", 0);
		await ds.apply(addOne, { resume: true });
		const wanted = plusOne().map((value, i) => (i >= 3 && i < 6 ? 1 : value + 1));
		sameValues(await ds.get(), { data: wanted, shape: [40] }, "values");
	}),
];
