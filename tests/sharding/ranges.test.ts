import { type Backend, type ByteRange, type Connection, connect, type Dataset } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gapFor, RangeTuner } from "../../dist/src/range-tuner.js";
import { broken } from "../backends/pass-through.js";
import { type Scratch, scratch } from "../backends/scratch.js";
import { directory, serve } from "../http/server.js";

/** One shard of 16 × 8 inner chunks of 8 KiB: 1 MiB. */
const SHAPE = [256, 512];
const LAYOUT = { chunkShape: [16, 64], shardShape: SHAPE, codecs: ["bytes"] };
const CHUNK = 16 * 64 * 8;
const INDEX = 16 * 8 * 16 + 4;
const VALUES = Float64Array.from({ length: 256 * 512 }, (_, i) => i);
/** Six inner chunks, each with 23 others before the next. */
const SPARSE = "::48, 60";
/** Two rows of two inner chunks. */
const BLOCK = "0:32, 60:68";
const KIB = 1024;

let place: Scratch;
let target: string;
beforeAll(async () => {
	place = await scratch();
	target = `file:${place.path}`;
	await using con = await connect(target, { durability: "none" });
	await con.createDataset("a", { data: { data: VALUES, shape: SHAPE }, ...LAYOUT });
});
afterAll(() => place.remove());

/** Requests and bytes that reading a selection took. */
async function read(ds: Dataset, selection: string): Promise<number[]> {
	const { meter } = ds.connection as Connection;
	const before = meter.snapshot();
	await ds.get(selection);
	const after = meter.snapshot();
	return [after.operations - before.operations, after.bytesRead - before.bytesRead];
}

const CASES: [object, string, number[], number[]][] = [
	[{ gap: 0 }, SPARSE, [1, 1, 1, 1, 1, 1], [2, INDEX + 6 * CHUNK]],
	[{ gap: 0 }, BLOCK, [2, 2], [2, INDEX + 4 * CHUNK]],
	[{ gap: 184 * KIB - 1 }, SPARSE, [1, 1, 1, 1, 1, 1], [2, INDEX + 6 * CHUNK]],
	[{ gap: "184KiB" }, SPARSE, [121], [2, INDEX + 121 * CHUNK]],
	[{ gap: "184KiB", cap: "400KiB" }, SPARSE, [49, 49], [2, INDEX + 98 * CHUNK]],
	[{ gap: "64KiB", cap: "24 KiB" }, BLOCK, [2, 2], [2, INDEX + 4 * CHUNK]],
	[{ gap: "64KiB", cap: 1 }, BLOCK, [1, 1, 1, 1], [2, INDEX + 4 * CHUNK]],
	// A shard that takes no longer than a request by itself is read whole.
	[{ gap: "2MiB" }, SPARSE, [], [1, 128 * CHUNK + INDEX]],
];

describe("ranges that are asked for", () => {
	let inner: Backend;
	const asked: (readonly ByteRange[])[] = [];
	beforeAll(async () => {
		inner = ram();
		const con = await connect(inner);
		await con.createDataset("a", { data: { data: VALUES, shape: SHAPE }, ...LAYOUT });
	});

	test.each(CASES)("%j, %s: ranges of %j inner chunks; explain says so before", async (ranges, selection, of, cost) => {
		const recording = broken(inner, () => ({
			get(key, options) {
				if (options?.ranges !== undefined) asked.push(options.ranges);
				return inner.get(key, options);
			},
		}));
		const con = await connect(recording, { ranges });
		const ds = await con.getDataset("a");
		const { requests, fetchedBytes, peakBytes } = ds.explain(selection);
		expect([requests, fetchedBytes]).toEqual(cost);
		expect(peakBytes).toBeGreaterThanOrEqual(fetchedBytes);
		asked.length = 0;
		expect(await read(ds, selection)).toEqual(cost);
		const lengths = asked.slice(1).flatMap((list) => list.map((range) => ("length" in range ? range.length : -1)));
		expect(lengths).toEqual(of.map((chunks) => chunks * CHUNK));
	});

	test.each(["sequential", "threads"])("%s asks for the same, also for statistics", async (engine) => {
		for (const [ranges, selection, , cost] of CASES) {
			await using con = await connect(target, { mode: "r", engine, workers: 2, ranges });
			expect(await read(await con.getDataset("a"), selection)).toEqual(cost);
			const ds = await con.getDataset("a");
			const before = con.meter.snapshot().bytesRead;
			await ds.sum({ selection });
			expect(con.meter.snapshot().bytesRead - before).toBe(cost[1]);
		}
	});
});

