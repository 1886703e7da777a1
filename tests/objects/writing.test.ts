import { Readable } from "node:stream";
import { connect, type Progress } from "tesserae";
import { describe, expect, test } from "vitest";
import { all, drained, openedFor, PLACES, someBytes, WRITABLE } from "./stores.js";

const BYTES = someBytes(1000);
const TEXT = "größer 日本 🙂";
const UTF8 = new TextEncoder().encode(TEXT);

/** The same bytes in every form that can be put. */
const BODIES: { readonly [form: string]: () => Parameters<Awaited<ReturnType<typeof connect>>["store"]["put"]>[1] } = {
	Uint8Array: () => UTF8,
	"a view of a part": () => new Uint8Array(Buffer.concat([Buffer.alloc(3), UTF8, Buffer.alloc(5)])).subarray(3, -5),
	"another view": () => new DataView(UTF8.buffer),
	ArrayBuffer: () => UTF8.buffer,
	string: () => TEXT,
	Blob: () => new Blob([TEXT]),
	"a web stream": () => new Blob([TEXT]).stream(),
	"a Node stream": () => Readable.from([UTF8.subarray(0, 3), UTF8.subarray(3)]),
	"a generator of bytes": async function* () {
		const buffer = new Uint8Array(4);
		// As many sources do, it uses one buffer again and again.
		for (let at = 0; at < UTF8.length; at += 4) {
			buffer.set(UTF8.subarray(at, at + 4));
			yield buffer.subarray(0, Math.min(4, UTF8.length - at));
		}
	},
	"a generator of text": async function* () {
		for (const character of TEXT) yield character;
	},
};

