/** An apply that dies at any of its writes, carried out or not, is gone on with as if nothing had been. */
import fc from "fast-check";
import type { ApplyOptions, Backend, Dataset, KernelFunction, NdArray, Write } from "tesserae";
import { describe, expect, test } from "vitest";
import { broken } from "../backends/pass-through.js";
import { type Crash, Crashing } from "./crashing.js";
import { expectSame, KINDS, type Kind, objectsOf, type Store, storeOf, valuesOf } from "./stores.js";

const addOne: KernelFunction<"int32"> = (block) => {
	for (let i = 0; i < block.data.length; i++) block.data[i] = (block.data[i] as number) + 1;
	return block;
};

/** The element plus its two neighbours along axis 0. */
const addNeighbours: KernelFunction<"int32"> = (block, _, { shape }): NdArray<"int32"> => {
	const [rows, columns] = shape as [number, number];
	const at = (y: number, x: number): number => block.get(y, x) as number;
	const data = Int32Array.from({ length: rows * columns }, (_, i) => {
		const [y, x] = [Math.floor(i / columns), i % columns];
		return at(y, x) + at(y + 1, x) + at(y + 2, x);
	});
	return { data, shape: [...shape] } as unknown as NdArray<"int32">;
};

interface Work {
	readonly name: string;
	readonly shards?: boolean;
	apply(ds: Dataset<"int32">, options?: ApplyOptions): Promise<void>;
}

const WORKS: readonly Work[] = [
	{ name: "chunk by chunk", apply: (ds, options) => ds.apply(addOne, options) },
	{ name: "shard by shard", shards: true, apply: (ds, options) => ds.apply(addOne, options) },
	{ name: "with a halo", apply: (ds, options) => ds.apply(addNeighbours, { halo: [1, 0], ...options }) },
];

/** Applies until it succeeds, each time but the last on a store that dies. @returns how many writes there were in the last attempt that died */
async function applyWith(
	store: Store,
	work: Work,
	crashes: readonly Crash[],
	change: (backend: Backend) => Backend = (b) => b,
): Promise<boolean> {
	let died = false;
	for (const crash of crashes) {
		const ds = await store.open((inner) => change(new Crashing(inner, crash)));
		const outcome = await work.apply(ds, { resume: true }).then(
			() => "done",
			(error) => error.code,
		);
		expect(["done", "UNAVAILABLE"]).toContain(outcome);
		if (outcome === "done") {
			// Where all was done when the store died, only the ledger may have stayed.
			const { repairs } = await (await store.open()).verify({ repair: true });
			expect(repairs.filter(({ outcome }) => outcome !== "done")).toEqual([]);
			return died;
		}
		died = true;
	}
	await work.apply(await store.open(change), { resume: true });
	return died;
}

async function wholeOf(kind: Kind, work: Work): Promise<Store> {
	const whole = await storeOf(kind, work);
	await work.apply(await whole.open());
	return whole;
}

/** Every write of an apply, before and after it. */
async function everyCrash(kind: Kind, work: Work, check: (crash: Crash) => Promise<boolean>): Promise<void> {
	const probe = await storeOf(kind, work);
	const counting: Crashing[] = [];
	const through = (inner: Backend): Backend => {
		counting.push(new Crashing(inner, undefined));
		return counting[0] as Backend;
	};
	await work.apply(await probe.open(through));
	await probe.close();
	const { writes } = counting[0] as Crashing;
	expect(writes).toBeGreaterThan(10);
	for (let at = 0; at < writes; at++) for (const carriedOut of [false, true]) await check({ at, carriedOut });
}

describe.each(KINDS)("on a store $name", (kind) => {
	test.each(WORKS)("$name: wherever it dies", async (work) => {
		const whole = await wholeOf(kind, work);
		let deaths = 0;
		await everyCrash(kind, work, async (crash) => {
			const store = await storeOf(kind, work);
			if (await applyWith(store, work, [crash])) deaths++;
			await expectSame(store, whole);
			await store.close();
			return true;
		});
		expect(deaths).toBeGreaterThan(10);
		await whole.close();
	});

	test.each(WORKS)("$name: however often it dies", async (work) => {
		const whole = await wholeOf(kind, work);
		const crash = fc.record({ at: fc.integer({ min: 0, max: 30 }), carriedOut: fc.boolean() });
		await fc.assert(
			fc.asyncProperty(fc.array(crash, { minLength: 2, maxLength: 6 }), async (crashes) => {
				const store = await storeOf(kind, work);
				await applyWith(store, work, crashes);
				await expectSame(store, whole);
				await store.close();
			}),
			{ numRuns: 25 },
		);
		await whole.close();
	});
});

const isRecord = (key: string): boolean => /\/\.tesserae\/apply\/.*\/(chunks|records)\//.test(key);

/** Ledgers that are kept wrongly. */
const BROKEN: readonly (readonly [what: string, kind: number, change: (inner: Backend) => Partial<Backend>])[] = [
	["keeps no records", 1, withoutRecords],
	["keeps no records beside chunks", 0, withoutRecords],
	["records a chunk after it is stored", 1, lateRecords],
	["records a chunk before it is stored, and believes it", 0, earlyMarks],
];

function withoutRecords(inner: Backend): Partial<Backend> {
	return {
		put: async (key, bytes, options) => (isRecord(key) ? "none" : inner.put(key, bytes, options)),
		commit: (writes, options) =>
			inner.commit(
				writes.filter(({ key }) => !isRecord(key)),
				options,
			),
	};
}

function lateRecords(inner: Backend): Partial<Backend> {
	const late: Write[] = [];
	return {
		async put(key, bytes, options) {
			if (isRecord(key)) {
				late.push({ key, bytes });
				return "late";
			}
			const etag = await inner.put(key, bytes, options);
			for (const write of late.splice(0)) await inner.put(write.key, write.bytes as Uint8Array);
			return etag;
		},
	};
}

function earlyMarks(inner: Backend): Partial<Backend> {
	return {
		async commit(writes, options) {
			const [chunk, ...records] = writes;
			await inner.commit(records, options);
			return chunk === undefined ? [] : inner.commit([chunk], options);
		},
	};
}

describe("these tests notice a ledger that", () => {
	test.each(BROKEN)("%s", async (_, kindNumber, change) => {
		const [kind, work] = [KINDS[kindNumber] as Kind, WORKS[0] as Work];
		const whole = await objectsOf(await wholeOf(kind, work));
		let wrong = 0;
		await everyCrash(kind, work, async (crash) => {
			const store = await storeOf(kind, work);
			const isRight = await applyWith(store, work, [crash], (inner) => broken(inner, change)).then(
				async () => String([...(await objectsOf(store))]) === String([...whole]),
				() => false,
			);
			if (!isRight) wrong++;
			await store.close();
			return isRight;
		});
		expect(wrong).toBeGreaterThan(0);
	});
});

test("values are those of one application", async () => {
	const store = await storeOf(KINDS[1] as Kind);
	const before = await valuesOf(await store.open());
	await applyWith(store, WORKS[0] as Work, [
		{ at: 9, carriedOut: true },
		{ at: 7, carriedOut: false },
	]);
	expect(await valuesOf(await store.open())).toEqual(before.map((value) => value + 1));
	await store.close();
});
