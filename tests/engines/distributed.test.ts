/** The engine `distributed` by its results: real workers, real Redis, and both killed. */
import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { type Connection, connect, type Dataset, kernel, type Progress } from "tesserae";
import { distributed, openQueue } from "tesserae/engines/distributed";
import { expect, test } from "vitest";
import { type StartedWorker, startWorker } from "../services/redis.js";
import { describeWith, redis } from "../services/services.js";
import { tidyAfterEach } from "./tidy.js";

const KERNELS = new URL("./processes/distributed-kernels.mjs", import.meta.url);
const kernels = fileURLToPath(new URL("./processes", import.meta.url));
const wave = Float32Array.from({ length: 32 ** 3 }, (_, i) => Math.sin(i / 100));
const volume = { data: wave, shape: [32, 32, 32] };

const { opened, directory } = tidyAfterEach();

interface Opened {
	readonly con: Connection;
	readonly ds: Dataset;
	readonly queue: string;
	readonly path: string;
	readonly told: string[];
}

describeWith(redis, "distributed", ({ url }) => {
	/** A store with an array of 64 chunks, and a queue of its own. */
	async function open(options: object = {}, queue = `test-${randomUUID()}`): Promise<Opened> {
		const path = await directory();
		const told: string[] = [];
		const tell = (text: string): void => void told.push(text);
		const log = { error: tell, warn: tell, info: tell, debug: tell };
		const engine = distributed({ redis: url, queue });
		const con = await connect(`file:${path}/store`, { engine, durability: "none", log, ...options });
		opened.push(con);
		const ds = await con.createDataset("a", { data: volume, chunkShape: [8, 8, 8] });
		return { con, ds, queue, path, told };
	}

	const worker = (queue: string, ...args: string[]): Promise<StartedWorker> =>
		startWorker({ redis: url, queue, args: ["--kernels", kernels, "--lock-duration", "2s", ...args] });

	const begun = async (log: string): Promise<number> =>
		(await readFile(log, "utf8").catch(() => "")).split("\n").length - 1;

	async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
		while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
	}

	test("workers do the work of every operation, with the same bits as here", async () => {
		const { con, ds, queue } = await open();
		await Promise.all([worker(queue), worker(queue, "--concurrency", "2")]);
		const total = (sum: number, partial: unknown): number => sum + (partial as { sum: number }).sum;
		const places = await ds.map(kernel(KERNELS, "whereAmI"), "places", { dtype: "int32" });
		const pids = new Set((await places.get()).data);
		expect(pids).not.toContain(process.pid);
		expect(pids.size).toBe(2);

		const blur = kernel(KERNELS, "blurred");
		const there = await ds.map(blur, "there", { halo: 1, boundary: "reflect" });
		const loaded = await con.createDataset("loaded", {
			shape: [32, 32, 32],
			dtype: "float64",
			chunkShape: [16, 8, 32],
		});
		await loaded.load(ds);
		const sums = await ds.reduce(kernel(KERNELS, "total"), total, {
			initial: 0,
		});
		const statistics = [await ds.sum(), await ds.std(), (await ds.max({ axes: [0] })).data];
		const verified = await ds.verify();
		await ds.apply(kernel(KERNELS, "addOne"));

		await con.use({ engine: "sequential" });
		const here = await (await con.createDataset("b", { data: volume, chunkShape: [8, 8, 8] })).map(blur, "here", {
			halo: 1,
			boundary: "reflect",
		});
		expect((await there.get()).data).toEqual((await here.get()).data);
		expect((await loaded.get()).data).toEqual(Float64Array.from(wave));
		expect((await ds.get()).data).toEqual(wave.map((value) => value + 1));
		const b = await con.getDataset("b");
		expect(statistics).toEqual([await b.sum(), await b.std(), (await b.max({ axes: [0] })).data]);
		expect(sums).toBe(await b.reduce(kernel(KERNELS, "total"), total, { initial: 0 }));
		expect(verified.ok).toBe(true);
	});

	test("a load of chunks that are the same bytes is done by workers, from another store too", async () => {
		const { con, ds, queue, path } = await open();
		const other = await connect(`file:${path}/other`);
		opened.push(other);
		const source = await other.createDataset("source", { data: volume, chunkShape: [8, 8, 8] });
		await source.deleteChunk([1, 2, 3]);
		const [inside, across] = await Promise.all(
			["inside", "across"].map((name) => con.createDataset(name, { ...source.creationOptions })),
		);
		const done: number[] = [];
		const loads = [
			inside?.load(ds, { onProgress: ({ total }) => done.push(total) }),
			across?.load(await con.getDataset("a")).then(() => across.load(source)),
		];
		const calls = await openQueue({ redis: url, queue, log: console });
		await until(async () => (await calls.calls()).length === 2);
		expect((await calls.calls()).map(({ operation, total }) => [operation, total])).toEqual([
			["copyChunks", 64],
			["copyChunks", 64],
		]);
		calls.close();
		await worker(queue);
		await Promise.all(loads);
		expect(done).toHaveLength(64);
		const bytesOf = async (name: string, store: Connection): Promise<unknown[]> => {
			const found: unknown[] = [];
			for await (const { key } of store.backend.list(`${name}/c/`)) {
				const bytes = (await store.backend.get(key))?.parts[0] as Uint8Array;
				found.push([key.slice(name.length), Buffer.from(bytes).toString("hex")]);
			}
			return found.sort();
		};
		expect(await bytesOf("inside", con)).toEqual(await bytesOf("a", con));
		const copied = await bytesOf("across", con);
		expect(copied).toEqual(await bytesOf("source", other));
		expect(copied).toHaveLength(63);
	});

	test("of chunks that share neighbours a worker does those that follow one another", async () => {
		const { con, queue, path } = await open();
		const log = join(path, "log");
		// One that is there, but does nothing: half of the chunks are meant for it.
		const idle = await worker(queue);
		idle.process.kill("SIGSTOP");
		await worker(queue);
		const ds = await con.createDataset("row", { shape: [40], dtype: "float32", chunkShape: [1] });
		await ds.map(kernel(KERNELS, "noted", { ms: 50, log }), "b", { halo: 1 });
		const done = (await readFile(log, "utf8")).trim().split("\n").map(Number);
		expect(done.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => i));
		expect(done.slice().sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
		idle.process.kill("SIGCONT");
	});

	test("what needs the caller's memory needs no worker", async () => {
		const { ds, con } = await open();
		await ds.set("0", 5);
		expect(await ds.at(0, 3, 3)).toBe(5);
		await (await con.createDataset("b", { shape: [32, 32, 32], dtype: "float32" })).load(volume);
	});

	test("neither bytes of arrays nor passwords go through Redis, and what a call left there expires", async () => {
		const pattern = "bytes-of-an-array";
		const redis = new Redis(url);
		await redis.call("ACL", "SETUSER", "someone", "on", ">a-secret", "~*", "&*", "+@all");
		const queue = `test-${randomUUID()}`;
		const withPassword = url.replace("redis://", "redis://someone:a-secret@");
		const path = await directory();
		const con = await connect(`file:${path}/store`, {
			engine: distributed({ redis: withPassword, queue }),
			durability: "none",
		});
		opened.push(con);
		const data = new Uint8Array(Buffer.from(pattern.repeat(1000)));
		const ds = await con.createDataset("a", { data: { data, shape: [data.length] }, chunkShape: [170], codecs: [] });
		const started = await startWorker({ redis: withPassword, queue, args: ["--kernels", kernels] });
		const watcher = await redis.monitor();
		const seen: string[] = [];
		watcher.on("monitor", (_: string, args: string[]) => seen.push(args.join(" ")));
		await ds.map(kernel(KERNELS, "slowly", { ms: 1 }), "b");
		await ds.sum();
		watcher.disconnect();
		expect(seen.length).toBeGreaterThan(10);
		const all = seen.join("\n") + started.told.join("\n");
		expect(all).toContain("slowly");
		for (const secret of [pattern, "cytes.pg", "a-secret"]) expect(all.includes(secret)).toBe(false);
		await con.close();
		const left = await redis.keys(`*${queue}*`);
		const lasting: string[] = [];
		for (const key of left) if ((await redis.pttl(key)) < 0) lasting.push(key.replace(/^.*:/, ""));
		expect(lasting.filter((name) => !["meta", "events", "id"].includes(name))).toEqual([]);
		await redis.call("ACL", "DELUSER", "someone");
		redis.disconnect();
		expect((await readdir(join(path, "store"))).sort()).toEqual(["a", "b", "zarr.json"]);
	});

	/** Kills a worker while a kernel runs there, and answers when it is gone. */
	async function killAtWork(victim: StartedWorker, log: string): Promise<void> {
		const pid = String(victim.process.pid);
		await until(async () => (await readFile(log, "utf8").catch(() => "")).split("\n").includes(pid));
		await victim.end("SIGKILL");
	}

	test("a worker that is killed in the middle of a batch: others do it again, and the call says so", async () => {
		const { ds, queue, path } = await open();
		const [first] = await Promise.all([worker(queue), worker(queue)]);
		const log = join(path, "log");
		const seen: Progress[] = [];
		const onProgress = (progress: Progress): void => void seen.push(progress);
		const mapping = ds.map(kernel(KERNELS, "slowly", { ms: 60, log }), "b", { onProgress });
		await killAtWork(first, log);
		expect((await (await mapping).get()).data).toEqual(wave.map((value) => value + 1));
		expect(seen.at(-1)?.retries ?? 0).toBeGreaterThan(0);
		expect(seen.at(-1)).toMatchObject({ done: 64, total: 64 });
	});

	test("apply after a worker was killed in it: every chunk is changed once", async () => {
		const { ds, queue, path } = await open();
		const [first] = await Promise.all([worker(queue), worker(queue)]);
		const log = join(path, "log");
		const seen: Progress[] = [];
		const onProgress = (progress: Progress): void => void seen.push(progress);
		const applying = ds.apply(kernel(KERNELS, "slowly", { ms: 60, log }), { onProgress });
		await killAtWork(first, log);
		await applying;
		expect((await ds.get()).data).toEqual(wave.map((value) => value + 1));
		expect(seen.at(-1)?.retries ?? 0).toBeGreaterThan(0);
	});

	test("a worker that was suspended finds its batch taken, and stores nothing over what came later", async () => {
		const { ds, queue, path } = await open();
		const log = join(path, "log");
		const first = await worker(queue);
		const mapping = ds.map(kernel(KERNELS, "busily", { ms: 100, log }), "b");
		await until(async () => (await begun(log)) >= 1);
		first.process.kill("SIGSTOP");
		await worker(queue);
		const out = await mapping;
		await out.set("...", 7);
		first.process.kill("SIGCONT");
		await first.tells(/taken from this worker|ended/);
		expect((await out.get()).data.every((value) => value === 7)).toBe(true);
	});

	test("a kernel that ends its thread costs a retry; one that always does ends the call, not the worker", async () => {
		const { ds, queue, path } = await open();
		const started = await worker(queue);
		let retries = 0;
		const onProgress = (progress: Progress): void => {
			retries = progress.retries ?? 0;
		};
		const out = await ds.map(kernel(KERNELS, "dieOnce", { mark: join(path, "mark"), at: 2 }), "b", { onProgress });
		expect((await out.get()).data).toEqual(wave.map((value) => value + 1));
		expect(retries).toBeGreaterThan(0);
		await expect(ds.map(kernel(KERNELS, "die"), "c")).rejects.toMatchObject({ code: "WORKER_LOST" });
		await ds.map(kernel(KERNELS, "addOne"), "d");
		expect(started.process.exitCode).toBeNull();
	});

	test("an error of a kernel is the call's, with chunk and cause, and is not tried again", async () => {
		const { con, ds, queue, path } = await open();
		await worker(queue, "--concurrency", "2");
		const log = join(path, "log");
		const failed = await ds.map(kernel(KERNELS, "fail", { at: 3, log }), "b").catch((error) => error);
		expect(failed).toMatchObject({ code: "KERNEL_FAILED", chunk: [3, expect.anything(), expect.anything()] });
		expect(failed.cause).toMatchObject({ name: "RangeError", message: "too hot" });
		const tried = (await readFile(log, "utf8")).trim().split("\n");
		expect(new Set(tried).size).toBe(tried.length);
		expect(await con.hasDataset("b")).toBe(false);
	});

	test("a kernel that never ends is ended by the timeout, and its worker goes on", async () => {
		const { ds, queue, path } = await open({ timeout: 3000 });
		const started = await worker(queue);
		await expect(ds.map(kernel(KERNELS, "forever", { log: join(path, "log") }), "b")).rejects.toMatchObject({
			code: "TIMEOUT",
			message: expect.not.stringMatching(/no worker/),
		});
		const out = await ds.map(kernel(KERNELS, "addOne"), "c");
		expect((await out.get()).data).toEqual(wave.map((value) => value + 1));
		expect(started.process.exitCode).toBeNull();
	});

	test("a signal cancels in the middle of a batch, and nothing is begun or stored after it", async () => {
		const { con, ds, queue, path } = await open();
		await worker(queue, "--concurrency", "2");
		const log = join(path, "log");
		const controller = new AbortController();
		const mapping = ds.map(kernel(KERNELS, "busily", { ms: 50, log }), "b", { signal: controller.signal });
		await until(async () => (await begun(log)) >= 10);
		controller.abort();
		await expect(mapping).rejects.toMatchObject({ code: "ABORTED" });
		const then = await begun(log);
		expect(then).toBeLessThan(64);
		expect(await con.hasDataset("b")).toBe(false);
		const out = await ds.map(kernel(KERNELS, "addOne"), "c");
		expect((await out.get()).data).toEqual(wave.map((value) => value + 1));
		expect(await begun(log)).toBe(then);
	});

	test("two callers at once", async () => {
		const one = await open();
		const other = await open({}, one.queue);
		await Promise.all([worker(one.queue), worker(one.queue)]);
		const work = kernel(KERNELS, "slowly", { ms: 5 });
		const outs = await Promise.all([one, other].map(({ ds }) => ds.map(work, "b")));
		for (const out of outs) expect((await out.get()).data).toEqual(wave.map((value) => value + 1));
	});

	test("a worker that is asked to end finishes or gives back what it has, and the call goes on", async () => {
		const { ds, queue, path } = await open();
		const log = join(path, "log");
		const first = await worker(queue);
		const mapping = ds.map(kernel(KERNELS, "slowly", { ms: 100, log }), "b");
		await until(async () => (await begun(log)) >= 4);
		await worker(queue);
		expect(await first.end("SIGTERM")).toBe(0);
		expect((await (await mapping).get()).data).toEqual(wave.map((value) => value + 1));
	});

	test("without workers the caller is told, and the timeout names the reason", async () => {
		const { ds, queue, told } = await open({ timeout: 5000 });
		await expect(ds.map(kernel(KERNELS, "addOne"), "b")).rejects.toMatchObject({
			code: "TIMEOUT",
			message: expect.stringMatching(new RegExp(`no worker answers on the queue ${queue}`)),
		});
		expect(told.join("\n")).toMatch(/no worker answers/);
	});

	test("a partial result that is too large for Redis is refused with its size", async () => {
		const { ds, queue } = await open();
		await worker(queue);
		await expect(ds.reduce(kernel(KERNELS, "large"), (a) => a)).rejects.toMatchObject({
			code: "TOO_LARGE",
			message: expect.stringMatching(/8388\d+ bytes/),
		});
	});

	test("a queue tells its calls, and cancels them", async () => {
		const { ds, queue } = await open();
		await worker(queue);
		const view = await openQueue({ redis: url, queue, log: console });
		const mapping = ds.map(kernel(KERNELS, "slowly", { ms: 100 }), "b").catch((error) => error);
		await until(async () => ((await view.calls())[0]?.done ?? 0) > 0);
		const [call] = await view.calls();
		expect(call).toMatchObject({ state: "open", operation: "map", dataset: "b", total: 64, pid: process.pid });
		expect(await view.workers()).toMatchObject([{ concurrency: 1 }]);
		await view.cancel(call?.id as string);
		expect(await mapping).toMatchObject({ code: "ABORTED" });
		expect(await view.call(call?.id as string)).toMatchObject({ state: "cancelled" });
		await expect(view.cancel(call?.id as string)).rejects.toMatchObject({ code: "NOT_FOUND" });
		view.close();
	});

	test("plain functions are refused before anything is created", async () => {
		const { con, ds } = await open();
		await expect(ds.map((block) => block, "b")).rejects.toMatchObject({ code: "KERNEL_NOT_PORTABLE" });
		expect(await con.hasDataset("b")).toBe(false);
	});
});