test.each([
	[{ gap: "64KiB", caps: 1 }, /unknown option "caps" \(is cap meant\?\): ranges takes gap, cap/],
	[{ gap: -1 }, /ranges\.gap is a number of bytes or a size/],
	[{ cap: 0 }, /ranges\.cap is a number of bytes or a size/],
	[{ cap: "much" }, /ranges\.cap is a number of bytes or a size/],
	["64KiB", /the options of ranges are an object/],
])("ranges %j are refused", async (ranges, message) => {
	await expect(connect("ram:", { ranges: ranges as never })).rejects.toMatchObject({
		code: "INVALID_ARGUMENT",
		message: expect.stringMatching(message),
	});
});

test("before anything is measured a store behind a network is asked in larger ranges", async () => {
	const server = await serve(directory(place.path));
	await using far = await connect(server.url);
	await using near = await connect(target, { mode: "r" });
	const gaps = [];
	for (const con of [far, near]) gaps.push((await con.getDataset("a")).explain(SPARSE).ranges);
	expect(gaps).toEqual([256, 64].map((gap) => ({ gap: gap * KIB, cap: 2 ** 24 })));
	await server.close();
});

describe("what reads took", () => {
	test.each([
		["an object store: 16 ms, 64 MiB/s", 16, (64 * 2 ** 20) / 1000, 2 ** 20],
		["a server nearby: 0.5 ms, 500 MB/s", 0.5, 5e5, 256 * KIB],
		["a far one with a broad line", 200, 1e5, 8 * 2 ** 20],
		["a near one with a thin line", 0.2, 100, 4 * KIB],
		["no latency that a clock can tell", 0.001, 1e9, 12345],
		["latency alone", 5, 0, 12345],
		["bandwidth alone", Number.POSITIVE_INFINITY, 1e5, 12345],
	])("%s", (_, latency, bandwidth, gap) => {
		expect(gapFor({ latency, bandwidth }, 12345)).toBe(gap);
	});

	test("delays do not count, and what is long past neither", () => {
		const tuner = new RangeTuner({});
		const reads = (times: number, [latency, bandwidth]: readonly [number, number]): void => {
			for (let i = 0; i < times; i++) {
				const delay = i % 3 === 0 ? 0 : 50 * i;
				tuner.note(100, latency + delay);
				tuner.note(2 ** 20, latency + 2 ** 20 / bandwidth + delay);
			}
		};
		expect(tuner.ranges).toEqual({ gap: 64 * KIB, cap: 16 * 2 ** 20 });
		reads(10, [16, 65536]);
		expect(tuner.ranges.gap).toBe(2 ** 20);
		reads(200, [2, 65536]);
		expect(tuner.ranges.gap).toBe(128 * KIB);
		reads(200, [16, 65536]);
		expect(tuner.ranges.gap).toBe(2 ** 20);
	});

	test("a latency that eight ranges at once share is an eighth for each", () => {
		const gaps = [false, true].map((isRemote) => {
			const tuner = new RangeTuner({}, isRemote);
			tuner.note(100, 16);
			tuner.note(2 ** 20, 32);
			return tuner.ranges.gap;
		});
		expect(gaps).toEqual([2 ** 20, 2 ** 17]);
	});

	test("is told by one thread to another; what is given stays", () => {
		const [owner, worker] = [new RangeTuner({ cap: 5 }), new RangeTuner({ gap: 7, cap: 5 })];
		worker.note(100, 16);
		worker.note(2 ** 20, 32);
		expect(worker.ranges).toEqual({ gap: 7, cap: 5 });
		for (const _ of [1, 2]) owner.add(worker.take());
		expect(owner.ranges).toEqual({ gap: 2 ** 20, cap: 5 });
		expect(owner.times).toEqual({ latency: 16, bandwidth: 65536 });
	});
});
