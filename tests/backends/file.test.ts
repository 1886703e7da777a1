import { chmod, link, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { file, open } from "tesserae/backends/file";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runScript } from "./children.js";
import { type Scratch, scratch } from "./scratch.js";
import { mountSmall, remountReadOnly } from "./small-disk.js";

const AS_ROOT = process.getuid?.() === 0;
const NOBODY = "65534";

let place: Scratch;
/** Run after the test, the last first. */
const cleanUps: (() => unknown)[] = [];

beforeEach(async () => {
	place = await scratch();
	cleanUps.push(place.remove);
});

afterEach(async () => {
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function opened(path = place.path): ReturnType<typeof file> {
	const backend = file({ path, durability: "none" });
	cleanUps.push(() => backend.close());
	return backend;
}

/** How `method` ends for a user who is not root, nor the owner. */
async function attempt(method: string, key: string): Promise<{ code?: string; value?: string; message?: string }> {
	return JSON.parse(await runScript("attempt", [place.path, method, key, ...(AS_ROOT ? [NOBODY] : [])]));
}

const bytes = new TextEncoder().encode("bytes");

describe("keys", () => {
	test.each([
		"../outside",
		"a/../../outside",
		"/etc/passwd",
		"a\\..\\..\\outside",
		"..\\outside",
		"a\0b",
		"data/.tesserae.lock",
		".tesserae.tmp-1",
		"A/.TESSERAE.lock/b",
	])("%j is refused, and nothing is touched", async (key) => {
		const backend = opened(join(place.path, "store"));
		const calls = [backend.get(key), backend.head(key), backend.put(key, bytes), backend.delete([key])];
		for (const call of calls) await expect(call).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		expect(await readdir(place.path)).toEqual([]);
	});

	test("one that is an object and one below it cannot both be: the second is refused, the first stays", async () => {
		const backend = opened();
		await backend.put("a", bytes);
		await backend.put("d/e", bytes);
		for (const when of [undefined, { absent: true } as const])
			for (const key of ["a/b", "a/b/c", "d"])
				await expect(backend.put(key, bytes, { when })).rejects.toMatchObject({ code: "INVALID_ARGUMENT", key });
		expect((await backend.get("a"))?.size).toBe(5);
		expect((await backend.get("d/e"))?.size).toBe(5);
	});

	test("a name longer than the file system's is refused", async () => {
		const key = "n".repeat(300);
		await expect(opened().put(key, bytes)).rejects.toMatchObject({ code: "INVALID_ARGUMENT", key });
	});
});

describe("the directory", () => {
	test("is not made before the first write, and holds nothing but the objects in the end", async () => {
		const path = join(place.path, "not", "yet");
		const backend = file({ path });
		await backend.get("a");
		await backend.head("a");
		await backend.delete(["a"]);
		await backend.probe();
		for await (const entry of backend.list("")) expect(entry).toBe(undefined);
		expect(await readdir(place.path)).toEqual([]);
		await backend.put("data/zarr.json", bytes);
		await backend.put("data/c/0", bytes);
		await backend.close();
		expect((await readdir(path, { recursive: true })).sort()).toEqual(["data", "data/c", "data/c/0", "data/zarr.json"]);
	});

	test("loses directories that deletes leave empty, also after a group goes before its members", async () => {
		const backend = opened();
		const keys = ["g/zarr.json", "g/a/zarr.json", "g/a/c/0/0", "g/a/c/0/1"];
		for (const key of keys) await backend.put(key, bytes);
		await backend.delete(keys.slice(0, 2));
		await backend.delete(keys.slice(2));
		await backend.close();
		expect(await readdir(place.path)).toEqual([]);
	});

	test("loses those that were made for writes which then fail", async () => {
		const backend = opened();
		await backend.put("a/zarr.json", bytes);
		const controller = new AbortController();
		// Large enough to be written while others have their turn, so that all of them have made what they need by then.
		const writes = ["a/c/0/0", "a/c/0/1", "a/c/1/0"].map((key) =>
			backend.put(key, new Uint8Array(1 << 20), { signal: controller.signal }),
		);
		controller.abort();
		const outcomes = await Promise.allSettled(writes);
		for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: "ABORTED" } });
		expect((await readdir(place.path, { recursive: true })).filter((name) => !name.includes(".tesserae."))).toEqual([
			"a",
			"a/zarr.json",
		]);
		await backend.delete(["a/zarr.json"]);
		expect(await readdir(place.path)).toEqual([]);
	});

	test("shows and lists nothing of an empty directory, a lock or an unfinished write", async () => {
		await mkdir(join(place.path, "empty", "deep"), { recursive: true });
		await writeFile(join(place.path, "empty", ".tesserae.lock"), "");
		await writeFile(join(place.path, "empty", "deep", ".tesserae.tmp-1"), "half");
		for (const options of [undefined, { delimiter: "/" } as const])
			for await (const entry of opened().list("", options)) expect(entry).toBe(undefined);
	});

	test("may hold symbolic links, also ones that lead in a circle", async () => {
		const backend = opened();
		await backend.put("real/c/0", bytes);
		await symlink(join(place.path, "real"), join(place.path, "linked"));
		await symlink("..", join(place.path, "real", "up"));
		await symlink("nowhere", join(place.path, "dangling"));
		const keys: string[] = [];
		for await (const { key } of backend.list("")) keys.push(key);
		expect(keys.sort()).toEqual(["linked/c/0", "real/c/0"]);
		const etag = (await backend.head("real/c/0"))?.etag ?? "";
		await backend.put("linked/c/0", bytes, { when: { etag } });
		await expect(backend.put("real/c/0", bytes, { when: { etag } })).rejects.toMatchObject({ code: "CONFLICT" });
	});

	test("gets files of the mode asked, and directories that let the same people in", async () => {
		const umask = process.umask();
		for (const [fileMode, expected, directory] of [
			[undefined, 0o640, 0o750],
			[0o600, 0o600, 0o700],
			[0o664, 0o664, 0o775],
		] as const) {
			const path = join(place.path, String(fileMode));
			const backend = file({ path, fileMode });
			await backend.put("data/zarr.json", bytes);
			expect((await stat(join(path, "data", "zarr.json"))).mode & 0o777).toBe(expected & ~umask);
			expect((await stat(join(path, "data"))).mode & 0o777).toBe(directory & ~umask);
			await backend.close();
		}
	});
});

