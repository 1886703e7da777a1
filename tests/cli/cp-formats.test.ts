/** Copies between formats, shards, chunks and codecs, and what of them is copied without decoding. */
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "tesserae";
import { describe, expect, it } from "vitest";
import { output, temporaryDirectory, tesserae } from "./command-line.js";

const FAST = ["-O", "durability=none"];
const values = { data: Float32Array.from({ length: 80 }, (_, i) => i * 1.5 - 7), shape: [8, 10] };

/** Groups with attributes, a nested dataset in order F, a sharded one and one of which a chunk does not decode. */
async function makeTree(cwd: string): Promise<void> {
	const con = await connect(`file:${cwd}/s.zarr`, { durability: "none" });
	await con.createGroup("g", { attributes: { who: "me", wide: 2n ** 60n } });
	const like = { data: values, chunkShape: [4, 4], dimensionNames: ["y", "x"], attributes: { unit: "µm" } };
	const reversed = { name: "transpose", configuration: { order: [1, 0] } };
	const zstd = { name: "zstd", configuration: { level: 1, checksum: false } };
	await con.createDataset("g/h/f", { ...like, codecs: [reversed, "bytes", "blosc"], fillValue: Number.NaN });
	await con.createDataset("g/sharded", { ...like, chunkShape: [2, 5], shardShape: [4, 10], codecs: ["bytes", zstd] });
	const broken = await con.createDataset("broken", { ...like, codecs: ["bytes", zstd] });
	await con.backend.put(broken.chunk([1, 1]).key, Uint8Array.of(1, 2, 3));
	await con.close();
}

