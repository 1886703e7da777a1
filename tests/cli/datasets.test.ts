import { stat } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "tesserae";
import { describe, expect, it } from "vitest";
import { output, temporaryDirectory, tesserae } from "./command-line.js";

const json = async (args: readonly string[]): Promise<unknown> => JSON.parse(await output([...args, "--json"]));

describe.concurrent.each(["scan.sqlite", "scan.zarr"])("in %s", (name) => {
	it("a dataset is created, found, described, written, read and deleted", async () => {
		const path = join(await temporaryDirectory(), name);
		const address = `${path}#monday/a%23b`;
		const described = {
			location: `${name.endsWith("zarr") ? "file" : "sqlite"}:${path}`,
			kind: "dataset",
			name: "monday/a#b",
			dtype: "float32",
			shape: [10, 12],
			size: 120,
			nbytes: 480,
			chunkShape: [4, 4],
			chunkGrid: [3, 3],
			totalChunks: 9,
			storedChunks: 0,
			storedBytes: 0,
			compressionRatio: null,
			fillValue: "NaN",
			codecs: [{ name: "bytes", configuration: { endian: "little" } }, { name: "crc32c" }],
			dimensionNames: ["y", null],
			attributes: { unit: "mm", n: [1, 2] },
		};
		const form = ["--shape", "10,12", "--dtype", "float32", "--chunks", "4", "--codecs", "bytes,crc32c"];
		const rest = ["--fill", "NaN", "--dimension-names", "y,", "--attributes", '{"unit": "mm", "n": [1, 2]}'];
		expect(await json(["create", address, ...form, ...rest])).toEqual(described);

		await output(["set", `${address}[:4, :8]`, "1.5"]);
		expect(await output(["get", `${address}[3, 6:10]`])).toBe("[1.5 1.5 nan nan]\n");
		expect(await json(["info", address])).toEqual({
			...described,
			storedChunks: 2,
			storedBytes: 2 * (4 * 4 * 4 + 4),
			compressionRatio: (2 * 64) / (2 * 68),
		});
		expect(await output(["info", address])).toMatch(/\nstored\t2 of 9 chunks, 136 B, ratio 0\.94\n/);

		expect(await output(["ls", path])).toBe("monday/\n");
		expect(await output(["ls", "-lr", path])).toBe(
			"monday/\tgroup\t\t\t\nmonday/a#b\tfloat32\t[10, 12]\t[4, 4]\t136 B\n",
		);
		const entry = { name: "monday/a#b", kind: "dataset", dtype: "float32", shape: [10, 12], chunkShape: [4, 4] };
		expect(await json(["ls", `${path}#monday`])).toEqual([entry]);
		expect(await json(["ls", "--long", address])).toEqual([{ ...entry, storedChunks: 2, storedBytes: 136 }]);

		expect(await json(["rm", address])).toEqual({
			location: described.location,
			kind: "dataset",
			name: "monday/a#b",
			deleted: true,
		});
		expect(await json(["ls", "-r", path])).toEqual([{ name: "monday", kind: "group" }]);
	});
});

describe("chunks of different lengths", () => {
	it("are created, described, copied and mapped", async () => {
		const path = join(await temporaryDirectory(), "scan.zarr");
		const form = ["--shape", "10,12", "--dtype", "int16", "--codecs", "bytes"];
		const described = {
			chunkShape: [6, 5],
			chunkLengths: [
				[4, 6],
				[[3, 2], 5, 1],
			],
			chunkGrid: [2, 4],
			totalChunks: 8,
		};
		expect(await json(["create", `${path}#a`, ...form, "--chunks", "4+6,2x3+5+1"])).toMatchObject(described);
		const given = JSON.stringify(described.chunkLengths);
		expect(await json(["create", `${path}#b`, ...form, "--chunks", given])).toMatchObject(described);
		await output(["set", `${path}#a[:5, 4:]`, "1"]);
		expect(await output(["info", `${path}#a`])).toMatch(/\nchunk lengths\t\[4\+6, 2×3\+5\+1\]\n/);
		expect(await json(["info", `${path}#a`])).toMatchObject({ storedChunks: 6, storedBytes: 180, compressionRatio: 1 });
		expect(await output(["ls", "-l", path])).toContain("a\tint16\t[10, 12]\t[4+6, 2×3+5+1]\t180 B\n");
		await output(["cp", `${path}#a`, `${path}#c`]);
		expect(await json(["info", `${path}#c`])).toMatchObject({ ...described, storedChunks: 6 });
		expect(await output(["get", `${path}#c[4, 2:6]`])).toBe("[0 0 1 1]\n");
		const { status } = await tesserae(["create", `${path}#d`, ...form, "--chunks", "4+x6,12"]);
		expect(status).toBe(2);
	});
});

