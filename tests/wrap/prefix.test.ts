import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { connect, type ListEntry, StoreError } from "tesserae";
import { file } from "tesserae/backends/file";
import { ram } from "tesserae/backends/ram";
import { sqlite } from "tesserae/backends/sqlite";
import { fault, prefix } from "tesserae/wrap";
import { expect, test } from "vitest";
import { scratch } from "../backends/scratch.js";

const BYTES = Uint8Array.of(1, 2, 3);

async function keysOf(list: AsyncIterable<ListEntry>): Promise<string[]> {
	const keys: string[] = [];
	for await (const { key } of list) keys.push(key);
	return keys.sort();
}

test("objects lie below the prefix, and only they are seen", async () => {
	const whole = ram();
	const part = prefix(whole, "a/b/");
	await whole.put("a/bc", BYTES);
	await whole.put("c", BYTES);
	await part.put("c", BYTES);
	await part.commit([
		{ key: "d/e", bytes: BYTES },
		{ key: "c", bytes: undefined },
	]);
	expect(await keysOf(whole.list(""))).toEqual(["a/b/d/e", "a/bc", "c"]);
	expect(await keysOf(part.list(""))).toEqual(["d/e"]);
	expect(await keysOf(part.list("", { delimiter: "/" }))).toEqual(["d/"]);
	expect(await part.get("c")).toBe(undefined);
	await part.delete(["d/e", "c"]);
	expect(await keysOf(whole.list(""))).toEqual(["a/bc", "c"]);
});

test("a slash at the end makes no difference, and no prefix is the whole store", async () => {
	const whole = ram();
	await prefix(whole, "a/b").put("c", BYTES);
	expect((await prefix(whole, "a/b/").get("c"))?.size).toBe(3);
	expect((await prefix(prefix(whole, "a"), "b/").get("c"))?.size).toBe(3);
	expect(prefix(whole, "")).toBe(whole);
});

test.each(["/", "/a", "../a", "a//b", "a/./", "a//"])("%j is no prefix", (path) => {
	expect(() => prefix(ram(), path)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
});

test("errors name the key as the caller knows it", async () => {
	const store = fault(ram());
	const part = prefix(store, "a/b");
	await part.put("c", BYTES);
	const conflict = part.put("c", BYTES, { when: { absent: true } });
	await expect(conflict).rejects.toMatchObject({
		code: "CONFLICT",
		key: "c",
		message: expect.stringMatching(/^"c" is not stored/),
		stack: expect.not.stringContaining("a/b/c"),
	});
	await expect(part.head("../c")).rejects.toMatchObject({ code: "INVALID_ARGUMENT", key: "../c" });
	store.next("get", { error: "THROTTLED", retryAfter: 70 });
	await expect(part.get("c")).rejects.toMatchObject({ code: "THROTTLED", key: "c", retryAfter: 70 });
	store.next("list", { error: "UNAVAILABLE" });
	await expect(keysOf(part.list("x"))).rejects.toMatchObject({ code: "UNAVAILABLE", key: "x" });
	await part.close();
	await expect(part.get("c")).rejects.toThrow(StoreError);
});

test("it lies where a store that was opened there lies", async () => {
	const { path, remove } = await scratch();
	const part = prefix(file({ path }), "a/b");
	const direct = file({ path: join(path, "a", "b") });
	expect(part.location).toBe(direct.location);
	await part.put("c", BYTES);
	expect(await readdir(join(path, "a", "b"))).toContain("c");
	expect((await direct.get("c"))?.size).toBe(3);
	await Promise.all([part.close(), direct.close()]);
	await remove();
});

test("its place is not that of a ram store of that name", () => {
	expect(prefix(ram({ name: "x" }), "y").location).not.toBe(ram({ name: "x/y" }).location);
});

test("what lies below it is counted by nobody; the store gives back its space as a whole", async () => {
	const { path, remove } = await scratch();
	const store = sqlite({ path: join(path, "a.sqlite") });
	const part = prefix(store, "a");
	await part.put("b", new Uint8Array(1e6));
	await part.delete(["b"]);
	expect(await part.usage()).toEqual({ ...(await store.usage()), bytes: undefined });
	expect((await part.usage()).reclaimable).toBeGreaterThan(9e5);
	await part.compact();
	expect((await part.usage()).reclaimable).toBeLessThan(1e5);
	await part.close();
	await remove();
});

test("a listing in order begins after a key below the prefix", async () => {
	const { path, remove } = await scratch();
	const part = prefix(sqlite({ path: join(path, "a.sqlite") }), "a");
	for (const key of ["1", "2", "3"]) await part.put(key, BYTES);
	expect(part.supports.listsInOrder).toBe(true);
	expect(await keysOf(part.list("", { after: "1" }))).toEqual(["2", "3"]);
	await part.close();
	await remove();
});

test.each(["sequential", "threads"])("datasets work on it, with the engine %s", async (engine) => {
	const { path, remove } = await scratch();
	await using con = await connect(prefix(file({ path, durability: "none" }), "deep/down"), { engine });
	const data = Float32Array.from({ length: 1000 }, (_, n) => n);
	const ds = await con.createDataset("x", { data, chunkShape: [100] });
	expect([...(await ds.get()).data]).toEqual([...data]);
	expect(await ds.sum()).toBe(499500);
	await using direct = await connect(`file:${join(path, "deep/down")}`, { mode: "r" });
	expect(await (await direct.getDataset("x")).sum()).toBe(499500);
	await remove();
});
