import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Connection, connect, empty, kernel, ndArray } from "tesserae";
import { threads } from "tesserae/engines/threads";
import { describe, expect, test } from "vitest";
import { scratch } from "../backends/scratch.js";
import { directory, type Served, serve } from "../http/server.js";

const KERNELS = new URL("./processes/kernels.mjs", import.meta.url);

/** Serves files, each request only once so many wait for an answer, or for a while no further one has come. */
async function slowServer(root: string, enough: number): Promise<Served & { readonly most: () => number }> {
	const answer = directory(root);
	const waiting: (() => void)[] = [];
	let [most, idle]: [number, NodeJS.Timeout?] = [0];
	const answerAll = (): void => {
		for (const go of waiting.splice(0)) go();
	};
	const served = await serve((request, response) => {
		waiting.push(() => answer(request, response));
		most = Math.max(most, waiting.length);
		clearTimeout(idle);
		if (waiting.length >= enough) answerAll();
		else idle = setTimeout(answerAll, 250);
	});
	return { ...served, most: () => most };
}

/** A store in memory, seen through both engines. */
async function both(): Promise<{ here: Connection; there: Connection }> {
	const name = `ram:${Math.random()}`;
	return { here: await connect(name), there: await connect(name, { engine: threads({ workers: 2 }) }) };
}

const wave = Float32Array.from({ length: 60 ** 3 }, (_, i) => Math.sin(i / 100));
const volume = { data: wave, shape: [60, 60, 60] };

describe("threads", () => {
	test("results are shared memory, and the same as those of this thread", async () => {
		const { here, there } = await both();
		for (const codecs of [[], ["zstd"], ["gzip", "crc32c"]]) {
			const name = `c${codecs.length}`;
			const written = await there.createDataset(name, { data: volume, chunkShape: [16, 32, 60], codecs });
			const array = await written.get("::2, 5:40:3, ::-1");
			expect(array.data.buffer).toBeInstanceOf(SharedArrayBuffer);
			const expected = await (await here.getDataset(name)).get("::2, 5:40:3, ::-1");
			expect([...array.data]).toEqual([...expected.data]);
		}
	});

	test("a plain out is filled, a shared one is written to directly, and shared: false gives plain memory", async () => {
		const { there } = await both();
		const ds = await there.createDataset("a", { data: volume, chunkShape: [32, 32, 32] });
		const plain = empty([60, 60, 60], "float32");
		const shared = empty([60, 60, 60], "float32", { shared: true });
		expect((await ds.get("...", { out: plain })).data).toEqual(wave);
		expect([...(await ds.get("...", { out: shared })).data]).toEqual([...wave]);
		const strided = ndArray<"float32">(new Float32Array(2 * 60 ** 3), [60, 60, 60], [2 * 3600, 120, 2], 1);
		expect((await ds.get("...", { out: strided })).get(59, 59, 59)).toBe(wave.at(-1));
		expect((await ds.get("0", { shared: false })).data.buffer).toBeInstanceOf(ArrayBuffer);
	});

	test("kernels run on other threads, with the same results as here", async () => {
		const { here, there } = await both();
		const ds = await there.createDataset("a", { data: volume, chunkShape: [8, 60, 60] });
		const places = await ds.map(kernel(KERNELS, "whereAmI"), "places");
		expect([...(await places.get()).data]).not.toContain(0);
		const work = kernel(KERNELS, "wave", { factor: 3.7 });
		const mapped = await (await ds.map(work, "there")).get();
		const local = await (await (await here.getDataset("a")).map(work, "here")).get();
		expect([...mapped.data]).toEqual([...local.data]);
	});

	test("a plain function is refused before anything is created", async () => {
		const { there } = await both();
		const ds = await there.createDataset("a", { data: volume });
		await expect(ds.map((block) => block, "b")).rejects.toMatchObject({ code: "KERNEL_NOT_PORTABLE" });
		expect(await there.hasDataset("b")).toBe(false);
	});

	test("a thread that dies is an error of the call, and the next call works", async () => {
		const { there } = await both();
		const ds = await there.createDataset("a", { data: volume, chunkShape: [8, 60, 60] });
		for (const name of ["die", "dieAt"]) {
			await expect(ds.map(kernel(KERNELS, name, { at: 5 }), "b")).rejects.toMatchObject({ code: "WORKER_LOST" });
			expect(await there.hasDataset("b")).toBe(false);
			expect([...(await ds.get()).data]).toEqual([...wave]);
		}
	});

	test("a kernel that never ends does not hold up a call that times out, is cancelled or has failed elsewhere, and the next call works", async () => {
		const name = `ram:${Math.random()}`;
		const engine = threads({ workers: 2 });
		await using there = await connect(name, { engine });
		await using hasty = await connect(name, { engine, timeout: 500 });
		const ds = await there.createDataset("a", { data: volume, chunkShape: [20, 60, 60] });
		const late = (await hasty.getDataset("a")).map(kernel(KERNELS, "forever"), "b");
		await expect(late).rejects.toMatchObject({ code: "TIMEOUT" });
		const failed = ds.map(kernel(KERNELS, "forever", { at: 0 }), "b");
		await expect(failed).rejects.toMatchObject({ code: "KERNEL_FAILED" });
		const stop = new AbortController();
		const { signal } = stop;
		const cancelled = ds.map(kernel(KERNELS, "forever"), "b", { signal, onProgress: () => {} });
		stop.abort();
		await expect(cancelled).rejects.toMatchObject({ code: "ABORTED" });
		expect(await there.hasDataset("b")).toBe(false);
		expect([...(await ds.get()).data]).toEqual([...wave]);
	});

	test("twenty results of 256 MiB in a row do not pile up, and the process ends by itself", async () => {
		const script = fileURLToPath(new URL("./processes/twenty-results.mjs", import.meta.url));
		const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 50_000 });
		expect(Number(stdout)).toBeLessThan(1000);
	});

	test("a chunk that is much larger than the others is begun first, wherever it lies", async () => {
		const { there } = await both();
		const chunkShape = [[[4, 40], 100, [4, 10]]] as const;
		const ds = await there.createDataset("a", { shape: [300], dtype: "int32", chunkShape });
		const turns = kernel(KERNELS, "turn", { clock: new Int32Array(new SharedArrayBuffer(8)), workers: 2 });
		const order = await (await ds.map(turns, "order")).get();
		expect(new Set(order.data).size).toBe(51);
		const atOnce = 8;
		expect(order.get(200)).toBeLessThan(atOnce);
	});

	test("results of a few bytes, of some MiB, and larger than the memory that threads have for them arrive whole", async () => {
		const { there } = await both();
		for (const length of [3, 5_000, 3_000_000, 11_000_000]) {
			const data = Float32Array.from({ length: 2 * length }, (_, i) => i % 1_000_003);
			const ds = await there.createDataset(`a${length}`, { data, chunkShape: [length], codecs: [] });
			const mapped = await (await ds.map(kernel(KERNELS, "negative"), `b${length}`)).get();
			expect(mapped.data.every((value, i) => value === -(data[i] as number))).toBe(true);
		}
	});

	test("as many requests as there may be are on their way to a store that takes its time", async () => {
		const enough = 24;
		const place = await scratch();
		const files = await connect(`file:${place.path}`, { durability: "none" });
		await files.createDataset("a", { data: volume, chunkShape: [6, 20, 20] });
		const server = await slowServer(place.path, enough);
		await using there = await connect(`${server.url}/`, { engine: threads({ workers: 2 }) });
		expect([...(await (await there.getDataset("a")).get()).data]).toEqual([...wave]);
		expect(server.most()).toBeGreaterThanOrEqual(enough);
		await server.close();
		await files.close();
		await place.remove();
	});

	test("a number of workers that is none is refused", () => {
		expect(() => threads({ workers: 0 })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});
});

