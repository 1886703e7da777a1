import { type Backend, connect, StoreError } from "tesserae";
import { file } from "tesserae/backends/file";
import { ram } from "tesserae/backends/ram";
import { fault, limit, meter, prefix, type Retry, type RetryOptions, retry } from "tesserae/wrap";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PassThrough } from "../backends/pass-through.js";
import { scratch } from "../backends/scratch.js";

const BYTES = Uint8Array.of(1, 2, 3);
const UNAVAILABLE = { error: "UNAVAILABLE" } as const;
/** Without pauses. */
const AT_ONCE = { base: 0, cap: 0 };

afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
});

describe("what fails for a while is tried again", () => {
	const calls: Record<string, (store: Backend) => Promise<unknown>> = {
		get: (store) => store.get("a"),
		head: (store) => store.head("a"),
		put: (store) => store.put("a", BYTES),
		commit: (store) => store.commit([{ key: "a", bytes: BYTES }]),
		delete: (store) => store.delete(["a"]),
		list: async (store) => {
			for await (const { key } of store.list("")) return key;
			return undefined;
		},
		probe: (store) => store.probe(),
	};

	test.each(Object.keys(calls))("%s", async (operation) => {
		const inner = fault(ram());
		await inner.put("a", BYTES);
		const retries: Retry[] = [];
		const store = retry(inner, { ...AT_ONCE, onRetry: (retry) => void retries.push(retry) });
		const name = operation as "get";
		inner.next(name, UNAVAILABLE, { error: "TIMEOUT" }, { error: "THROTTLED" });
		await calls[name]?.(store);
		expect(retries.map(({ operation, attempt, error }) => [operation, attempt, error.code])).toEqual([
			[operation, 1, "UNAVAILABLE"],
			[operation, 2, "TIMEOUT"],
			[operation, 3, "THROTTLED"],
		]);
	});

	test("usage and compact", async () => {
		let failures = 0;
		class Weak extends PassThrough {
			override async usage(): ReturnType<Backend["usage"]> {
				if (++failures % 2) throw new StoreError("UNAVAILABLE", "away");
				return { bytes: 1, reclaimable: 2 };
			}
			override async compact(): Promise<void> {
				if (++failures % 2) throw new StoreError("UNAVAILABLE", "away");
			}
		}
		const store = retry(new Weak(ram()), AT_ONCE);
		expect(await store.usage()).toEqual({ bytes: 1, reclaimable: 2 });
		await store.compact();
		expect(failures).toBe(4);
	});

	test.each(["FORBIDDEN", "CORRUPT", "NO_SPACE", "INTERNAL", "NOT_FOUND"] as const)("%s is not", async (code) => {
		const inner = fault(ram());
		inner.next("get", { error: code });
		await expect(retry(inner).get("a")).rejects.toMatchObject({ code, message: "this call was told to fail" });
	});
});

describe("pauses", () => {
	beforeEach(() => {
		vi.useFakeTimers();
	});

	/** The pauses before each further attempt of a call that always fails. */
	async function pausesOf(options: RetryOptions, failure: object = UNAVAILABLE): Promise<number[]> {
		const pauses: number[] = [];
		const store = retry(fault(ram(), { errorRate: 1, ...failure }), {
			budget: Number.POSITIVE_INFINITY,
			...options,
			onRetry: ({ delay }) => void pauses.push(delay),
		});
		const call = expect(store.get("a")).rejects.toThrow();
		await vi.runAllTimersAsync();
		await call;
		return pauses;
	}

	test("are random up to a bound, which doubles from 100 ms to 20 s; of ten attempts there are nine", async () => {
		vi.spyOn(Math, "random").mockReturnValue(0.5);
		expect(await pausesOf({})).toEqual([50, 100, 200, 400, 800, 1600, 3200, 6400, 10_000]);
		vi.mocked(Math.random).mockReturnValue(0);
		expect(await pausesOf({ attempts: 3 })).toEqual([0, 0]);
		vi.mocked(Math.random).mockReturnValue(0.5);
		expect(await pausesOf({ attempts: 5, base: 10, cap: 30 })).toEqual([5, 10, 15, 15]);
	});

	test("last at least as long as the store asked, up to the cap", async () => {
		vi.spyOn(Math, "random").mockReturnValue(0.5);
		const asked = (retryAfter: number): object => ({ error: "THROTTLED", retryAfter });
		expect(await pausesOf({ attempts: 4 }, asked(3000))).toEqual([3050, 3100, 3200]);
		expect(await pausesOf({ attempts: 3, cap: 5000 }, asked(60_000))).toEqual([5000, 5000]);
	});

	test("are kept: the next attempt comes when they are over, not before", async () => {
		vi.spyOn(Math, "random").mockReturnValue(0.5);
		const inner = fault(ram());
		const counted = meter(inner);
		inner.next("get", { error: "THROTTLED", retryAfter: 1000 });
		const call = retry(counted.backend).get("a");
		await vi.advanceTimersByTimeAsync(1049);
		expect(counted.snapshot().operations).toBe(1);
		await vi.advanceTimersByTimeAsync(1);
		expect(await call).toBe(undefined);
		expect(counted.snapshot().operations).toBe(2);
	});

	test("end at once when the call is cancelled", async () => {
		const controller = new AbortController();
		const store = retry(fault(ram(), { errorRate: 1 }), { base: 10_000 });
		const call = store.get("a", { signal: controller.signal });
		const outcome = expect(call).rejects.toMatchObject({ code: "ABORTED" });
		await vi.advanceTimersByTimeAsync(0);
		expect(vi.getTimerCount()).toBe(1);
		controller.abort();
		await outcome;
		expect(vi.getTimerCount()).toBe(0);
	});

	test("end at once when the store is closed", async () => {
		const inner = fault(ram(), { errorRate: 0 });
		const store = retry(inner, { base: 10_000 });
		inner.next("get", UNAVAILABLE);
		const outcome = expect(store.get("a")).rejects.toMatchObject({ code: "CLOSED" });
		await vi.advanceTimersByTimeAsync(0);
		expect(vi.getTimerCount()).toBe(1);
		await store.close();
		await outcome;
		expect(vi.getTimerCount()).toBe(0);
	});
});

