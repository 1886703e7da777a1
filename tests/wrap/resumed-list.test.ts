/** A listing that breaks off goes on without leaving out or repeating a key. */
import { join } from "node:path";
import type { Backend, ListEntry, ListOptions } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { sqlite } from "tesserae/backends/sqlite";
import { fault, limit, type Retry, retry } from "tesserae/wrap";
import { expect, test } from "vitest";
import { PassThrough } from "../backends/pass-through.js";
import { scratch } from "../backends/scratch.js";

const AT_ONCE = { base: 0, cap: 0 };
const KEYS = Array.from({ length: 700 }, (_, i) => `d${i % 3}/${i}`);

/** Notes where each listing began. */
class Noted extends PassThrough {
	readonly begun: (string | undefined)[] = [];

	override list(prefix: string, options?: ListOptions): AsyncIterable<ListEntry> {
		this.begun.push(options?.after);
		return this.inner.list(prefix, options);
	}
}

async function filled(store: Backend): Promise<Backend> {
	await store.commit(KEYS.map((key) => ({ key, bytes: new Uint8Array(1) })));
	return store;
}

async function keysOf(list: AsyncIterable<ListEntry>): Promise<string[]> {
	const keys: string[] = [];
	for await (const { key } of list) keys.push(key);
	return keys;
}

const LOST = { lost: true } as const;
const UNAVAILABLE = { error: "UNAVAILABLE" } as const;

test.each<[string, (store: Backend) => Backend]>([
	["", (store) => store],
	[", taken page by page", (store) => limit(store)],
])("a listing without order begins again, and gives each key once%s", async (_, wrap) => {
	const faulty = fault(await filled(ram()));
	const store = retry(wrap(faulty), AT_ONCE);
	faulty.next("list", UNAVAILABLE, LOST, UNAVAILABLE, LOST, LOST);
	const keys = await keysOf(store.list(""));
	expect(keys).toHaveLength(KEYS.length);
	expect(keys.sort()).toEqual([...KEYS].sort());
	faulty.next("list", LOST, LOST);
	expect((await keysOf(store.list("", { delimiter: "/" }))).sort()).toEqual(["d0/", "d1/", "d2/"]);
});

test("a listing in order goes on behind the last key", async () => {
	const { path, remove } = await scratch();
	const noted = new Noted(await filled(sqlite({ path: join(path, "a.sqlite") })));
	const faulty = fault(noted);
	faulty.next("list", LOST, LOST, UNAVAILABLE, LOST);
	const keys = await keysOf(retry(faulty, AT_ONCE).list("d1/", { after: "d1/2" }));
	expect(keys).toEqual(KEYS.filter((key) => key.startsWith("d1/") && key > "d1/2").sort());
	expect(noted.begun).toHaveLength(4);
	expect(noted.begun[0]).toBe("d1/2");
	expect(noted.begun.slice(1)).toEqual([...noted.begun.slice(1)].sort());
	expect(noted.begun[3]).not.toBe("d1/2");
	await noted.close();
	await remove();
});

test("attempts are counted anew when there was something new", async () => {
	const faulty = fault(await filled(ram()));
	const attempts: Retry["attempt"][] = [];
	const store = retry(faulty, { ...AT_ONCE, attempts: 2, onRetry: ({ attempt }) => void attempts.push(attempt) });
	faulty.next("list", UNAVAILABLE, LOST);
	expect(await keysOf(store.list(""))).toHaveLength(KEYS.length);
	expect(attempts).toEqual([1, 1]);
	faulty.next("list", UNAVAILABLE, UNAVAILABLE);
	await expect(keysOf(store.list(""))).rejects.toThrow("gave up after 2 attempts");
});

test("a key that was deleted and written again meanwhile comes once", async () => {
	const inner = await filled(ram());
	const faulty = fault(inner);
	faulty.next("list", LOST, LOST);
	const keys: string[] = [];
	for await (const { key } of retry(faulty, AT_ONCE).list("")) {
		keys.push(key);
		await inner.delete([key]);
		await inner.put(key, new Uint8Array(2));
	}
	expect(new Set(keys).size).toBe(keys.length);
	expect(keys).toHaveLength(KEYS.length);
});

test("a failure that does not pass is thrown on, after what came before it", async () => {
	class Damaged extends PassThrough {
		override async *list(prefix: string): AsyncGenerator<ListEntry> {
			yield* this.inner.list(prefix);
			await this.inner.get("../x");
		}
	}
	const keys: string[] = [];
	const walk = async (): Promise<void> => {
		for await (const { key } of retry(limit(new Damaged(await filled(ram())))).list("")) keys.push(key);
	};
	await expect(walk()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	expect(keys).toHaveLength(KEYS.length);
});

test("a listing without order is not begun again after more keys than are remembered", async () => {
	class Endless extends PassThrough {
		override async *list(): AsyncGenerator<ListEntry> {
			for (let i = 0; i < 100_010; i++) yield { kind: "object", key: `${i}`, size: 0 };
			await fault(this.inner, { errorRate: 1 }).get("a");
		}
	}
	let count = 0;
	const walk = async (): Promise<void> => {
		for await (const _ of retry(new Endless(ram()), AT_ONCE).list("")) count++;
	};
	await expect(walk()).rejects.toMatchObject({
		code: "UNAVAILABLE",
		message: expect.stringContaining("100000 keys in no order"),
	});
	expect(count).toBe(100_010);
});
