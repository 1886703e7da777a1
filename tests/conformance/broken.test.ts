import { type Backend, connect, type Engine, type Fetched, type Job, type Runner } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { datasetConformance, engineConformance } from "tesserae/conformance";
import { sequential } from "tesserae/engines/sequential";
import { describe, expect, test } from "vitest";
import { type Break, broken } from "../backends/pass-through.js";

/** Stores that break the contract, each with a clause of the suite that must notice. */
const STORES: readonly [what: string, clause: string, change: Break][] = [
	["gets what was stored first, for ever", "unaligned slabs put together make the whole", staleReads],
	["gets an object without its last byte", "every data type keeps its values, whole and in part", shortReads],
	["gets nothing where it fails", "metadata that is damaged is CORRUPT, not absent", absentWhereDamaged],
	["stores a chunk that is read and was not there", "reads never write", writingReads],
	["gets another chunk's bytes", "every selection reads what NumPy reads, from the chunks it touches", neighbours],
	["drops what it is given", "a dataset is opened as it was created", () => ({ put: async () => "1" })],
	["puts whatever the precondition", "of several creators one wins", unconditionalPuts],
	[
		"puts whatever the version",
		"several appends at once each get a place of their own, and keep it",
		unconditionalPuts,
	],
	["commits the first write only", "a write over several chunks is all or nothing", halfCommits],
	["commits whatever the precondition", "overlapping writes over several chunks lose nothing", unconditionalCommits],
	["lists every other key", "keys and bytes are those of Zarr v3, on every store the same", halfLists],
	["folds the case of keys", "names are exact, and groups above a dataset come with it", foldedKeys],
	["keeps what is deleted", "nothing of a deleted dataset is left", () => ({ delete: async () => {} })],
	["deletes nothing in a commit", "a cleared chunk is removed, not stored as fill value", keepingCommits],
	["says that every object is there", "chunks are created, found, got and deleted one by one", alwaysThere],
	[
		"keeps nothing of what lies beside chunks",
		"an apply that was interrupted goes on, changes every chunk once, and leaves nothing behind",
		withoutLedgers,
	],
	["lists every other key to who looks for chunks", "missingChunks are those that are not stored", halfLists],
	["stores a moment later", "an array without dimensions holds one value", latePuts],
];

function staleReads(inner: Backend): Partial<Backend> {
	const first = new Map<string, Fetched | undefined>();
	return {
		async get(key, options) {
			if (!first.has(key) || key.endsWith("zarr.json")) first.set(key, await inner.get(key, options));
			return first.get(key);
		},
	};
}

function shortReads(inner: Backend): Partial<Backend> {
	return {
		async get(key, options) {
			const fetched = await inner.get(key, options);
			if (fetched === undefined || key.endsWith("zarr.json")) return fetched;
			return { ...fetched, parts: fetched.parts.map((part) => part.subarray(0, -1)) };
		},
	};
}

function absentWhereDamaged(inner: Backend): Partial<Backend> {
	return {
		async get(key, options) {
			const fetched = await inner.get(key, options);
			return fetched !== undefined && fetched.size < 80 ? undefined : fetched;
		},
	};
}

function writingReads(inner: Backend): Partial<Backend> {
	return {
		async get(key, options) {
			const fetched = await inner.get(key, options);
			if (fetched === undefined && key.includes("/c/")) await inner.put(key, new Uint8Array(16));
			return fetched;
		},
	};
}

function neighbours(inner: Backend): Partial<Backend> {
	return { get: (key, options) => inner.get(key.replace("c/0/0/0", "c/0/0/1"), options) };
}

function unconditionalPuts(inner: Backend): Partial<Backend> {
	return { put: (key, bytes, options) => inner.put(key, bytes, { ...options, when: undefined }) };
}

function halfCommits(inner: Backend): Partial<Backend> {
	return { commit: (writes, options) => inner.commit(writes.slice(0, 1), options) };
}

function unconditionalCommits(inner: Backend): Partial<Backend> {
	return {
		async commit(writes, options) {
			await new Promise((resolve) => setImmediate(resolve));
			return inner.commit(
				writes.map((write) => ({ ...write, when: undefined })),
				options,
			);
		},
		...slowReads(inner),
	};
}

/** Others have their turn between a read and the write that follows it. */
function slowReads(inner: Backend): Partial<Backend> {
	return {
		async get(key, options) {
			const fetched = await inner.get(key, options);
			await new Promise((resolve) => setImmediate(resolve));
			return fetched;
		},
	};
}

function halfLists(inner: Backend): Partial<Backend> {
	return {
		async *list(prefix, options) {
			let n = 0;
			for await (const entry of inner.list(prefix, options)) if (n++ % 2 === 0) yield entry;
		},
	};
}

function foldedKeys(inner: Backend): Partial<Backend> {
	return {
		get: (key, options) => inner.get(key.toLowerCase(), options),
		put: (key, bytes, options) => inner.put(key.toLowerCase(), bytes, options),
	};
}

function keepingCommits(inner: Backend): Partial<Backend> {
	return {
		commit: (writes, options) =>
			inner.commit(
				writes.filter(({ bytes }) => bytes !== undefined),
				options,
			),
		delete: async () => {},
	};
}

function withoutLedgers(inner: Backend): Partial<Backend> {
	const isLedger = (key: string): boolean => key.includes("/.tesserae/");
	return {
		put: async (key, bytes, options) => (isLedger(key) ? "1" : inner.put(key, bytes, options)),
		commit: (writes, options) =>
			inner.commit(
				writes.filter(({ key }) => !isLedger(key)),
				options,
			),
	};
}

