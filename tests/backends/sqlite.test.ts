import { cp, readdir, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { connect } from "tesserae";
import { open, sqlite } from "tesserae/backends/sqlite";
import { describe, expect, test } from "vitest";
import { bytes, MiB, ofSize, sqlitePlace, valueAt } from "./sqlite-place.js";

const place = sqlitePlace();

describe("the file", () => {
	test("is not made before the first write, nor by a delete", async () => {
		place.path = join(place.directory, "not", "yet.sqlite");
		const backend = place.opened();
		await backend.get("a");
		await backend.head("a");
		await backend.delete(["a"]);
		await backend.commit([{ key: "a", bytes: undefined, when: { absent: true } }]);
		await expect(backend.commit([{ key: "a", bytes: undefined, when: { etag: "1" } }])).rejects.toMatchObject({
			code: "CONFLICT",
		});
		for await (const entry of backend.list("")) expect(entry).toBe(undefined);
		expect((await backend.usage()).bytes).toBe(0);
		await backend.compact();
		expect(await readdir(place.directory)).toEqual([]);
		await backend.put("a", bytes);
		expect((await backend.usage()).bytes).toBeGreaterThan(0);
	});

	test("is one file when the last has closed it, of the mode asked", async () => {
		for (const [fileMode, expected] of [
			[undefined, 0o640],
			[0o600, 0o600],
		] as const) {
			place.path = join(place.directory, `${fileMode}`, "s.sqlite");
			const [one, two] = [place.opened({ fileMode }), place.opened({ fileMode })];
			await one.put("a", bytes);
			await one.close();
			expect((await two.get("a"))?.size).toBe(5);
			await two.close();
			expect(await readdir(join(place.directory, `${fileMode}`))).toEqual(["s.sqlite"]);
			expect((await stat(place.path)).mode & 0o777).toBe(expected & ~process.umask());
		}
	});

	test("may be an empty one, and reached by a link", async () => {
		await writeFile(place.path, "");
		await symlink(place.path, join(place.directory, "link"));
		const linked = place.opened({ path: join(place.directory, "link") });
		expect(await linked.get("a")).toBe(undefined);
		await linked.put("a", bytes);
		expect(linked.location).toBe(place.opened().location);
		expect((await place.opened().get("a"))?.size).toBe(5);
	});

	test("that was deleted is made again, with versions that never were", async () => {
		const backend = place.opened();
		const first = await backend.put("a", bytes);
		await backend.put("b", bytes);
		for (const end of ["", "-wal", "-shm"]) await rm(place.path + end, { force: true });
		const again = await backend.put("a", bytes);
		expect(Number(again)).toBeGreaterThan(Number(first) + 1);
		expect(await backend.get("b")).toBe(undefined);
	});

	test("gives back the space of what was deleted when it is compacted", async () => {
		const backend = place.opened();
		for (let n = 0; n < 8; n++) await backend.put(`d/${n}`, ofSize(3 * MiB, n));
		await backend.delete(Array.from({ length: 7 }, (_, n) => `d/${n}`));
		expect((await backend.usage()).bytes).toBeGreaterThan(20 * MiB);
		await backend.compact();
		expect((await backend.usage()).bytes).toBeLessThan(4 * MiB);
		expect(await valueAt(backend, "d/7")).toBe(7);
	});

	test("gives back also what its deleter had no time to remove", async () => {
		const first = place.opened();
		for (let n = 0; n < 16; n++) await first.put(`d/${n}`, ofSize(3 * MiB, n));
		await first.delete(Array.from({ length: 15 }, (_, n) => `d/${n}`));
		await first.close();
		const second = place.opened();
		expect((await second.usage()).reclaimable).toBeGreaterThan(40 * MiB);
		await second.compact();
		expect(await second.usage()).toEqual({ bytes: expect.any(Number), reclaimable: 0 });
		expect((await second.usage()).bytes).toBeLessThan(4 * MiB);
	});
});

describe("files that are no store", () => {
	async function refused(code: string, message: RegExp): Promise<void> {
		const backend = place.opened();
		const list = async (): Promise<void> => {
			for await (const entry of backend.list("")) expect(entry).toBe(undefined);
		};
		for (const call of [() => backend.get("a"), () => backend.put("a", bytes), list])
			await expect(call()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
	}

	test("a file of something else is CORRUPT, and stays as it is", async () => {
		await writeFile(place.path, "x,y,z\n".repeat(1000));
		await refused("CORRUPT", /no SQLite database/);
		expect((await stat(place.path)).size).toBe(6000);
	});

	test("a database of another program is refused, and stays as it is", async () => {
		place.meddle("CREATE TABLE objects (key TEXT)");
		await refused("INVALID_ARGUMENT", /another program/);
	});

	test("a store of a later version is UNSUPPORTED", async () => {
		await place.opened().put("a", bytes);
		place.meddle("PRAGMA user_version = 2");
		await place.cleanUps.pop()?.();
		await refused("UNSUPPORTED", /later version/);
	});

	test("a directory is refused at once", () => {
		expect(() => sqlite({ path: place.directory })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});

	test("a store that was cut off, or lacks a table or some bytes, is CORRUPT, never absent", async () => {
		const backend = place.opened();
		for (let n = 0; n < 4; n++) await backend.put(`d/${n}`, ofSize(MiB, n));
		await backend.put("e", ofSize(9 * MiB, 5));
		await backend.close();
		place.meddle("DELETE FROM pieces WHERE id IN (SELECT generation FROM objects WHERE key = 'd/0')");
		place.meddle("DELETE FROM pieces WHERE id IN (SELECT generation + 1 FROM objects WHERE key = 'e')");
		const damaged = place.opened();
		for (const key of ["d/0", "e"])
			for (const ranges of [undefined, [{ offset: 0 }]])
				await expect(damaged.get(key, { ranges })).rejects.toMatchObject({ code: "CORRUPT", key });
		await damaged.close();
		await truncate(place.path, 3 * MiB);
		await expect(place.opened().get("d/2")).rejects.toMatchObject({ code: "CORRUPT" });
	});
});

describe("lists", () => {
	test("fold a hundred thousand keys below a prefix without reading them", async () => {
		const backend = place.opened();
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
		const backend = place.opened();
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

test.skipIf(process.getBuiltinModule("node:sqlite" as "node:fs") !== undefined)(
	"where no SQLite can be loaded it is UNSUPPORTED, and the message says what to install",
	async () => {
		const build = fileURLToPath(new URL("../../dist", import.meta.url));
		for (const part of ["src", "backends"])
			await cp(join(build, part), join(place.directory, part), { recursive: true });
		await cp(join(build, "../package.json"), join(place.directory, "package.json"));
		const elsewhere = await import(pathToFileURL(join(place.directory, "backends", "sqlite", "index.js")).href);
		expect(() => elsewhere.sqlite({ path: place.path })).toThrow(
			expect.objectContaining({
				code: "UNSUPPORTED",
				message: expect.stringMatching(/npm install better-sqlite3.*file:DIR.*ram:/),
			}),
		);
	},
);

describe("open", () => {
	test("takes relative and absolute paths as they are, and URLs", () => {
		place.path = join(place.directory, "my data%20.sqlite");
		expect(open(place.path).location).toBe(`sqlite:${place.path}`);
		expect(open(pathToFileURL(place.path).href.slice("file:".length)).location).toBe(`sqlite:${place.path}`);
		expect(sqlite({ path: pathToFileURL(place.path) }).location).toBe(`sqlite:${place.path}`);
		expect(open("./x").location).toBe(`sqlite:${join(process.cwd(), "x")}`);
	});

	test("knows its options, and names them where one is unknown or wrong", async () => {
		const options = { durability: "none", fileMode: 0o600, busyTimeout: 5 };
		expect(open(place.path, options).spec?.options).toEqual({ path: place.path, ...options });
		for (const [wrong, message] of [
			[{ durabilty: "none" }, /durability, fileMode, busyTimeout/],
			[{ durability: "sync" }, /"fsync" or "none"/],
			[{ fileMode: 9999 }, /0o777/],
			[{ busyTimeout: -1 }, /milliseconds/],
		] as const)
			expect(() => open(place.path, wrong)).toThrow(message);
		for (const target of ["", ":memory:"]) expect(() => open(target)).toThrow(/sqlite:/);
		expect(() => open("//elsewhere/data")).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});
});
