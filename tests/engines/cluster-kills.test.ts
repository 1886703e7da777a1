import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Connection, connect, kernel, type Progress } from "tesserae";
import { cluster } from "tesserae/engines/cluster";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";
import { isRunning, workersOf } from "./process-list.js";

const KERNELS = new URL("./processes/cluster-kernels.mjs", import.meta.url);
const CHUNKS = 64;
const values = Float32Array.from({ length: 16 * CHUNKS }, (_, i) => Math.sin(i));
/** Long enough for workers to be met while they work (ms). */
const time = 4;
/** Seeds cost processes: .ci/run has all. */
const seeds = (...all: readonly number[]): readonly number[] =>
	process.env.TESSERAE_KILLS === undefined ? all.slice(0, 2) : all;
const PATIENCE = { timeout: 30_000, interval: 50 };

/** Workers that other tests in this process have left. */
const others = new Set(workersOf());

/** Process groups that tests have started. */
const groups: number[] = [];

let place: Scratch;

beforeEach(async () => {
	place = await scratch();
});

afterEach(async () => {
	vi.unstubAllEnvs();
	for (const group of groups.splice(0)) endGroup(group);
	await place.remove();
});

async function open(target = `ram:${Math.random()}`, workers = 3): Promise<Connection> {
	return connect(target, { engine: cluster({ workers }) });
}

