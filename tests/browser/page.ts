/** What runs in the browser: checks by name, each of which the test calls. Values come back as plain data. */
import { connect, type DType } from "tesserae";
import { http } from "tesserae/backends/http";
import { ram } from "tesserae/backends/ram";
import { backendConformance, datasetConformance, engineConformance } from "tesserae/conformance";

type Outcome = { readonly passed: number; readonly failures: readonly string[] };

/** Runs what a suite registers, one after another. */
async function outcomeOf(suite: (test: (name: string, body: () => Promise<void>) => void) => void): Promise<Outcome> {
	const tests: [string, () => Promise<void>][] = [];
	suite((name, body) => void tests.push([name, body]));
	const failures: string[] = [];
	for (const [name, body] of tests)
		await body().catch((error: unknown) => void failures.push(`${name}: ${String(error)}`));
	return { passed: tests.length - failures.length, failures };
}

/** `code: message` of the error that a call ends in. */
async function errorOf(call: () => Promise<unknown>): Promise<string> {
	try {
		await call();
	} catch (error) {
		return `${(error as { readonly code?: unknown }).code}: ${(error as Error).message}`;
	}
	return "no error";
}

/** On the page's own server. */
function here(path: string): URL {
	return new URL(path, (globalThis as unknown as { readonly location: URL }).location.href);
}

const checks = {
	/** Part of a dataset that is served from a disk. */
	async slice(path: string, name: string, selection: string): Promise<{ shape: number[]; data: unknown[] }> {
		await using con = await connect(here(path));
		const part = await (await con.getDataset(name)).get(selection);
		return { shape: [...part.shape], data: [...part.data].map(String) };
	},

	/** A dataset in memory: written, mapped, reduced, read. */
	async memory(codecs: string[], dtype: DType): Promise<unknown> {
		await using con = await connect("ram:", { engine: "sequential" });
		const ds = await con.createDataset("a/b", { shape: [30, 40], dtype, chunkShape: [16, 16], codecs });
		await ds.set("3:, ::2", 5);
		await ds.set([0, 0], 7);
		const doubled = await ds.map((block) => {
			for (let i = 0; i < block.data.length; i++) block.data[i] = (block.data[i] as number) * 2;
			return block;
		}, "doubled");
		const names: string[] = [];
		for await (const found of con.datasets({ recursive: true })) names.push(found);
		return { sum: String(await doubled.sum()), corner: await doubled.at(0, 0), names: names.sort() };
	},

	/** Ranges of an object that another origin serves. */
	async ranges(url: string, key: string): Promise<unknown> {
		const backend = http({ url });
		const ranges = [{ offset: 2, length: 4 }, { suffix: 3 }, { offset: 95, length: 100 }, { offset: 100, length: 1 }];
		const again = await backend.get(key, { ranges: [{ suffix: 2 }] });
		const found = await backend.get(key, { ranges });
		const whole = await backend.get(key);
		return {
			parts: [...(found?.parts ?? []), ...(again?.parts ?? [])].map((part) => [...part]),
			sizes: [found?.size, whole?.size, whole?.parts[0]?.length, (await backend.head(key))?.size],
			missing: await backend.get("missing"),
			supports: backend.supports.ranges,
		};
	},

	/** An object that is served, in parts, and put into a store in memory as a stream, as a Blob and as JSON. */
	async objects(url: string, key: string): Promise<unknown> {
		await using served = await connect(url);
		await using memory = await connect("ram:");
		const file = await served.store.openRandomAccess(key);
		const stream = await served.store.stream(key, { range: "10-", chunkSize: 40 });
		if (file === undefined || stream === undefined) return undefined;
		await memory.store.put("stream", stream);
		await memory.store.put("blob", new Blob(["hällo"]));
		await memory.store.put("json", { n: 2n ** 60n }, { as: "json" });
		return {
			slice: [...new Uint8Array(await file.slice(-3, -1))],
			stream: [...((await memory.store.get("stream")) ?? [])],
			text: await memory.store.get("blob", { as: "text" }),
			json: String(((await memory.store.get("json", { as: "json" })) as { n: bigint }).n),
		};
	},

	/** Encodes and decodes zstd; the error where that cannot be done. */
	zstd: (): Promise<string> =>
		errorOf(async () => {
			const con = await connect("ram:");
			const ds = await con.createDataset("a", { shape: [9], dtype: "int8", codecs: ["zstd"] });
			await ds.set("...", 1);
		}),
	refused: (url: string): Promise<string> => errorOf(() => http({ url }).get("a")),
	unsupported: (target: string, engine: string): Promise<string> => errorOf(() => connect(target, { engine })),

	/** What the suites find. */
	backends: (): Promise<Outcome> => outcomeOf((test) => backendConformance(test, async () => ({ backend: ram() }))),
	engines: (): Promise<Outcome> =>
		outcomeOf((test) => engineConformance(test, async () => (await connect("ram:")).runtime.engine)),
	datasets: (): Promise<Outcome> => outcomeOf((test) => datasetConformance(test, () => connect("ram:"))),

	/** Whether this page may make code of text, which a policy forbids. */
	async evaluates(): Promise<boolean> {
		return (await errorOf(async () => new Function("return 1")())) === "no error";
	},
};

export type Checks = typeof checks;

Object.assign(globalThis, { checks });
