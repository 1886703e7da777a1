/** Shards of which several workers decode each: the values are those of a plain array, and of one version. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
	type Backend,
	type Connection,
	type CreateOptions,
	connect,
	type Dataset,
	empty,
	type NdArray,
	ndArray,
} from "tesserae";
import { ram } from "tesserae/backends/ram";
import { threads } from "tesserae/engines/threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { broken } from "../backends/pass-through.js";
import { type Entry, resolve } from "../support/model.js";
import { written } from "../support/selections.js";
import { tries } from "../support/tries.js";

let directory: string;
beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "tesserae-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Two shards, both of which hang over the border; 10 MiB in all. */
const SHAPE = [150, 100, 90];
const SHARD = [96, 112, 96];
const INNER = [16, 16, 16];
const FILL = 7;
/** What is written: inner chunks beyond it are not stored. */
const BOX = [150, 70, 60];

const valueAt = (z: number, y: number, x: number): number =>
	y < (BOX[1] as number) && x < (BOX[2] as number) ? z * 10_000 + y * 100 + x + 0.5 : FILL;

function shards(options: object, inner: readonly unknown[] = ["bytes", "zstd"], shape = INNER): object {
	return { name: "sharding_indexed", configuration: { chunk_shape: shape, codecs: inner, ...options } };
}

const turned = (...order: readonly number[]): object => ({ name: "transpose", configuration: { order } });
const CHECKED = { index_codecs: ["bytes", "crc32c"] };

const LAYOUTS: { readonly [layout: string]: readonly unknown[] } = {
	"index at the end": [shards(CHECKED)],
	"index at the start": [shards({ ...CHECKED, index_location: "start" }, ["bytes", "gzip"])],
	"not compressed": [shards({ index_codecs: ["bytes"] }, ["bytes"])],
	checksummed: [shards(CHECKED, ["bytes", "zstd", "crc32c"])],
	"turned around and within": [turned(2, 0, 1), shards(CHECKED, [turned(1, 2, 0), "bytes", "zstd"])],
	nested: [shards(CHECKED, [shards(CHECKED, ["bytes", "zstd"], [16, 16, 16])], [48, 16, 48])],
	"compressed around": [shards(CHECKED), "zstd"],
};

/** Most of an axis, so that most selections are worth several workers; in any order. */
function along(length: number): fc.Arbitrary<Entry> {
	const end = fc.option(fc.integer({ min: 0, max: length >> 2 }));
	const slices = fc.record({ start: end, stop: end, step: fc.constantFrom(null, 1, 1, 2, -1, -2) });
	return fc.oneof(
		{ weight: 5, arbitrary: slices.map((entry) => asSlice(entry, length)) },
		fc
			.array(fc.integer({ min: -length, max: length - 1 }), { minLength: 1, maxLength: length })
			.map((indices) => ({ kind: "list" as const, indices })),
		fc.array(fc.boolean(), { minLength: length, maxLength: length }).map((mask) => ({ kind: "mask" as const, mask })),
		fc.integer({ min: 0, max: length - 1 }).map((index) => ({ kind: "index" as const, index })),
	);
}

function asSlice(
	{ start, stop, step }: { start: number | null; stop: number | null; step: number | null },
	length: number,
): Entry {
	const far = stop === null ? null : length - stop;
	return step !== null && step < 0
		? { kind: "slice", start: far, stop: start, step }
		: { kind: "slice", start, stop: far, step };
}

function expected(entries: readonly Entry[]): { readonly shape: readonly number[]; readonly values: Float64Array } {
	const { axes, shape } = resolve(entries, SHAPE);
	const [zs = [], ys = [], xs = []] = axes;
	const values = new Float64Array(zs.length * ys.length * xs.length);
	let at = 0;
	for (const z of zs) for (const y of ys) for (const x of xs) values[at++] = valueAt(z, y, x);
	return { shape, values };
}

const TARGETS = ["new", "plain", "shared out", "plain out", "strided out"] as const;

/** Memory that holds something else before. */
function outOf(target: (typeof TARGETS)[number], shape: readonly number[]): NdArray<"float64"> | undefined {
	if (!target.endsWith("out")) return undefined;
	if (target === "strided out") {
		const stride = shape.map((_, d) => 2 * shape.slice(d + 1).reduce((product, length) => product * length, 1));
		const length = shape.reduce((product, n) => product * n, 2) + 1;
		return ndArray<"float64">(new Float64Array(length).fill(-1), [...shape], stride, 1);
	}
	const out = empty(shape, "float64", { shared: target === "shared out" });
	out.data.fill(-1);
	return out;
}

function rowMajor({ data, shape, stride, offset }: NdArray<"float64">): Float64Array {
	const step = shape.length === 0 ? 1 : (stride.at(-1) as number);
	const count = shape.reduce((product, n) => product * n, 1);
	return Float64Array.from({ length: count }, (_, i) => data[offset + i * Math.abs(step)] as number);
}

