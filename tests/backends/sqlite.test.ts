import { writeFileSync } from "node:fs";
import { chmod, readdir, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import { connect } from "tesserae";
import { open, type SqliteBackend, type SqliteOptions, sqlite } from "tesserae/backends/sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { kill, killAll, runScript, startScript } from "./children.js";
import { type Scratch, scratch } from "./scratch.js";
import { mountSmall, remountReadOnly } from "./small-disk.js";

const AS_ROOT = process.getuid?.() === 0;
const NOBODY = "65534";
const MiB = 2 ** 20;

let place: Scratch;
let path: string;
/** Run after the test, the last first. */
const cleanUps: (() => unknown)[] = [];

beforeEach(async () => {
	place = await scratch();
	path = join(place.path, "store.sqlite");
	cleanUps.push(place.remove, killAll);
});

afterEach(async () => {
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function opened(options?: Partial<SqliteOptions>): SqliteBackend {
	const backend = sqlite({ path, durability: "none", ...options });
	cleanUps.push(() => backend.close());
	return backend;
}

/** Changes the file as another program would. */
function meddle(sql: string): void {
	const database = new Database(path);
	database.exec(sql);
	database.close();
}

/** How `method` ends for a user who is not root, nor the owner. */
async function attempt(method: string, key: string): Promise<{ code?: string; value?: string }> {
	return JSON.parse(await runScript("sqlite-attempt", [path, method, key, ...(AS_ROOT ? [NOBODY] : [])]));
}

function ofSize(size: number, value: number): Uint8Array {
	return new Uint8Array(size).fill(value);
}

async function valueAt(backend: SqliteBackend, key: string): Promise<number | undefined> {
	const part = (await backend.get(key))?.parts[0];
	expect(part?.every((byte) => byte === part[0])).not.toBe(false);
	return part?.[0];
}

const bytes = new TextEncoder().encode("bytes");

describe("the file", () => {
	test("is not made before the first write, nor by a delete", async () => {
		path = join(place.path, "not", "yet.sqlite");
		const backend = opened();
		await backend.get("a");
		await backend.head("a");
		await backend.delete(["a"]);
		await backend.commit([{ key: "a", bytes: undefined, when: { absent: true } }]);
		await expect(backend.commit([{ key: "a", bytes: undefined, when: { etag: "1" } }])).rejects.toMatchObject({
			code: "CONFLICT",
		});
		for await (const entry of backend.list("")) expect(entry).toBe(undefined);
		expect(await backend.fileSize()).toBe(0);
		await backend.vacuum();
		expect(await readdir(place.path)).toEqual([]);
		await backend.put("a", bytes);
		expect(await backend.fileSize()).toBeGreaterThan(0);
	});

	test("is one file when the last has closed it, of the mode asked", async () => {
		for (const [fileMode, expected] of [
			[undefined, 0o640],
			[0o600, 0o600],
		] as const) {
			path = join(place.path, `${fileMode}`, "s.sqlite");
			const [one, two] = [opened({ fileMode }), opened({ fileMode })];
			await one.put("a", bytes);
			await one.close();
			expect((await two.get("a"))?.size).toBe(5);
			await two.close();
			expect(await readdir(join(place.path, `${fileMode}`))).toEqual(["s.sqlite"]);
			expect((await stat(path)).mode & 0o777).toBe(expected & ~process.umask());
		}
	});

	test("may be an empty one, and reached by a link", async () => {
		await writeFile(path, "");
		await symlink(path, join(place.path, "link"));
		const linked = opened({ path: join(place.path, "link") });
		expect(await linked.get("a")).toBe(undefined);
		await linked.put("a", bytes);
		expect(linked.location).toBe(opened().location);
		expect((await opened().get("a"))?.size).toBe(5);
	});

	test("that was deleted is made again, with versions that never were", async () => {
		const backend = opened();
		const first = await backend.put("a", bytes);
		await backend.put("b", bytes);
		for (const end of ["", "-wal", "-shm"]) await rm(path + end, { force: true });
		const again = await backend.put("a", bytes);
		expect(Number(again)).toBeGreaterThan(Number(first) + 1);
		expect(await backend.get("b")).toBe(undefined);
	});

	test("gives back the space of what was deleted when it is vacuumed", async () => {
		const backend = opened();
		for (let n = 0; n < 8; n++) await backend.put(`d/${n}`, ofSize(3 * MiB, n));
		await backend.delete(Array.from({ length: 7 }, (_, n) => `d/${n}`));
		expect(await backend.fileSize()).toBeGreaterThan(20 * MiB);
		await backend.vacuum();
		expect(await backend.fileSize()).toBeLessThan(4 * MiB);
		expect(await valueAt(backend, "d/7")).toBe(7);
	});
});

describe("files that are no store", () => {
	async function refused(code: string, message: RegExp): Promise<void> {
		const backend = opened();
		const list = async (): Promise<void> => {
			for await (const entry of backend.list("")) expect(entry).toBe(undefined);
		};
		for (const call of [() => backend.get("a"), () => backend.put("a", bytes), list])
			await expect(call()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
	}

	test("a file of something else is CORRUPT, and stays as it is", async () => {
		await writeFile(path, "x,y,z\n".repeat(1000));
		await refused("CORRUPT", /no SQLite database/);
		expect((await stat(path)).size).toBe(6000);
	});

	test("a database of another program is refused, and stays as it is", async () => {
		meddle("CREATE TABLE objects (key TEXT)");
		await refused("INVALID_ARGUMENT", /another program/);
	});

	test("a store of a later version is UNSUPPORTED", async () => {
		await opened().put("a", bytes);
		meddle("PRAGMA user_version = 2");
		await cleanUps.pop()?.();
		await refused("UNSUPPORTED", /later version/);
	});

	test("a directory is refused at once", () => {
		expect(() => sqlite({ path: place.path })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});

	test("a store that was cut off, or lacks a table or some bytes, is CORRUPT, never absent", async () => {
		const backend = opened();
		for (let n = 0; n < 4; n++) await backend.put(`d/${n}`, ofSize(MiB, n));
		await backend.put("e", ofSize(9 * MiB, 5));
		await backend.close();
		meddle("DELETE FROM pieces WHERE id IN (SELECT generation FROM objects WHERE key = 'd/0')");
		meddle("DELETE FROM pieces WHERE id IN (SELECT generation + 1 FROM objects WHERE key = 'e')");
		const damaged = opened();
		for (const key of ["d/0", "e"])
			for (const ranges of [undefined, [{ offset: 0 }]])
				await expect(damaged.get(key, { ranges })).rejects.toMatchObject({ code: "CORRUPT", key });
		await damaged.close();
		await truncate(path, 3 * MiB);
		await expect(opened().get("d/2")).rejects.toMatchObject({ code: "CORRUPT" });
	});
});

describe("large objects and commits", () => {
	test("are read whole and in ranges across their rows", async () => {
		const backend = opened();
		const large = new Uint8Array(9 * MiB + 5).map((_, i) => (i * 31 + (i >> 12)) & 255);
		await backend.put("a", large);
		expect(Buffer.compare((await backend.get("a"))?.parts[0] as Uint8Array, large)).toBe(0);
		const spans = [
			[4 * MiB - 3, 4 * MiB + 3],
			[MiB, 9 * MiB],
			[8 * MiB, 8 * MiB],
			[9 * MiB, 9 * MiB + 5],
		] as const;
		const ranges = spans.map(([start, end]) => ({ offset: start, length: end - start }));
		const fetched = await backend.get("a", { ranges });
		for (const [n, [start, end]] of spans.entries())
			expect(Buffer.compare(fetched?.parts[n] as Uint8Array, large.subarray(start, end)), `span ${n}`).toBe(0);
	});

	test("take part in compare-and-swap, and leave nothing behind where they fail or are cancelled", async () => {
		const backend = opened();
		const etag = await backend.put("a", bytes);
		await backend.put("b", bytes);
		const writes = [
			{ key: "a", bytes: ofSize(7 * MiB, 1), when: { etag } },
			{ key: "b", bytes: ofSize(7 * MiB, 2) },
		];
		const controller = new AbortController();
		const cancelled = backend.commit(writes, { signal: controller.signal });
		setImmediate(() => controller.abort());
		await expect(cancelled).rejects.toMatchObject({ code: "ABORTED" });
		const overtaken = backend.commit(writes);
		await expect(overtaken.then(() => backend.commit(writes))).rejects.toMatchObject({ code: "CONFLICT" });
		const late = (await backend.head("a"))?.etag ?? "";
		const racing = backend.commit([{ key: "a", bytes: ofSize(20 * MiB, 3), when: { etag: late } }]);
		await backend.put("a", ofSize(10, 4));
		await expect(racing).rejects.toMatchObject({ code: "CONFLICT" });
		expect([await valueAt(backend, "a"), await valueAt(backend, "b")]).toEqual([4, 2]);
		await backend.vacuum();
		expect(await backend.fileSize()).toBeLessThan(8 * MiB);
	});

	test("that a killed writer left are removed after an hour, not before", async () => {
		await opened().put("a", bytes);
		const now = Date.now();
		meddle("INSERT INTO pieces VALUES (1, x'00'), (2, x'00'), (3, x'00'), (9, x'00')");
		meddle(`INSERT INTO loose VALUES (1, 3, ${now - 1000}), (9, 1, ${now + 60_000})`);
		const backend = opened();
		await backend.put("b", bytes);
		await backend.vacuum();
		const database = new Database(path);
		expect(database.prepare("SELECT id FROM pieces WHERE id < 100").pluck().all()).toEqual([9]);
		expect(database.prepare("SELECT first FROM loose").pluck().all()).toEqual([9]);
		database.close();
	});

	test("do not keep other work of the thread waiting", async () => {
		const backend = opened();
		let turns = 0;
		const timer = setInterval(() => turns++, 1);
		await backend.commit(Array.from({ length: 16 }, (_, n) => ({ key: `d/${n}`, bytes: ofSize(4 * MiB, n) })));
		clearInterval(timer);
		// In one step there would be none.
		expect(turns).toBeGreaterThan(2);
	});
});

describe("writers at the same time", () => {
	test("share a transaction, and each has its own outcome", async () => {
		const [one, two] = [opened(), opened()];
		await one.put("taken", ofSize(3, 7));
		const signal = AbortSignal.abort();
		const outcomes = await Promise.allSettled([
			one.put("a", ofSize(3, 1)),
			two.put("taken", ofSize(3, 2), { when: { absent: true } }),
			one.put("b", ofSize(3, 3), { signal }),
			two.commit([
				{ key: "c", bytes: ofSize(3, 4) },
				{ key: "taken", bytes: undefined, when: { etag: "1" } },
			]),
			two.put("d", ofSize(3, 5)),
		]);
		const ends = outcomes.map((outcome) => (outcome.status === "fulfilled" ? "stored" : outcome.reason.code));
		expect(ends).toEqual(["stored", "CONFLICT", "ABORTED", "CONFLICT", "stored"]);
		const stored = await Promise.all(["a", "taken", "b", "c", "d"].map((key) => valueAt(one, key)));
		expect(stored).toEqual([1, 7, undefined, undefined, 5]);
	});

	test("wait for another process without stopping this one; then it is UNAVAILABLE, or goes on when that is killed", async () => {
		const [hasty, patient] = [opened({ busyTimeout: 200 }), opened()];
		await patient.put("a", ofSize(3, 1));
		const holder = await startScript("sqlite-hold", [path]);
		let longest = 0;
		let last = performance.now();
		const timer = setInterval(() => {
			longest = Math.max(longest, performance.now() - last);
			last = performance.now();
		}, 1);
		await expect(hasty.put("a", ofSize(3, 2))).rejects.toMatchObject({
			code: "UNAVAILABLE",
			key: "a",
			message: expect.stringContaining("lock"),
		});
		expect(await valueAt(hasty, "a")).toBe(1);
		const controller = new AbortController();
		const cancelled = patient.put("a", ofSize(3, 3), { signal: controller.signal });
		const waiting = patient.put("a", ofSize(3, 4));
		controller.abort();
		await expect(cancelled).rejects.toMatchObject({ code: "ABORTED" });
		await kill(holder);
		await waiting;
		clearInterval(timer);
		expect(await valueAt(hasty, "a")).toBe(4);
		expect(longest).toBeLessThan(150);
	});

	test("do not hinder connections that are closed, in one process", async () => {
		const [one, two] = await Promise.all([connect(`sqlite:${path}`), connect(`sqlite:${path}`)]);
		const ds = await one.createDataset("data", { data: Int32Array.of(1, 2, 3, 4), chunkShape: [2] });
		const same = await two.getDataset("data");
		await Promise.all([ds.set([0], 9), same.set([1], 8), ds.set([3], 7)]);
		await one.close();
		await same.set([2], 6);
		expect([...(await same.get()).data]).toEqual([9, 8, 6, 7]);
		await two.close();
	});
});

describe("lists", () => {
	test("fold a hundred thousand keys below a prefix without reading them", async () => {
		const backend = opened();
		for (let n = 0; n < 100; n++)
			await backend.commit(
				Array.from({ length: 1000 }, (_, i) => ({ key: `big/c/${n}/${i}`, bytes: new Uint8Array(1) })),
			);
		const con = await connect(backend);
		await con.createDataset("a", { shape: [2], dtype: "int8" });
		await con.createDataset("z", { shape: [2], dtype: "int8" });
		const timed = async (options?: { delimiter: "/" }): Promise<{ count: number; ms: number }> => {
			const start = performance.now();
			let count = 0;
			for await (const _ of backend.list("", options)) count++;
			return { count, ms: performance.now() - start };
		};
		const [all, folded] = [await timed(), await timed({ delimiter: "/" })];
		expect(all.count).toBeGreaterThan(100_000);
		expect(folded.count).toBeLessThan(6);
		expect(folded.ms).toBeLessThan(all.ms / 5);
	});

	test("know keys by their code points, whatever JavaScript sorts by", async () => {
		const names = ["\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{10000}", "\u{10ffff}", "a", "a0", "a/", "z"];
		const keys = names.flatMap((a) => names.map((b) => `${a}${b}x`));
		const backend = opened();
		await backend.commit(keys.map((key) => ({ key, bytes })));
		for (const prefix of ["", ...names, ...keys, "\u{10ffff}\u{10ffff}", "\u{d800}", "b"]) {
			const expected = keys.filter((key) => key.startsWith(prefix) && prefix !== "\u{d800}");
			const listed: string[] = [];
			for await (const { key } of backend.list(prefix)) listed.push(key);
			expect(listed.sort(), JSON.stringify(prefix)).toEqual(expected.sort());
			const folded = new Set(
				expected.map((key) => key.replace(new RegExp(`^(.{${prefix.length}}[^/]*/).*`, "s"), "$1")),
			);
			const entries: string[] = [];
			for await (const { key } of backend.list(prefix, { delimiter: "/" })) entries.push(key);
			expect(entries.sort(), JSON.stringify(prefix)).toEqual([...folded].sort());
		}
		await expect(backend.put("\u{d800}", bytes)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});
});

describe("disks", () => {
	async function refusedAsFull(backend: SqliteBackend, size: number): Promise<void> {
		const writes = ["a", "c", "b"].map((key) => ({ key, bytes: ofSize(size / 3, 9) }));
		await expect(backend.commit(writes)).rejects.toMatchObject({ code: "NO_SPACE" });
		const stored = await Promise.all(["a", "b", "c"].map((key) => valueAt(backend, key)));
		expect(stored).toEqual([1, 2, undefined]);
	}

	async function withTwo(): Promise<SqliteBackend> {
		const backend = opened();
		await backend.put("a", ofSize(MiB, 1));
		await backend.put("b", ofSize(MiB, 2));
		return backend;
	}

	test("a full one is NO_SPACE: nothing of the commit is stored, and smaller ones go on", async (context) => {
		cleanUps.push(mountSmall(context, place.path, "8m"));
		const backend = await withTwo();
		for (const size of [7 * MiB, 30 * MiB, 7 * MiB]) await refusedAsFull(backend, size);
		await backend.put("a", ofSize(2 * MiB, 3));
		expect(await valueAt(backend, "a")).toBe(3);
	});

	test("one that gets full while a large commit is written is NO_SPACE, and all is well when there is room", async (context) => {
		cleanUps.push(mountSmall(context, place.path, "56m"));
		const backend = await withTwo();
		const filler = join(place.path, "filler");
		// In the first pause of the commit.
		setImmediate(() => expect(() => writeFileSync(filler, new Uint8Array(56 * MiB))).toThrow("ENOSPC"));
		await refusedAsFull(backend, 30 * MiB);
		await rm(filler);
		await backend.commit(["a", "b"].map((key) => ({ key, bytes: ofSize(5 * MiB, 4) })));
		expect([await valueAt(backend, "a"), await valueAt(backend, "b")]).toEqual([4, 4]);
		await backend.vacuum();
		expect(await backend.fileSize()).toBeLessThan(11 * MiB);
	});

	test("one mounted read only is READ_ONLY to writes, and read as ever", async (context) => {
		cleanUps.push(mountSmall(context, place.path, "4m"));
		const writer = opened();
		await writer.put("a", ofSize(3, 1));
		await writer.close();
		remountReadOnly(place.path);
		const backend = opened();
		expect(await valueAt(backend, "a")).toBe(1);
		await expect(backend.put("a", bytes)).rejects.toMatchObject({ code: "READ_ONLY", key: "a" });
		await expect(opened({ path: join(place.path, "new.sqlite") }).put("a", bytes)).rejects.toMatchObject({
			code: "READ_ONLY",
		});
	});

	test("what the user may not write is read, what the user may not read is FORBIDDEN", async () => {
		const writer = opened({ fileMode: 0o644 });
		await writer.put("a", bytes);
		await writer.close();
		await chmod(place.path, 0o555);
		cleanUps.push(() => chmod(place.path, 0o700));
		expect(await attempt("get", "a")).toEqual({ value: "something" });
		expect(await attempt("get", "b")).toEqual({ value: "nothing" });
		expect(await attempt("put", "a")).toMatchObject({ code: "READ_ONLY" });
		await chmod(path, 0);
		expect(await attempt("get", "a")).toMatchObject({ code: "FORBIDDEN" });
		path = join(place.path, "new.sqlite");
		expect(await attempt("put", "a")).toMatchObject({ code: "FORBIDDEN" });
	});
});

describe("open", () => {
	test("takes relative and absolute paths as they are, and URLs", () => {
		path = join(place.path, "my data%20.sqlite");
		expect(open(path).location).toBe(`sqlite:${path}`);
		expect(open(pathToFileURL(path).href.slice("file:".length)).location).toBe(`sqlite:${path}`);
		expect(sqlite({ path: pathToFileURL(path) }).location).toBe(`sqlite:${path}`);
		expect(open("./x").location).toBe(`sqlite:${join(process.cwd(), "x")}`);
	});

	test("knows its options, and names them where one is unknown or wrong", async () => {
		const options = { durability: "none", fileMode: 0o600, busyTimeout: 5 };
		expect(open(path, options).spec?.options).toEqual({ path, ...options });
		for (const [wrong, message] of [
			[{ durabilty: "none" }, /durability, fileMode, busyTimeout/],
			[{ durability: "sync" }, /"fsync" or "none"/],
			[{ fileMode: 9999 }, /0o777/],
			[{ busyTimeout: -1 }, /milliseconds/],
		] as const)
			expect(() => open(path, wrong)).toThrow(message);
		for (const target of ["", ":memory:"]) expect(() => open(target)).toThrow(/sqlite:/);
		expect(() => open("//elsewhere/data")).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});
});
