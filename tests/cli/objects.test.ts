import { once } from "node:events";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { connect } from "tesserae";
import { describe, expect, it } from "vitest";
import { directory, serve } from "../http/server.js";
import { output, start, temporaryDirectory, tesserae } from "./command-line.js";

const s3 = (args: readonly string[], options: Parameters<typeof output>[1] = {}): Promise<string> =>
	output(["s3", ...args], options);
const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse(await s3([...args, "--json"]));

/** A directory with files of odd names, and in it what they hold. */
async function someFiles(): Promise<{ cwd: string; files: { readonly [name: string]: string } }> {
	const cwd = await temporaryDirectory();
	const files = { "a.txt": "hello", "d/b #1 %20[x].bin": "bytes", "d/e/c.json": "{}", "d/empty": "" };
	await mkdir(join(cwd, "in/d/e"), { recursive: true });
	for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, "in", name), text);
	return { cwd, files };
}

async function filesIn(path: string): Promise<{ [name: string]: string }> {
	const names = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
	const entries = names.map(async ({ parentPath, name }): Promise<[string, string]> => {
		const full = join(parentPath, name);
		return [full.slice(path.length + 1), await readFile(full, "utf8")];
	});
	return Object.fromEntries(await Promise.all(entries));
}

/** A store with the same files below `pre/`. */
async function someObjects(target: string): ReturnType<typeof someFiles> {
	const { cwd, files } = await someFiles();
	await using con = await connect(inDirectory(target, cwd));
	for (const [name, text] of Object.entries(files)) await con.store.put(`pre/${name}`, text);
	return { cwd, files };
}

/** The target as another directory sees it. */
function inDirectory(target: string, cwd: string): string {
	return target.startsWith("file:") ? `file:${join(cwd, target.slice(5))}` : join(cwd, target);
}

/** Every object of a store, as text. */
async function objectsIn(target: string, cwd: string): Promise<{ [key: string]: string | undefined }> {
	await using con = await connect(inDirectory(target, cwd));
	const objects: { [key: string]: string | undefined } = {};
	for await (const { key } of con.store.list("", { recursive: true }))
		objects[key] = await con.store.get(key, { as: "text" });
	return objects;
}

