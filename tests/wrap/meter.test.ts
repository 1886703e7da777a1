import { trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { connect } from "tesserae";
import { file } from "tesserae/backends/file";
import { ram } from "tesserae/backends/ram";
import { fault, LATENCY_BOUNDS, limit, type MeterOptions, meter, retry } from "tesserae/wrap";
import { afterEach, describe, expect, test, vi } from "vitest";
import { scratch } from "../backends/scratch.js";

const NONE = { operations: 0, errors: 0, bytesRead: 0, bytesWritten: 0 };

afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
});

test("counts calls, failures and the bytes that were moved", async () => {
	const { backend, snapshot } = meter(ram());
	expect(snapshot()).toMatchObject({ ...NONE, time: 0, cacheHits: 0, cacheMisses: 0 });
	const etag = await backend.put("a", new Uint8Array(100));
	await backend.put("a", new Uint8Array(50), { when: { etag } });
	await expect(backend.put("a", new Uint8Array(7), { when: { etag } })).rejects.toMatchObject({ code: "CONFLICT" });
	await backend.commit([
		{ key: "b", bytes: new Uint8Array(10) },
		{ key: "c", bytes: undefined },
	]);
	await backend.get("a");
	await backend.get("a", { ranges: [{ suffix: 4 }, { offset: 48 }] });
	await backend.get("absent");
	await backend.head("a");
	for await (const { key } of backend.list("")) expect(["a", "b"]).toContain(key);
	await backend.delete(["a", "b"]);
	const { byOperation, ...total } = snapshot();
	expect(total).toMatchObject({
		operations: 10,
		errors: 1,
		bytesRead: 56,
		bytesWritten: 160,
		cacheHits: 0,
		cacheMisses: 0,
	});
	expect(byOperation).toMatchObject({
		get: { ...NONE, operations: 3, bytesRead: 56 },
		head: { ...NONE, operations: 1 },
		put: { ...NONE, operations: 3, errors: 1, bytesWritten: 150 },
		commit: { ...NONE, operations: 1, bytesWritten: 10 },
		delete: { ...NONE, operations: 1 },
		list: { ...NONE, operations: 1 },
		probe: NONE,
	});
	for (const { operations, latencies } of Object.values(byOperation))
		expect(latencies.reduce((sum, calls) => sum + calls, 0)).toBe(operations);
});

test("a snapshot is of its moment", async () => {
	const { backend, snapshot } = meter(ram());
	const before = snapshot();
	await backend.put("a", new Uint8Array(1));
	expect(before.byOperation.put).toMatchObject({ ...NONE, time: 0 });
	expect(Math.max(...before.byOperation.put.latencies)).toBe(0);
});

test("counts a listing that fails", async () => {
	const { backend, snapshot } = meter(ram());
	const list = async (): Promise<void> => {
		for await (const _ of backend.list("", { signal: AbortSignal.abort() }));
	};
	await expect(list()).rejects.toMatchObject({ code: "ABORTED" });
	expect(snapshot().byOperation.list).toMatchObject({ ...NONE, operations: 1, errors: 1 });
});

describe("time", () => {
	const bucketOf = (milliseconds: number): number => {
		const bucket = LATENCY_BOUNDS.findIndex((bound) => milliseconds / 1000 <= bound);
		return bucket < 0 ? LATENCY_BOUNDS.length : bucket;
	};

	test.each([3, 5, 70, 30_000])("a call of %i ms", async (latency) => {
		vi.useFakeTimers();
		const { backend, snapshot } = meter(fault(ram(), { latency }));
		const call = expect(backend.get("a", { ifMatch: "x" })).resolves.toBe(undefined);
		await vi.advanceTimersByTimeAsync(latency);
		await call;
		const { time, latencies } = snapshot().byOperation.get;
		expect(time).toBe(latency);
		expect(latencies.indexOf(1)).toBe(bucketOf(latency));
	});

	test("a listing counts while it is waited for, not while its caller looks at the entries", async () => {
		vi.useFakeTimers();
		const inner = fault(ram());
		await inner.put("a", new Uint8Array(1));
		await inner.put("b", new Uint8Array(1));
		inner.next("list", { latency: 40 });
		const { backend, snapshot } = meter(inner);
		const walk = (async () => {
			for await (const _ of backend.list("")) await new Promise((resolve) => setTimeout(resolve, 1000));
		})();
		await vi.advanceTimersByTimeAsync(3000);
		await walk;
		expect(snapshot().byOperation.list.time).toBe(40);
	});

	test("failures count as well, and those at the same time each their own", async () => {
		vi.useFakeTimers();
		const { backend, snapshot } = meter(fault(ram(), { latency: 10, errorRate: 1 }));
		const calls = Promise.allSettled([backend.get("a"), backend.get("b"), backend.head("c")]);
		await vi.advanceTimersByTimeAsync(10);
		await calls;
		expect(snapshot()).toMatchObject({ operations: 3, errors: 3, time: 30 });
	});
});

