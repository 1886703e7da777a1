import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type ArrayLike, connect, type Dataset, type NdArray, ndArray } from "tesserae";
import { openAny, writeHdf5, writeNpy } from "tesserae/files";
import { describe, expect, it, onTestFinished } from "vitest";
import { mountSmall } from "../backends/small-disk.js";
import { output, start, temporaryDirectory, tesserae } from "./command-line.js";

/** Values that are all different, with their lowest bits in use. */
function counted(shape: readonly number[]): NdArray<"float32"> {
	const size = shape.reduce((n, length) => n * length, 1);
	return ndArray<"float32">(
		Float32Array.from({ length: size }, (_, i) => i * 1.25 + 1),
		shape,
	);
}

async function within<T>(
	target: string,
	work: (dataset: (name: string) => Promise<Dataset>) => Promise<T>,
): Promise<T> {
	const con = await connect(target, { mode: "r" });
	try {
		return await work((name) => con.getDataset(name));
	} finally {
		await con.close();
	}
}

async function valuesOf(target: string, name: string): Promise<unknown[]> {
	return within(target, async (dataset) => [...((await (await dataset(name)).get()).data as Iterable<unknown>)]);
}

/** A store with datasets to copy. */
async function makeStore(target: string, datasets: { readonly [name: string]: ArrayLike }): Promise<void> {
	const con = await connect(target, { durability: "none" });
	const [dimensionNames, attributes] = [["y", "x"], { unit: "µm", nested: { wide: 2n ** 60n } }];
	for (const [name, data] of Object.entries(datasets))
		await con.createDataset(name, { data, chunkShape: [4, 4], dimensionNames, attributes, codecs: ["bytes", "gzip"] });
	await con.close();
}

/** For what need not outlive the machine. */
const FAST = ["-O", "durability=none"];

async function failure(args: readonly string[], options: { readonly cwd: string }): Promise<string> {
	const { status, stdout, stderr } = await tesserae(args, options);
	expect({ status, stdout, lines: stderr.split("\n").length }).toEqual({ status: 1, stdout: "", lines: 2 });
	return stderr.trim();
}

