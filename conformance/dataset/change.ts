import type { Connection } from "../../src/connection.js";
import { equal, rejects } from "../expect.js";
import { counting, noise, part, sameValues, span } from "./arrays.js";
import { always, type Clause, keysOf, lists, objectShape, partial, requestsOf, where, writesParts } from "./fixture.js";

const removable: Clause["needs"] = (con) => lists(con) && writesParts(con);

export const change: readonly Clause[] = [
	where(removable, "what a shrinking cuts off never comes back", async (con) => {
		const ds = await con.createDataset("a", { data: counting([10, 10]), chunkShape: [4, 4], fillValue: -1 });
		await ds.resize([5, 6]);
		equal(
			[ds.shape, ds.chunkGrid],
			[
				[5, 6],
				[2, 2],
			],
			"shape and grid",
		);
		sameValues(await ds.get(), part(counting([10, 10]), [span(0, 5), span(0, 6)]), "after shrinking");
		equal((await keysOf(con)).filter((key) => key.startsWith("a/c")).length, 4, "chunks left");
		await ds.resize([10, 10]);
		const wanted = { data: new Int32Array(100).fill(-1), shape: [10, 10] };
		for (let y = 0; y < 5; y++) for (let x = 0; x < 6; x++) wanted.data[10 * y + x] = 10 * y + x + 1;
		sameValues(await ds.get(), wanted, "after growing again");
		sameValues(await (await con.getDataset("a")).get(), wanted, "opened again");
	}),
	where(removable, "resize to nothing and back leaves fill value", async (con) => {
		const ds = await con.createDataset("a", { data: counting([5]), chunkShape: [2] });
		await ds.resize([0]);
		equal([ds.shape, (await ds.get()).shape], [[0], [0]], "shapes");
		await ds.resize([5]);
		sameValues(await ds.get(), { data: new Int32Array(5), shape: [5] }, "values");
	}),
	always("growing costs a change of metadata only", async (con) => {
		const ds = await con.createDataset("a", { data: counting([4]), chunkShape: [2] });
		const asked = await requestsOf(con, () => ds.resize([1e9]));
		equal([asked.put + asked.commit, asked.delete, asked.list], [1, 0, 0], "put, delete, list");
		equal([await ds.at(3), await ds.at(-1)], [4, 0], "values");
	}),
	always("a shape that is none is refused", async (con) => {
		const ds = await con.createDataset("a", { data: counting([4]) });
		for (const shape of [[], [1, 1], [-1], [1.5], [Number.NaN], [2 ** 60]])
			await rejects(() => ds.resize(shape), "INVALID_ARGUMENT", `[${shape.join(", ")}]`);
		equal((await ds.refresh()).shape, [4], "shape");
	}),
	partial("append grows the dataset and returns where", async (con) => {
		const ds = await con.createDataset("a", { data: counting([3, 4]), chunkShape: [2, 3] });
		equal(await ds.append({ data: Int32Array.from(span(13, 25)), shape: [3, 4] }), 3, "offset");
		sameValues(await ds.get(), counting([6, 4]), "after the first");
		equal(await ds.append([[0], [0], [0], [0], [0], [9]], -1), 4, "offset along the last axis");
		equal([ds.shape, await ds.at(5, 4), await ds.at(5, 3)], [[6, 5], 9, 24], "after the second");
		await rejects(() => ds.append([[1, 2]]), "INVALID_ARGUMENT", "another row length");
		await rejects(() => ds.append([1, 2, 3, 4, 5]), "INVALID_ARGUMENT", "another rank");
		for (const axis of [2, -3, 0.5])
			await rejects(() => ds.append(counting([6, 5]), axis), "INVALID_ARGUMENT", `axis ${axis}`);
		equal((await ds.refresh()).shape, [6, 5], "shape after all");
	}),
	partial("refresh sees what others did to the metadata", async (con) => {
		const ds = await con.createDataset("a", { data: counting([4]), chunkShape: [3] });
		const other = await con.getDataset("a");
		await other.append([5, 6]);
		await other.setAttributes({ x: 1 });
		equal([ds.shape, ds.attributes], [[4], {}], "before");
		equal((await ds.refresh()) === ds, true, "refresh returns the dataset");
		equal([ds.shape, ds.attributes], [[6], { x: 1 }], "after");
		sameValues(await ds.get(), counting([6]), "values");
		await other.delete();
		await rejects(() => ds.refresh(), "NOT_FOUND", "refresh of a deleted one");
	}),
	always("load fills a dataset from values, which broadcast", async (con) => {
		const ds = await con.createDataset("a", { shape: [3, 5], dtype: "float32", chunkShape: [2, 2] });
		await ds.load([1, 2, 3, 4, 5]);
		sameValues(
			await ds.get(),
			{ data: Float32Array.from([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5]), shape: [3, 5] },
			"a row",
		);
		await rejects(() => ds.load([1, 2]), "INVALID_ARGUMENT", "what does not broadcast");
		await rejects(() => ds.load("x" as never), "INVALID_ARGUMENT", "no array");
	}),
	always("load copies another dataset, whatever its chunks and type", async (con) => {
		const data = { data: Int16Array.from(noise(35, -99, 99)), shape: [5, 7] };
		const source = await con.createDataset("source", { data, chunkShape: [3, 2] });
		const wide = await con.createDataset("wide", { shape: [5, 7], dtype: "float64", chunkShape: [2, 5] });
		await wide.load(source);
		sameValues(await wide.get(), { data: Float64Array.from(data.data), shape: [5, 7] }, "as float64");
		const back = await con.createDataset("back", { data: wide, dtype: "int16", chunkShape: [4, 4] });
		sameValues(await back.get(), data, "and back");
		equal([back.dtype, objectShape(back)], ["int16", [4, 4]], "type and chunks");
		const like = await con.createDataset("like", { data: source });
		equal([like.dtype, like.shape], ["int16", [5, 7]], "type and shape of the source");
		await rejects(
			() => con.createDataset("x", { data: wide, dtype: "uint8" }),
			"INVALID_ARGUMENT",
			"what does not fit",
		);
		equal(await con.hasDataset("x"), false, "a dataset that could not be filled");
		const small = await con.createDataset("small", { shape: [5, 6], dtype: "int16" });
		await rejects(() => small.load(source), "INVALID_ARGUMENT", "another shape");
	}),
	where(
		lists,
		"load of a dataset that is encoded alike copies its objects, and goes on with those left",
		async (con) => {
			const options = { dtype: "int32", chunkShape: [2, 3], fillValue: -1 } as const;
			const source = await con.createDataset("source", { data: counting([7, 8]), ...options });
			const target = await con.createDataset("target", { shape: [7, 8], ...options });
			await target.load(7);
			const [first] = await objectsOf(con, "source");
			await con.backend.delete([`source/${first?.[0]}`]);
			await con.barrier();
			await target.load(source);
			const copied = await objectsOf(con, "source");
			equal(await objectsOf(con, "target"), copied, "objects");
			await con.barrier();
			const [lost, kept] = copied.map(([key]) => `target/${key}`) as [string, string];
			await con.backend.delete([lost]);
			await con.backend.put(kept, new Uint8Array(9));
			await con.barrier();
			await target.load(source, { resume: true });
			const after = copied.map(([key, bytes]) => [key, `target/${key}` === kept ? String(new Uint8Array(9)) : bytes]);
			equal(await objectsOf(con, "target"), after, "objects after it went on");
		},
	),
	where(lists, "clone copies what a dataset is, and its values where asked", async (con) => {
		const options = { chunkShape: [3, 2], fillValue: 7, attributes: { a: [1] }, dimensionNames: ["y", "x"] } as const;
		const ds = await con.createDataset("a", { data: counting([4, 5]), codecs: ["gzip"], ...options });
		await ds.deleteChunk([1, 1]);
		const bare = await ds.clone("bare");
		equal([bare.shape, bare.dtype, objectShape(bare), bare.fillValue], [[4, 5], "int32", [3, 2], 7], "what it is");
		equal(
			[bare.attributes, bare.dimensionNames, bare.codecs],
			[ds.attributes, ds.dimensionNames, ds.codecs],
			"the rest",
		);
		sameValues(await bare.get(), { data: new Int32Array(20).fill(7), shape: [4, 5] }, "values of a bare clone");
		const full = await ds.clone("group/full", { data: true });
		sameValues(await full.get(), await ds.get(), "values of a full clone");
		await full.set("...", 0);
		sameValues(await ds.get("0"), { data: Int32Array.of(1, 2, 3, 4, 5), shape: [5] }, "the source after a change");
		await rejects(() => ds.clone("bare"), "ALREADY_EXISTS", "a name that is taken");
	}),
];

/** The objects of a dataset but its metadata: what each is called below it, and its bytes. */
async function objectsOf(con: Connection, name: string): Promise<[key: string, bytes: string][]> {
	const keys = (await keysOf(con)).filter((key) => key.startsWith(`${name}/`) && !/zarr\.json$|\.z[a-z]+$/.test(key));
	return Promise.all(
		keys.map(async (key) => [key.slice(name.length + 1), String((await con.backend.get(key))?.parts[0])]),
	);
}
