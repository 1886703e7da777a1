import fc from "fast-check";
import {
	type AxisLengths,
	type Connection,
	connect,
	type Etag,
	empty,
	type NdArray,
	type PutOptions,
	StoreError,
	slice,
} from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterEach, describe, expect, it } from "vitest";
import { PassThrough } from "../backends/pass-through.js";
import { lengthsFor } from "../support/lengths.js";

let con: Connection;
afterEach(() => con.close());

/** 1, 2, 3, … */
function counted(shape: readonly number[]): NdArray<"int32"> {
	const values = empty(shape, "int32");
	values.data.forEach((_, i) => {
		values.data[i] = i + 1;
	});
	return values;
}

describe.each(["sequential", "threads"])("load of a part of another dataset, on %s", (engine) => {
	it.each([
		["...", [9, 7, 5]],
		["2, ::-1, :", [7, 5]],
		["::2, newaxis, [4, 0, 0], 1:4", [5, 1, 3, 3]],
		["-1, 0, 0", []],
		["3:3", [0, 7, 5]],
	])("copies [%s], whatever the chunks", async (selection, shape) => {
		con = await connect("ram:", { engine, workers: 2 });
		const source = await con.createDataset("source", { data: counted([9, 7, 5]), chunkShape: [4, 3, 2] });
		const target = await con.createDataset("target", { shape, dtype: "float64", chunkShape: shape.map(() => 2) });
		await target.load(source, { selection });
		expect([...(await target.get()).data]).toEqual([...(await source.get(selection)).data]);
	});

	it("casts, keeps fill values and parts of complex numbers", async () => {
		con = await connect("ram:", { engine, workers: 2 });
		const options = { shape: [6], dtype: "complex64", chunkShape: [2], fillValue: [7, -1] } as const;
		const source = await con.createDataset("source", options);
		await source.set("2:4", { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] });
		const target = await con.createDataset("target", { shape: [4], dtype: "complex128", chunkShape: [3] });
		await target.load(source, { selection: [slice(4, 0, -1)] });
		expect([...(await target.get()).data]).toEqual([7, -1, 3, 4, 1, 2, 7, -1]);
		const real = await con.createDataset("real", { shape: [6], dtype: "float64" });
		await expect(real.load(source)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});
});

