import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Database from "better-sqlite3";
import { type Connection, connect, use } from "tesserae";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { outputOf, start } from "./children.js";

let directory: string;
const opened: Connection[] = [];

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), "tesserae-connect-"));
});

afterEach(async () => {
	use({ backend: "sqlite", engine: "sequential" });
	for (const con of opened.splice(0)) await con.close();
	await rm(directory, { recursive: true });
});

async function open(target: string | URL): Promise<Connection> {
	const con = await connect(target);
	opened.push(con);
	return con;
}

const numbers = { data: Int16Array.of(1, 2, 3) };

describe("a bare name", () => {
	test("is one SQLite file of exactly that name, made by the first write", async () => {
		for (const name of ["tutorial", "tutorial.sqlite", "scan.zarr.sqlite"]) {
			const path = join(directory, name);
			const con = await open(path);
			expect(con.backend.location).toBe(`sqlite:${path}`);
			expect(await con.hasDataset("a")).toBe(false);
			expect(await readdir(directory)).not.toContain(name);
			await con.createDataset("a", numbers);
			await con.close();
			expect((await readFile(path, "latin1")).slice(0, 15)).toBe("SQLite format 3");
			expect(await (await (await open(`sqlite:${path}`)).getDataset("a")).at(2)).toBe(3);
		}
		expect((await open("tutorial")).backend.location).toBe(`sqlite:${resolve("tutorial")}`);
	});

	test.each(["scan.zarr", "scan.ZARR", "scan.zarr/", "scan/"])("%s is that of a directory", async (name) => {
		const con = await open(join(directory, "made", name.replace(/\/$/, "")) + (name.endsWith("/") ? "/" : ""));
		await con.createDataset("a", numbers);
		await con.close();
		expect(await readdir(join(directory, "made", name))).toContain("zarr.json");
	});

	test("goes to the backend that `use` named, whatever it looks like", async () => {
		use({ backend: "ram" });
		expect((await open("scan.zarr")).backend.location).toBe("ram:scan.zarr");
		use({ backend: "file" });
		expect((await open(join(directory, "tutorial"))).backend.location).toBe(`file:${join(directory, "tutorial")}`);
		expect(await readdir(directory)).toEqual([]);
	});
});

test("`use` changes no connection that is open, and refuses names it does not know", async () => {
	const con = await open(join(directory, "tutorial"));
	use({ backend: "ram", engine: "threads" });
	expect(String(con)).toMatch(/sqlite:.*sequential/);
	expect(String(await open("later"))).toMatch(/ram:later.*threads/);
	for (const [changes, known] of [
		[{ backend: "tape" }, "sqlite"],
		[{ engine: "steam" }, "threads"],
	] as const)
		expect(() => use(changes)).toThrow(
			expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(known) }),
		);
	expect(String(await open("later"))).toMatch(/ram:later.*threads/);
});

describe("what is no store is refused, and stays as it is", () => {
	test("a directory: the message says how to open it", async () => {
		const path = join(directory, "scan");
		await mkdir(path);
		await writeFile(join(path, "notes.txt"), "mine");
		await expect(connect(path)).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
			message: expect.stringContaining(`file:${path}`),
		});
		expect(await readdir(path)).toEqual(["notes.txt"]);
		expect(await readdir(directory)).toEqual(["scan"]);
	});

	test("a file of one byte, which SQLite would take for an empty one", async () => {
		const path = join(directory, "flag");
		await writeFile(path, "1");
		await expect(connect(path)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		expect(await readFile(path, "utf8")).toBe("1");
	});

	test.each([
		["a word", "x\n", "CORRUPT"],
		["a text", "x,y,z\n".repeat(1000), "CORRUPT"],
		["an array", `\x93NUMPY\x01\x00${"\0".repeat(4096)}`, "CORRUPT"],
		["a database of another program", undefined, "INVALID_ARGUMENT"],
	])("a file that is %s", async (_, content, code) => {
		const path = join(directory, "precious");
		if (content === undefined) new Database(path).exec("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)").close();
		else await writeFile(path, content, "latin1");
		const before = await readFile(path);
		await expect(connect(path, { mode: "r" })).rejects.toMatchObject({ code });
		const con = await open(path);
		for (const call of [
			() => con.hasDataset("a"),
			() => con.group(""),
			() => con.createDataset("", numbers),
			() => con.createDataset("a", { ...numbers, ifExists: "replace" }),
		])
			await expect(call()).rejects.toMatchObject({ code, message: expect.stringContaining("name another file") });
		await con.close();
		expect(await readFile(path)).toEqual(before);
		expect(await readdir(directory)).toEqual(["precious"]);
	});
});

test("a call ends with its timeout where nothing else keeps the process alive", async () => {
	expect(await outputOf(start("endless-kernel"))).toBe("TIMEOUT\n");
});