describe.concurrent.each(["file:store", "store.sqlite"])("objects of %s", (target) => {
	it("are put with all that is in a directory, and got again", async () => {
		const { cwd, files } = await someFiles();
		expect(JSON.parse(await s3(["put", "-r", "in", `${target}#pre`, "--json"], { cwd }))).toEqual({
			...{ objects: 4, skipped: 0, bytes: 12, seconds: expect.any(Number) },
		});
		const expected = Object.entries(files).map(([name, text]) => [`pre/${name}`, text]);
		expect(await objectsIn(target, cwd)).toEqual(Object.fromEntries(expected));
		await s3(["get", "-r", `${target}#pre`, "out"], { cwd });
		expect(await filesIn(join(cwd, "out"))).toEqual(files);
		await s3(["cp", "-r", `${target}#pre/`, "file:copy#below"], { cwd });
		expect(await filesIn(join(cwd, "copy/below"))).toEqual(files);
	});

	it("are listed, told of and printed", async () => {
		const { cwd, files } = await someObjects(target);
		const run = (...args: string[]): Promise<string> => s3(args, { cwd });
		expect((await run("ls", `${target}#pre`)).split("\n").sort()).toEqual(["", "pre/a.txt", "pre/d/"]);
		const all = Object.entries(files).map(([name, text]) => ({
			kind: "object",
			key: `pre/${name}`,
			size: text.length,
		}));
		const listed = JSON.parse(await run("ls", "-r", target, "--json")) as typeof all;
		expect(listed.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(all);
		expect(await run("ls", "-l", `${target}#pre/a.txt`)).toBe("5 B\tpre/a.txt\n");
		const head = JSON.parse(await run("head", `${target}#pre/a.txt`, "--json")) as { modified: string };
		expect(head).toEqual({ key: "pre/a.txt", size: 5, etag: expect.any(String), modified: expect.any(String) });
		expect(Math.abs(Date.parse(head.modified) - Date.now())).toBeLessThan(600_000);
		expect(await run("head", `${target}#pre/a.txt`)).toContain("size\t5 bytes (5 B)\n");
		expect(await run("cat", `${target}#pre/d/b #1 %20[x].bin`)).toBe("bytes");
		expect(await run("cat", `${target}#pre/a.txt`, "--range", "-2")).toBe("lo");
	});

	it("are copied one by one, to places of various kinds", async () => {
		const { cwd } = await someObjects(target);
		const run = (...args: string[]): Promise<string> => s3(args, { cwd });
		await run("get", `${target}#pre/a.txt`);
		await run("get", `${target}#pre/a.txt`, "in/d/");
		await run("get", `${target}#pre/a.txt`, "new/b.txt", "--file-mode", "600");
		await run("cp", `${target}#pre/a.txt`, "c.txt");
		for (const name of ["a.txt", "in/d/a.txt", "new/b.txt", "c.txt"])
			expect(await readFile(join(cwd, name), "utf8")).toBe("hello");
		const modes = ["a.txt", "new/b.txt"].map(async (name) => (await stat(join(cwd, name))).mode & 0o777);
		expect(await Promise.all(modes)).toEqual([0o640 & ~process.umask(), 0o600]);
		await run("cp", `${target}#pre/a.txt`, `${target}#again/`);
		await run("put", "c.txt", target);
		expect(await objectsIn(target, cwd)).toMatchObject({ "again/a.txt": "hello", "c.txt": "hello" });
	});

	it("are deleted one by one, by directory, and all", async () => {
		const { cwd } = await someObjects(target);
		const keys = async (): Promise<string[]> => Object.keys(await objectsIn(target, cwd)).sort();
		await s3(["rm", `${target}#pre/a.txt`], { cwd });
		expect(JSON.parse(await s3(["rm", "-r", `${target}#pre/d/e`, "--json"], { cwd }))).toMatchObject({
			...{ prefix: "pre/d/e/", deleted: 1 },
		});
		expect(await keys()).toEqual(["pre/d/b #1 %20[x].bin", "pre/d/empty"]);
		await s3(["rm", "--all", target], { cwd });
		expect([await keys(), await s3(["ls", target], { cwd })]).toEqual([[], ""]);
	});

	it("and files are not overwritten unless that is asked for", async () => {
		const { cwd, files } = await someObjects(target);
		const run = (...args: string[]) => tesserae(["s3", ...args], { cwd });
		await writeFile(join(cwd, "a.txt"), "mine");
		await writeFile(join(cwd, "in/a.txt"), "newer");
		await writeFile(join(cwd, "in/more"), "more");
		for (const args of [
			["put", "in/a.txt", `${target}#pre/a.txt`],
			["get", `${target}#pre/a.txt`],
		]) {
			const { status, stderr } = await run(...args);
			expect([status, stderr]).toEqual([
				1,
				expect.stringMatching(/^tesserae: ALREADY_EXISTS: .*a\.txt is there already/),
			]);
		}
		const skipped = await run("put", "-r", "in", `${target}#pre`, "--if-exists", "skip", "--json");
		expect(JSON.parse(skipped.stdout)).toMatchObject({ objects: 1, skipped: 4, bytes: 4 });
		expect((await run("get", `${target}#pre/a.txt`, "--if-exists", "skip")).status).toBe(0);
		expect(await readFile(join(cwd, "a.txt"), "utf8")).toBe("mine");
		expect(await objectsIn(target, cwd)).toMatchObject({ "pre/a.txt": files["a.txt"], "pre/more": "more" });
		await run("put", "in/a.txt", `${target}#pre/a.txt`, "--if-exists", "replace");
		await run("get", `${target}#pre/a.txt`, "--if-exists", "replace");
		expect(await readFile(join(cwd, "a.txt"), "utf8")).toBe("newer");
		expect((await readdir(cwd)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
	});

	it("come from stdin and go to stdout", async () => {
		const cwd = await temporaryDirectory();
		await s3(["put", "-", `${target}#in/it`], { cwd, input: "from a pipe" });
		expect(await s3(["get", `${target}#in/it`, "-"], { cwd })).toBe("from a pipe");
		const long = { cwd, input: "x".repeat(2000) };
		const { status, stderr } = await tesserae(["s3", "put", "-", `${target}#big`, "-O", "memory=1KiB"], long);
		expect([status, stderr]).toEqual([
			1,
			expect.stringMatching(/TOO_LARGE: .*"big" has more than 1024 bytes.*-O memory/),
		]);
		expect(Object.keys(await objectsIn(target, cwd))).toEqual(["in/it"]);
	});
});

describe.concurrent("objects", () => {
	it("of a web server are read by their URLs", async () => {
		const { cwd } = await someFiles();
		const server = await serve(directory(join(cwd, "in")));
		expect(await s3(["cat", `${server.url}/d/e/c.json`])).toBe("{}");
		expect(await s3(["cat", `${server.url}/d#e/c.json`])).toBe("{}");
		expect(await json("head", `${server.url}/d/b%20%231%20%2520[x].bin`)).toMatchObject({
			key: "b #1 %20[x].bin",
			size: 5,
		});
		await s3(["get", `${server.url}/a.txt`, "got.txt"], { cwd });
		expect(await readFile(join(cwd, "got.txt"), "utf8")).toBe("hello");
		const put = await tesserae(["s3", "put", "got.txt", `${server.url}/b.txt`], { cwd });
		expect([put.status, put.stderr]).toEqual([1, expect.stringContaining("READ_ONLY")]);
		await server.close();
	});

	it("a closed pipe ends reading quietly", async () => {
		const cwd = await temporaryDirectory();
		await using con = await connect(`file:${cwd}`);
		await con.store.put("big", new Uint8Array(20 * 2 ** 20).fill(120));
		const child = start(["s3", "cat", `file:${cwd}#big`]);
		let stderr = "";
		child.stderr?.on("data", (piece) => {
			stderr += piece;
		});
		await once(child.stdout as NonNullable<typeof child.stdout>, "data");
		child.stdout?.destroy();
		expect([...(await once(child, "exit")), stderr]).toEqual([0, null, ""]);
	});

	it("links to directories and what is no file are left out, with a warning", async () => {
		const { cwd } = await someFiles();
		await symlink(join(cwd, "in"), join(cwd, "in/d/loop"));
		await symlink(join(cwd, "in/a.txt"), join(cwd, "in/link.txt"));
		const { status, stderr } = await tesserae(["s3", "put", "-r", "in", "file:store"], { cwd });
		expect([status, stderr]).toEqual([0, expect.stringMatching(/^tesserae: warn: in\/d\/loop is left out: .*\n$/)]);
		expect(Object.keys(await filesIn(join(cwd, "store"))).sort()).toEqual([
			...["a.txt", "d/b #1 %20[x].bin", "d/e/c.json", "d/empty", "link.txt"],
		]);
	});

	it("what is not there, or is something else, is one line and status 1", async () => {
		const { cwd } = await someFiles();
		await s3(["put", "-r", "in", "file:store#pre"], { cwd });
		const wrong: [args: string[], message: string][] = [
			[["ls", "file:store#none"], "NOT_FOUND: there is no object or directory file:store#none"],
			[["cat", "file:store#none"], "NOT_FOUND: there is no object file:store#none"],
			[["head", "file:store#pre"], "NOT_FOUND"],
			[["get", "file:store#none"], "NOT_FOUND"],
			[["get", "file:store#pre"], "INVALID_ARGUMENT: file:store#pre is a directory: add --recursive"],
			[["get", "-r", "file:store#none", "x"], "NOT_FOUND: there are no objects below file:store#none/"],
			[["put", "none", "file:store"], "NOT_FOUND: none: there is no such file"],
			[["put", "in", "file:store"], "INVALID_ARGUMENT: in is a directory: add --recursive"],
			[["put", "-r", "in/a.txt", "file:store"], "NOT_FOUND: in/a.txt: there is no such directory"],
			[["cp", "file:store#pre/a.txt", "file:store#pre/a.txt"], "INVALID_ARGUMENT"],
			[["cp", "-r", "file:store#pre", "file:./store#pre/"], "INVALID_ARGUMENT"],
			[["rm", "file:store#none"], "NOT_FOUND"],
			[["rm", "-r", "file:store#none"], "NOT_FOUND"],
			[["get", "file:store#pre/a.txt", "in/a.txt/b"], "INVALID_ARGUMENT: in/a.txt/b"],
			[["cat", "file:store#pre/a.txt", "--range", "5-"], "OUT_OF_BOUNDS"],
			[["cat", "file:store#../x"], "INVALID_ARGUMENT"],
		];
		const ends = await Promise.all(wrong.map(([args]) => tesserae(["s3", ...args], { cwd })));
		for (const [n, { status, stdout, stderr }] of ends.entries()) {
			expect([status, stdout], stderr).toEqual([1, ""]);
			expect(stderr).toMatch(/^tesserae: .*\n$/);
			expect(stderr).toContain(wrong[n]?.[1]);
		}
	});

	it("wrong usage is status 2", async () => {
		const wrong: [args: string[], message: string][] = [
			[["s3", "lss", "x"], "unknown command 'lss' (Did you mean ls?)"],
			[["s3", "cat", "file:store"], "write file:store#NAME"],
			[["s3", "get", "s3://bucket/"], "write s3://bucket/NAME"],
			[["s3", "get", "-r", "file:store"], "name it"],
			[["s3", "get", "file:store#a", "-", "--json"], "stdout"],
			[["s3", "put", "-", "file:store"], "TARGET#NAME"],
			[["s3", "put", "-r", "-", "file:store"], "stdin is one object"],
			[["s3", "cp", "a", "b"], "neither is in a store"],
			[["s3", "rm", "-r", "file:store"], "--all"],
			[["s3", "rm", "--all", "file:store#a"], "TARGET alone"],
			[["s3", "cat", "file:store#a", "--range", "5-4"], "it ends before it begins"],
			[["s3", "get", "file:store#a", "--file-mode", "rw"], "octal"],
			[["s3", "put", "x", "file:store", "--if-exists", "ask"], "error, replace, skip"],
		];
		const cwd = await temporaryDirectory();
		const ends = await Promise.all(wrong.map(([args]) => tesserae(args, { cwd })));
		for (const [n, { status, stdout, stderr }] of ends.entries()) {
			expect([status, stdout], stderr).toEqual([2, ""]);
			expect(stderr).toContain(wrong[n]?.[1]);
		}
		expect(await readdir(cwd)).toEqual([]);
		const bare = await tesserae(["s3"]);
		expect([bare.status, bare.stderr]).toEqual([2, expect.stringContaining("COMMANDS:")]);
	});

	it("whose keys would lead out of a directory are refused, and nothing is written there", async () => {
		const cwd = await temporaryDirectory();
		const con = await connect(`sqlite:${cwd}/foreign.sqlite`);
		await con.store.put("pre/evil", "x");
		await con.close();
		const database = new Database(join(cwd, "foreign.sqlite"));
		database.exec("UPDATE objects SET key = 'pre/../../evil'");
		database.close();
		const { status, stderr } = await tesserae(["s3", "get", "-r", "foreign.sqlite#pre", "a/b"], { cwd });
		expect([status, stderr]).toEqual([1, expect.stringContaining('INVALID_ARGUMENT: "../../evil"')]);
		expect((await readdir(cwd)).filter((name) => !name.startsWith("foreign.sqlite"))).toEqual([]);
	});

	it("a probe tells what a store can do", async () => {
		const cwd = await temporaryDirectory();
		expect(await json("probe", `file:${cwd}/store`)).toMatchObject({ supports: { write: true, compareAndSwap: true } });
		expect(await s3(["probe", `file:${cwd}/store`])).toMatch(
			/^compareAndSwap\tyes\twriters of one chunk lose nothing/m,
		);
		expect(await readdir(cwd)).toEqual([]);
	});
});