describe("load of a part", () => {
	it("refuses a part of another shape, an index beyond the source, and to select from what is no dataset", async () => {
		con = await connect("ram:");
		const source = await con.createDataset("source", { data: counted([4, 4]) });
		const target = await con.createDataset("target", { shape: [4], dtype: "int32" });
		await expect(target.load(source, { selection: "0:2" })).rejects.toThrow(/\[2, 4\].*\[4\]/);
		await expect(target.load(source, { selection: [9] })).rejects.toMatchObject({ code: "OUT_OF_BOUNDS" });
		await expect(target.load(counted([4]), { selection: "0" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});
});

/** A store that is full after some writes of chunks, which end in another order than they began. */
class Filling extends PassThrough {
	left = Number.POSITIVE_INFINITY;
	written = 0;
	override async put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		const row = Number(/c\/(\d+)/.exec(key)?.[1] ?? 0);
		const turns = [3, 7, 0, 5][row % 4] as number;
		for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
		if (!key.endsWith("zarr.json")) {
			if (this.left-- <= 0) throw new StoreError("NO_SPACE", "the store is full");
			this.written++;
		}
		return this.inner.put(key, bytes, options);
	}
}

interface Case {
	readonly shape: readonly number[];
	readonly chunkShape: readonly AxisLengths[];
	/** Rows of each slab but the last. */
	readonly height: number;
	/** Chunks that are written before the store is full. */
	readonly room: number;
	/** Where the values are all fill value. */
	readonly empty: readonly [from: number, to: number];
	/** Bytes that the first and the second attempt may take. */
	readonly memory: readonly [number, number];
}

const length = fc.integer({ min: 1, max: 12 });
const memory = fc.constantFrom(240, 600, 2 ** 26);
const cases: fc.Arbitrary<Case> = fc.tuple(length, length).chain((shape) =>
	fc.record({
		shape: fc.constant(shape),
		chunkShape: lengthsFor(shape, 5),
		height: length,
		room: fc.nat(40),
		empty: fc.tuple(fc.nat(12), fc.nat(12)),
		memory: fc.tuple(memory, memory),
	}),
);

/** The values of a case, some of its rows zero. */
function valuesOf({ shape, empty: [from, to] }: Case): NdArray<"int32"> {
	const values = counted(shape);
	const columns = shape[1] as number;
	values.data.fill(0, from * columns, to * columns);
	return values;
}

async function* slabsOf(values: NdArray<"int32">, height: number): AsyncGenerator<NdArray<"int32">> {
	const [rows = 0] = values.shape;
	for (let at = 0; at < rows; at += height) yield values.lo(at, 0).hi(Math.min(height, rows - at), null as never);
}

async function expectResumed(c: Case): Promise<void> {
	const store = new Filling(ram());
	const values = valuesOf(c);
	con = await connect(store, { memory: c.memory[0] });
	const ds = await con.createDataset("a", { shape: c.shape, dtype: "int32", chunkShape: c.chunkShape });
	store.left = c.room;
	const failure = await ds.load(slabsOf(values, c.height)).catch((error) => error.code);
	expect(failure === undefined || failure === "NO_SPACE").toBe(true);
	store.left = Number.POSITIVE_INFINITY;
	const again = await connect(store, { memory: c.memory[1] });
	const reopened = await again.getDataset("a");
	await reopened.load(slabsOf(values, c.height), { resume: true });
	expect((await reopened.get()).data).toEqual(values.data);
}

describe("an interrupted load goes on", () => {
	it("from slabs: with the right values, wherever it was interrupted and however much memory it may take", async () => {
		await fc.assert(
			fc.asyncProperty(cases, (c) => expectResumed(c)),
			{ numRuns: 300 },
		);
	});

	it("from slabs: also where memory has no room for a row of chunks, and a slab ends within one", async () => {
		const c = { shape: [6, 12], chunkShape: [2, 1], height: 3, empty: [0, 0], memory: [40, 2 ** 26] } as const;
		for (let room = 0; room < 48; room++) await expectResumed({ ...c, room });
	});

	it("from slabs: without writing again what was written", async () => {
		const store = new Filling(ram());
		con = await connect(store, { concurrency: 1 });
		const values = counted([40, 6]);
		const ds = await con.createDataset("a", { shape: [40, 6], dtype: "int32", chunkShape: [4, 3] });
		store.left = 15;
		await expect(ds.load(slabsOf(values, 3))).rejects.toMatchObject({ code: "NO_SPACE" });
		store.left = Number.POSITIVE_INFINITY;
		await ds.load(slabsOf(values, 3), { resume: true });
		expect(store.written).toBe(15 + 6);
	});

	it.each(["sequential", "threads"])("from another dataset, on %s: only chunks that are not there", async (engine) => {
		const store = new Filling(ram());
		con = await connect(store, { engine, workers: 2 });
		const source = await con.createDataset("source", { data: counted([10, 10]), chunkShape: [3, 3] });
		const target = await con.createDataset("target", { shape: [5, 10], dtype: "int32", chunkShape: [2, 2] });
		store.left = 7;
		const load = { selection: "::-2", resume: true };
		await expect(target.load(source, load)).rejects.toMatchObject({ code: "NO_SPACE" });
		expect(await target.verify()).toMatchObject({ stored: 7 });
		[store.left, store.written] = [Number.POSITIVE_INFINITY, 0];
		const totals = new Set<number>();
		await target.load(source, { ...load, onProgress: ({ total }) => totals.add(total) });
		expect((await target.get()).data).toEqual((await source.get("::-2")).data);
		expect([store.written, ...totals]).toEqual([8, 8]);
	});
});