describe("decoded chunks that threads share", () => {
	const plusOne = kernel(new URL("../road/processes/map-kernel.mjs", import.meta.url), "plusOne");
	const options = { halo: 3, boundary: "reflect", ifExists: "replace" } as const;

	test("each is fetched once, however many threads need it", async () => {
		const place = await scratch();
		const con = await connect(`file:${place.path}`, { engine: "threads", workers: 3, durability: "none" });
		const ds = await con.createDataset("a", { data: volume, chunkShape: [12, 12, 12] });
		await ds.deleteChunk([2, 2, 2]);
		const before = con.meter.snapshot().byOperation.get.operations;
		await ds.map(plusOne, "b", options);
		const others = 10;
		expect(con.meter.snapshot().byOperation.get.operations - before).toBeLessThanOrEqual(5 ** 3 + others);
		await con.close();
		await place.remove();
	});

	test.each(["256MiB", "900KiB", "300KiB", "60KiB"])(
		"give the same values with room for few of them: %s",
		async (memory) => {
			const name = `ram:${Math.random()}`;
			const here = await connect(name);
			const there = await connect(name, { engine: "threads", workers: 3, memory });
			const ds = await here.createDataset("a", { data: volume, chunkShape: [12, 12, 12] });
			await ds.deleteChunk([2, 2, 2]);
			const expected = await (await ds.map(plusOne, "here", options)).get();
			const mapped = await (await there.getDataset("a")).map(plusOne, "there", options);
			expect((await (await here.getDataset("there")).get()).data).toEqual(expected.data);
			expect(await mapped.at(30, 30, 30)).toBe(1);
			await here.close();
			await there.close();
		},
	);

	test("one that is damaged fails the call, and nobody waits for it for ever", async () => {
		const con = await connect("ram:", { engine: "threads", workers: 3 });
		const ds = await con.createDataset("a", { data: volume, chunkShape: [12, 12, 12] });
		await con.store.put("a/c/2/2/2", new Uint8Array(50));
		await expect(ds.map(plusOne, "b", options)).rejects.toMatchObject({ code: "CORRUPT" });
		await con.close();
	});
});
