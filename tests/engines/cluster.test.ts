import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Connection, connect, kernel } from "tesserae";
import { cluster } from "tesserae/engines/cluster";
import { threads } from "tesserae/engines/threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { scratch } from "../backends/scratch.js";
import { workersOf } from "./process-list.js";

const KERNELS = new URL("./processes/cluster-kernels.mjs", import.meta.url);
const run = promisify(execFile);

/** A store in memory, seen through both engines. */
async function both(): Promise<{ here: Connection; there: Connection }> {
	const name = `ram:${Math.random()}`;
	return { here: await connect(name), there: await connect(name, { engine: cluster({ workers: 2 }) }) };
}

const wave = Float32Array.from({ length: 60 ** 3 }, (_, i) => Math.sin(i / 100));
const volume = { data: wave, shape: [60, 60, 60] };

afterEach(() => {
	vi.unstubAllEnvs();
});

describe("cluster", () => {
	test("kernels run in other processes, with the same results as here", async () => {
		const { here, there } = await both();
		const ds = await there.createDataset("a", { data: volume, chunkShape: [8, 60, 60] });
		const places = await ds.map(kernel(KERNELS, "whereAmI"), "places", { dtype: "float64" });
		const pids = new Set((await places.get()).data);
		expect(pids).not.toContain(process.pid);
		expect(workersOf()).toEqual(expect.arrayContaining([...pids]));
		const work = kernel(KERNELS, "slowWave", { factor: 3.7, time: 0 });
		const options = { halo: 2, boundary: "mirror" } as const;
		const local = await here.getDataset("a");
		const trimmed = kernel(KERNELS, "add", { weights: Float64Array.of(0.1, 0.7) });
		await expect(ds.map(work, "wrong", options)).rejects.toMatchObject({ code: "KERNEL_FAILED" });
		expect((await (await ds.map(trimmed, "there")).get()).data).toEqual(
			(await (await local.map(trimmed, "here")).get()).data,
		);
		expect([await ds.sum(), await ds.std(), await ds.histogram({ bins: 7 })]).toEqual([
			await local.sum(),
			await local.std(),
			await local.histogram({ bins: 7 }),
		]);
	});

	test("results are plain memory, also of a store that threads read", async () => {
		const { there } = await both();
		const ds = await there.createDataset("a", { data: volume, chunkShape: [32, 32, 32], codecs: [] });
		expect((await ds.get()).data).toEqual(wave);
		await using beside = await connect(there.backend, { engine: threads({ workers: 2 }) });
		const total = await (await beside.getDataset("a")).sum();
		expect(await ds.sum()).toBe(total);
		expect((await ds.get()).data.buffer).toBeInstanceOf(ArrayBuffer);
	});

	test("what workers ask of a store is counted by the connection, whoever opens it", async () => {
		const { path, remove } = await scratch();
		for (const target of [`ram:${Math.random()}`, `file:${path}/store`]) {
			await using con = await connect(target, { engine: "cluster", workers: 2 });
			const ds = await con.createDataset("a", { data: volume, chunkShape: [30, 60, 60] });
			const before = con.meter.snapshot().byOperation.get;
			await ds.reduce(kernel(KERNELS, "pid"), (_, next) => next);
			const after = con.meter.snapshot().byOperation.get;
			expect(after.operations - before.operations).toBe(2);
			expect(after.bytesRead).toBeGreaterThan(before.bytesRead);
		}
		await remove();
	});

	test("parameters are typed arrays over any memory, and a result that cannot travel fails its chunk", async () => {
		const { there } = await both();
		const ds = await there.createDataset("a", { shape: [4], dtype: "float32", chunkShape: [2] });
		const weights = new Float32Array(new SharedArrayBuffer(8));
		weights.set([1.5, 2.5]);
		expect([...(await (await ds.map(kernel(KERNELS, "add", { weights }), "b")).get()).data]).toEqual([
			1.5, 2.5, 1.5, 2.5,
		]);
		const reduced = ds.reduce(kernel(KERNELS, "uncopiable"), (a) => a);
		await expect(reduced).rejects.toMatchObject({ code: "KERNEL_FAILED" });
		expect(await ds.sum()).toBe(0);
	});

	test("errors come whole: code, chunk, and what the kernel threw with its own cause", async () => {
		const { there } = await both();
		const ds = await there.createDataset("a", { shape: [4], dtype: "float32", chunkShape: [4] });
		const error = await ds.map(kernel(KERNELS, "fail"), "b").catch((e) => e);
		expect(error).toMatchObject({ name: "StoreError", code: "KERNEL_FAILED", chunk: [0], dataset: "b" });
		expect(error.cause).toMatchObject({
			name: "RangeError",
			message: "no 0",
			cause: { name: "TypeError", message: "the reason" },
		});
		expect(error.cause.stack).toContain("cluster-kernels.mjs");
		expect(await there.hasDataset("b")).toBe(false);
		for (const [name, code] of [
			["none", "KERNEL_FAILED"],
			["pid", "KERNEL_FAILED"],
		] as const)
			await expect(ds.map(kernel(KERNELS, name), "b")).rejects.toMatchObject({ code });
		await expect(ds.map((block) => block, "b")).rejects.toMatchObject({ code: "KERNEL_NOT_PORTABLE" });
	});

	test("what kernels print is in the output of this process, which ends by itself", async () => {
		const script = fileURLToPath(new URL("./processes/talking.mjs", import.meta.url));
		for (const args of [[], ["open"]]) {
			const { stdout, stderr } = await run(process.execPath, [script, ...args], { timeout: 50_000 });
			expect(stdout.trim().split("\n").sort()).toEqual(["out 0", "out 1"]);
			expect(stderr.trim().split("\n").sort()).toEqual(["err 0", "err 1"]);
		}
	});

	test("workers have this process's environment as it is by now, and no argument tells of it", async () => {
		const { there } = await both();
		const ds = await there.createDataset("a", { shape: [4], dtype: "float32", chunkShape: [1] });
		const seen = () => ds.reduce(kernel(KERNELS, "variable", { name: "TESSERAE_TEST_SECRET" }), (a, b) => `${a} ${b}`);
		expect(await seen()).toBe("undefined undefined undefined undefined");
		vi.stubEnv("TESSERAE_TEST_SECRET", "s3cret");
		expect(await seen()).toBe("s3cret s3cret s3cret s3cret");
		vi.unstubAllEnvs();
		expect(await seen()).toBe("undefined undefined undefined undefined");
		const { stdout } = await run("ps", ["-A", "-o", "args="]);
		expect(stdout).not.toContain("s3cret");
	});

	test("options of node that are about this program alone do not reach workers, its loaders do", async () => {
		const loader = "data:text/javascript,console.log(`loader`)";
		const code = `await import(${JSON.stringify(new URL("./processes/talking.mjs", import.meta.url).href)})`;
		const options = ["--inspect=0", `--import=${loader}`, "--input-type=module", "-e", code];
		const { stdout, stderr } = await run(process.execPath, options, { timeout: 50_000 });
		expect(stdout.trim().split("\n").sort()).toEqual(["loader", "loader", "out 0", "out 1"]);
		expect(stderr.match(/Debugger listening/g)).toHaveLength(1);
		for (const print of [["-p"], ["-p", "-e"]]) {
			const printed = await run(process.execPath, [...print, code.replace("await ", "")], { timeout: 50_000 });
			expect(printed.stdout).toContain("out 1");
		}
	});

	test("of chunks that share neighbours a worker does those that follow one another", async () => {
		const { there } = await both();
		const ds = await there.createDataset("a", { shape: [96], dtype: "float32", chunkShape: [1] });
		const where = kernel(KERNELS, "slowlyWhere", { time: 10 });
		await ds.map(where, "first", { halo: 1, dtype: "float64" });
		const places = (await (await ds.map(where, "b", { halo: 1, dtype: "float64" })).get()).data;
		const changes = [...places].filter((pid, i) => i > 0 && pid !== places[i - 1]).length;
		expect(new Set(places).size).toBe(2);
		// One by one by whoever is free, it would be most of them.
		expect(changes).toBeLessThan(24);
	});

	test("a large volume comes through, with the bits of threads", async () => {
		const name = `ram:${Math.random()}`;
		await using one = await connect(name, { engine: cluster({ workers: 2 }) });
		await using other = await connect(name, { engine: threads({ workers: 2 }) });
		const shape = [256, 256, 256];
		const data = Float32Array.from({ length: 256 ** 3 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 20);
		const ds = await one.createDataset("a", { data: { data, shape }, chunkShape: [64, 64, 256], codecs: [] });
		const work = kernel(KERNELS, "add", { weights: [0.1, 0.2, 0.3] });
		const mapped = await (await ds.map(work, "b")).get();
		const expected = await (await (await other.getDataset("a")).map(work, "c")).get();
		expect(Buffer.compare(new Uint8Array(mapped.data.buffer), new Uint8Array(expected.data.buffer))).toBe(0);
		const copy = await one.createDataset("d", { data: ds, chunkShape: [256, 64, 64] });
		expect(await copy.sum()).toBe(await ds.sum());
	});

	test("a number of workers that is none is refused", () => {
		expect(() => cluster({ workers: 0 })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});
});
