import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { connect } from "tesserae";
import { describe, expect, it } from "vitest";
import { mountSmall } from "../backends/small-disk.js";
import { output, start, temporaryDirectory, tesserae } from "./command-line.js";

async function storeIn(directory: string, shape = [4, 4]): Promise<string> {
	const path = join(directory, "x.sqlite");
	await using con = await connect(path);
	await con.createDataset("data", { shape, dtype: "uint8", fillValue: 7 });
	return path;
}

/** Fails with one line that has all of `parts`. */
async function fails(args: readonly string[], ...parts: readonly string[]): Promise<void> {
	const { status, stderr } = await tesserae(args);
	expect(status).toBe(1);
	expect(stderr).toMatch(/^tesserae: [A-Z_]+: .*\n$/);
	for (const part of parts) expect(stderr).toContain(part);
}

describe.concurrent("stores that cannot be used", () => {
	it("a file that is no database, or a damaged one", async () => {
		const directory = await temporaryDirectory();
		const [none, cut] = [join(directory, "none.sqlite"), join(directory, "cut.sqlite")];
		await writeFile(none, "these are no pages of a database, but a line of text".repeat(400));
		await writeFile(cut, (await readFile(await storeIn(directory))).subarray(0, 20_000));
		const before = await readFile(none);
		await Promise.all([
			fails(["ls", none], "CORRUPT", "no SQLite database"),
			fails(["info", none], "CORRUPT"),
			fails(["set", `${none}#data`, "1"], "CORRUPT"),
			fails(["get", `${cut}#data`], "CORRUPT", "the file is damaged"),
		]);
		expect(await readFile(none)).toEqual(before);
	});

	it("a database of another program", async () => {
		const path = join(await temporaryDirectory(), "other.db");
		new Database(path).exec("CREATE TABLE t (a)").close();
		await fails(["create", `${path}#a`, "--shape", "1", "--dtype", "int8"], "INVALID_ARGUMENT", "another program");
	});

	it("a database that another process has locked is waited for, then given up; it can be read meanwhile", async () => {
		const path = await storeIn(await temporaryDirectory());
		const other = new Database(path);
		other.pragma("journal_mode = WAL");
		other.exec("BEGIN IMMEDIATE");
		await fails(
			["set", `${path}#data[0]`, "1", "-O", "busyTimeout=50"],
			"UNAVAILABLE",
			"another process holds its lock",
		);
		expect(await output(["get", `${path}#data[0]`])).toBe("[7 7 7 7]\n");
		other.exec("ROLLBACK");
		other.close();
		await output(["set", `${path}#data[0]`, "1", "-O", "busyTimeout=50"]);
	});

	it("one damaged dataset does not hide the others, and can be deleted", async () => {
		const path = join(await temporaryDirectory(), "x.zarr");
		for (const name of ["a", "b", "c"]) await output(["create", `${path}#${name}`, "--shape", "1", "--dtype", "int8"]);
		await writeFile(join(path, "b", "zarr.json"), "{");
		const { status, stdout, stderr } = await tesserae(["ls", "-l", path]);
		expect(status).toBe(1);
		expect(stdout.split("\n").map((line) => line.split("\t").slice(0, 2))).toEqual([
			["a", "int8"],
			["b", "damaged"],
			["c", "int8"],
			[""],
		]);
		expect(stderr).toMatch(/^tesserae: CORRUPT: b\/zarr\.json: .*\n$/);
		const json = await tesserae(["ls", path, "--json"]);
		expect(JSON.parse(json.stdout)[1]).toMatchObject({ name: "b", kind: "damaged", code: "CORRUPT" });
		expect(JSON.parse(await output(["info", path, "--json"]))).toMatchObject({ datasets: 2, damaged: 1 });
		await fails(["get", `${path}#b`], "CORRUPT");
		await output(["rm", `${path}#b`]);
		expect(await output(["ls", path])).toBe("a\nc\n");
	});

	it("names are shown without control characters", async () => {
		const path = join(await temporaryDirectory(), "x.sqlite");
		await using con = await connect(path);
		await con.createDataset("a\u001b[31m\nb", { shape: [1], dtype: "int8", attributes: { "\u0007": "\u009b1m" } });
		expect(await output(["ls", path])).toBe("a\\u001b[31m\\nb\n");
		expect(await output(["info", `${path}#a%1B%5B31m%0Ab`])).toContain("attributes\t\\u0007: \\u009b1m\n");
		await fails(["get", `${path}#%1B`], "\\u001b");
	});
});