describe.each(["sequential", "threads"])("%s", (engine) => {
	describe.each(["file", "ram"])("%s", (backend) => {
		test.each(Object.entries(LAYOUTS))("%s: what is read is what a plain array holds", async (name, codecs) => {
			const target = backend === "ram" ? "ram:" : `file:${directory}/${engine}-${name}`;
			await using con = await connect(target, { engine: engine === "threads" ? threads({ workers: 2 }) : engine });
			const settings = { shape: SHAPE, dtype: "float64", chunkShape: SHARD, fillValue: FILL, codecs };
			const ds = (await con.createDataset("a", settings as unknown as CreateOptions)) as Dataset<"float64">;
			const box = Float64Array.from({ length: BOX.reduce((product, n) => product * n) }, (_, i) =>
				valueAt(Math.floor(i / 4200), Math.floor(i / 60) % 70, i % 60),
			);
			await ds.set(":, :70, :60", { data: box, shape: BOX });
			const entries = fc.tuple(along(150), along(100), along(90));
			await fc.assert(
				fc.asyncProperty(entries, fc.constantFrom(...TARGETS), async (chosen, into) => {
					const { shape, values } = expected(chosen);
					const out = outOf(into, shape);
					const got = await ds.get(written(chosen, "objects"), { out, shared: into !== "plain" });
					expect(got.shape).toEqual(shape);
					expect(Buffer.compare(bytesOf(rowMajor(got)), bytesOf(values))).toBe(0);
				}),
				{ numRuns: tries(12, 4) },
			);
		});
	});
});

function bytesOf({ buffer }: Float64Array): Buffer {
	return Buffer.from(buffer as ArrayBuffer);
}

/** One shard of 8 MiB in 64 inner chunks, all of one value. */
const LAYOUT = {
	shape: [128, 128, 64],
	dtype: "float64",
	chunkShape: [32, 32, 16],
	shardShape: [128, 128, 64],
} as const;

async function constant(backend: Backend, value: number): Promise<Dataset<"float64">> {
	const ds = await (await connect(backend)).createDataset("a", LAYOUT);
	await ds.set("...", value);
	return ds;
}

describe("a shard that changes while it is read is read in one version", () => {
	// Which of the requests for the shard is followed by a change, and how many requests there then are.
	const whole = "...";
	const half = ":60, 4:124, 3:60";
	test.each([
		[half, (n: number) => n === 1, 2 + 2],
		[half, (n: number) => n % 2 === 1, 2 * 2 + 1],
		[half, () => true, 2 * 2 + 1],
		[half, () => false, 2],
		[whole, () => true, 1],
	])("%s", async (selection, changes, requests) => {
		const inner = ram();
		const ours = await constant(inner, 1);
		let version = 1;
		let asked = 0;
		const restless = broken(inner, () => ({
			async get(key, options) {
				if (!key.includes("/c/")) return inner.get(key, options);
				const request = ++asked;
				const fetched = await inner.get(key, options);
				// Now and then nothing compresses, so that offsets of one version are wrong in the next.
				if (changes(request))
					await ours.set("...", request % 2 === 0 ? ++version : { data: noise(++version), shape: LAYOUT.shape });
				return fetched;
			},
		}));
		await using con = await connect(restless, { engine: threads({ workers: 2 }) });
		const { data } = await (await con.getDataset("a", { dtype: "float64" })).get(selection);
		expect(new Set(Float64Array.from(data, Math.floor)).size).toBe(1);
		expect(asked).toBe(requests);
	});
});

/** Numbers of one whole part. */
function noise(whole: number): Float64Array {
	let state = whole;
	return Float64Array.from({ length: 128 * 128 * 64 }, () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return whole + state / 2 ** 32;
	});
}

test("readers see whole versions while a writer writes", async () => {
	const target = `file:${directory}/race`;
	await using writer = await connect(target, { durability: "none" });
	const ours = await writer.createDataset("a", LAYOUT);
	await ours.set("...", 1);
	await using con = await connect(target, { mode: "r", engine: "threads", workers: 2 });
	const theirs = await con.getDataset("a", { dtype: "float64" });
	let done = false;
	const writing = (async () => {
		for (let version = 2; !done; version++)
			await ours.set("...", version % 2 === 0 ? version : { data: noise(version), shape: LAYOUT.shape });
	})();
	const seen = new Set<number>();
	for (let i = 0; i < tries(30, 8) || seen.size < 3; i++) {
		const { data } = await theirs.get(i % 2 === 0 ? "..." : ":60, 4:124, 3:60");
		const versions = new Set(Float64Array.from(data, Math.floor));
		expect(versions.size).toBe(1);
		for (const version of versions) seen.add(version);
	}
	done = true;
	await writing;
});