describe("a report", () => {
	test("has a line every so many calls, about those since the last one", async () => {
		vi.useFakeTimers();
		const lines: string[] = [];
		const inner = fault(ram({ name: "reported" }), { latency: 5 });
		const { backend } = meter(inner, { report: { every: 3, log: { info: (line) => lines.push(line) } } });
		const work = (async () => {
			await backend.put("a", new Uint8Array(100));
			await backend.get("a");
			expect(lines).toEqual([]);
			inner.next("get", { error: "FORBIDDEN" });
			await backend.get("a").catch(() => {});
			for (let i = 0; i < 5; i++) await backend.get("a", { ranges: [{ offset: 0, length: 1 }] });
		})();
		await vi.advanceTimersByTimeAsync(1000);
		await work;
		expect(lines).toEqual([
			"ram:reported: total 3, hit 0, miss 0, error 1, time 0.010 s, bytes 200, ratio –",
			"ram:reported: total 3, hit 0, miss 0, error 0, time 0.015 s, bytes 3, ratio –",
		]);
	});

	test("goes to the console at level info unless told otherwise; 0 switches it off", async () => {
		const info = vi.spyOn(console, "info").mockReturnValue();
		await meter(ram(), { report: { every: 1 } }).backend.head("a");
		expect(info).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^ram:#\d+: total 1, /));
		await meter(ram(), { report: { every: 0 } }).backend.head("a");
		expect(info).toHaveBeenCalledOnce();
	});
});

describe("text for Prometheus", () => {
	/** The samples by name and labels; lines that are no such and no comment are an error. */
	function samplesOf(text: string): Map<string, number> {
		const samples = new Map<string, number>();
		const sample = /^([a-z_]+\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\}) (\S+)$/;
		expect(text.endsWith("\n")).toBe(true);
		for (const line of text.trimEnd().split("\n")) {
			if (/^# (HELP|TYPE) tesserae_[a-z_]+ \S/.test(line)) continue;
			const [, name = "", value = ""] = sample.exec(line) ?? [];
			expect(name, line).not.toBe("");
			expect(samples.has(name)).toBe(false);
			samples.set(name, Number(value));
		}
		return samples;
	}

	test("has the counts, and a histogram whose buckets include those before", async () => {
		vi.useFakeTimers();
		const inner = fault(ram({ name: 'odd"name\\' }));
		inner.next("get", {}, { latency: 2 }, { latency: 60_000, error: "FORBIDDEN" });
		const { backend, prometheus } = meter(inner);
		const work = (async () => {
			await backend.put("a", new Uint8Array(8));
			for (let i = 0; i < 3; i++) await backend.get("a").catch(() => {});
		})();
		await vi.advanceTimersByTimeAsync(70_000);
		await work;
		const samples = samplesOf(prometheus());
		const label = (rest: string): string => `{store="ram:odd\\"name\\\\"${rest}}`;
		const get = (rest = ""): string => label(`,operation="get"${rest}`);
		expect(samples.get(`tesserae_operations_total${get()}`)).toBe(3);
		expect(samples.get(`tesserae_errors_total${get()}`)).toBe(1);
		expect(samples.get(`tesserae_read_bytes_total${get()}`)).toBe(16);
		expect(samples.get(`tesserae_written_bytes_total${label(',operation="put"')}`)).toBe(8);
		expect(samples.get(`tesserae_cache_hits_total${label("")}`)).toBe(0);
		const duration = "tesserae_operation_duration_seconds";
		const bucket = (le: string): number | undefined => samples.get(`${duration}_bucket${get(`,le="${le}"`)}`);
		expect(["0.0001", "0.001", "0.0025", "10", "+Inf"].map(bucket)).toEqual([1, 1, 2, 2, 3]);
		expect(samples.get(`${duration}_count${get()}`)).toBe(3);
		expect(samples.get(`${duration}_sum${get()}`)).toBeCloseTo(60.002);
	});

	test("of a connection", async () => {
		await using con = await connect("ram:");
		await con.createDataset("x", { data: [1, 2, 3] });
		const { operations } = con.meter.snapshot().byOperation.commit;
		const samples = samplesOf(con.meter.prometheus());
		expect(samples.get(`tesserae_operations_total{store="${con.backend.location}",operation="commit"}`)).toBe(
			operations,
		);
	});

	test("includes what worker threads did", async () => {
		const { path, remove } = await scratch();
		await using con = await connect(file({ path, durability: "none" }), { engine: "threads", workers: 1 });
		const ds = await con.createDataset("x", { data: Float32Array.from({ length: 50 }, () => 1), chunkShape: [10] });
		const before = con.meter.snapshot().byOperation.get;
		await ds.get();
		const { operations, time, latencies } = con.meter.snapshot().byOperation.get;
		expect(operations - before.operations).toBe(5);
		expect(time).toBeGreaterThan(before.time);
		expect(latencies.reduce((sum, calls) => sum + calls, 0)).toBe(operations);
		await remove();
	});
});

