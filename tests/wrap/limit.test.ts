import { connect, type ListEntry } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { fault, type LimitOptions, limit, retry } from "tesserae/wrap";
import { describe, expect, test } from "vitest";
import { Held, settled } from "./held.js";

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `k${i}`);

test("no more calls than the limit are on their way, and all are answered in the order they came", async () => {
	const held = new Held(ram());
	const store = limit(held, { concurrency: 3 });
	const ended: string[] = [];
	const calls = names(20).map(async (key) => {
		await store.get(key);
		ended.push(key);
	});
	expect(held.keys).toEqual(["k0", "k1", "k2"]);
	await held.calls[1]?.answer();
	expect(held.keys).toEqual(["k0", "k2", "k3"]);
	await held.answerAll();
	await Promise.all(calls);
	expect(held.most).toBe(3);
	expect(ended).toEqual(["k1", ...names(20).filter((key) => key !== "k1")]);
});

test("32 unless told otherwise", async () => {
	const held = new Held(ram());
	const store = limit(held);
	const calls = names(100).map((key) => store.get(key));
	expect(held.calls).toHaveLength(32);
	await held.answerAll();
	await Promise.all(calls);
	expect(held.most).toBe(32);
});

test("a failed call makes room as well", async () => {
	const held = new Held(ram());
	const store = limit(held, { concurrency: 1 });
	const first = expect(store.get("a")).rejects.toMatchObject({ code: "UNAVAILABLE" });
	const second = store.get("b");
	await held.calls[0]?.fail("UNAVAILABLE");
	await first;
	await held.answerAll();
	await second;
});

test("nobody overtakes: who comes while others wait is last", async () => {
	const held = new Held(ram());
	const store = limit(held, { concurrency: 1 });
	const calls = ["a", "b"].map((key) => store.get(key));
	const late = calls[0]?.then(() => store.get("c"));
	const earlier = store.get("d");
	await held.calls[0]?.answer();
	expect(held.keys).toEqual(["b"]);
	await held.calls[0]?.answer();
	expect(held.keys).toEqual(["d"]);
	await held.answerAll();
	await Promise.all([...calls, late, earlier]);
});

