/** What an interrupted apply leaves, who sees it, and what can be done about it. */
import { type Backend, type Dataset, type KernelFunction, kernel } from "tesserae";
import { fault, retry } from "tesserae/wrap";
import { afterEach, describe, expect, test } from "vitest";
import { PassThrough } from "../backends/pass-through.js";
import { Crashing } from "./crashing.js";
import { expectSame, KINDS, type Kind, objectsOf, type Store, storeOf, valuesOf } from "./stores.js";

const addOne: KernelFunction<"int32"> = (block) => {
	for (let i = 0; i < block.data.length; i++) block.data[i] = (block.data[i] as number) + 1;
	return block;
};

const KERNELS = new URL("./processes/kernels.mjs", import.meta.url);
const ONE_BY_ONE = KINDS[1] as Kind;
const LEDGER = "a/.tesserae/apply/ledger.json";

let store: Store;

afterEach(() => store.close());

/** A dataset of which some chunks were changed by an apply that has died. */
async function interrupted(
	work: Parameters<Dataset<"int32">["apply"]>[0] = addOne,
	halo = 0,
	at = halo === 0 ? 6 : 12,
): Promise<Dataset<"int32">> {
	const ds = await store.open((inner) => new Crashing(inner, { at, carriedOut: true }));
	await expect(ds.apply(work, { halo })).rejects.toMatchObject({ code: "UNAVAILABLE" });
	return store.open();
}

