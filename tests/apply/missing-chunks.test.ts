import { connect, type Dataset } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { expect, test } from "vitest";
import { Lesser } from "../backends/lesser.js";

async function missingOf(ds: Dataset): Promise<string[]> {
	const missing: string[] = [];
	for await (const coords of ds.missingChunks()) missing.push(coords.join());
	return missing;
}

const LAYOUTS = [
	{ chunkShape: [2, 3] },
	{ chunkShape: [1, 3], shardShape: [2, 3] },
	{ chunkShape: [2, 3], format: 2 },
	{ chunkShape: [2, 3], chunkKeyEncoding: { name: "v2", separator: "/" } },
] as const;

test.each(LAYOUTS)("are those of the grid that are not stored: %j", async (layout) => {
	for (const list of [true, false]) {
		await using con = await connect(new Lesser(ram(), { list }));
		const ds = await con.createDataset("a", { shape: [5, 7], dtype: "int32", ...layout });
		const all = ["0,0", "0,1", "0,2", "1,0", "1,1", "1,2", "2,0", "2,1", "2,2"];
		expect(await missingOf(ds)).toEqual(all);
		await ds.set([3, 3], 1);
		await ds.set([4, 6], 1);
		expect(await missingOf(ds)).toEqual(all.filter((coords) => coords !== "1,1" && coords !== "2,2"));
		await ds.set("...", 1);
		expect(await missingOf(ds)).toEqual([]);
		await ds.set("0:2, 0:3", 0);
		expect(await missingOf(ds)).toEqual(layout === LAYOUTS[1] && (await ds.hasChunk([0, 0])) ? [] : ["0,0"]);
	}
});

test("are told one by one, however many there are", async () => {
	await using con = await connect("ram:");
	const ds = await con.createDataset("a", { shape: [2 ** 40, 2 ** 10], dtype: "int8", chunkShape: [1, 1] });
	await ds.set([0, 0], 1);
	await ds.set([2 ** 40 - 1, 1023], 1);
	const some: string[] = [];
	for await (const coords of ds.missingChunks()) if (some.push(coords.join()) === 3) break;
	expect(some).toEqual(["0,1", "0,2", "0,3"]);
});

test("a page of chunks that are all stored, and those around it", async () => {
	await using con = await connect("ram:");
	const ds = await con.createDataset("a", { shape: [10_000], dtype: "int8", chunkShape: [1] });
	await ds.set("10:9990", 1);
	await ds.chunk([5000]).delete();
	const wanted = [...Array(10).keys(), 5000, ...Array.from({ length: 10 }, (_, i) => 9990 + i)];
	expect(await missingOf(ds)).toEqual(wanted.map(String));
});

test("are not told of a closed connection, by a cancelled call, or with options that there are not", async () => {
	const con = await connect("ram:");
	const ds = await con.createDataset("a", { shape: [5], dtype: "int8", chunkShape: [1] });
	const next = (options?: object): Promise<unknown> => ds.missingChunks(options).next();
	await expect(next({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
	await expect(next({ stored: true })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	await con.close();
	await expect(next()).rejects.toMatchObject({ code: "CLOSED" });
});