describe("tesserae cp", () => {
	it("carries values through every store and format and back, bit for bit", async () => {
		const cwd = await temporaryDirectory();
		await writeNpy(join(cwd, "a.npy"), counted([9, 7, 5]));
		const places = ["a.npy", "s.sqlite#deep/a", "z.zarr#a", "a.h5#/entry/data", "a.npz#x", "b.npy", "f.h5", "c.npy"];
		for (const [n, place] of places.slice(1).entries()) {
			const chunks = place.endsWith("npy") || place.endsWith("x") ? [] : ["--chunks", "4,3,2"];
			expect(await output(["cp", places[n] as string, place, ...chunks, ...FAST], { cwd })).toBe("");
		}
		expect(await readFile(join(cwd, "c.npy"))).toEqual(await readFile(join(cwd, "a.npy")));
		expect((await readdir(cwd)).filter((name) => name.includes("tmp"))).toEqual([]);
		expect((await openAny(join(cwd, "a.h5#/entry/data"))).chunkShape).toEqual([4, 3, 2]);
	});

	it("keeps what describes a dataset, unless it is told otherwise", async () => {
		const cwd = await temporaryDirectory();
		await makeStore(`file:${cwd}/s.zarr`, { a: counted([10, 9]) });
		const told = ["--chunks", "3", "--codecs", "crc32c", "--dtype", "float64", "--fill", "-1"];
		const copies = [
			["s.zarr#a", "t.sqlite#same"],
			["s.zarr#a", "t.sqlite#other", ...told],
			["s.zarr#a[1, ::-2]", "t.sqlite#part"],
			["s.zarr#a", "a.h5"],
		];
		await Promise.all(copies.map((args) => output(["cp", ...args], { cwd })));
		await output(["cp", "a.h5", "t.sqlite#h5"], { cwd });
		await within(`sqlite:${cwd}/t.sqlite`, async (dataset) => {
			const same = await dataset("same");
			expect(same).toMatchObject({ chunkShape: [4, 4], dimensionNames: ["y", "x"], fillValue: 0 });
			expect(same.codecs.map(({ name }) => name)).toEqual(["bytes", "gzip"]);
			expect(same.attributes).toEqual({ unit: "µm", nested: { wide: 2n ** 60n } });
			const other = await dataset("other");
			expect(other).toMatchObject({ chunkShape: [3, 3], dtype: "float64", fillValue: -1, attributes: same.attributes });
			expect(other.codecs.map(({ name }) => name)).toEqual(["bytes", "crc32c"]);
			expect(await dataset("part")).toMatchObject({ shape: [5], dimensionNames: ["x"] });
			const h5 = await dataset("h5");
			expect(h5).toMatchObject({ chunkShape: [4, 4], dimensionNames: ["y", "x"], attributes: same.attributes });
			const values = [...counted([10, 9]).data];
			for (const { data } of [await same.get(), await other.get(), await h5.get()]) expect([...data]).toEqual(values);
			expect([...(await (await dataset("part")).get()).data]).toEqual([17, 15, 13, 11, 9].map((i) => i * 1.25 + 1));
		});
	});

	it("writes selections as pictures and text, and reads parts of files", async () => {
		const cwd = await temporaryDirectory();
		await writeNpy(join(cwd, "a.npy"), counted([3, 4, 2]));
		await output(["cp", "a.npy#[1, :, :]", "a.csv", "--header"], { cwd });
		expect(await readFile(join(cwd, "a.csv"), "utf8")).toBe("0,1\n11,12.25\n13.5,14.75\n16,17.25\n18.5,19.75\n");
		await output(["cp", "a.npy#[1, :, :]", "s.zarr#a"], { cwd });
		expect(await valuesOf(`file:${cwd}/s.zarr`, "a")).toEqual([11, 12.25, 13.5, 14.75, 16, 17.25, 18.5, 19.75]);
		const look = ["--colormap", "viridis", "--percentiles", "0,100"];
		await output(["cp", "s.zarr#a", "a.png", ...look], { cwd });
		const { decode } = await import("fast-png");
		const png = decode(await readFile(join(cwd, "a.png")));
		expect([png.width, png.height, png.channels]).toEqual([2, 4, 3]);
		expect([...png.data.slice(0, 3), ...png.data.slice(-3)]).toEqual([0x44, 0x01, 0x54, 0xfd, 0xe7, 0x25]);
	});

	it("reads NIfTI as it is stored, or scaled", async () => {
		const cwd = await temporaryDirectory();
		await writeFile(join(cwd, "a.nii"), niftiOf(4, Int16Array.of(1, 2, 3, 4, 5, 6)));
		const copies = [["s.zarr#raw"], ["s.zarr#scaled", "--scaled"]];
		await Promise.all(copies.map((args) => output(["cp", "a.nii", ...args], { cwd })));
		expect(await valuesOf(`file:${cwd}/s.zarr`, "raw")).toEqual([1, 4, 2, 5, 3, 6]);
		expect(await valuesOf(`file:${cwd}/s.zarr`, "scaled")).toEqual([12, 18, 14, 20, 16, 22]);
	});

	it("copies a store with its groups, beside what is there, and tells it as JSON", async () => {
		const cwd = await temporaryDirectory();
		await makeStore(`file:${cwd}/s.zarr`, {
			top: counted([5, 5]),
			"g/one": counted([6, 3]),
			"g/h/two": counted([2, 2]),
		});
		const con = await connect(`file:${cwd}/s.zarr`);
		await (await con.group("g")).setAttributes({ who: "me" });
		await con.createGroup("g/empty", { attributes: { n: 1 } });
		await con.close();
		await makeStore(`sqlite:${cwd}/t.sqlite`, { kept: counted([1, 1]) });
		const told = JSON.parse(await output(["cp", "-r", "--json", "s.zarr", "t.sqlite#in"], { cwd }));
		expect(told.datasets.map((dataset: { name: string }) => dataset.name)).toEqual([
			"in/g/h/two",
			"in/g/one",
			"in/top",
		]);
		await within(`sqlite:${cwd}/t.sqlite`, async (dataset) => {
			expect([...(await (await dataset("in/g/one")).get()).data]).toEqual([...counted([6, 3]).data]);
			expect(await dataset("in/g/h/two")).toMatchObject({ dimensionNames: ["y", "x"], chunkShape: [4, 4] });
			expect(await dataset("kept")).toBeDefined();
		});
		const copied = await connect(`sqlite:${cwd}/t.sqlite`, { mode: "r" });
		onTestFinished(() => copied.close());
		expect((await copied.group("in/g")).attributes).toEqual({ who: "me" });
		expect((await copied.group("in/g/empty")).attributes).toEqual({ n: 1 });
		expect((await copied.group("in")).attributes).toEqual({});
		expect(await failure(["cp", "-r", "s.zarr#g", "t.sqlite#in/g"], { cwd })).toMatch(/ALREADY_EXISTS.*in\/g.*replace/);
		await output(["cp", "-r", "s.zarr#g", "t.sqlite#in/g", "--if-exists", "replace", "--chunks", "1"], { cwd });
		expect((await copied.getDataset("in/g/one")).chunkShape).toEqual([1, 1]);
	});

	it("replaces nothing unless it is told to", async () => {
		const cwd = await temporaryDirectory();
		await makeStore(`file:${cwd}/s.zarr`, { a: counted([3, 3]), b: counted([2, 2]) });
		await writeFile(join(cwd, "a.npy"), "mine");
		const refused: readonly (readonly [RegExp, ...string[]])[] = [
			[/ALREADY_EXISTS.*--if-exists replace/, "s.zarr#a", "s.zarr#b"],
			[/ALREADY_EXISTS.*--if-exists replace/, "s.zarr#a", "a.npy"],
			[/INVALID_ARGUMENT.*onto itself/, "s.zarr#a", "s.zarr#a", "--if-exists", "replace"],
			[/INVALID_ARGUMENT.*into itself/, "-r", "s.zarr", "s.zarr#in"],
		];
		const said = await Promise.all(refused.map(([, ...args]) => failure(["cp", ...args], { cwd })));
		for (const [n, [message]] of refused.entries()) expect(said[n]).toMatch(message);
		expect(await readFile(join(cwd, "a.npy"), "utf8")).toBe("mine");
		expect(await valuesOf(`file:${cwd}/s.zarr`, "b")).toEqual([1, 2.25, 3.5, 4.75]);
		const replace = ["--if-exists", "replace"];
		await Promise.all(["s.zarr#b", "a.npy"].map((to) => output(["cp", "s.zarr#a", to, ...replace], { cwd })));
		expect(await valuesOf(`file:${cwd}/s.zarr`, "b")).toEqual([...counted([3, 3]).data]);
		expect((await openAny(join(cwd, "a.npy"))).shape).toEqual([3, 3]);
	});
});