describe("versions", () => {
	test("go up also after a file of the far future, and are told apart in the same tick", async () => {
		const backend = opened();
		await backend.put("a", bytes);
		await utimes(join(place.path, "a"), 5e9, 5e9);
		const etags = new Set([(await backend.head("a"))?.etag]);
		let last = (await stat(join(place.path, "a"), { bigint: true })).mtimeNs;
		for (let i = 0; i < 20; i++) {
			etags.add(await backend.put("a", bytes));
			const { mtimeNs } = await stat(join(place.path, "a"), { bigint: true });
			expect(mtimeNs).toBeGreaterThan(last);
			last = mtimeNs;
		}
		expect(etags.size).toBe(21);
	});

	test("of an object made again are later than those of the one deleted", async () => {
		const backend = opened();
		await backend.put("b", bytes);
		await backend.put("a", bytes);
		await utimes(join(place.path, "a"), 5e9, 5e9);
		await backend.delete(["a"]);
		await backend.put("a", bytes);
		expect((await stat(join(place.path, "a"))).mtimeMs).toBeGreaterThan(5e12);
	});

	test("are kept apart from those of another file that is linked to the same bytes", async () => {
		const backend = opened();
		await backend.put("a", bytes);
		await link(join(place.path, "a"), join(place.path, "b"));
		await backend.put("a", new Uint8Array(9));
		expect(await readFile(join(place.path, "b"), "utf8")).toBe("bytes");
	});
});

