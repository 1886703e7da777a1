import { type Backend, connect, type ListEntry } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { type Fault, type FaultPlan, fault } from "tesserae/wrap";
import { afterEach, expect, test, vi } from "vitest";

const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);

afterEach(() => {
	vi.useRealTimers();
});

async function outcomes(store: Backend, calls: number): Promise<string> {
	let marks = "";
	for (let i = 0; i < calls; i++)
		marks += await store.get("a").then(
			() => ".",
			({ code }) => code[0],
		);
	return marks;
}

async function keysOf(list: AsyncIterable<ListEntry>, seen: string[] = []): Promise<string[]> {
	for await (const { key } of list) seen.push(key);
	return seen;
}

test("the same seed makes the same faults, another one others", async () => {
	const plan = { errorRate: 0.2, lostRate: 0.1, seed: 7 };
	const marks = await outcomes(fault(ram(), plan), 300);
	expect(await outcomes(fault(ram(), plan), 300)).toBe(marks);
	expect(await outcomes(fault(ram(), { ...plan, seed: 8 }), 300)).not.toBe(marks);
	const failed = marks.replaceAll(".", "").length;
	expect(failed).toBeGreaterThan(300 * 0.28 * 0.7);
	expect(failed).toBeLessThan(300 * 0.28 * 1.3);
});

test("rates of one operation hold instead of those of all", async () => {
	const store = fault(ram(), { only: { get: { errorRate: 1, error: "FORBIDDEN" }, put: {} }, errorRate: 1 });
	await store.put("a", BYTES);
	await expect(store.get("a")).rejects.toMatchObject({ code: "FORBIDDEN", key: "a" });
	await expect(store.head("a")).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("what was lost was carried out; what failed was not", async () => {
	const inner = ram();
	const store = fault(inner);
	store.next("put", { error: "UNAVAILABLE" }, { lost: true });
	await expect(store.put("a", BYTES)).rejects.toMatchObject({ code: "UNAVAILABLE" });
	expect(await inner.get("a")).toBe(undefined);
	await expect(store.put("a", BYTES)).rejects.toMatchObject({ code: "UNAVAILABLE", key: "a" });
	expect((await inner.get("a"))?.size).toBe(100);
	await store.put("b", BYTES);
});

test("faults in line come one by one, and {} lets a call through", async () => {
	const store = fault(ram(), { errorRate: 1 });
	store.next("head", {}, { error: "TIMEOUT" }, {});
	const codes = [];
	for (let i = 0; i < 4; i++) codes.push(await store.head("a").then(String, ({ code }) => code));
	expect(codes).toEqual(["undefined", "TIMEOUT", "undefined", "UNAVAILABLE"]);
});

test("one bit of a copy is wrong, never what the store keeps", async () => {
	const store = fault(ram());
	await store.put("a", BYTES);
	store.next("get", { corrupt: true }, { corrupt: true });
	const bits = (part: Uint8Array | undefined, right: Uint8Array): number =>
		[...(part ?? [])].reduce(
			(sum, byte, i) => sum + (byte ^ (right[i] as number)).toString(2).replaceAll("0", "").length,
			0,
		);
	expect(bits((await store.get("a"))?.parts[0], BYTES)).toBe(1);
	const { parts = [] } =
		(await store.get("a", {
			ranges: [
				{ offset: 0, length: 0 },
				{ offset: 5, length: 3 },
			],
		})) ?? {};
	expect(bits(parts[1], BYTES.subarray(5, 8))).toBe(1);
	expect((await store.get("a"))?.parts[0]).toEqual(BYTES);
	store.next("get", { corrupt: true });
	expect(await store.get("absent")).toBe(undefined);
});

test("a wrong bit is noticed by the checksum of a chunk", async () => {
	const store = fault(ram());
	await using con = await connect(store);
	const ds = await con.createDataset("x", { data: Int8Array.of(1, 2, 3), codecs: ["crc32c"] });
	store.next("get", { corrupt: true });
	await expect(ds.get()).rejects.toMatchObject({ code: "CORRUPT" });
	expect([...(await ds.get()).data]).toEqual([1, 2, 3]);
});

test("a lost listing breaks off after some of its entries", async () => {
	const store = fault(ram());
	for (let i = 0; i < 200; i++) await store.put(`${i}`, BYTES);
	store.next("list", { lost: true });
	const seen: string[] = [];
	await expect(keysOf(store.list(""), seen)).rejects.toMatchObject({ code: "UNAVAILABLE" });
	expect(seen.length).toBeLessThan(100);
	expect(await keysOf(store.list(""))).toHaveLength(200);
});

test("latency passes before a call, slowness after it", async () => {
	vi.useFakeTimers();
	const inner = ram();
	const store = fault(inner, { latency: 100 });
	const put = store.put("a", BYTES);
	await vi.advanceTimersByTimeAsync(99);
	expect(await inner.get("a")).toBe(undefined);
	await vi.advanceTimersByTimeAsync(1);
	await put;
	store.next("put", { slow: 100 });
	let done = false;
	const slow = store.put("b", BYTES).then(() => {
		done = true;
	});
	await vi.advanceTimersByTimeAsync(99);
	expect([done, (await inner.get("b"))?.size]).toEqual([false, 100]);
	await vi.advanceTimersByTimeAsync(1);
	await slow;
});

test("an answer that never comes ends with the signal", async () => {
	const store = fault(ram(), { slowRate: 1 });
	const controller = new AbortController();
	const call = store.get("a", { signal: controller.signal });
	controller.abort();
	await expect(call).rejects.toMatchObject({ code: "ABORTED" });
});

test("worker threads meet the faults of their owner's store", async () => {
	const store = fault(ram());
	await using con = await connect(store, { engine: "threads", workers: 1 });
	const ds = await con.createDataset("x", { data: Float64Array.from({ length: 10 }, (_, n) => n), chunkShape: [5] });
	store.next("get", {}, { error: "FORBIDDEN" });
	await expect(ds.get()).rejects.toMatchObject({ code: "FORBIDDEN" });
	expect(await ds.sum()).toBe(45);
});

test.each<[FaultPlan | { [option: string]: unknown }, string]>([
	[{ rate: 1 }, "unknown option"],
	[{ only: { gets: {} } }, "is get meant?"],
	[{ only: { get: { lost: true } } }, "unknown option"],
	[{ errorRate: 2 }, "between 0 and 1"],
	[{ only: { put: { lostRate: -1 } } }, "between 0 and 1"],
])("the plan %j is refused", (plan, message) => {
	expect(() => fault(ram(), plan as FaultPlan)).toThrow(message);
});

test("a fault that there is not is refused", () => {
	expect(() => fault(ram()).next("get", { loss: true } as Fault)).toThrow("unknown option");
});
