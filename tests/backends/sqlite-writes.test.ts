import { writeFileSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { type Backend, connect } from "tesserae";
import { describe, expect, test } from "vitest";
import { kill, runScript, startScript } from "./children.js";
import { mountSmall, remountReadOnly } from "./small-disk.js";
import { bytes, MiB, ofSize, sqlitePlace, valueAt } from "./sqlite-place.js";

const AS_ROOT = process.getuid?.() === 0;
const NOBODY = "65534";

const place = sqlitePlace();

/** How `method` ends for a user who is not root, nor the owner. */
async function attempt(method: string, key: string): Promise<{ code?: string; value?: string }> {
	return JSON.parse(await runScript("sqlite-attempt", [place.path, method, key, ...(AS_ROOT ? [NOBODY] : [])]));
}

describe("large objects and commits", () => {
	test("are read whole and in ranges across their rows", async () => {
		const backend = place.opened();
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
		const backend = place.opened();
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
		await backend.compact();
		expect((await backend.usage()).bytes).toBeLessThan(8 * MiB);
	});

	test("that a killed writer left are removed after an hour, not before", async () => {
		await place.opened().put("a", bytes);
		const now = Date.now();
		place.meddle("INSERT INTO pieces VALUES (1, x'00'), (2, x'00'), (3, x'00'), (9, x'00')");
		place.meddle(`INSERT INTO loose VALUES (1, 3, ${now - 1000}), (9, 1, ${now + 60_000})`);
		const backend = place.opened();
		await backend.put("b", bytes);
		await backend.compact();
		const database = new Database(place.path);
		expect(database.prepare("SELECT id FROM pieces WHERE id < 100").pluck().all()).toEqual([9]);
		expect(database.prepare("SELECT first FROM loose").pluck().all()).toEqual([9]);
		database.close();
	});

	test("do not keep other work of the thread waiting", async () => {
		const backend = place.opened();
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
		const [one, two] = [place.opened(), place.opened()];
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
		const [hasty, patient] = [place.opened({ busyTimeout: 200 }), place.opened()];
		await patient.put("a", ofSize(3, 1));
		const holder = await startScript("sqlite-hold", [place.path]);
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
		const [one, two] = await Promise.all([connect(`sqlite:${place.path}`), connect(`sqlite:${place.path}`)]);
		const ds = await one.createDataset("data", { data: Int32Array.of(1, 2, 3, 4), chunkShape: [2] });
		const same = await two.getDataset("data");
		await Promise.all([ds.set([0], 9), same.set([1], 8), ds.set([3], 7)]);
		await one.close();
		await same.set([2], 6);
		expect([...(await same.get()).data]).toEqual([9, 8, 6, 7]);
		await two.close();
	});
});

describe("disks", () => {
	async function refusedAsFull(backend: Backend, size: number): Promise<void> {
		const writes = ["a", "c", "b"].map((key) => ({ key, bytes: ofSize(size / 3, 9) }));
		await expect(backend.commit(writes)).rejects.toMatchObject({ code: "NO_SPACE" });
		const stored = await Promise.all(["a", "b", "c"].map((key) => valueAt(backend, key)));
		expect(stored).toEqual([1, 2, undefined]);
	}

	async function withTwo(): Promise<Backend> {
		const backend = place.opened();
		await backend.put("a", ofSize(MiB, 1));
		await backend.put("b", ofSize(MiB, 2));
		return backend;
	}

	test("a full one is NO_SPACE: nothing of the commit is stored, and smaller ones go on", async (context) => {
		place.cleanUps.push(mountSmall(context, place.directory, "8m"));
		const backend = await withTwo();
		for (const size of [7 * MiB, 30 * MiB, 7 * MiB]) await refusedAsFull(backend, size);
		await backend.put("a", ofSize(2 * MiB, 3));
		expect(await valueAt(backend, "a")).toBe(3);
	});

	test("one that gets full while a large commit is written is NO_SPACE, and all is well when there is room", async (context) => {
		place.cleanUps.push(mountSmall(context, place.directory, "56m"));
		const backend = await withTwo();
		const filler = join(place.directory, "filler");
		// In the first pause of the commit.
		setImmediate(() => expect(() => writeFileSync(filler, new Uint8Array(56 * MiB))).toThrow("ENOSPC"));
		await refusedAsFull(backend, 30 * MiB);
		await rm(filler);
		await backend.commit(["a", "b"].map((key) => ({ key, bytes: ofSize(5 * MiB, 4) })));
		expect([await valueAt(backend, "a"), await valueAt(backend, "b")]).toEqual([4, 4]);
		await backend.compact();
		expect((await backend.usage()).bytes).toBeLessThan(11 * MiB);
	});

	test("one mounted read only is READ_ONLY to writes, and read as ever", async (context) => {
		place.cleanUps.push(mountSmall(context, place.directory, "4m"));
		const writer = place.opened();
		await writer.put("a", ofSize(3, 1));
		await writer.close();
		remountReadOnly(place.directory);
		const backend = place.opened();
		expect(await valueAt(backend, "a")).toBe(1);
		await expect(backend.put("a", bytes)).rejects.toMatchObject({ code: "READ_ONLY", key: "a" });
		await expect(place.opened({ path: join(place.directory, "new.sqlite") }).put("a", bytes)).rejects.toMatchObject({
			code: "READ_ONLY",
		});
	});

	test("what the user may not write is read, what the user may not read is FORBIDDEN", async () => {
		const writer = place.opened({ fileMode: 0o644 });
		await writer.put("a", bytes);
		await writer.close();
		await chmod(place.directory, 0o555);
		place.cleanUps.push(() => chmod(place.directory, 0o700));
		expect(await attempt("get", "a")).toEqual({ value: "something" });
		expect(await attempt("get", "b")).toEqual({ value: "nothing" });
		expect(await attempt("put", "a")).toMatchObject({ code: "READ_ONLY" });
		await chmod(place.path, 0);
		expect(await attempt("get", "a")).toMatchObject({ code: "FORBIDDEN" });
		place.path = join(place.directory, "new.sqlite");
		expect(await attempt("put", "a")).toMatchObject({ code: "FORBIDDEN" });
	});
});
