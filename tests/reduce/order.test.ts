import fc from "fast-check";
import { type Connection, connect, type Dataset, type Engine, kernel, type Progress } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { describe, expect, test } from "vitest";
import { broken } from "../backends/pass-through.js";
import { tries } from "../support/tries.js";
import { shuffled } from "./shuffled.js";

const KERNELS = new URL("./processes/kernels.mjs", import.meta.url);

async function noisy(
	engine: Engine | "sequential" | "threads" | "cluster",
	concurrency = 8,
): Promise<{ con: Connection; ds: Dataset }> {
	const con = await connect("ram:", { engine, concurrency });
	const data = Float64Array.from({ length: 23 * 17 }, (_, i) => Math.sin(i * i) * 10 ** ((i * 7) % 30));
	const ds = await con.createDataset("a", { data: { data, shape: [23, 17] }, chunkShape: [2, 3] });
	await ds.deleteChunk([3, 3]);
	return { con, ds: ds as Dataset };
}

/** Everything there is, by its bits. */
async function fingerprint(ds: Dataset): Promise<string> {
	const bits = (values: Float64Array | readonly number[]): string =>
		Buffer.from(Float64Array.from(values).buffer).toString("hex");
	const scalars = [await ds.sum(), await ds.mean(), await ds.std(), await ds.min(), await ds.max()] as number[];
	const arrays = [];
	for (const axes of [0, 1, []])
		arrays.push(await ds.sum({ axes }), await ds.mean({ axes }), await ds.std({ axes }), await ds.max({ axes }));
	const { counts, edges } = await ds.histogram({ bins: 7 });
	const parts = await ds.reduce<number>(kernel(KERNELS, "total", { factor: 0.1 }), (a, b) => a * 0.9 + b);
	return [scalars, ...arrays.map(({ data }) => data as Float64Array), counts, edges, [parts]].map(bits).join(" ");
}

describe("the order of completion", () => {
	test("changes no bit of any result, on any engine", async () => {
		const reference = await noisy("sequential", 1);
		const expected = await fingerprint(reference.ds);
		for (const engine of ["sequential", "threads", "cluster", shuffled(1), shuffled(2), shuffled(3)] as const) {
			const { con, ds } = await noisy(engine, 13);
			expect(await fingerprint(ds)).toBe(expected);
			if (typeof engine !== "string") expect(engine.ended.slice(0, 20)).not.toEqual([...Array(20).keys()]);
			await con.close();
		}
		await reference.con.close();
	});

	test("combine sees the chunks in C order, whatever it does itself", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer(),
				fc.integer({ min: 1, max: 20 }),
				fc.boolean(),
				async (seed, concurrency, isAsync) => {
					const { con, ds } = await noisy(shuffled(seed), concurrency);
					const seen: string[] = [];
					const list = await ds.reduce<string[], string>(
						kernel(KERNELS, "coordinates"),
						(before, coords, ctx) => {
							seen.push(ctx.coords.join(","));
							const after = [...before, coords];
							return isAsync ? new Promise((resolve) => setImmediate(resolve, after)) : after;
						},
						{ initial: [] },
					);
					const expected = Array.from({ length: 12 * 6 }, (_, n) => `${Math.floor(n / 6)},${n % 6}`);
					expect(list).toEqual(expected);
					expect(seen).toEqual(expected);
					await con.close();
				},
			),
			{ numRuns: tries(15, 6) },
		);
	});

	test("a first chunk that takes long does not pile up the results of the others", async () => {
		let open = (): void => {};
		const gate = new Promise<void>((resolve) => {
			open = resolve;
		});
		let begun = 0;
		const con = await connect("ram:", { concurrency: 5 });
		const ds = await con.createDataset("a", { shape: [100], dtype: "int8", chunkShape: [1] });
		const sum = ds.reduce<number>(
			async (_, _parameters, { coords }) => {
				begun++;
				if (coords[0] === 0) await gate;
				if (begun === 5) setTimeout(open, 20);
				return coords[0] as number;
			},
			(a, b) => {
				if (b === 1) expect(begun).toBe(5);
				return a + b;
			},
		);
		expect(await sum).toBe(4950);
		await con.close();
	});
});