describe("tesserae cp of bad input", () => {
	it("says what is wrong in one line, and makes nothing", async () => {
		const cwd = await temporaryDirectory();
		const at = (name: string): string => join(cwd, name);
		await writeNpy(at("a.npy"), counted([4, 4]));
		await writeNpy(at("objects.npy"), counted([8]));
		await replaceBytes(at("objects.npy"), "'<f4'", "'|O' ");
		await writeFile(at("strange.nii"), niftiOf(1536, Int16Array.of(1, 2, 3, 4, 5, 6)));
		await writeHdf5(at("cut.h5"), counted([64, 64]), undefined, { chunkShape: [8, 8] });
		await truncate(at("cut.h5"), (await stat(at("cut.h5"))).size >> 1);
		await writeFile(at("filter.h5"), gunzipSync(Buffer.from(COMPRESSED_BY_LZF, "base64")));
		await writeFile(at("a.xyz"), "1 2 3");
		await makeStore(`file:${cwd}/s.zarr`, { "g/a": counted([3, 3]) });
		const cases: readonly (readonly [string, string, RegExp])[] = [
			["objects.npy", "t.zarr#a", /^tesserae: UNSUPPORTED: objects.npy.*pickle/],
			["cut.h5", "t.zarr#a", /^tesserae: CORRUPT: .*cut.h5/],
			["filter.h5", "t.zarr#a", /^tesserae: UNSUPPORTED: .*filter.h5.*lzf.*gzip/],
			["strange.nii", "t.zarr#a", /^tesserae: UNSUPPORTED: strange.nii.*1536/],
			["a.xyz", "t.zarr#a", /^tesserae: INVALID_ARGUMENT: a.xyz: the ending.*\.npy/],
			["a.npy", "t.xyz", /^tesserae: INVALID_ARGUMENT: t.xyz: the ending.*\.png/],
			["missing.npy", "t.zarr#a", /^tesserae: NOT_FOUND: missing.npy/],
			["missing.zarr#a", "t.zarr#a", /^tesserae: NOT_FOUND: .*missing.zarr/],
			["s.zarr#b", "t.zarr#a", /^tesserae: NOT_FOUND: .*"b".*"g\/a"/],
			["s.zarr#g", "t.zarr#a", /^tesserae: INVALID_ARGUMENT: .*--recursive/],
			["s.zarr#g/a[9]", "t.zarr#a", /^tesserae: OUT_OF_BOUNDS: .*9/],
			["a.npy", "none/a.npy", /^tesserae: NOT_FOUND: .*no directory none/],
			["s.zarr#g/a[0]", "a.png", /^tesserae: INVALID_ARGUMENT: .*2 axes/],
		];
		const before = await readdir(cwd);
		const said = await Promise.all(cases.map(([from, to]) => failure(["cp", from, to], { cwd })));
		for (const [n, [, , message]] of cases.entries()) expect(said[n]).toMatch(message);
		expect(await readdir(cwd)).toEqual(before);
	});

	it("refuses what is wrong on the command line alone", async () => {
		const cwd = await temporaryDirectory();
		const wrong = [
			["a.npy", "s.zarr"],
			["a.npy", "s.zarr#a[0]"],
			["a.npy", "b.npy", "--resume"],
			["-r", "s.zarr", "b.npy"],
			["a.npy", "s.zarr#a", "--resume", "--if-exists", "replace"],
			["a.npy", "s.zarr#a", "--casting", "safe"],
			["a.npy"],
		];
		const runs = await Promise.all(wrong.map((args) => tesserae(["cp", ...args], { cwd })));
		for (const { status, stderr } of runs)
			expect([status, stderr]).toEqual([2, expect.stringMatching(/^.*USAGE.*\n$/)]);
		expect(await readdir(cwd)).toEqual([]);
	});
});