function alwaysThere(): Partial<Backend> {
	return { head: async () => ({ etag: "1", size: 1, modified: new Date(0) }) };
}

function latePuts(inner: Backend): Partial<Backend> {
	return {
		async put(key, bytes, options) {
			if (key.endsWith("zarr.json")) return inner.put(key, bytes, options);
			setTimeout(() => inner.put(key, bytes, options).catch(() => {}), 50);
			return "1";
		},
	};
}

type Submit = <Result>(job: Job<Result>, n: number, signal: AbortSignal) => Promise<Result>;

/** Engines that break the contract: what they do, a clause of the dataset suite, one of the engine suite. */
const ENGINES: readonly [what: string, ofDatasets: string, ofEngines: string, submit: Submit][] = [
	[
		"runs tasks twice",
		"a read takes one request per stored object that it touches, as explain says",
		"every task runs once and is settled once, with its result",
		async (job, n, signal) => {
			await job.run(n, signal);
			return job.run(n, signal);
		},
	],
	[
		"drops a task now and then",
		"every selection reads what NumPy reads, from the chunks it touches",
		"every task runs once and is settled once, with its result",
		async (job, n, signal) => (n % 5 === 4 ? (undefined as never) : job.run(n, signal)),
	],
	[
		"runs another task than was asked for",
		"load fills a dataset from values, which broadcast",
		"submit runs that task, once, and returns its result",
		(job, n, signal) => job.run(n === 3 ? 0 : n, signal),
	],
	[
		"does not pass the signal on",
		"a signal cancels a call before it begins and while it runs",
		"a task sees the abort of the signal it was submitted with",
		(job, n) => job.run(n, new AbortController().signal),
	],
	[
		"swallows errors",
		"an error of the store is an error, never fill value and never absence",
		"a task that fails fails its own submit, with its own error",
		(job, n, signal) => job.run(n, signal).catch(() => undefined as never),
	],
	[
		"makes every error its own",
		"the error says which chunk",
		"a task that fails fails its own submit, with its own error",
		(job, n, signal) =>
			job.run(n, signal).catch((error) => {
				throw new Error(`task ${n} failed: ${error}`);
			}),
	],
	[
		"says that a task is done before it is",
		"every data type keeps its values, whole and in part",
		"every task runs once and is settled once, with its result",
		async (job, n, signal) => {
			setTimeout(() => job.run(n, signal).catch(() => {}), 20);
			return undefined as never;
		},
	],
	[
		"runs one task at a time",
		"concurrency and memory bound what is in flight",
		"no more tasks than concurrency are in flight, and no fewer where there is work",
		oneAtATime(),
	],
];

function oneAtATime(): Submit {
	let last: Promise<unknown> = Promise.resolve();
	return (job, n, signal) => {
		const next = last.then(() => job.run(n, signal));
		last = next.catch(() => {});
		return next;
	};
}

function engineOf(submit: Submit): Engine {
	const start = async <Result>(job: Job<Result>, concurrency: number): Promise<Runner<Result>> => ({
		window: concurrency,
		settles: false,
		retries: 0,
		submit: (n, signal) => submit(job, n, signal),
		finish: async () => {},
	});
	return { ...sequential(), start };
}

type Suite = Map<string, () => Promise<void>>;

function datasetSuite(backend: () => Backend, engine: () => Engine): Suite {
	const tests: Suite = new Map();
	const register = (name: string, body: () => Promise<void>) => void tests.set(name, body);
	datasetConformance(register, () => connect(backend(), { engine: engine() }));
	return tests;
}

function engineSuite(engine: () => Engine): Suite {
	const tests: Suite = new Map();
	engineConformance((name, body) => void tests.set(name, body), engine);
	return tests;
}

/** How long a broken thing may take to fail (ms): some never end. */
const PATIENCE = 1000;

/** Fails, or never ends. */
async function isRejected(suite: Suite, clause: string): Promise<boolean> {
	const body = suite.get(clause);
	expect(body, `there is no clause ${clause}`).toBeDefined();
	let timer: NodeJS.Timeout | undefined;
	const patience = new Promise<boolean>((resolve) => {
		timer = setTimeout(() => resolve(true), PATIENCE);
	});
	const outcome = (body?.() ?? Promise.resolve()).then(
		() => false,
		() => true,
	);
	return Promise.race([outcome, patience]).finally(() => clearTimeout(timer));
}

describe("datasetConformance rejects a store that", () => {
	test.each(STORES)("%s (%s)", async (_, clause, change) => {
		const suite = datasetSuite(() => broken(ram(), change), sequential);
		expect(await isRejected(suite, clause)).toBe(true);
	});
});

describe("datasetConformance rejects an engine that", () => {
	test.each(ENGINES)("%s (%s)", async (_, clause, _other, submit) => {
		expect(
			await isRejected(
				datasetSuite(ram, () => engineOf(submit)),
				clause,
			),
		).toBe(true);
	});
});

describe("engineConformance rejects an engine that", () => {
	test.each(ENGINES)("%s", async (_, _other, clause, submit) => {
		expect(
			await isRejected(
				engineSuite(() => engineOf(submit)),
				clause,
			),
		).toBe(true);
	});
});

test("the stores and engines that all of them are made of are accepted", async () => {
	const right = () => engineOf((job, n, signal) => job.run(n, signal));
	const datasets = datasetSuite(() => broken(ram(), () => ({})), right);
	for (const clause of new Set([...STORES, ...ENGINES].map(([, clause]) => clause))) await datasets.get(clause)?.();
	for (const body of engineSuite(right).values()) await body();
});
