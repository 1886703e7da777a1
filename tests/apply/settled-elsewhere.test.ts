/** Tasks that are stored where they run, and begun again elsewhere: by workers that died, and by workers that were only taken for dead. */
import { type Backend, type Dataset, type Engine, type Job, kernel, type Runner } from "tesserae";
import { sequential } from "tesserae/engines/sequential";
import { fault } from "tesserae/wrap";
import { afterEach, describe, expect, test } from "vitest";
import { makeJob } from "../../dist/src/operations/jobs.js";
import { storedArray } from "../../dist/src/stored-array.js";
import { type Crash, Crashing, Halting } from "./crashing.js";
import { expectSame, KINDS, type Kind, objectsOf, type Store, storeOf } from "./stores.js";

const addOne = kernel(new URL("./processes/kernels.mjs", import.meta.url), "addOne");

type Spec = NonNullable<Job["spec"]>;

/** The job as a worker makes it: of what can travel, over a store of its own. */
async function workerOf(spec: Spec, through: (store: Backend) => Backend = (store) => store): Promise<Job> {
	const arrays = spec.arrays.map((array) => storedArray(through(array.backend), array.name, array.metadata, array));
	return makeJob({ ...spec, arrays, description: structuredClone(spec.description) });
}

type Attempts = (spec: Spec, count: number) => Promise<(n: number, signal: AbortSignal) => Promise<void>>;

/** An engine whose workers store what they make. */
function settling(attempts: Attempts): Engine {
	const start = async <Result>({ spec, count }: Job<Result>, concurrency: number): Promise<Runner<Result>> => {
		const work = await attempts(spec as Spec, count);
		const submit = async (n: number, signal: AbortSignal): Promise<Result> => (await work(n, signal)) as Result;
		return { window: concurrency, settles: true, retries: 0, submit, finish: async () => {} };
	};
	return { ...sequential(), supports: { closures: false, sharedMemory: false, parallel: true }, start };
}

async function attempt(job: Job, n: number, signal: AbortSignal): Promise<void> {
	await job.settle(n, await job.run(n, signal), signal);
}

const ATTEMPTS: { readonly [what: string]: Attempts } = {
	"one worker": async (spec) => {
		const job = await workerOf(spec);
		return (n, signal) => attempt(job, n, signal);
	},
	"two workers that do every task at the same time": async (spec) => {
		const jobs = [await workerOf(spec), await workerOf(spec)];
		return async (n, signal) => void (await Promise.all(jobs.map((job) => attempt(job, n, signal))));
	},
	"a worker that does every task twice at the same time": async (spec) => {
		const job = await workerOf(spec);
		return async (n, signal) => void (await Promise.all([1, 2, 3].map(() => attempt(job, n, signal))));
	},
	"a worker that does every task twice, one time after the other": async (spec) => {
		const job = await workerOf(spec);
		return async (n, signal) => {
			for (const _ of [1, 2]) await attempt(job, n, signal);
		};
	},
	"a worker that tries again when an answer was lost": async (spec) => {
		const job = await workerOf(spec, (store) => fault(store, { lostRate: 0.3, seed: 7 }));
		return async (n, signal) => {
			for (let tried = 0; tried < 100; tried++)
				try {
					return await attempt(job, n, signal);
				} catch (error) {
					expect(error).toMatchObject({ code: "UNAVAILABLE" });
				}
			throw new Error("nothing but lost answers");
		};
	},
	"workers that try the same task at the same time while answers get lost": async (spec) => {
		const one = await (ATTEMPTS["a worker that tries again when an answer was lost"] as Attempts)(spec, 0);
		const other = await (ATTEMPTS["a worker that does every task twice at the same time"] as Attempts)(spec, 0);
		return async (n, signal) => void (await Promise.all([one(n, signal), other(n, signal)]));
	},
	"a worker that does again what another one has done": async (spec) => {
		const jobs = [await workerOf(spec), await workerOf(spec)];
		return async (n, signal) => {
			for (const job of jobs) await attempt(job, n, signal);
		};
	},
	"a worker that stores when another one has read": async (spec) => {
		const [early, late] = [await workerOf(spec), await workerOf(spec)];
		return async (n, signal) => {
			const results = [await early.run(n, signal), await late.run(n, signal)];
			await early.settle(n, results[0], signal);
			await late.settle(n, results[1], signal);
		};
	},
};

let store: Store;

afterEach(() => store.close());

async function openOn(engine: Engine): Promise<Dataset<"int32">> {
	const ds = await store.open();
	await (ds.connection as unknown as { use(o: { engine: Engine }): Promise<void> }).use({ engine });
	return ds;
}