describe("tesserae cp that was interrupted", () => {
	it("marks what is unfinished, refuses it as a source, and finishes it", async () => {
		const cwd = await temporaryDirectory();
		const values = counted([40, 4]);
		values.data[157] = 1e6;
		await writeNpy(join(cwd, "a.npy"), values);
		const args = ["cp", "a.npy", "s.zarr#a", "--dtype", "int16", "--chunks", "4"];
		expect(await failure(args, { cwd })).toMatch(/INVALID_ARGUMENT.*unfinished.*--resume/);
		const unsafe = [...args, "--casting", "unsafe"];
		expect(await failure(unsafe, { cwd })).toMatch(/ALREADY_EXISTS.*unfinished, from .*a\.npy.*--resume/);
		expect(await failure(["cp", "s.zarr#a", "b.npy"], { cwd })).toMatch(/CONFLICT.*unfinished/);
		const { status, stdout } = await tesserae(["verify", "s.zarr"], { cwd });
		expect([status, stdout]).toEqual([1, expect.stringMatching(/unfinished\ta\/zarr\.json\t.*a\.npy/)]);
		await writeNpy(join(cwd, "other.npy"), values);
		const other = ["cp", "other.npy", ...unsafe.slice(2), "--resume"];
		expect(await failure(other, { cwd })).toMatch(/ALREADY_EXISTS/);
		await output([...unsafe, "--resume"], { cwd });
		expect(await valuesOf(`file:${cwd}/s.zarr`, "a")).toEqual([...Int16Array.from(values.data)]);
		expect(await within(`file:${cwd}/s.zarr`, async (dataset) => (await dataset("a")).attributes)).toEqual({});
		expect(await failure([...unsafe, "--resume"], { cwd })).toMatch(/ALREADY_EXISTS.*nothing to resume/);
	});

	it.each([
		["a file", "a.npy"],
		["a dataset", "s.zarr#a"],
	])("by SIGKILL, from %s: goes on to the right values", async (_, from) => {
		const cwd = await temporaryDirectory();
		const values = counted([256, 32]);
		await writeNpy(join(cwd, "a.npy"), values);
		await output(["cp", "a.npy", "s.zarr#a", "--chunks", "64", ...FAST], { cwd });
		const args = ["cp", from, "t.zarr#a", "--chunks", "4", "--resume", "-O", "concurrency=2"];
		await killWhen(args, { cwd }, async () => (await chunkFiles(join(cwd, "t.zarr/a/c"))) > 100);
		const stored = await chunkFiles(join(cwd, "t.zarr/a/c"));
		expect(stored).toBeLessThan(512);
		const { stdout } = await tesserae(["verify", "t.zarr", "--json"], { cwd });
		const [{ findings }] = JSON.parse(stdout).datasets;
		expect(findings.map(({ kind }: { kind: string }) => kind)).toEqual(["unfinished"]);
		const { stderr } = await tesserae([...args, "--log-level", "info", ...FAST], { cwd });
		const writes = Number(/t\.zarr: (\d+) operations/.exec(stderr)?.[1]);
		expect(writes).toBeLessThan(512 - stored + 60);
		expect(await valuesOf(`file:${cwd}/t.zarr`, "a")).toEqual([...values.data]);
	});

	it("by Ctrl-C, of a whole store: goes on", async () => {
		const cwd = await temporaryDirectory();
		const datasets = Object.fromEntries(["a", "b", "c"].map((name) => [name, counted([128, 16])]));
		await makeStore(`file:${cwd}/s.zarr`, datasets);
		const args = ["cp", "-r", "s.zarr", "t.zarr", "-O", "concurrency=2"];
		const ended = await killWhen(
			args,
			{ cwd, signal: "SIGINT" },
			async () => (await chunkFiles(join(cwd, "t.zarr/b/c"))) > 5,
		);
		expect(ended).toEqual([130, null]);
		expect(await failure(args, { cwd })).toMatch(/ALREADY_EXISTS.*unfinished copy of .*s\.zarr.*--resume/);
		await output([...args, "--resume", ...FAST], { cwd });
		for (const name of ["a", "b", "c"])
			expect(await valuesOf(`file:${cwd}/t.zarr`, name)).toEqual([...counted([128, 16]).data]);
		expect((await tesserae(["verify", "t.zarr"], { cwd })).status).toBe(0);
	});

	it("by a full disk: goes on when there is room", async (context) => {
		const cwd = await temporaryDirectory();
		const disk = join(cwd, "disk");
		await mkdir(disk);
		const unmount = mountSmall(context, disk, "400k");
		onTestFinished(() => unmount());
		await writeNpy(join(cwd, "a.npy"), counted([512, 256]));
		const args = ["cp", "a.npy", "disk/s.zarr#a", "--chunks", "64", "--codecs", "bytes"];
		expect(await failure(args, { cwd })).toMatch(/NO_SPACE.*unfinished.*--resume/);
		expect(await failure(["cp", "a.npy", "disk/a.npy"], { cwd })).toMatch(/NO_SPACE/);
		expect(await readdir(disk)).toEqual(["s.zarr"]);
		execFileSync("mount", ["-o", "remount,size=4m", disk]);
		await output([...args, "--resume"], { cwd });
		expect(await valuesOf(`file:${disk}/s.zarr`, "a")).toEqual([...counted([512, 256]).data]);
	});
});

