import { type Backend, type Connection, type ConnectOptions, connect, type Fetched, type GetOptions } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterEach, describe, expect, test } from "vitest";
import { type Break, broken } from "../backends/pass-through.js";
import { drained, someBytes } from "./stores.js";

const BYTES = someBytes(100);
const connections: Connection[] = [];

afterEach(async () => {
	for (const con of connections.splice(0)) await con.close({ abort: true });
});

/** A store that holds `object`, and answers as `change` says. */
async function brokenStore(change: Break, options: ConnectOptions = {}): Promise<Connection["store"]> {
	const inner = ram();
	await inner.put("object", BYTES);
	const con = await connect(broken(inner, change), options);
	connections.push(con);
	return con.store;
}

/** Changes what comes, from the `from`th read on. */
function changed(change: (fetched: Fetched) => Fetched | undefined, from = 1): Break {
	let reads = 0;
	return (inner) => ({
		async get(key: string, options?: GetOptions) {
			const fetched = await inner.get(key, options);
			return fetched && ++reads >= from ? change(fetched) : fetched;
		},
	});
}

const short = (fetched: Fetched): Fetched => ({ ...fetched, parts: fetched.parts.map((part) => part.subarray(0, -1)) });
const long = (fetched: Fetched): Fetched => ({
	...fetched,
	parts: fetched.parts.map((part) => Buffer.concat([part, part])),
});
const nothing = (fetched: Fetched): Fetched => ({ ...fetched, parts: [] });

describe("a store that sends less, or more, than there is", () => {
	test.each([short, long, nothing])("%o is an error, never data", async (change) => {
		const store = await brokenStore(changed(change));
		const error = { code: "UNAVAILABLE", key: "object", message: expect.stringContaining("bytes") };
		await expect(store.get("object")).rejects.toMatchObject(error);
		await expect(store.get("object", { as: "text" })).rejects.toMatchObject(error);
		await expect(store.range("object", "10-19")).rejects.toMatchObject(error);
		await expect(store.range("object", "90-200")).rejects.toMatchObject(error);
		await expect(store.stream("object")).rejects.toMatchObject(error);
		await expect(store.copy("object", "copy")).rejects.toMatchObject(error);
		const file = await store.openRandomAccess("object");
		await expect(file?.slice(50, 60)).rejects.toMatchObject(error);
		expect(await store.has("copy")).toBe(false);
	});

	test("is noticed in the middle of a stream, after what was right", async () => {
		const store = await brokenStore(changed(short, 3));
		const reader = (await store.stream("object", { chunkSize: 30 }))?.getReader();
		expect((await reader?.read())?.value).toEqual(BYTES.slice(0, 30));
		expect((await reader?.read())?.value).toEqual(BYTES.slice(30, 60));
		await expect(reader?.read()).rejects.toMatchObject({ code: "UNAVAILABLE" });
	});
});

describe("an object that changes between two ranges", () => {
	test.each<[string, Break]>([
		["by a store that ignores ifMatch", changed((fetched) => ({ ...fetched, etag: "other" }), 2)],
		["in size alone", changed((fetched) => ({ ...fetched, size: 101 }), 2)],
		["by being deleted", changed(() => undefined, 2)],
	])("%s is CONFLICT", async (_, change) => {
		const store = await brokenStore(change);
		const stream = await store.stream("object", { chunkSize: 60 });
		await expect(drained(stream)).rejects.toMatchObject({ code: "CONFLICT", key: "object" });
	});
});

/** Counts reads, and lets each one from the `from`th on wait until it is told to go on or its signal says otherwise. */
function gate(from: number): { readonly change: Break; readonly reads: () => number; readonly aborted: Promise<void> } {
	let reads = 0;
	let tell = (): void => {};
	const aborted = new Promise<void>((resolve) => {
		tell = resolve;
	});
	const change: Break = (inner: Backend) => ({
		async get(key: string, options?: GetOptions) {
			if (++reads < from) return inner.get(key, options);
			return new Promise((_, reject) => {
				options?.signal?.addEventListener("abort", () => {
					tell();
					reject(options.signal?.reason);
				});
			});
		},
	});
	return { change, reads: () => reads, aborted };
}