async function wholeOf(kind: Kind): Promise<Store> {
	const whole = await storeOf(kind);
	await (await whole.open()).apply(addOne);
	return whole;
}

const SWAPPING = KINDS.slice(0, 5);

describe.each(SWAPPING)("on a store $name", (kind) => {
	test.each(Object.entries(ATTEMPTS))("%s", async (_, attempts) => {
		const whole = await wholeOf(kind);
		store = await storeOf(kind);
		await (await openOn(settling(attempts))).apply(addOne);
		await expectSame(store, whole);
		await whole.close();
	});

	test("a worker that dies at any of its writes", async () => {
		const whole = await wholeOf(kind);
		for (let at = 0; at < 4; at++)
			for (const carriedOut of [false, true]) {
				store = await storeOf(kind);
				let deaths = 0;
				const dying: Attempts = async (spec) => async (n, signal) => {
					const crash: Crash = { at, carriedOut };
					const mortal = await workerOf(spec, (inner) => new Crashing(inner, crash));
					await attempt(mortal, n, signal).catch(() => deaths++);
					await attempt(await workerOf(spec), n, signal);
				};
				await (await openOn(settling(dying))).apply(addOne);
				await expectSame(store, whole);
				expect(deaths).toBeGreaterThan(at < (kind === KINDS[0] ? 1 : 2) ? 5 : -1);
				await store.close();
			}
		store = whole;
	});
});

interface Lateness {
	/** The worker begins when another one has done the task. */
	readonly begins: boolean;
	/** It wakes when the apply is over, and not once another one has done the task. */
	readonly wakes: boolean;
}

describe.each(SWAPPING)("on a store $name, a worker that halts at any of its requests", (kind) => {
	/** @returns whether it came so far */
	async function halts(halt: Crash, late: Lateness): Promise<boolean> {
		const halting: Halting[] = [];
		const wake = (): void => {
			for (const one of halting) one.wake();
		};
		let outcome: Promise<unknown> = Promise.resolve();
		const attempts: Attempts = async (spec) => {
			const other = await workerOf(spec);
			return async (n, signal) => {
				if (n > 0 || late.begins) await attempt(other, n, signal);
				if (n > 0) return;
				const slow = await workerOf(spec, (inner) => {
					halting.push(new Halting(inner, halt));
					return halting.at(-1) as Backend;
				});
				outcome = attempt(slow, n, new AbortController().signal).then(
					() => "done",
					({ code }) => code,
				);
				await Promise.race([outcome, ...halting.map(({ asleep }) => asleep)]);
				if (!late.begins) await attempt(other, n, signal);
				if (late.wakes) return;
				wake();
				await outcome;
			};
		};
		await (await openOn(settling(attempts))).apply(addOne);
		const isAsleep = Promise.race([...halting.map(({ asleep }) => asleep.then(() => true)), outcome.then(() => false)]);
		const cameSoFar = await isAsleep;
		wake();
		expect(["done", "CONFLICT"]).toContain(await outcome);
		await (await store.open()).verify({ repair: true });
		return cameSoFar;
	}

	test.each([
		{ begins: false, wakes: false },
		{ begins: false, wakes: true },
		{ begins: true, wakes: true },
	])("late: %o", async (late) => {
		const whole = await wholeOf(kind);
		let [at, times] = [0, 0];
		for (let before = -1; before < times; at++) {
			before = times;
			for (const carriedOut of [false, true]) {
				store = await storeOf(kind);
				if (await halts({ at, carriedOut }, late)) times++;
				await expectSame(store, whole);
				await store.close();
			}
		}
		expect(times).toBeGreaterThan(3);
		store = whole;
	});
});

test("a worker that wakes when the apply is over changes nothing", async () => {
	store = await storeOf(KINDS[1] as Kind);
	const whole = await wholeOf(KINDS[1] as Kind);
	let sleeper: Job | undefined;
	const engine = settling(async (spec) => {
		sleeper = await workerOf(spec);
		return (ATTEMPTS["one worker"] as Attempts)(spec, 0).then((work) => work);
	});
	await (await openOn(engine)).apply(addOne);
	const { signal } = new AbortController();
	for (let n = 0; n < 9; n++)
		await expect(attempt(sleeper as Job, n, signal)).rejects.toMatchObject({ code: "CONFLICT" });
	const left = await objectsOf(store);
	await (await store.open()).verify({ repair: true });
	expect([...left.keys()].filter((key) => key.includes(".tesserae")).length).toBeGreaterThan(0);
	await expectSame(store, whole);
	await whole.close();
});