describe("explain says before what is asked for", () => {
	let con: Connection;
	beforeAll(async () => {
		con = await connect(`file:${directory}/explain`, { engine: "threads", workers: 2, ranges: { gap: "64KiB" } });
		const shape = [256, 256, 64];
		const data = { data: noise(1), shape: LAYOUT.shape };
		const ds = await con.createDataset("a", { ...LAYOUT, shape, codecs: ["bytes"] });
		for (const z of [0, 128]) for (const y of [0, 128]) await ds.set(`${z}:${z + 128}, ${y}:${y + 128}`, data);
	});
	afterAll(() => con.close());

	test.each(["...", ":128, :128", ":100, :60", ":60, 4:124, 3:60", ":200, 70:80", "5:250:64, ::3", "3"])(
		"%s",
		async (selection) => {
			const ds = await con.getDataset("a");
			const { requests, fetchedBytes, peakBytes, resultBytes } = ds.explain(selection);
			const before = con.meter.snapshot();
			await ds.get(selection);
			const after = con.meter.snapshot();
			expect([after.operations - before.operations, after.bytesRead - before.bytesRead]).toEqual([
				requests,
				fetchedBytes,
			]);
			expect(peakBytes).toBeGreaterThan(resultBytes);
		},
	);

	const INNER_BYTES = 32 * 32 * 16 * 8;
	const INDEX_BYTES = 64 * 16 + 4;

	test.each([
		["one shard, by all workers", 2, ":128, :128", 64, 2],
		["no more than have enough to do", 16, ":128, :128", 64, 4],
		["some shards", 3, "...", 64, 3],
		["two shards for each worker", 2, "...", 64, 1],
		["one worker", 1, ":128, :128", 64, 1],
		["a small part", 16, ":32, :128", 16, 1],
	])("memory: %s", async (_, workers, selection, encoded, decoders) => {
		const engine = threads({ workers });
		await using other = await connect(`file:${directory}/explain`, { mode: "r", engine, ranges: { gap: 0 } });
		const { peakBytes, resultBytes, shards } = (await other.getDataset("a")).explain(selection);
		const each = (peakBytes - resultBytes) / (shards ?? 0);
		expect((each - INDEX_BYTES) / INNER_BYTES).toBe(encoded + decoders);
	});

	test("memory: what is fetched in ranges is copied once", async () => {
		const { peakBytes, resultBytes } = (await con.getDataset("a")).explain(":128, :64:32");
		const gaps = 31 * 64 * 1024;
		expect(peakBytes - resultBytes).toBe(2 * (32 * INNER_BYTES + INDEX_BYTES + gaps) + 2 * INNER_BYTES);
	});
});

describe("failures", () => {
	test("a damaged inner chunk is CORRUPT, with its chunk, and the next call works", async () => {
		const backend = ram();
		const values = { data: noise(1), shape: LAYOUT.shape };
		const con = await connect(backend, { engine: threads({ workers: 2 }) });
		const ds = await con.createDataset("a", { ...LAYOUT, data: values, codecs: ["bytes", "crc32c"] });
		const { key } = ds.chunk([0, 0, 0]);
		const whole = (await backend.get(key))?.parts[0] as Uint8Array;
		const damaged = new Uint8Array(whole);
		const place = 40 * (32 * 32 * 16 * 8 + 4) + 5;
		damaged.set([(damaged[place] as number) ^ 1], place);
		await backend.put(key, damaged);
		await expect(ds.get()).rejects.toMatchObject({
			code: "CORRUPT",
			chunk: [0, 0, 0],
			message: expect.stringContaining("inner chunk [2, 2, 0]"),
		});
		await backend.put(key, whole);
		expect(Buffer.compare(bytesOf(rowMajor(await ds.get())), bytesOf(values.data))).toBe(0);
		await con.close();
	});

	test("one that is not stored is fill value, or an error where that was asked for", async () => {
		await using con = await connect("ram:", { engine: threads({ workers: 2 }) });
		const ds = await con.createDataset("a", { ...LAYOUT, fillValue: 3 });
		expect(new Set((await ds.get()).data)).toEqual(new Set([3]));
		await expect(ds.get("...", { onMissing: "error" })).rejects.toMatchObject({ code: "NOT_FOUND", chunk: [0, 0, 0] });
	});

	test("a store that fails fails the call, and an abort ends the wait for it", async () => {
		const inner = ram();
		await constant(inner, 1);
		const reason = new Error("enough");
		const stop = new AbortController();
		const hanging = broken(inner, () => ({
			get: (key, options) => {
				if (!key.includes("/c/")) return inner.get(key, options);
				stop.abort(reason);
				return new Promise((_, reject) => reject(options?.signal?.reason));
			},
		}));
		await using con = await connect(hanging, { engine: threads({ workers: 2 }) });
		const ds = await con.getDataset("a");
		await expect(ds.get("...", { signal: stop.signal })).rejects.toMatchObject({ code: "ABORTED" });
	});
});