describe("an apply that was interrupted", () => {
	test("refuses another one, and says what can be done", async () => {
		store = await storeOf(ONE_BY_ONE);
		const ds = await interrupted();
		const refused = {
			code: "CONFLICT",
			dataset: "a",
			message: expect.stringMatching(/function "addOne".*interrupted.*resume: true.*resume: false/),
		};
		await expect(ds.apply(addOne)).rejects.toMatchObject(refused);
		await expect(ds.apply((block) => block)).rejects.toMatchObject(refused);
	});

	test("goes on with the same work only, and names the difference", async () => {
		store = await storeOf(ONE_BY_ONE);
		const before = await valuesOf(await store.open());
		const ds = await interrupted(kernel(KERNELS, "addOne", { by: 1, list: [Float64Array.of(1, 2)] }));
		const others: readonly [RegExp, ...Parameters<typeof ds.apply>][] = [
			[/kernels\.mjs:addOne, not .*kernels\.mjs:window/, kernel(KERNELS, "window")],
			[/other parameters/, kernel(KERNELS, "addOne", { by: 1, list: [Float64Array.of(1, 3)] })],
			[/kernels\.mjs:addOne, not the function "addOne"/, addOne],
			[
				/halo of \[0, 0\], not \[1, 0\]/,
				kernel(KERNELS, "addOne", { list: [Float64Array.of(1, 2)], by: 1 }),
				{ halo: [1, 0] },
			],
		];
		for (const [message, work, options] of others) {
			const call = ds.apply(work, { resume: true, ...options });
			await expect(call).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) });
		}
		await ds.apply(kernel(KERNELS, "addOne", { list: [Float64Array.of(1, 2)], by: 1 }), { resume: true });
		expect(await valuesOf(ds)).toEqual(before.map((value) => value + 1));
		await expect(ds.apply(addOne, { resume: "yes" as never })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await expect(ds.apply(addOne, { onChanged: "x" as never })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	test("is not gone on with in another shape", async () => {
		store = await storeOf(ONE_BY_ONE);
		const ds = await interrupted();
		await ds.resize([12, 7]);
		const refused = { code: "INVALID_ARGUMENT", message: expect.stringMatching(/\[10, 7\].*\[12, 7\]/) };
		await expect(ds.apply(addOne, { resume: true })).rejects.toMatchObject(refused);
		const before = await valuesOf(ds);
		await ds.apply(addOne, { resume: false });
		expect(await valuesOf(ds)).toEqual(before.map((value) => value + 1));
	});

	test("is forgotten by resume: false", async () => {
		store = await storeOf(ONE_BY_ONE);
		const ds = await interrupted();
		const before = await valuesOf(ds);
		await ds.apply(addOne, { resume: false });
		expect(await valuesOf(ds)).toEqual(before.map((value) => value + 1));
		expect([...(await objectsOf(store)).keys()].filter((key) => key.includes(".tesserae"))).toEqual([]);
	});

	test("is told by verify, which repairs nothing of it, and seen by nothing else", async () => {
		store = await storeOf(ONE_BY_ONE);
		for (const [name, halo] of [
			["addOne", 0],
			["trim", 1],
		] as const) {
			const ds = await interrupted(kernel(KERNELS, name), halo);
			const kept = await objectsOf(store);
			const { findings, repairs, ok } = await ds.verify({ repair: true });
			expect([ok, findings]).toEqual([
				false,
				[{ kind: "unfinished", key: LEDGER, message: expect.stringMatching(`kernels.mjs:${name}`) }],
			]);
			expect(repairs).toEqual([
				expect.objectContaining({ action: "keep", message: expect.stringMatching(/resume: true/) }),
			]);
			expect(await objectsOf(store)).toEqual(kept);
			const seen: string[] = [];
			for await (const name of (ds.connection as never as { datasets(o: object): AsyncIterable<string> }).datasets({
				recursive: true,
			}))
				seen.push(name);
			expect(seen).toEqual(["a"]);
			const chunks: unknown[] = [];
			for await (const { coords } of ds.chunks({ stored: true })) chunks.push(coords);
			for await (const coords of ds.missingChunks()) chunks.push(coords);
			expect(new Set(chunks.map(String)).size).toBe(9);
			await ds.apply(addOne, { resume: false });
		}
	});

	test("ends with the dataset, and with its values", async () => {
		store = await storeOf(ONE_BY_ONE);
		const ds = await interrupted();
		await ds.clear();
		expect([...(await objectsOf(store)).keys()].sort()).toEqual(["a/zarr.json", "zarr.json"]);
		await ds.apply(addOne);
		expect(new Set(await valuesOf(ds))).toEqual(new Set([1]));
		await interrupted();
		await ds.delete();
		expect([...(await objectsOf(store)).keys()]).toEqual(["zarr.json"]);
	});
});

describe("an apply that fails", () => {
	const failing = (state: { fails: boolean; from: number }): KernelFunction<"int32"> => {
		return function half(block, _, { coords }) {
			if (state.fails && (coords[0] as number) * 3 + (coords[1] as number) >= state.from) throw new Error("too hot");
			return addOne(block, {} as never, {} as never);
		};
	};

	test.each(KINDS)("leaves nothing where nothing was changed, else what it takes to go on: $name", async (kind) => {
		store = await storeOf(kind);
		const ds = await store.open();
		const before = await valuesOf(ds);
		const state = { fails: true, from: 0 };
		const work = failing(state);
		const kept = await objectsOf(store);
		await expect(ds.apply(work)).rejects.toMatchObject({
			code: "KERNEL_FAILED",
			message: expect.not.stringMatching(/resume/),
		});
		expect(await objectsOf(store)).toEqual(kept);
		state.from = 5;
		const told = {
			code: "KERNEL_FAILED",
			chunk: expect.anything(),
			message: expect.stringMatching(/too hot.*resume: true/),
		};
		await expect(ds.apply(work)).rejects.toMatchObject(told);
		await expect(ds.apply(work)).rejects.toMatchObject({ code: "CONFLICT" });
		await expect(ds.apply(work, { resume: true })).rejects.toMatchObject(told);
		state.fails = false;
		await ds.apply(work, { resume: true });
		expect(await valuesOf(ds)).toEqual(before.map((value) => value + 1));
	});

	test.each(KINDS)("and one that is cancelled goes on: $name", async (kind) => {
		store = await storeOf(kind);
		const ds = await store.open();
		const before = await valuesOf(ds);
		const controller = new AbortController();
		const onProgress = ({ done }: { done: number }): void => void (done === 4 && controller.abort());
		await expect(ds.apply(addOne, { signal: controller.signal, onProgress })).rejects.toMatchObject({
			code: "ABORTED",
		});
		const totals = new Set<number>();
		await ds.apply(addOne, { resume: true, onProgress: ({ total }) => totals.add(total) });
		expect(await valuesOf(ds)).toEqual(before.map((value) => value + 1));
		expect(Math.max(...totals)).toBeLessThanOrEqual(5);
	});
});

describe("somebody else writes to a chunk between the interruption and its continuation", () => {
	const ELSEWHERE = [8, 0] as const;

	/** Chunk [2, 0] was stored, or only recorded, when the apply died. */
	async function changedMeanwhile(kind: Kind, stored: boolean): Promise<Dataset<"int32">> {
		store = await storeOf(kind);
		const kill = (inner: Backend): Backend => {
			let dead = false;
			const die = (): never => {
				dead = true;
				throw Object.assign(new Error("died"), { name: "StoreError", code: "UNAVAILABLE" });
			};
			const backend = new PassThrough(inner);
			backend.put = async (key, bytes, options) => {
				if (dead) return die();
				if (key !== "a/c/2/0") return inner.put(key, bytes, options);
				if (stored) await inner.put(key, bytes, options);
				return die();
			};
			backend.delete = async (keys) => (dead ? die() : inner.delete(keys));
			return backend;
		};
		await expect((await store.open(kill)).apply(addOne)).rejects.toMatchObject({ code: "UNAVAILABLE" });
		const ds = await store.open();
		await ds.set([...ELSEWHERE], 77);
		return ds;
	}

	const chunkOf = async (ds: Dataset<"int32">): Promise<number[]> => [
		...((await ds.get("8:, 0:3")).data as Int32Array),
	];
	const WAS = [1056, 1057, 1058, 1063, 1064, 1065];

	test("a store that remembers writes tells that the kernel was applied before", async () => {
		const ds = await changedMeanwhile(ONE_BY_ONE, true);
		await ds.apply(addOne, { resume: true });
		expect(await chunkOf(ds)).toEqual([77, ...WAS.slice(1).map((value) => value + 1)]);
	});

	test.each([true, false])("another one asks what to do, whether it was stored (%s) or not", async (stored) => {
		const kind = KINDS[2] as Kind;
		const told = {
			code: "CONFLICT",
			chunk: [2, 0],
			message: expect.stringMatching(/\[2, 0\].*onChanged: "keep".*"apply"/),
		};
		let ds = await changedMeanwhile(kind, stored);
		const there = await chunkOf(ds);
		await expect(ds.apply(addOne, { resume: true })).rejects.toMatchObject(told);
		await ds.apply(addOne, { resume: true, onChanged: "keep" });
		expect(await chunkOf(ds)).toEqual(there);
		expect(await ds.at(9, 6)).toBe(1070);
		await store.close();
		ds = await changedMeanwhile(kind, stored);
		await ds.apply(addOne, { resume: true, onChanged: "apply" });
		expect(await chunkOf(ds)).toEqual(there.map((value) => value + 1));
	});
});

/** As another process sees the same store: calls of one process take turns. */
class Elsewhere extends PassThrough {
	override get location(): string {
		return "elsewhere";
	}
}

/** Stops before its write number `at`, and with it every later call, until it is woken. */
class Sleeping extends Elsewhere {
	readonly #at: number;
	#writes = 0;
	#wake: () => void = () => {};
	readonly #awake: Promise<void>;
	#sleep: () => void = () => {};
	readonly asleep: Promise<void>;
	#sleeps = false;

	constructor(inner: Backend, at: number) {
		super(inner);
		this.#at = at;
		this.#awake = new Promise((resolve) => {
			this.#wake = resolve;
		});
		this.asleep = new Promise((resolve) => {
			this.#sleep = resolve;
		});
	}

	wake(): void {
		this.#wake();
	}

	async #pause(writes: boolean): Promise<void> {
		if (writes && this.#writes++ === this.#at) {
			this.#sleeps = true;
			this.#sleep();
		}
		if (this.#sleeps) await this.#awake;
	}

	override async get(...args: Parameters<Backend["get"]>): ReturnType<Backend["get"]> {
		await this.#pause(false);
		return super.get(...args);
	}
	override async put(...args: Parameters<Backend["put"]>): ReturnType<Backend["put"]> {
		await this.#pause(true);
		return super.put(...args);
	}
	override async commit(...args: Parameters<Backend["commit"]>): ReturnType<Backend["commit"]> {
		await this.#pause(true);
		return super.commit(...args);
	}
	override async delete(...args: Parameters<Backend["delete"]>): ReturnType<Backend["delete"]> {
		await this.#pause(true);
		return super.delete(...args);
	}
}