describe("giving up", () => {
	test("the last error tells how many attempts there were, and keeps what it was", async () => {
		const store = retry(fault(ram(), { errorRate: 1, error: "THROTTLED", retryAfter: 0 }), { ...AT_ONCE, attempts: 4 });
		await expect(store.get("a")).rejects.toMatchObject({
			code: "THROTTLED",
			key: "a",
			retryAfter: 0,
			message: "this call was told to fail (gave up after 4 attempts)",
			cause: { code: "THROTTLED", message: "this call was told to fail" },
		});
	});

	test("a store that does not recover uses up the budget, and is then asked once per call", async () => {
		const inner = fault(ram(), { errorRate: 1 });
		const counted = meter(inner);
		const store = retry(counted.backend, { ...AT_ONCE, budget: 50 });
		await expect(store.get("a")).rejects.toThrow("gave up after 10 attempts)");
		await expect(store.get("a")).rejects.toThrow(/gave up after 2 attempts: too many calls to ram:.*budget.*used up/);
		const { operations } = counted.snapshot();
		for (let i = 0; i < 20; i++) await expect(store.get("a")).rejects.toThrow("gave up after 1 attempt:");
		expect(counted.snapshot().operations - operations).toBe(20);
	});

	test("calls that succeed fill the budget again, one that was retried with what that cost", async () => {
		const inner = fault(ram());
		const store = retry(inner, { ...AT_ONCE, budget: 10 });
		inner.next("get", UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
		await expect(store.get("a")).rejects.toThrow("gave up after 3 attempts");
		for (let i = 0; i < 4; i++) await store.get("a");
		inner.next("get", UNAVAILABLE);
		await expect(store.get("a")).rejects.toThrow("gave up after 1 attempt");
		await store.get("a");
		for (let i = 0; i < 3; i++) {
			inner.next("get", UNAVAILABLE);
			await store.get("a");
		}
		for (let i = 0; i < 100; i++) await store.get("a");
		inner.next("get", UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
		await expect(store.get("a"), "the budget has a bound").rejects.toThrow("gave up after 3 attempts");
	});

	test("a timeout costs twice as much", async () => {
		const store = retry(fault(ram(), { errorRate: 1, error: "TIMEOUT" }), { ...AT_ONCE, budget: 30 });
		await expect(store.get("a")).rejects.toThrow("gave up after 4 attempts");
	});

	test("in a storm a store is asked hardly more than there are calls", async () => {
		const counted = meter(fault(ram(), { errorRate: 1 }));
		const store = retry(counted.backend, AT_ONCE);
		await Promise.allSettled(Array.from({ length: 1000 }, () => store.get("a")));
		expect(counted.snapshot().operations).toBe(1100);
	});

	test("a store that fails now and then never uses it up", async () => {
		const store = retry(fault(ram(), { errorRate: 0.2 }), { ...AT_ONCE, budget: 100 });
		for (let i = 0; i < 3000; i++) await store.get("a");
	});
});

describe("an attempt that takes too long", () => {
	beforeEach(() => {
		vi.useFakeTimers();
	});

	test("is cancelled, counts as TIMEOUT, and another one is made", async () => {
		const inner = fault(ram());
		await inner.put("a", BYTES);
		inner.next("get", { slow: Number.POSITIVE_INFINITY });
		const errors: StoreError[] = [];
		const store = retry(inner, { ...AT_ONCE, attemptTimeout: 500, onRetry: ({ error }) => void errors.push(error) });
		const call = store.get("a");
		await vi.advanceTimersByTimeAsync(499);
		expect(errors).toEqual([]);
		await vi.advanceTimersByTimeAsync(2);
		expect((await call)?.size).toBe(3);
		expect(errors).toMatchObject([{ code: "TIMEOUT", message: "an attempt took longer than its 500 ms" }]);
		expect(vi.getTimerCount()).toBe(0);
	});

	test("a slow answer within the time is waited for", async () => {
		const inner = fault(ram(), { slowRate: 1, slow: 400 });
		const store = retry(inner, { attempts: 1, attemptTimeout: 500 });
		const call = store.put("a", BYTES);
		await vi.advanceTimersByTimeAsync(400);
		await call;
	});

	test("the caller's own signal is still heard, and told apart", async () => {
		const inner = fault(ram(), { slowRate: 1 });
		const controller = new AbortController();
		const store = retry(inner, { attemptTimeout: 500 });
		const outcome = expect(store.get("a", { signal: controller.signal })).rejects.toMatchObject({
			code: "ABORTED",
			cause: "enough",
		});
		await vi.advanceTimersByTimeAsync(100);
		controller.abort("enough");
		await outcome;
		const late = expect(store.get("a", { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED" });
		await vi.advanceTimersByTimeAsync(0);
		await late;
		expect(vi.getTimerCount()).toBe(0);
	});

	test("of a listing each step has the time of an attempt", async () => {
		class Slow extends PassThrough {
			override async *list(): AsyncGenerator<{ kind: "object"; key: string; size: number }> {
				for (const key of ["a", "b", "c"]) {
					await new Promise((resolve) => setTimeout(resolve, 300));
					yield { kind: "object", key, size: 1 };
				}
			}
		}
		const store = retry(new Slow(ram()), { attempts: 1, attemptTimeout: 500 });
		const keys: string[] = [];
		const walk = (async () => {
			for await (const { key } of store.list("")) keys.push(key);
		})();
		await vi.advanceTimersByTimeAsync(1000);
		await walk;
		expect(keys).toEqual(["a", "b", "c"]);
	});
});

describe("there is one layer that tries again", () => {
	test("another one around it is refused, also through other wrappers", () => {
		const refusal = expect.objectContaining({
			code: "INVALID_ARGUMENT",
			message: expect.stringMatching(/^ram:x tries again by itself: leave out the outer retry/),
		});
		const store = retry(ram({ name: "x" }));
		expect(store.supports.retries).toBe(true);
		expect(() => retry(store)).toThrow(refusal);
		expect(() => retry(limit(meter(store).backend))).toThrow(refusal);
		expect(() => retry(fault(store))).toThrow(refusal);
		expect(() => retry(prefix(store, "a"))).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});

	test("probe says so as well", async () => {
		expect(await retry(ram()).probe()).toMatchObject({ retries: true, write: true });
	});
});

test.each<[object, string]>([
	[{ retries: 3 }, 'unknown option "retries"'],
	[{ attempt: 3 }, "is attempts meant?"],
	[{ attempts: 0 }, "attempts is a whole number ≥ 1, not 0"],
	[{ attempts: 1.5 }, "attempts is a whole number ≥ 1, not 1.5"],
	[{ base: -1 }, "base is a whole number from 0 to 2147483647, not -1"],
	[{ cap: Number.POSITIVE_INFINITY }, "cap is a whole number from 0"],
	[{ attemptTimeout: 0 }, "attemptTimeout is a whole number from 1"],
	[{ budget: Number.NaN }, "budget is a whole number ≥ 0, not NaN"],
])("the options %j are refused", (options, message) => {
	expect(() => retry(ram(), options)).toThrow(message);
});

test("worker threads try again with the same options, in the same layers", async () => {
	const { path, remove } = await scratch();
	const onRetry = vi.fn();
	const store = retry(limit(prefix(file({ path }), "x"), { concurrency: 3 }), { attempts: 7, onRetry });
	expect(store.spec).toEqual({
		module: "tesserae/wrap",
		factory: "reopen",
		options: {
			wrapper: "retry",
			options: { attempts: 7 },
			inner: {
				module: "tesserae/wrap",
				factory: "reopen",
				options: {
					wrapper: "limit",
					options: { concurrency: 3 },
					inner: expect.objectContaining({ options: expect.objectContaining({ wrapper: "prefix", options: "x" }) }),
				},
			},
		},
	});
	expect(structuredClone(store.spec)).toEqual(store.spec);
	await using con = await connect(store, { engine: "threads", workers: 1 });
	const ds = await con.createDataset("a", { data: Int32Array.from({ length: 100 }, (_, n) => n), chunkShape: [10] });
	expect(await ds.sum()).toBe(4950n);
	await remove();
});

test("what has no spec has none when wrapped", () => {
	expect([retry(ram()).spec, limit(ram()).spec, prefix(ram(), "a").spec]).toEqual([undefined, undefined, undefined]);
});