/** Numbers in [0, 1), the same for a seed. */
function randomOf(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

interface Killer {
	readonly onProgress: (progress: Progress) => void;
	/** That the call told of last. */
	readonly retries: () => number;
}

/** Kills one of the workers a random while after one in `every` of the chunks is done. */
function killer(seed: number, every = 10): Killer {
	const random = randomOf(seed);
	let retries = 0;
	return {
		onProgress(progress) {
			retries = progress.retries ?? 0;
			if (progress.done === progress.total || random() > 1 / every) return;
			setTimeout(() => {
				const alive = workersOf().filter((pid) => !others.has(pid));
				const pid = alive[Math.floor(random() * alive.length)];
				if (pid !== undefined) process.kill(pid, "SIGKILL");
			}, 10 * random());
		},
		retries: () => retries,
	};
}

/** Makes calls whose workers are killed, until one of them had to do something again: a worker may be met while it has nothing to do. */
async function untilRetried(seed: number, call: (onProgress: Killer["onProgress"]) => Promise<void>): Promise<void> {
	let again = 0;
	for (let round = 0; again === 0 && round < 20; round++) {
		const { onProgress, retries } = killer(seed + 10 * round);
		await call(onProgress);
		again = retries();
	}
	expect(again).toBeGreaterThan(0);
}

describe("workers that are killed at random moments", () => {
	test.each(seeds(1, 2, 3))("lose nothing of a map, seed %i", async (seed) => {
		const con = await open(seed === 1 ? undefined : `file:${place.path}/store`);
		const ds = await con.createDataset("a", { data: values, chunkShape: [16] });
		await untilRetried(seed, async (onProgress) => {
			const options = { onProgress, ifExists: "replace" } as const;
			const out = await ds.map(kernel(KERNELS, "slowWave", { factor: 3.7, time }), "b", options);
			expect((await out.get()).data).toEqual(values.map((value) => Math.sin(value * 3.7)));
		});
		await con.close();
	});

	test.each(seeds(4, 5, 6))("make no chunk of apply be done twice, seed %i", async (seed) => {
		const con = await open(seed === 4 ? undefined : `sqlite:${place.path}/store`);
		const ds = await con.createDataset("a", { data: values, chunkShape: [16] });
		const expected = values.slice();
		await untilRetried(seed, async (onProgress) => {
			await ds.apply(kernel(KERNELS, "slowIncrement", { time }), { onProgress });
			for (const i of expected.keys()) expected[i] = (expected[i] as number) + 1;
			expect((await ds.get()).data).toEqual(expected);
		});
		await con.close();
	});

	test.each([7, 8])("lose nothing of a reduce, whose parts come in order, seed %i", async (seed) => {
		const con = await open();
		const ds = await con.createDataset("a", { data: values, chunkShape: [16] });
		await untilRetried(seed, async (onProgress) => {
			const parts = await ds.reduce(
				kernel(KERNELS, "slowSum", { time }),
				(all: number[], { values }: { values: Float32Array }) => [...all, ...values],
				{ initial: [], onProgress },
			);
			expect(parts).toEqual([...values].filter((_, i) => i % 16 < 2));
		});
		await con.close();
	});

	test("a worker that was killed while it had nothing to do is replaced", async () => {
		const con = await open();
		const ds = await con.createDataset("a", { data: values, chunkShape: [16] });
		const sum = await ds.sum();
		const idle = workersOf().filter((pid) => !others.has(pid));
		for (const pid of idle) process.kill(pid, "SIGKILL");
		expect(await ds.sum()).toBe(sum);
		await con.close();
	});
});

describe("a worker that does not do its work", () => {
	test.each([
		["dieAt", { at: [5] }, "with exit code 7"],
		["dieAt", { at: [5], signal: "SIGKILL" }, "by SIGKILL"],
		["throwLater", {}, "with exit code 1"],
	])("%s %j again and again is lost, with the chunk that ends it", async (name, parameters, how) => {
		const con = await open();
		const ds = await con.createDataset("a", { data: values, chunkShape: [16] });
		const error = await ds.map(kernel(KERNELS, name, parameters), "b").catch((e) => e);
		expect(error).toMatchObject({
			code: "WORKER_LOST",
			dataset: "b",
			chunk: name === "dieAt" ? [5] : expect.anything(),
		});
		expect(error.message).toContain(how);
		expect(error.message).toContain(`chunk [${error.chunk}] of "b"`);
		if (name === "throwLater") expect(error.cause).toMatchObject({ name: "RangeError", message: "from a timer" });
		expect(await con.hasDataset("b")).toBe(false);
		expect((await (await ds.map(kernel(KERNELS, "add", { weights: [0] }), "c")).get()).data).toEqual(values);
		await con.close();
	});

	test("because it cannot be started is told, and the next call works where it can", async () => {
		const con = await open(undefined, 4);
		const ds = await con.createDataset("a", { data: values, chunkShape: [16] });
		const sum = await (await connect(con.backend)).getDataset("a").then((here) => here.sum());
		vi.stubEnv("NODE_OPTIONS", "--import=data:text/javascript,process.exit(9)");
		await expect(ds.sum()).rejects.toMatchObject({
			code: "WORKER_LOST",
			message: expect.stringContaining("exit code 9"),
		});
		vi.unstubAllEnvs();
		const { execPath } = process;
		process.execPath = `${place.path}/no-node`;
		await expect(ds.sum()).rejects.toMatchObject({ code: "WORKER_LOST", message: expect.stringContaining("ENOENT") });
		process.execPath = execPath;
		expect(await ds.sum()).toBe(sum);
		await con.close();
	});

	test.each([
		["blocks", 4000, "for(;;);"],
		["waits for ever", 4001, "setInterval(()=>{},1e6);await(new(Promise)(()=>{}))"],
	])(
		"because what it loads first %s is ended in time, and the next call works where it can",
		async (_, startTimeout, code) => {
			await using con = await connect("ram:", { engine: cluster({ workers: 2, startTimeout }) });
			const ds = await con.createDataset("a", { data: values, chunkShape: [16] });
			vi.stubEnv("NODE_OPTIONS", `--import=data:text/javascript,${code}`);
			const before = new Set(workersOf());
			const sum = ds.sum().catch((e) => e);
			const started = await vi.waitFor(() => {
				const found = workersOf().filter((pid) => !before.has(pid));
				expect(found.length).toBeGreaterThan(0);
				return found;
			}, PATIENCE);
			const error = await sum;
			expect(error).toMatchObject({ code: "WORKER_LOST" });
			for (const word of [`${startTimeout} ms`, "NODE_OPTIONS", "startTimeout"]) expect(error.message).toContain(word);
			expect([...started, ...workersOf().filter((pid) => !before.has(pid))].filter(isRunning)).toEqual([]);
			vi.unstubAllEnvs();
			expect(await ds.sum()).toBeCloseTo(values.reduce((a, b) => a + b));
		},
	);

	test("because it hangs when it starts is done without, where another one is ready", async () => {
		await using con = await connect("ram:", { engine: cluster({ workers: 2, startTimeout: 4002 }) });
		const ds = await con.createDataset("a", { data: values, chunkShape: [16] });
		// The first one that starts gets the directory, and goes on.
		const first = `require("fs").mkdirSync("${place.path}/first")`;
		const preload = `if (require("worker_threads").isMainThread) try { ${first} } catch { for (;;); }`;
		await writeFile(`${place.path}/preload.cjs`, preload);
		vi.stubEnv("NODE_OPTIONS", `--require=${place.path}/preload.cjs`);
		const before = new Set(workersOf());
		const out = await ds.map(kernel(KERNELS, "slowWave", { factor: 3.7, time: 50 }), "b");
		expect((await out.get()).data).toEqual(values.map((value) => Math.sin(value * 3.7)));
		const added = (): number[] => workersOf().filter((pid) => !before.has(pid));
		await vi.waitFor(() => expect(added()).toHaveLength(1), PATIENCE);
	});

	test("because its kernel never ends does not hold up a call that is cancelled, nor other calls", async () => {
		const con = await open(undefined, 2);
		const ds = await con.createDataset("a", { data: values, chunkShape: [16] });
		const stop = new AbortController();
		const { signal } = stop;
		const endless = ds.map(kernel(KERNELS, "forever", { directory: place.path }), "b", { signal }).catch((e) => e);
		const busy = await begun(2);
		const other = ds.map(kernel(KERNELS, "add", { weights: [1] }), "c");
		stop.abort();
		expect(await endless).toMatchObject({ code: "ABORTED" });
		expect((await (await other).get()).data).toEqual(values.map((value) => value + 1));
		expect(busy.filter(isRunning)).toEqual([]);
		await con.close();
	});

	test("ends with the timeout of the connection", async () => {
		await using con = await connect("ram:", { engine: "cluster", workers: 2, timeout: 1000 });
		const ds = await con.createDataset("a", { shape: [4], dtype: "float32", chunkShape: [1] });
		const endless = ds.map(kernel(KERNELS, "forever", { directory: place.path }), "b");
		await expect(endless).rejects.toMatchObject({ code: "TIMEOUT" });
	});

	test("because another chunk has failed ends, with that failure", async () => {
		const con = await open(undefined, 2);
		const ds = await con.createDataset("a", { data: values, chunkShape: [16] });
		const work = kernel(KERNELS, "foreverOrFail", { directory: place.path });
		await expect(ds.map(work, "b")).rejects.toMatchObject({ code: "KERNEL_FAILED", cause: { message: "found one" } });
		await con.close();
	});
});

describe("no worker outlives its owner", () => {
	test.each(["SIGKILL", "SIGTERM"] as const)("that ends by %s while kernels never end", async (signal) => {
		const owner = startOwner();
		const busy = await begun(2);
		expect(workersOf(owner.pid)).toEqual(expect.arrayContaining(busy));
		owner.kill(signal);
		await once(owner, "exit");
		await vi.waitFor(() => expect(busy.filter(isRunning)).toEqual([]), PATIENCE);
	});

	test("that ends by itself while they hang in what they load first", async () => {
		const hanging = "if(!process.argv[1].includes(`hasty`))for(;;);";
		const owner = startOwner("hasty-owner.mjs", { NODE_OPTIONS: `--import=data:text/javascript,${hanging}` });
		const [line] = await once(owner.stdout, "data");
		const starting = String(line).trim().split(" ").map(Number);
		expect(starting).toHaveLength(2);
		await once(owner, "exit");
		await vi.waitFor(() => expect(starting.filter(isRunning)).toEqual([]), PATIENCE);
	});

	test("that cancels by Ctrl-C, which reaches them too", async () => {
		const owner = startOwner();
		const output = owner.stdout.toArray();
		const busy = await begun(2);
		process.kill(-(owner.pid as number), "SIGINT");
		const [code] = await once(owner, "exit");
		expect([code, String(await output)]).toEqual([0, "ABORTED\n"]);
		await vi.waitFor(() => expect(busy.filter(isRunning)).toEqual([]), PATIENCE);
	});
});

/** A process that has workers, in a group of its own: by default it maps a kernel that never ends. */
function startOwner(name = "busy-owner.mjs", env: NodeJS.ProcessEnv = {}): ChildProcessByStdio<null, Readable, null> {
	const script = fileURLToPath(new URL(`./processes/${name}`, import.meta.url));
	const owner = spawn(process.execPath, [script, "ram:", place.path], {
		detached: true,
		env: { ...process.env, ...env },
		stdio: ["ignore", "pipe", "inherit"],
	});
	groups.push(owner.pid as number);
	return owner;
}

/** Also of what should have ended, but did not. */
function endGroup(group: number): void {
	try {
		process.kill(-group, "SIGKILL");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
	}
}

/** The workers that have begun the kernel `forever`, once they are so many. */
async function begun(count: number): Promise<number[]> {
	return vi.waitFor(async () => {
		const found = await readdir(place.path);
		expect(found.length).toBeGreaterThanOrEqual(count);
		return found.map(Number);
	}, PATIENCE);
}