describe("two at once", () => {
	test("take turns in one process; one that is cancelled does not wait for its turn", async () => {
		store = await storeOf(ONE_BY_ONE);
		const before = await valuesOf(await store.open());
		const sides = await Promise.all([store.open(), store.open(), store.open()]);
		const controller = new AbortController();
		const first = sides[0]?.apply(addOne);
		const cancelled = expect(sides[1]?.apply(addOne, { signal: controller.signal })).rejects.toMatchObject({
			code: "ABORTED",
		});
		const others = [first, ...sides.map((ds) => ds.apply(addOne))];
		controller.abort();
		await cancelled;
		await Promise.all(others);
		expect(await valuesOf(sides[0] as Dataset<"int32">)).toEqual(before.map((value) => value + 4));
	});

	test("the later of two processes is refused", async () => {
		store = await storeOf(ONE_BY_ONE);
		const sleeping: Sleeping[] = [];
		const ds = await store.open((inner) => {
			sleeping.push(new Sleeping(inner, 5));
			return sleeping[0] as Backend;
		});
		const first = ds.apply(addOne);
		await sleeping[0]?.asleep;
		const other = await store.open();
		await expect(other.apply(addOne)).rejects.toMatchObject({
			code: "CONFLICT",
			message: expect.stringMatching(/another process/),
		});
		sleeping[0]?.wake();
		await first;
		expect(await ds.at(9, 6)).toBe(1070);
	});

	test.each(KINDS.slice(0, 5))("one that was taken for dead harms nothing when it wakes: $name", async (kind) => {
		const whole = await storeOf(kind);
		await (await whole.open()).apply(addOne);
		let woken = 0;
		for (let at = 1; at < 24; at++) {
			store = await storeOf(kind);
			const sleeping: Sleeping[] = [];
			const ds = await store.open((inner) => {
				sleeping.push(new Sleeping(inner, at));
				return sleeping[0] as Backend;
			});
			const first = ds.apply(addOne).then(
				() => "done",
				({ code }) => code,
			);
			const asleep = await Promise.race([first, sleeping[0]?.asleep.then(() => "asleep")]);
			if (asleep === "asleep") {
				await (await store.open()).apply(addOne, { resume: true });
				sleeping[0]?.wake();
				woken++;
				expect(["done", "CONFLICT"]).toContain(await first);
				const ds = await store.open();
				await ds.verify({ repair: true });
				await expectSame(store, whole);
			}
			await store.close();
		}
		expect(woken).toBeGreaterThan(8);
		store = whole;
	});
});

describe("with failures and lost answers", () => {
	test.each(KINDS.slice(0, 3))("every chunk is changed once, $name", async (kind) => {
		for (const patient of [false, true])
			for (let seed = 1; seed <= 12; seed++) {
				store = await storeOf(kind);
				const before = await valuesOf(await store.open());
				const unreliable = (inner: Backend): Backend => {
					const faulty = fault(inner, { seed, errorRate: 0.04, lostRate: 0.04 });
					return patient ? retry(faulty, { base: 0 }) : faulty;
				};
				for (;;) {
					const opened = await store.open(unreliable).catch(() => undefined);
					const done = await opened?.apply(addOne, { resume: true }).then(
						() => true,
						(error) => void expect(error).toMatchObject({ code: "UNAVAILABLE" }),
					);
					if (done) break;
					seed += 100;
				}
				expect(await valuesOf(await store.open())).toEqual(before.map((value) => value + 1));
				seed %= 100;
				await store.close();
			}
		store = await storeOf(kind);
	});
});