describe("spans of OpenTelemetry", () => {
	test("one for each call, with the store, the key and what went wrong", async () => {
		const exporter = new InMemorySpanExporter();
		const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
		const inner = fault(ram({ name: "traced" }));
		const { backend, snapshot } = meter(inner, { tracer: provider.getTracer("test") });
		await backend.put("a", new Uint8Array(1));
		inner.next("get", { error: "FORBIDDEN" });
		await expect(backend.get("a")).rejects.toMatchObject({ code: "FORBIDDEN" });
		for await (const _ of backend.list("a"));
		inner.next("list", { error: "UNAVAILABLE" });
		const walk = async (): Promise<void> => {
			for await (const _ of backend.list("b"));
		};
		await expect(walk()).rejects.toMatchObject({ code: "UNAVAILABLE" });
		await backend.probe();
		const spans = exporter.getFinishedSpans().map(({ name, attributes, status, events }) => ({
			name,
			key: attributes["tesserae.key"],
			store: attributes["tesserae.store"],
			status: status.code,
			message: status.message,
			events: events.length,
		}));
		const store = "ram:traced";
		expect(spans).toEqual([
			{ name: "tesserae.put", key: "a", store, status: 0, message: undefined, events: 0 },
			{ name: "tesserae.get", key: "a", store, status: 2, message: "FORBIDDEN", events: 1 },
			{ name: "tesserae.list", key: "a", store, status: 0, message: undefined, events: 0 },
			{ name: "tesserae.list", key: "b", store, status: 2, message: "UNAVAILABLE", events: 1 },
			{ name: "tesserae.probe", key: undefined, store, status: 0, message: undefined, events: 0 },
		]);
		expect(snapshot()).toMatchObject({ operations: 5, errors: 2 });
		await provider.shutdown();
	});

	test("a tracer of the API alone does nothing, as it should", async () => {
		const { backend } = meter(ram(), { tracer: trace.getTracer("test") });
		await backend.put("a", new Uint8Array(1));
		expect((await backend.get("a"))?.size).toBe(1);
	});
});

test("within retry every attempt is counted, around it every call", async () => {
	const raw = meter(fault(ram(), { errorRate: 0.3 }));
	const outer = meter(retry(limit(raw.backend), { base: 0, cap: 0 }));
	for (let i = 0; i < 100; i++) await outer.backend.get("a");
	const { operations, errors } = raw.snapshot();
	expect(outer.snapshot()).toMatchObject({ operations: 100, errors: 0 });
	expect(errors).toBeGreaterThan(10);
	expect(operations - errors).toBe(100);
});

test.each<[MeterOptions | object, string]>([
	[{ reports: { every: 3 } }, "is report meant?"],
	[{ report: { every: -1 } }, "report.every is a whole number ≥ 0, not -1"],
])("the options %j are refused", (options, message) => {
	expect(() => meter(ram(), options)).toThrow(message);
});