describe.concurrent("what cannot be read or written", () => {
	it("selections, names and files that are not there", async () => {
		const directory = await temporaryDirectory();
		const path = await storeIn(directory);
		await Promise.all([
			fails(["get", `${path}#data[9]`], "OUT_OF_BOUNDS", "use -4 to 3"),
			fails(["get", `${path}#data[0, 0, 0]`], "INVALID_ARGUMENT"),
			fails(["get", `${path}#data[z=3]`], "INVALID_ARGUMENT"),
			fails(["get", `${path}#date`], "NOT_FOUND", 'it holds "data"'),
			fails(["info", `${path}#date`], "NOT_FOUND", 'it holds "data"'),
			fails(["ls", `${path}#date`], "NOT_FOUND"),
			fails(["get", `${path}#data`, "-o", join(directory, "none", "x.npy")], "NOT_FOUND"),
			fails(["get", `${path}#data[0, 0]`, "-o", join(directory, "x.png")], "INVALID_ARGUMENT", "2 axes"),
			fails(
				["get", `${path}#data`, "-o", join(directory, "x.png"), "--colormap", "rainbow"],
				"INVALID_ARGUMENT",
				"viridis",
			),
		]);
		const ending = await tesserae(["get", `${path}#data`, "-o", join(directory, "x.txt")]);
		expect([ending.status, ending.stderr]).toEqual([2, expect.stringContaining(".npy, .npz")]);
		expect(await readdir(directory)).toEqual(["x.sqlite"]);
	});

	it("a full disk leaves the old file, and nothing half written", async (context) => {
		const directory = await temporaryDirectory();
		const path = await storeIn(directory, [2048, 2048]);
		const disk = join(directory, "disk");
		await mkdir(disk);
		const unmount = mountSmall(context, disk, "1m");
		try {
			await writeFile(join(disk, "x.npy"), "the old file");
			await fails(["get", `${path}#data`, "--out", join(disk, "x.npy")], "NO_SPACE");
			expect([await readdir(disk), await readFile(join(disk, "x.npy"), "utf8")]).toEqual([["x.npy"], "the old file"]);
		} finally {
			unmount();
		}
	});

	it("Ctrl-C ends a long write with 130, and leaves nothing half written", async () => {
		const directory = await temporaryDirectory();
		const path = await storeIn(directory, [2 ** 20, 2 ** 14]);
		const out = join(directory, "out");
		await mkdir(out);
		const watcher = watch(out);
		const made = once(watcher, "change");
		const child = start(["get", `${path}#data`, "--out", join(out, "x.npy"), "-O", "memory=16MiB"]);
		await made;
		watcher.close();
		child.kill("SIGINT");
		expect(await once(child, "exit")).toEqual([130, null]);
		expect(await readdir(out)).toEqual([]);
	});
});

describe.concurrent("doctor", () => {
	it("tells what there is, and fails where something is broken", async () => {
		const path = await storeIn(await temporaryDirectory());
		const { ok, checks } = JSON.parse(await output(["doctor", path, "--json"]));
		expect(ok).toBe(true);
		const names = [
			..."node zstd crc32c sqlite yauzl yazl h5wasm nifti-reader-js fast-png".split(" "),
			...["threads", "cluster", "ranks", "distributed"].map((engine) => `engine ${engine}`),
			..."configuration target abilities".split(" "),
		];
		expect(checks.map(({ name }: { name: string }) => name)).toEqual(names);
		await writeFile(path, "no database");
		const { status, stdout, stderr } = await tesserae(["doctor", path, "--json"]);
		expect([status, JSON.parse(stdout).ok]).toEqual([1, false]);
		expect(stderr).toBe("tesserae: UNAVAILABLE: not everything works: target\n");
	});

	it("tells what each engine can do, as this process is set up", async () => {
		const engines = async (args: string[], env: { [name: string]: string }): Promise<Map<string, object>> => {
			const bare = { PATH: "/nowhere", TESSERAE_REDIS: "", ...env };
			const { stdout } = await tesserae(["doctor", "--json", ...args], { env: bare });
			const { checks } = JSON.parse(stdout) as { checks: { name: string }[] };
			return new Map(checks.map(({ name, ...check }) => [name, check]));
		};
		const directory = await temporaryDirectory();
		await writeFile(join(directory, "mpiexec"), "", { mode: 0o755 });
		await writeFile(join(directory, "srun"), "", { mode: 0o644 });
		const alone = await engines([], {});
		expect(alone.get("engine threads")).toEqual({ state: "ok", text: "worker threads read and compute" });
		expect(alone.get("engine cluster")).toEqual({ state: "ok", text: "worker processes start, read and compute" });
		expect(alone.get("engine ranks")).toMatchObject({ state: "ok", text: expect.stringContaining("neither mpiexec") });
		expect(alone.get("engine distributed")).toMatchObject({ state: "missing", text: "no queue is named" });

		const ofMany = await engines(["--redis", "redis://127.0.0.1:1"], { TESSERAE_RANK: "1", TESSERAE_RANKS: "3" });
		expect(ofMany.get("engine ranks")).toEqual({ state: "ok", text: "this is rank 1 of 3" });
		expect(ofMany.get("engine distributed")).toMatchObject({
			state: "broken",
			text: expect.stringContaining("reached"),
		});

		const failing = "--import=data:text/javascript,if(process.argv[1].includes(`cluster/worker`))process.exit(9)";
		const broken = await engines([], { PATH: `/nowhere:${directory}`, NODE_OPTIONS: failing });
		expect(broken.get("engine cluster")).toMatchObject({ state: "broken", text: expect.stringContaining("code 9") });
		expect((await engines([], { PATH: directory })).get("engine ranks")).toMatchObject({
			text: expect.stringMatching(/here, mpiexec too$/),
		});
	});

	it("writes to a store only when it is asked to, and leaves nothing there", async () => {
		const path = await storeIn(await temporaryDirectory());
		const { mtimeMs } = await stat(path);
		await output(["doctor", path]);
		expect((await stat(path)).mtimeMs).toBe(mtimeMs);
		expect(await output(["doctor", path, "--write"])).toMatch(
			/\nwriting\tok {2}1 MiB written at .*\/s, read at .*\/s\n/,
		);
		await using con = await connect(path, { mode: "r" });
		const keys: string[] = [];
		for await (const { key } of con.backend.list("")) keys.push(key);
		expect(keys.sort()).toEqual(["data/zarr.json", "zarr.json"]);
	});
});