describe("reduce", () => {
	const on = async (engine: "sequential" | "threads"): Promise<{ con: Connection; ds: Dataset<"int32"> }> => {
		const con = await connect("ram:", { engine });
		const data = { data: Int32Array.from({ length: 35 }, (_, i) => i), shape: [5, 7] };
		return { con, ds: await con.createDataset("a", { data, chunkShape: [2, 3] }) };
	};

	test.each(["sequential", "threads"] as const)("runs kernels by reference on %s", async (engine) => {
		const { con, ds } = await on(engine);
		const add = (a: number, b: number): number => a + b;
		expect(await ds.reduce(kernel(KERNELS, "total", { factor: 2 }), add)).toBe(35 * 34);
		expect(await ds.reduce(kernel(KERNELS, "total", { factor: 1 }), add, { initial: 1000 })).toBe(1595);
		const halo = { halo: 1, boundary: "constant" } as const;
		const whole = await con.createDataset("b", { data: await ds.get(), chunkShape: [5, 7] });
		expect(await whole.reduce(kernel(KERNELS, "total", { factor: 1 }), add, halo)).toBe(595);
		expect(await ds.reduce(kernel(KERNELS, "total", { factor: 1 }), add, halo)).toBeGreaterThan(595);
		await con.close();
	});

	test.each(["sequential", "threads"] as const)("an ndarray arrives as an ndarray on %s", async (engine) => {
		const { con, ds } = await on(engine);
		const corners = await ds.reduce<number[], { get(...index: number[]): number }>(
			kernel(KERNELS, "plane"),
			(list, block) => [...list, block.get(0, 0)],
			{ initial: [] },
		);
		expect(corners).toEqual([0, 3, 6, 14, 17, 20, 28, 31, 34]);
		await con.close();
	});

	test.each(["sequential", "threads"] as const)("a kernel that fails names its chunk on %s", async (engine) => {
		const { con, ds } = await on(engine);
		const failing = ds.reduce(kernel(KERNELS, "failAt", { at: [1, 2] }), () => 0);
		await expect(failing).rejects.toMatchObject({ code: "KERNEL_FAILED", chunk: [1, 2], dataset: "a" });
		await expect(failing).rejects.toThrow(/\[1, 2\].*too hot/);
		const unportable = ds.reduce(kernel(KERNELS, "unportable"), () => 0);
		await expect(unportable).rejects.toMatchObject({ code: "KERNEL_FAILED" });
		await con.close();
	});

	test("what combine throws fails the call as it is, and nothing is combined after it", async () => {
		const { con, ds } = await on("sequential");
		let calls = 0;
		const failing = ds.reduce(
			() => 1,
			() => {
				calls++;
				throw new RangeError("enough");
			},
		);
		await expect(failing).rejects.toThrow(RangeError);
		expect(calls).toBe(1);
		await con.close();
	});

	test("a plain function is refused where it cannot go, and so is what is no kernel", async () => {
		const { con, ds } = await on("threads");
		await expect(
			ds.reduce(
				() => 1,
				(a) => a,
			),
		).rejects.toMatchObject({ code: "KERNEL_NOT_PORTABLE" });
		await expect(ds.reduce(5 as never, (a) => a)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await con.close();
	});

	test("of an empty dataset it is the initial value, or an error", async () => {
		const con = await connect("ram:");
		const ds = await con.createDataset("a", { shape: [0, 3], dtype: "int8" });
		expect(
			await ds.reduce(
				() => 1,
				() => 2,
				{ initial: 7 },
			),
		).toBe(7);
		await expect(
			ds.reduce(
				() => 1,
				() => 2,
			),
		).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await con.close();
	});
});

describe("a call", () => {
	test("tells its progress, also over two passes", async () => {
		const { con, ds } = await noisy("sequential");
		const reports: Progress[] = [];
		const onProgress = (progress: Progress): unknown => reports.push(progress);
		await ds.sum({ onProgress });
		expect(reports.map(({ done, total }) => [done, total])).toEqual(Array.from({ length: 72 }, (_, i) => [i + 1, 72]));
		reports.length = 0;
		await ds.histogram({ onProgress });
		expect(reports.map(({ done, total }) => [done, total])).toEqual(
			Array.from({ length: 144 }, (_, i) => [i + 1, 144]),
		);
		expect(reports.every(({ bytes }, i) => i === 0 || bytes > (reports[i - 1] as Progress).bytes)).toBe(true);
		await con.close();
	});

	test.each(["sequential", "threads", "cluster"] as const)("is cancelled by its signal on %s", async (engine) => {
		const { con, ds } = await noisy(engine);
		const inTime = new AbortController();
		const sum = ds.sum({ signal: inTime.signal, onProgress: () => inTime.abort() });
		await expect(sum).rejects.toMatchObject({ code: "ABORTED" });
		const { signal } = inTime;
		for (const call of [() => ds.min({ signal }), () => ds.std({ signal }), () => ds.histogram({ signal })])
			await expect(call()).rejects.toMatchObject({ code: "ABORTED" });
		const late = new AbortController();
		const pending = ds.reduce(kernel(KERNELS, "forever"), () => 0, { signal: late.signal });
		setImmediate(() => late.abort());
		await expect(pending).rejects.toMatchObject({ code: "ABORTED" });
		await con.close();
	});

	test("that is cancelled while a block is read does not wait for a kernel that never ends", async () => {
		const stop = new AbortController();
		const { signal } = stop;
		const late = broken(ram(), (inner) => ({
			async get(key, options) {
				const fetched = await inner.get(key, options);
				if (key.startsWith("a/c/")) stop.abort();
				return fetched;
			},
		}));
		await using con = await connect(late);
		const ds = await con.createDataset("a", { data: [1, 2, 3, 4], chunkShape: [2] });
		const endless = (): Promise<never> => new Promise(() => {});
		await expect(ds.reduce(endless, () => 0, { signal })).rejects.toMatchObject({ code: "ABORTED" });
	});

	test("is given up by a failure while results wait for their turn", async () => {
		const { con, ds } = await noisy(shuffled(5), 20);
		const failing = ds.reduce(kernel(KERNELS, "failAt", { at: [0, 0] }), () => 0);
		await expect(failing).rejects.toMatchObject({ code: "KERNEL_FAILED", chunk: [0, 0] });
		await con.close();
	});
});