/** Lets everything that is ready run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a stream", () => {
	test("reads one chunk ahead and no further", async () => {
		const { change, reads } = gate(1000);
		const store = await brokenStore(change);
		const reader = (await store.stream("object", { chunkSize: 10 }))?.getReader();
		for (let taken = 0; taken < 5; taken++) {
			await turn();
			expect(reads()).toBe(taken + 1);
			await reader?.read();
		}
	});

	test("that is cancelled ends its read, and asks for nothing more", async () => {
		const { change, reads, aborted } = gate(2);
		const store = await brokenStore(change);
		const stream = await store.stream("object", { chunkSize: 10 });
		const reader = stream?.getReader();
		await reader?.read();
		await turn();
		expect(reads()).toBe(2);
		await reader?.cancel();
		await aborted;
		await turn();
		expect(reads()).toBe(2);
	});

	test("ends with ABORTED by its signal, while it waits for the store and while nobody reads", async () => {
		for (const readsFirst of [true, false]) {
			const { change } = gate(2);
			const store = await brokenStore(change);
			const controller = new AbortController();
			const reader = (await store.stream("object", { chunkSize: 10, signal: controller.signal }))?.getReader();
			if (readsFirst) await reader?.read();
			const next = reader?.closed;
			controller.abort();
			await expect(next).rejects.toMatchObject({ code: "ABORTED" });
		}
	});

	test("ends when its connection is closed by force, and lets a connection close otherwise", async () => {
		const { change } = gate(2);
		const store = await brokenStore(change);
		const reader = (await store.stream("object", { chunkSize: 10 }))?.getReader();
		await reader?.read();
		const pending = reader?.read();
		await connections[0]?.close({ abort: true });
		await expect(pending).rejects.toBeInstanceOf(Error);
	});
});

describe("a call", () => {
	test("is cancelled by its signal, and by the connection's timeout", async () => {
		const { change } = gate(1);
		const store = await brokenStore(
			(inner) => {
				const { get } = change(inner);
				return {
					get: (key, options) => {
						const reading = (get as Backend["get"])(key, options);
						return reading.catch(() => {
							throw Object.assign(new Error("cancelled"), { name: "StoreError", code: "ABORTED" });
						});
					},
				};
			},
			{ timeout: 20 },
		);
		await expect(store.get("object")).rejects.toMatchObject({ code: "TIMEOUT" });
		await expect(store.get("object", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
	});

	test("a put that waits for its source is cancelled, and writes nothing", async () => {
		const con = await connect("ram:");
		connections.push(con);
		const controller = new AbortController();
		let isAsked = (): void => {};
		const asked = new Promise<void>((resolve) => {
			isAsked = resolve;
		});
		const stuck = new ReadableStream<Uint8Array>({
			pull: (c) => {
				c.enqueue(BYTES);
				isAsked();
				return new Promise(() => {});
			},
		});
		const put = con.store.put("object", stuck, { signal: controller.signal });
		await asked;
		controller.abort();
		await expect(put).rejects.toMatchObject({ code: "ABORTED" });
		expect(await con.store.has("object")).toBe(false);
	});

	test("an option that there is not is refused, as is one that means nothing", async () => {
		const store = await brokenStore(() => ({}));
		const calls = [
			() => store.get("object", { rnage: "0-1" } as never),
			() => store.get("object", { as: "xml" } as never),
			() => store.get("object", { limit: -1 }),
			() => store.get("object", { cache: "no" } as never),
			() => store.stream("object", { chunkSize: 0 }),
			() => store.put("object", "", { cache: "bypass" } as never),
			() => store.put("object", "", { when: {} } as never),
			() => store.list("", { delimiter: "-" } as never).next(),
			() => store.list("", { recursive: true, delimiter: "/" }).next(),
			() => store.head("", {}),
			() => store.get("../up"),
			() => store.delete(["object", "/"]),
		];
		for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		expect(await store.has("object")).toBe(true);
	});
});

test("caches are told what is wanted of them", async () => {
	const seen: unknown[] = [];
	const store = await brokenStore((inner) => ({
		get: (key, options) => {
			seen.push([options?.fresh ?? false, options?.refresh ?? false]);
			return inner.get(key, options);
		},
		put: (key, bytes, options) => {
			seen.push([options?.cache, options?.contentType]);
			return inner.put(key, bytes, options);
		},
	}));
	for (const cache of [undefined, "use", "bypass", "refresh"] as const) await store.get("object", { cache });
	await drained(await store.stream("object", { cache: "refresh", chunkSize: 50 }));
	await store.put("object", "x", { cache: "refresh", contentType: "text/plain" });
	await store.put("object", "x");
	const reads = [
		[false, false],
		[false, false],
		[true, false],
		[true, true],
		[true, true],
		[true, true],
	];
	expect(seen).toEqual([...reads, ["refresh", "text/plain"], [undefined, undefined]]);
});