async function filesOf(directory: string): Promise<Map<string, string>> {
	const entries = await readdir(directory, { recursive: true, withFileTypes: true });
	const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith(".tesserae"));
	const paths = files.map((entry) => join(entry.parentPath, entry.name));
	const read = paths.map(async (path) => [path.slice(directory.length + 1), await readFile(path, "hex")] as const);
	return new Map((await Promise.all(read)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe("tesserae cp --format", () => {
	it("carries a tree into format 2 and back: the same values, metadata, and chunks as they are", async () => {
		const cwd = await temporaryDirectory();
		await makeTree(cwd);
		await output(["cp", "-r", "s.zarr", "two.zarr", "--format", "2", ...FAST], { cwd });
		const onward = [["three.zarr", "--format", "3"], ["again.zarr"]];
		await Promise.all(onward.map((to) => output(["cp", "-r", "two.zarr", ...to, ...FAST], { cwd })));
		const [source, two, three, again] = await Promise.all(
			["s.zarr", "two.zarr", "three.zarr", "again.zarr"].map((name) => filesOf(join(cwd, name))),
		);
		expect([...(two?.keys() ?? [])].filter((name) => !/\d$/.test(name))).toEqual([
			...[".zattrs", ".zgroup", "broken/.zarray", "broken/.zattrs", "g/.zattrs", "g/.zgroup", "g/h/.zgroup"],
			...["g/h/f/.zarray", "g/h/f/.zattrs", "g/sharded/.zarray", "g/sharded/.zattrs"],
		]);
		expect(JSON.parse(Buffer.from(two?.get("g/h/f/.zarray") ?? "", "hex").toString())).toMatchObject({
			order: "F",
			fill_value: "NaN",
		});
		for (const [key, bytes] of source ?? [])
			if (/^(broken|g\/h\/f)\/c\//.test(key)) {
				expect(two?.get(key.replace("c/", "").replace(/(\d+)\/(\d+)$/, "$1.$2")), key).toBe(bytes);
				expect(three?.get(key), key).toBe(bytes);
			}
		expect(again).toEqual(two);
		const con = await connect(`file:${cwd}/three.zarr`, { mode: "r" });
		expect((await con.group("g")).attributes).toEqual({ who: "me", wide: 2n ** 60n });
		for (const name of ["g/h/f", "g/sharded"]) {
			const dataset = await con.getDataset(name);
			expect([...(await dataset.get()).data]).toEqual([...values.data]);
			expect(dataset).toMatchObject({ attributes: { unit: "µm" }, dimensionNames: ["y", "x"], shardShape: undefined });
		}
		expect((await con.verify()).datasets.map(({ ok }) => ok)).toEqual([false, true, true]);
		await con.close();
	});

	it("keeps an undefined fill value in format 2, and reads zero in format 3", async () => {
		const cwd = await temporaryDirectory();
		const source = await connect(`file:${cwd}/s.zarr`, { durability: "none" });
		await source.createDataset("a", { format: 2, shape: [4], chunkShape: [2], dtype: "int8", fillValue: null });
		await (await source.getDataset("a")).set([1], 5);
		await source.close();
		await output(["cp", "s.zarr#a", "two.zarr#a", ...FAST], { cwd });
		await output(["cp", "s.zarr#a", "three.zarr#a", "--format", "3", ...FAST], { cwd });
		expect(JSON.parse(await readFile(join(cwd, "two.zarr/a/.zarray"), "utf8"))).toMatchObject({ fill_value: null });
		const con = await connect(`file:${cwd}/three.zarr`, { mode: "r" });
		const copy = await con.getDataset("a");
		expect([copy.format, copy.fillValue, ...(await copy.get()).data]).toEqual([3, 0, 0, 5, 0, 0]);
		await con.close();
	});

	it("makes shards, chunks, codecs and keys as it is told, and keeps the rest", async () => {
		const cwd = await temporaryDirectory();
		await makeTree(cwd);
		const copies: readonly (readonly [object, readonly string[]])[] = [
			[{ chunkShape: [2, 5], shardShape: [4, 10], format: 3 }, []],
			[{ chunkShape: [2, 5], shardShape: [8, 10] }, ["--shards", "auto"]],
			[{ chunkShape: [2, 5], shardShape: undefined }, ["--shards", "none"]],
			[{ chunkShape: [2, 2], shardShape: [4, 4] }, ["--chunks", "2", "--shards", "4"]],
			[{ chunkShape: [3, 3], shardShape: undefined }, ["--chunks", "3", "--codecs", "gzip", "--chunk-keys", "v2/"]],
			[{ format: 2, chunkKeyEncoding: { name: "v2", separator: "/" } }, ["--format", "2", "--chunk-keys", "v2/"]],
		];
		await Promise.all(copies.map(([, o], n) => output(["cp", "s.zarr#g/sharded", `t${n}.sqlite#a`, ...o], { cwd })));
		for (const [n, [described]] of copies.entries()) {
			const con = await connect(`sqlite:${cwd}/t${n}.sqlite`, { mode: "r" });
			const dataset = await con.getDataset("a");
			expect(dataset, String(n)).toMatchObject({ ...described, dimensionNames: ["y", "x"] });
			expect([...(await dataset.get()).data]).toEqual([...values.data]);
			expect(dataset.codecs.map(({ name }) => name)).toEqual(n === 4 ? ["bytes", "gzip"] : ["bytes", "zstd"]);
			await con.close();
		}
		const created = ["create", "t0.sqlite#new", "--shape", "8,8", "--dtype", "int8", "--json"];
		const made = JSON.parse(await output([...created, "--chunks", "2", "--shards", "4"], { cwd }));
		expect(made).toMatchObject({ chunkShape: [2, 2], shardShape: [4, 4] });
		await output([...created.with(1, "two.zarr#g/a"), "--format", "2", "--chunk-keys", "v2/"], { cwd });
		expect((await readdir(join(cwd, "two.zarr/g"))).sort()).toEqual([".zgroup", "a"]);
		const wrong = [
			["--format", "4"],
			["--shards", "x"],
			["--chunk-keys", "v3"],
		];
		const runs = await Promise.all(wrong.map((o) => tesserae(["cp", "s.zarr#broken", "t0.sqlite#b", ...o], { cwd })));
		expect(runs.map(({ status }) => status)).toEqual([2, 2, 2]);
	});

	it("goes on with a copy of bytes that was interrupted, to the same bytes", async () => {
		const cwd = await temporaryDirectory();
		await makeTree(cwd);
		const args = ["cp", "s.zarr#broken", "whole.zarr#broken", "--format", "2", ...FAST];
		await output(args, { cwd });
		await cp(join(cwd, "whole.zarr"), join(cwd, "part.zarr"), { recursive: true });
		const part = await connect(`file:${cwd}/part.zarr`);
		const mark = { source: `file:${cwd}/s.zarr#broken`, since: "2026-01-01T00:00:00Z" };
		await (await part.getDataset("broken")).setAttributes({ tesserae_unfinished: mark });
		await part.close();
		for (const chunk of ["0.1", "1.1", "1.2"]) await rm(join(cwd, "part.zarr/broken", chunk));
		await writeFile(join(cwd, "part.zarr/broken/0.0"), "finished");
		await output([...args.with(2, "part.zarr#broken"), "--resume"], { cwd });
		const [whole, resumed] = await Promise.all(["whole.zarr", "part.zarr"].map((name) => filesOf(join(cwd, name))));
		expect(resumed?.get("broken/0.0"), "a finished chunk is not copied again").toBe(
			Buffer.from("finished").toString("hex"),
		);
		const others = (files = new Map<string, string>()) => [...files].filter(([key]) => key !== "broken/0.0");
		expect(others(resumed)).toEqual(others(whole));
	});
});