interface KillOptions {
	readonly cwd: string;
	readonly signal?: NodeJS.Signals;
}

/** Runs the command until `when` holds, and ends it. @returns its exit status and what it was ended by */
async function killWhen(
	args: readonly string[],
	{ cwd, signal = "SIGKILL" }: KillOptions,
	when: () => Promise<boolean>,
): Promise<unknown[]> {
	const child = start(args, { cwd });
	const closed = once(child, "close");
	while (child.exitCode === null && !(await when())) await new Promise(setImmediate);
	child.kill(signal);
	return closed;
}

/** Stored chunks of an array with two axes. */
async function chunkFiles(directory: string): Promise<number> {
	const names = await readdir(directory, { recursive: true }).catch(() => []);
	return names.filter((name) => /^\d+\/\d+$/.test(name)).length;
}

/** Replaces text in a file by other text of the same length. */
async function replaceBytes(path: string, from: string, to: string): Promise<void> {
	const bytes = await readFile(path);
	bytes.write(to, bytes.indexOf(from), "latin1");
	await writeFile(path, bytes);
}

/** A NIfTI-1 file of [3, 2] voxels, scaled by 2 and 10. */
function niftiOf(datatype: number, voxels: Int16Array): Buffer {
	const header = Buffer.alloc(352);
	header.writeInt32LE(348, 0);
	for (const [n, length] of [2, 3, 2, 1, 1, 1, 1, 1].entries()) header.writeInt16LE(length, 40 + 2 * n);
	header.writeInt16LE(datatype, 70);
	header.writeInt16LE(16, 72);
	for (const [n, value] of [352, 2, 10].entries()) header.writeFloatLE(value, 108 + 4 * n);
	header.write("n+1\0", 344, "latin1");
	return Buffer.concat([header, Buffer.from(voxels.buffer)]);
}

/** 64 numbers as h5py stores them with compression="lzf": an HDF5 file, by gzip. */
const COMPRESSED_BY_LZF =
	"H4sIAAAAAAACA+2WyU4CQRCGv+4BRRQEd3HDHXfc9y0Bw0mNevAIifHk0YMxMeGob8Kj+FbYPdMdB+JJEw/a36VSy3T1zPzTU2+lwlkinomjicWIkCJM3ZBLNvo2XzZWGPtqbE3auPBzAyaeNus3191cFYu6ut6E7ZOPBDaG4z9SKp5eantrfKvSd9lYd1d5rIT1WPphX0FLsJawfqBkIYLAiamz1lM705mUEqoM7TSqlKvj0pP+he3kfF/Yjb7ovMfD873varlHVa6K1X3Q15PyKfrZMnT35V95D9fnFwX9RdvvMOs5bX4Hfd6JL867aki7YWqJRt/qTbpH6XA4HA7HH0aof72n5sKomkhb1fzVRlxNkR0kSNKppsw0XXTTQy999KtpcZAMQwwzwihjZBlngkmmmGaGWTV9zjHPAossscwKeVZZY50NNtlimx122WOfAw454pgPrUkz/ygOAAA=";