describe.concurrent("a store", () => {
	it("is described with what it can do, whatever it was opened for", async () => {
		const path = join(await temporaryDirectory(), "x.sqlite");
		for (const name of ["a", "b/c"]) await output(["create", `${path}#${name}`, "--shape", "2", "--dtype", "int8"]);
		expect(await json(["info", path])).toEqual({
			location: `sqlite:${path}`,
			kind: "store",
			backend: "sqlite",
			bytes: (await stat(path)).size,
			reclaimableBytes: 0,
			datasets: 2,
			groups: 1,
			damaged: 0,
			supports: expect.objectContaining({ write: true, compareAndSwap: true, readsInto: false }),
			attributes: {},
		});
		expect(await json(["info", `${path}#b`])).toMatchObject({ kind: "group", name: "b", datasets: 1, groups: 0 });
	});

	it("gives back the space of what was deleted", async () => {
		const path = join(await temporaryDirectory(), "x.sqlite");
		await using con = await connect(`sqlite:${path}`, { durability: "none" });
		const big = await con.createDataset("big", { shape: [8 * 2 ** 20], dtype: "uint8", codecs: ["bytes"] });
		await big.set("...", 1);
		await con.deleteDataset("big");
		await con.close();
		expect(await output(["info", path])).toContain(` of it unused: tesserae info --vacuum ${path}\n`);
		const { bytes, reclaimableBytes } = (await json(["info", "--vacuum", path])) as Record<string, number>;
		expect([bytes, reclaimableBytes]).toEqual([(await stat(path)).size, 0]);
		expect(bytes).toBeLessThan(2 ** 20);
	});

	it("that is itself one array needs no name", async () => {
		const path = join(await temporaryDirectory(), "x.zarr");
		await output(["create", `${path}#`, "--shape", "3", "--dtype", "int16", "--fill", "7"]);
		expect(await output(["get", path])).toBe("[7 7 7]\n");
		expect(await output(["get", `${path}#[1]`])).toBe("7\n");
		expect(await output(["ls", path])).toBe(".\n");
		expect(await json(["info", path])).toMatchObject({ kind: "dataset", name: "" });
	});

	it("is known by what is there, and by its name only before", async () => {
		const cwd = await temporaryDirectory();
		const create = (target: string): Promise<string> =>
			output(["create", `${target}#a`, "--shape", "1", "--dtype", "int8"], { cwd });
		await create("sqlite:one");
		await create("file:two");
		await create("three");
		for (const target of ["one", "two", "three"]) expect(await output(["ls", target], { cwd })).toBe("a\n");
		expect((await stat(join(cwd, "three"))).isFile()).toBe(true);
		const { status, stderr } = await tesserae(["ls", join(import.meta.dirname, "datasets.test.ts")]);
		expect([status, stderr]).toEqual([1, expect.stringMatching(/^tesserae: INVALID_ARGUMENT: .*no store/)]);
	});
});

describe.concurrent("create", () => {
	it("keeps what is there, unless it is told otherwise", async () => {
		const address = `${join(await temporaryDirectory(), "x.sqlite")}#a`;
		const create = (...args: string[]) => tesserae(["create", address, "--shape", "2", "--dtype", "int8", ...args]);
		await create();
		await output(["set", address, "[1, 2]"]);
		const again = await create();
		expect([again.status, again.stderr]).toEqual([1, expect.stringContaining("add --if-exists open or replace")]);
		expect((await create("--if-exists", "open")).status).toBe(0);
		expect(await output(["get", address])).toBe("[1 2]\n");
		expect((await create("--if-exists", "replace")).status).toBe(0);
		expect(await output(["get", address])).toBe("[0 0]\n");
	});

	it("takes codecs as in zarr.json, and fill values of every kind", async () => {
		const path = join(await temporaryDirectory(), "x.sqlite");
		const codecs = '["bytes", {"name": "gzip", "configuration": {"level": 9}}]';
		await output([
			"create",
			`${path}#a`,
			"--shape",
			"2,3",
			"--dtype",
			"int64",
			"--fill",
			"9007199254740993",
			"--codecs",
			codecs,
		]);
		expect(await output(["info", `${path}#a`])).toContain(
			"\nfill value\t9007199254740993\ncodecs\tbytes (endian little) → gzip (level 9)\n",
		);
		await output(["create", `${path}#b`, "--shape", "", "--dtype", "complex64", "--fill", '[1, "-Infinity"]']);
		expect(await json(["get", `${path}#b`])).toEqual([1, "-Infinity"]);
		await output(["create", `${path}#c`, "--shape", "1", "--dtype", "bool", "--fill", "true"]);
		expect(await output(["get", `${path}#c[0]`])).toBe("True\n");
	});

	it("of something impossible makes nothing", async () => {
		const path = join(await temporaryDirectory(), "x.sqlite");
		const form = ["--shape", "2", "--dtype", "int8"];
		const runs: [args: string[], status: number][] = [
			[["--shape", "2,x", "--dtype", "int8"], 2],
			[["--dtype", "int8"], 2],
			[[...form, "--codecs", "[1]"], 2],
			[[...form, "--attributes", "[]"], 2],
			[[...form, "--if-exists", "panic"], 2],
			[["--shape", "2", "--dtype", "int9"], 1],
			[[...form, "--fill", "300"], 1],
			[[...form, "--codecs", "lzma"], 1],
		];
		const statuses = runs.map(async ([args]) => (await tesserae(["create", `${path}#a`, ...args])).status);
		expect(await Promise.all(statuses)).toEqual(runs.map(([, status]) => status));
		await expect(stat(path)).rejects.toThrow("ENOENT");
	});
});

describe.concurrent("rm", () => {
	it("takes a group with all below it, but the whole store only by --all", async () => {
		const path = join(await temporaryDirectory(), "x.sqlite");
		for (const name of ["a", "b/c", "b/d/e"])
			await output(["create", `${path}#${name}`, "--shape", "2", "--dtype", "int8"]);
		expect((await tesserae(["rm", path])).status).toBe(2);
		expect((await tesserae(["rm", `${path}#a`, "--all"])).status).toBe(2);
		const missing = await tesserae(["rm", `${path}#z`]);
		expect([missing.status, missing.stderr]).toEqual([1, expect.stringContaining('it holds "a", "b/c", "b/d/e"')]);
		await output(["rm", `${path}#b`]);
		expect(await output(["ls", "-r", path])).toBe("a\n");
		await output(["rm", "--all", path]);
		expect((await tesserae(["ls", path])).status).toBe(1);
	});
});