describe("failures", () => {
	test("a full disk is NO_SPACE; the old object stays, and nothing is left of the new", async (context) => {
		cleanUps.push(mountSmall(context, place.path, "1m"));
		const backend = opened();
		await backend.put("data/c/0", bytes);
		for (const when of [undefined, { etag: (await backend.head("data/c/0"))?.etag ?? "" }])
			await expect(backend.put("data/c/0", new Uint8Array(4 << 20), { when })).rejects.toMatchObject({
				code: "NO_SPACE",
			});
		expect((await backend.get("data/c/0"))?.size).toBe(5);
		expect(await readdir(join(place.path, "data", "c"))).toEqual(["0"]);
		await backend.put("data/c/1", bytes);
	});

	test("a file system mounted read only is READ_ONLY to writes, and read as ever", async (context) => {
		cleanUps.push(mountSmall(context, place.path, "1m"));
		await writeFile(join(place.path, "a"), "bytes");
		remountReadOnly(place.path);
		const backend = opened();
		await expect(backend.put("b", bytes)).rejects.toMatchObject({ code: "READ_ONLY", key: "b" });
		await expect(backend.delete(["a"])).rejects.toMatchObject({ code: "READ_ONLY", key: "a" });
		expect((await backend.get("a"))?.size).toBe(5);
	});

	test("what the user may not read or write is FORBIDDEN, never absent", async () => {
		await mkdir(join(place.path, "closed"));
		await writeFile(join(place.path, "closed", "a"), "bytes");
		await writeFile(join(place.path, "secret"), "bytes");
		await writeFile(join(place.path, "open"), "bytes");
		await chmod(join(place.path, "secret"), 0);
		await chmod(join(place.path, "closed"), 0);
		await chmod(place.path, 0o555);
		cleanUps.push(() => chmod(join(place.path, "closed"), 0o700));
		cleanUps.push(() => chmod(place.path, 0o700));
		expect(await attempt("get", "open")).toEqual({ value: "something" });
		expect(await attempt("get", "absent")).toEqual({ value: "nothing" });
		for (const [method, key] of [
			["get", "secret"],
			["get", "closed/a"],
			["head", "closed/a"],
			["put", "new"],
			["put", "open"],
			["delete", "open"],
			["list", ""],
		] as const)
			expect(await attempt(method, key), `${method} ${key}`).toMatchObject({ code: "FORBIDDEN" });
	});

	test("a root that is a file is refused", async () => {
		await writeFile(join(place.path, "a"), "bytes");
		expect(() => file({ path: join(place.path, "a") })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});
});

describe("the lock's library", () => {
	test("is loaded by the first write, not by readers", async () => {
		const printed = JSON.parse(await runScript("loaded", [place.path]));
		expect(printed).toEqual({ afterReading: false, compareAndSwap: true, afterAsking: false, afterWriting: true });
	});
});

describe("open", () => {
	test("takes relative and absolute paths as they are, and URLs", async () => {
		const path = join(place.path, "my data%20");
		expect(open(path).location).toBe(`file:${path}`);
		expect(open(pathToFileURL(path).href.slice("file:".length)).location).toBe(`file:${path}`);
		expect(file({ path: pathToFileURL(path) }).location).toBe(`file:${path}`);
		expect(open("./x").location).toBe(`file:${join(process.cwd(), "x")}`);
	});

	test("knows its options, and names them where one is unknown or wrong", () => {
		expect(open(place.path, { durability: "none", fileMode: 0o600, lockDir: "/tmp" }).spec?.options).toEqual({
			path: place.path,
			durability: "none",
			fileMode: 0o600,
			lockDir: "/tmp",
		});
		for (const [options, message] of [
			[{ durabilty: "none" }, /durability, fileMode, lockDir/],
			[{ durability: "sync" }, /"fsync" or "none"/],
			[{ fileMode: 9999 }, /0o777/],
			[{ lockDir: "" }, /lockDir/],
		] as const)
			expect(() => open(place.path, options)).toThrow(message);
		expect(() => open("")).toThrow(/file:/);
		expect(() => open("//elsewhere/data")).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});
});