test("who is cancelled in line leaves it at once, and nobody waits for him", async () => {
	const held = new Held(ram());
	const store = limit(held, { concurrency: 1 });
	const controller = new AbortController();
	const first = store.get("a");
	const cancelled = store.get("b", { signal: controller.signal });
	const last = store.get("c");
	controller.abort();
	await expect(cancelled).rejects.toMatchObject({ code: "ABORTED" });
	await expect(store.get("d", { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED" });
	await held.calls[0]?.answer();
	expect(held.keys).toEqual(["c"]);
	await held.answerAll();
	await Promise.all([first, last]);
});

test("calls for metadata have a line of their own where they are given one", async () => {
	const held = new Held(ram());
	const store = limit(held, { concurrency: 1, metadataConcurrency: 2 });
	const calls = [store.get("g0"), store.get("g1"), store.head("h0"), store.head("h1"), store.head("h2")];
	expect(held.keys).toEqual(["g0", "h0", "h1"]);
	await held.answerAll();
	await Promise.all(calls);
	const shared = limit(held, { concurrency: 2 });
	const more = [shared.get("g"), shared.head("h"), shared.get("i")];
	expect(held.keys).toEqual(["g", "h"]);
	await held.answerAll();
	await Promise.all(more);
});

describe("where the store is throttled", () => {
	/** Starts calls until the line is full, and tells how many are on their way. */
	async function window(held: Held, store: ReturnType<typeof limit>): Promise<number> {
		await held.answerAll();
		const calls = names(40).map((key) => store.get(key));
		const { length } = held.calls;
		await held.answerAll();
		await Promise.all(calls);
		return length;
	}

	async function throttleOnce(held: Held, store: ReturnType<typeof limit>): Promise<void> {
		const call = expect(store.get("t")).rejects.toMatchObject({ code: "THROTTLED" });
		await held.calls.at(-1)?.fail("THROTTLED");
		await call;
	}

	test("the limit is halved, down to one", async () => {
		const held = new Held(ram());
		const store = limit(held, { concurrency: 16 });
		const widths = [];
		for (let i = 0; i < 6; i++) {
			await throttleOnce(held, store);
			const calls = names(16).map((key) => store.get(key).catch(() => {}));
			widths.push(held.calls.length);
			for (const call of [...held.calls]) await call.fail("UNAVAILABLE");
			while (held.calls.length > 0) await held.calls[0]?.fail("UNAVAILABLE");
			await Promise.all(calls);
		}
		expect(widths).toEqual([8, 4, 2, 1, 1, 1]);
	});

	test("all that were on their way count as one, those begun since count again", async () => {
		const held = new Held(ram());
		const store = limit(held, { concurrency: 16 });
		const calls = names(40).map((key) => store.get(key).catch(() => {}));
		const round = held.calls.slice(0, 16);
		for (const call of round.slice(0, 15)) await call.fail("THROTTLED");
		expect(held.calls).toHaveLength(8);
		await round[15]?.fail("THROTTLED");
		expect(held.calls, "the last of the old ones changes nothing").toHaveLength(8);
		await held.calls[0]?.fail("THROTTLED");
		for (let i = 0; i < 4; i++) await held.calls[0]?.answer();
		expect(held.calls, "one of the new ones does").toHaveLength(4);
		await held.answerAll();
		await Promise.all(calls);
	});

	test("it grows by one for as many successes as it is, up to what was asked for", async () => {
		const held = new Held(ram());
		const store = limit(held, { concurrency: 8 });
		await throttleOnce(held, store);
		const succeed = async (count: number): Promise<void> => {
			for (let i = 0; i < count; i++) {
				const call = store.get("s");
				await held.answerAll();
				await call;
			}
		};
		const widthNow = async (): Promise<number> => {
			const calls = names(10).map((key) => store.get(key).catch(() => {}));
			const { length } = held.calls;
			while (held.calls.length > 0) await held.calls[0]?.fail("UNAVAILABLE");
			await Promise.all(calls);
			return length;
		};
		await succeed(3);
		expect(await widthNow()).toBe(4);
		await succeed(1);
		expect(await widthNow()).toBe(5);
		await succeed(4);
		expect(await widthNow()).toBe(5);
		await succeed(1);
		expect(await widthNow()).toBe(6);
		await succeed(6 + 7);
		expect(await widthNow()).toBe(8);
		expect(await window(held, store)).toBe(8);
	});

	test("other failures do not narrow it", async () => {
		const held = new Held(ram());
		const store = limit(held, { concurrency: 4 });
		const call = expect(store.get("a")).rejects.toMatchObject({ code: "UNAVAILABLE" });
		await held.calls[0]?.fail("UNAVAILABLE");
		await call;
		expect(await window(held, store)).toBe(4);
	});
});

describe("a listing", () => {
	async function fill(store: Pick<ReturnType<typeof ram>, "commit">, count: number): Promise<void> {
		await store.commit(names(count).map((key) => ({ key, bytes: new Uint8Array(1) })));
	}

	test("is not in the way of what its caller asks for at each entry", async () => {
		const inner = ram();
		await fill(inner, 2500);
		const store = limit(inner, { concurrency: 1 });
		let count = 0;
		for await (const { key } of store.list("")) count += (await store.get(key))?.size ?? 0;
		expect(count).toBe(2500);
	});

	test("that is not walked to its end frees its turn", async () => {
		const inner = ram();
		await fill(inner, 2500);
		const store = limit(inner, { concurrency: 1 });
		for await (const _ of store.list("")) break;
		expect((await store.get("k1"))?.size).toBe(1);
	});

	test("waits for its turn, and can be cancelled there", async () => {
		const held = new Held(ram());
		const store = limit(held, { concurrency: 1 });
		const busy = store.get("a");
		const controller = new AbortController();
		const walk = async (signal?: AbortSignal): Promise<ListEntry[]> => {
			const entries: ListEntry[] = [];
			for await (const entry of store.list("", { signal })) entries.push(entry);
			return entries;
		};
		const cancelled = expect(walk(controller.signal)).rejects.toMatchObject({ code: "ABORTED" });
		let done = false;
		const patient = walk().then(() => {
			done = true;
		});
		await settled();
		controller.abort();
		await cancelled;
		expect(done).toBe(false);
		await held.answerAll();
		await Promise.all([busy, patient]);
	});

	test("that is throttled narrows the limit, and gives what it has", async () => {
		const inner = fault(ram());
		await fill(inner, 500);
		class Throttling extends Held {
			override async *list(prefix: string): AsyncGenerator<ListEntry> {
				yield* this.inner.list(prefix);
				await fault(this.inner, { errorRate: 1, error: "THROTTLED" }).head("x");
			}
		}
		const held = new Throttling(inner);
		const store = limit(held, { concurrency: 4 });
		let count = 0;
		const walk = async (): Promise<void> => {
			for await (const _ of store.list("")) count++;
		};
		await expect(walk()).rejects.toMatchObject({ code: "THROTTLED" });
		expect(count).toBe(500);
		const calls = names(8).map((key) => store.get(key));
		expect(held.calls).toHaveLength(2);
		await held.answerAll();
		await Promise.all(calls);
	});
});

test("under retry who pauses is in nobody's way", async () => {
	const held = new Held(ram());
	const store = retry(limit(held, { concurrency: 1 }), { base: 2 ** 30, cap: 2 ** 30 });
	const controller = new AbortController();
	const pausing = expect(store.get("a", { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED" });
	await held.calls[0]?.fail("UNAVAILABLE");
	const other = store.get("b");
	await settled();
	expect(held.keys).toEqual(["b"]);
	await held.answerAll();
	await other;
	controller.abort();
	await pausing;
});

test("a storm of throttling ends with everything read", async () => {
	let running = 0;
	const store = fault(ram(), { latency: [0, 2] });
	await using con = await connect(
		retry(
			limit(
				new (class extends Held {
					override async get(...args: Parameters<Held["get"]>): ReturnType<Held["get"]> {
						if (++running > 3) store.next("get", { error: "THROTTLED" });
						try {
							return await this.inner.get(...args);
						} finally {
							running--;
						}
					}
					override head(...args: Parameters<Held["head"]>): ReturnType<Held["head"]> {
						return this.inner.head(...args);
					}
				})(store),
			),
			{ base: 1, cap: 20 },
		),
		{ concurrency: 64 },
	);
	const data = Float32Array.from({ length: 2000 }, (_, n) => n);
	const ds = await con.createDataset("x", { data, chunkShape: [10] });
	expect([...(await ds.get()).data]).toEqual([...data]);
	expect(con.meter.snapshot().errors).toBe(0);
});

test.each<[LimitOptions | object, string]>([
	[{ concurrency: 0 }, "concurrency is a whole number ≥ 1, not 0"],
	[{ metadataConcurrency: 1.5 }, "metadataConcurrency is a whole number ≥ 1"],
	[{ concurrency: 10, metadataConcurrency: 9 }, "metadataConcurrency (9) must be at least concurrency (10)"],
	[{ metadataConcurrency: 31 }, "metadataConcurrency (31) must be at least concurrency (32)"],
	[{ concurency: 1 }, "is concurrency meant?"],
])("the options %j are refused", (options, message) => {
	expect(() => limit(ram(), options)).toThrow(
		expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
	);
});