describe.each(WRITABLE)("writing objects of $name", (place) => {
	const opened = openedFor(place);

	test.each(Object.entries(BODIES))("puts %s", async (form, body) => {
		const { store } = opened.now.writer;
		const etag = await store.put(`bodies/${form}`, (body as () => never)());
		expect(await store.get(`bodies/${form}`, { as: "text", ifMatch: etag })).toBe(TEXT);
	});

	test("puts JSON values, and refuses what JSON cannot hold", async () => {
		const { store } = opened.now.writer;
		for (const value of [null, "text", 1.5, true, [1, [2]], { a: { b: -(2n ** 70n) } }]) {
			await store.put("json", value, { as: "json" });
			expect(await store.get("json", { as: "json" })).toEqual(value);
		}
		await expect(store.put("json", { f: () => 1 }, { as: "json" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await expect(store.put("json", { a: 1 } as never)).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
			message: expect.stringContaining('{ as: "json" }'),
		});
		expect(await store.get("json", { as: "json" })).toEqual({ a: { b: -(2n ** 70n) } });
	});

	test("writes on condition", async () => {
		const { store, supports } = opened.now.writer;
		expect(supports).toMatchObject({ createIfAbsent: true, compareAndSwap: true });
		const first = await store.put("conditional", "1", { when: { absent: true } });
		await expect(store.put("conditional", "2", { when: { absent: true } })).rejects.toMatchObject({ code: "CONFLICT" });
		const second = await store.put("conditional", "2", { when: { etag: first } });
		await expect(store.put("conditional", "3", { when: { etag: first } })).rejects.toMatchObject({ code: "CONFLICT" });
		await expect(store.copy("conditional", "conditional/2", { when: { etag: second } })).rejects.toMatchObject({
			code: "CONFLICT",
		});
		expect(await store.get("conditional", { as: "text" })).toBe("2");
	});

	test("copies", async () => {
		const { store } = opened.now.writer;
		await store.put("copies/a", BYTES);
		const etag = await store.copy("copies/a", "copies/b");
		expect(await store.get("copies/b", { ifMatch: etag })).toEqual(BYTES);
		await expect(store.copy("copies/none", "copies/c")).rejects.toMatchObject({
			code: "NOT_FOUND",
			key: "copies/none",
		});
		await expect(store.copy("copies/a", "copies/a")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await expect(store.copy("copies/a", "copies/c", { limit: 999 })).rejects.toMatchObject({ code: "TOO_LARGE" });
		expect(await store.has("copies/c")).toBe(false);
	});

	test("lists a level, or everything; directories end in a slash", async () => {
		const { store } = opened.now.writer;
		for (const key of ["l/a", "l/b#1 %", "l/d/e", "l/d/f/g", "l/da", "lz"]) await store.put(key, key);
		const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
		const object = (key: string) => ({ kind: "object", key, size: key.length });
		const level = [object("l/a"), object("l/b#1 %"), { kind: "directory", key: "l/d/" }, object("l/da")];
		expect((await all(store.list("l/"))).sort(byKey)).toEqual(level);
		expect((await all(store.list("l/", { delimiter: "/" }))).sort(byKey)).toEqual(level);
		expect((await all(store.list("l/d"))).sort(byKey)).toEqual(level.slice(2));
		const everything = ["l/a", "l/b#1 %", "l/d/e", "l/d/f/g", "l/da"].map(object);
		expect((await all(store.list("l/", { recursive: true }))).sort(byKey)).toEqual(everything);
		expect(await all(store.list("nothing/"))).toEqual([]);
		expect(await all(store.list())).toContainEqual({ kind: "directory", key: "l/" });
		const answers = ["", "l", "l/", "l/d", "l/a", "lz", "nothing"].map((key) => store.isDirectory(key));
		expect(await Promise.all(answers)).toEqual([true, true, true, true, false, false, false]);
	});

	test("deletes one, several, and all below a prefix", async () => {
		const { store } = opened.now.writer;
		const keys = Array.from({ length: 1100 }, (_, n) => `del/x/${n}`);
		for (const key of [...keys, "del/xy", "del/z"]) await store.put(key, "1234");
		await store.delete(["del/x/1", "del/x/2", "del/none"]);
		await store.delete("del/x/3");
		const progress: Progress[] = [];
		expect(await store.deletePrefix("del/x/", { onProgress: (p) => progress.push(p) })).toBe(1097);
		expect(progress.at(-1)).toEqual({ done: 1097, total: 1097, bytes: 4 * 1097 });
		expect(progress[0]?.done).toBeLessThanOrEqual(1000);
		expect((await all(store.list("del/", { recursive: true }))).map(({ key }) => key).sort()).toEqual([
			"del/xy",
			"del/z",
		]);
		await expect(store.deletePrefix("")).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
			message: expect.stringContaining("{ all: true }"),
		});
		expect(await store.has("del/z")).toBe(true);
	});

	test("a stream that is too long, breaks off or is no stream of bytes leaves nothing", async () => {
		const { store } = opened.now.writer;
		let [made, ended] = [0, false];
		async function* endless() {
			try {
				for (;;) {
					made++;
					yield someBytes(100);
				}
			} finally {
				ended = true;
			}
		}
		await expect(store.put("s", endless(), { limit: 1000 })).rejects.toMatchObject({
			code: "TOO_LARGE",
			message: expect.stringContaining("limit"),
		});
		expect([made, ended]).toEqual([11, true]);
		async function* breaking() {
			yield "some";
			throw new Error("no more film");
		}
		await expect(store.put("s", breaking())).rejects.toThrow("no more film");
		await expect(store.put("s", Readable.from([1, 2]) as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await expect(store.put("s", new Blob([BYTES]), { limit: 999 })).rejects.toMatchObject({ code: "TOO_LARGE" });
		await expect(store.put("s", "half a pair: \ud83d")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		expect(await store.has("s")).toBe(false);
	});
});

describe.each(PLACES)("a connection to $name", (place) => {
	test("opened for reading refuses writes before it takes a stream, and once closed everything", async () => {
		const { reader, writer, close } = await place.open();
		await writer.store.put("zarr.json", "{}");
		const con = place.readsOnly ? reader : await connect(writer.backend, { mode: "r" });
		let taken = false;
		async function* source() {
			taken = true;
			yield "x";
		}
		const writes = [
			() => con.store.put("a", "1"),
			() => con.store.put("a", source()),
			() => con.store.copy("zarr.json", "b"),
			() => con.store.delete("zarr.json"),
			() => con.store.deletePrefix("z"),
		];
		for (const write of writes) await expect(write()).rejects.toMatchObject({ code: "READ_ONLY" });
		expect([taken, await con.store.has("zarr.json")]).toEqual([false, true]);
		const stream = await con.store.stream("zarr.json", { chunkSize: 1 });
		const file = await con.store.openRandomAccess("zarr.json");
		await con.close();
		for (const call of [
			() => con.store.get("zarr.json"),
			() => con.store.put("a", "1"),
			() => con.store.head("a"),
			() => con.store.list().next(),
			() => con.store.stream("zarr.json"),
			() => con.store.openRandomAccess("zarr.json"),
			() => file?.slice(),
			() => drained(stream),
		])
			await expect(call()).rejects.toMatchObject({ code: "CLOSED" });
		await close();
	});
});

describe.each(PLACES.filter(({ name }) => name === "http"))("$name", (place) => {
	const opened = openedFor(place);

	test("cannot be listed", async () => {
		const { store } = opened.now.reader;
		for (const call of [() => store.list().next(), () => store.isDirectory("a")])
			await expect(call()).rejects.toMatchObject({ code: "UNSUPPORTED" });
	});
});
