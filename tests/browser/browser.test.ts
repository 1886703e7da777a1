import { readFile, writeFile } from "node:fs/promises";
import type { RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { type Connection, connect, type Dataset, type DType } from "tesserae";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";
import { directory, pathOf, type Served, serve } from "../http/server.js";
import { bundle, type Chunk } from "./bundle.mjs";
import { openChromium } from "./chromium.js";
import type { Checks } from "./page.js";

const fromHere = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const browser = await openChromium();

/** The datasets that the page opens: every codec with an implementation of its own for browsers, and types that are special. */
const DATASETS: Readonly<Record<string, { readonly dtype: DType; readonly codecs: readonly string[] }>> = {
	zstd: { dtype: "float32", codecs: ["zstd", "crc32c"] },
	gzip: { dtype: "uint16", codecs: ["gzip"] },
	"a b/raw": { dtype: "float64", codecs: [] },
	wide: { dtype: "int64", codecs: ["zstd"] },
	text: { dtype: "string", codecs: ["vlen-utf8", "gzip"] },
	times: { dtype: "numpy.datetime64[s]", codecs: ["gzip"] },
};
/** Two shards of 128 inner chunks each, encoded by what strict pages may use, too. */
const SHARDED = { shape: [64, 128, 128], chunkShape: [16, 16, 16], shardShape: [32, 128, 128], codecs: ["gzip"] };
/** Of it, within two inner chunks that lie side by side. */
const SLICE = "10, 20:30, 40:50";
/** The suite's kernels are a module that engines import by its address, so it must keep one. */
const ENTRIES = { page: fromHere("page.ts"), kernels: fromHere("../../dist/conformance/dataset/kernels.js") };
const SHAPE = [20, 30, 40];
const SELECTIONS = ["...", "3, ::-2, 5:30", "[0, 19, 5], 10:12", "-1, -1, -1"];
const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);
const FOREIGN = { "access-control-allow-origin": "*" };

async function create(con: Connection, name: string): Promise<void> {
	const { dtype, codecs } = DATASETS[name] as (typeof DATASETS)[string];
	const ds = await con.createDataset(name, { dtype, shape: SHAPE, chunkShape: [8, 16, 40], codecs: [...codecs] });
	const values = Float64Array.from({ length: 20 * 30 * 40 }, (_, i) => (i * 7) % 65000);
	if (ds.is("string")) await ds.set("...", { data: Array.from(values, (v) => `№ ${v}`), shape: SHAPE });
	else if (dtype === "int64" || ds.is("numpy.datetime64[s]"))
		await (ds as Dataset).set("...", { data: BigInt64Array.from(values, (v) => BigInt(v) * 2n ** 40n), shape: SHAPE });
	else await (ds as Dataset).set("...", { data: values, shape: SHAPE }, { casting: "unsafe" });
}

describe.skipIf(browser === undefined)("in Chromium", () => {
	let store: Scratch;
	let chunks: Chunk[];
	/** Serves the page and the store. */
	let own: Served;
	const foreign: Served[] = [];
	const pages: Page[] = [];
	const complaints: string[] = [];

	/** Answers about objects of the store, to be asked for what was sent. */
	const answers: ServerResponse[] = [];

	/** The page at `/`, under a policy at `/strict`, its modules, and the store under `/data`. */
	function site(modules: string): RequestListener {
		const page = readFile(fromHere("page.html"));
		const data = directory(store.path);
		return async (request, response) => {
			const path = pathOf(request);
			if (path.startsWith("/data/")) {
				request.url = request.url?.slice("/data".length);
				answers.push(response);
				return data(request, response);
			}
			if (path !== "/" && path !== "/strict")
				return response
					.setHeader("content-type", "text/javascript")
					.end(await readFile(join(modules, path)).catch(() => ""));
			response.setHeader("content-type", "text/html");
			if (path === "/strict")
				response.setHeader("content-security-policy", "script-src 'self' 'wasm-unsafe-eval'; connect-src *");
			response.end(await page);
		};
	}

	async function opened(path: string): Promise<Page> {
		const page = await (browser as NonNullable<typeof browser>).newPage();
		page.on("pageerror", (error) => complaints.push(String(error)));
		await page.goto(own.url + path);
		await page.waitForFunction(() => "checks" in globalThis);
		return page;
	}

	beforeAll(async () => {
		store = await scratch();
		const modules = join(store.path, "modules");
		const con = await connect(`file:${store.path}`, { durability: "none" });
		for (const name of Object.keys(DATASETS)) await create(con, name);
		const noise = Uint16Array.from({ length: 64 * 128 * 128 }, (_, i) => (i * 48271) % 65521);
		await con.createDataset("shards", { ...SHARDED, data: { data: noise, shape: SHARDED.shape } });
		await con.close();
		await writeFile(join(store.path, "bytes"), BYTES);
		chunks = await bundle(ENTRIES, modules);
		own = await serve(site(modules));
		for (const headers of [FOREIGN, { ...FOREIGN, "access-control-expose-headers": "Content-Range, ETag" }, {}])
			foreign.push(await serve(directory(store.path, { headers })));
		pages.push(await opened("/"), await opened("/strict"));
	}, 60_000);

	afterAll(async () => {
		await browser?.close();
		for (const server of [own, ...foreign]) await server?.close();
		await store?.remove();
	});

	/** The WebAssembly of zstd makes code of text itself, so the page that may not do without it. */
	function pagesFor(codecs: readonly string[]): readonly Page[] {
		return codecs.includes("zstd") ? pages.slice(0, 1) : pages;
	}

	/** Calls a check of the page, by default the one without a policy. */
	function run<K extends keyof Checks>(
		check: K,
		args: Parameters<Checks[K]>,
		page = pages[0],
	): Promise<Awaited<ReturnType<Checks[K]>>> {
		const call = async ({ name, list }: { name: string; list: unknown[] }): Promise<unknown> => {
			// What the debugger calls is free of the page's policy; what a timer calls is not.
			await new Promise((resolve) => setTimeout(resolve, 0));
			return (globalThis as unknown as { checks: Record<string, (...args: unknown[]) => unknown> }).checks[name]?.(
				...list,
			);
		};
		return (page as Page).evaluate(call, { name: check, list: args as unknown[] }) as Promise<
			Awaited<ReturnType<Checks[K]>>
		>;
	}

	test("the bundle imports nothing of Node", () => {
		const importing = chunks.filter(({ code }) => /(?:from|import\(?)\s*["'`]node:/.test(code));
		expect(importing.map(({ fileName }) => fileName)).toEqual([]);
	});

	test.each(Object.keys(DATASETS))("%s reads over http what was written to the disk", async (name) => {
		const con = await connect(`file:${store.path}`, { mode: "r" });
		const ds = await con.getDataset(name);
		for (const page of pagesFor(DATASETS[name]?.codecs ?? []))
			for (const selection of SELECTIONS) {
				const { shape, data } = await ds.get(selection);
				expect(await run("slice", ["/data", name, selection], page)).toEqual({
					shape: [...shape],
					data: [...data].map(String),
				});
			}
		await con.close();
	});

	test("a slice of a sharded dataset is read by ranges: the index, and the inner chunks that it needs", async () => {
		const con = await connect(`file:${store.path}`, { mode: "r" });
		const ds = await con.getDataset("shards");
		const { shape, data } = await ds.get(SLICE);
		const shard = (await con.backend.head("shards/c/0/0/0"))?.size as number;
		await con.close();
		for (const page of pages) {
			answers.length = 0;
			expect(await run("slice", ["/data", "shards", SLICE], page)).toEqual({
				shape: [...shape],
				data: Array.from(data, String),
			});
			const parts = answers.filter(({ req }) => /c\/0\/0\/0$/.test(req.url ?? ""));
			expect(parts.map(({ statusCode }) => statusCode)).toEqual([206, 206]);
			// The index: 16 bytes for each inner chunk, and a checksum.
			expect(parts[0]?.req.headers.range).toBe(`bytes=-${128 * 16 + 4}`);
			const sent = parts.reduce((bytes, answer) => bytes + Number(answer.getHeader("content-length")), 0);
			expect(sent).toBeLessThan(128 * 16 + 4 + shard / 50);
			expect(answers.filter(({ req }) => /\/c\//.test(req.url ?? ""))).toEqual(parts);
		}
	});

	test.each<[string[], DType]>([
		[[], "int16"],
		[["zstd"], "float32"],
		[["gzip", "crc32c"], "uint8"],
	])("a dataset in memory is written, mapped and read, encoded by %j", async (codecs, dtype) => {
		for (const page of pagesFor(codecs))
			expect(await run("memory", [codecs, dtype], page)).toEqual({
				sum: String(2 * (27 * 20 * 5 + 7)),
				corner: 14,
				names: ["a/b", "doubled"],
			});
	});

	test("one page may make code of text, the other not", async () => {
		expect([await run("evaluates", []), await run("evaluates", [], pages[1])]).toEqual([true, false]);
	});

	test("a page that forbids code of text hears that zstd needs it, not that the bytes are bad", async () => {
		expect(await run("zstd", [])).toBe("no error");
		expect(await run("zstd", [], pages[1])).toMatch(/^UNSUPPORTED: .*unsafe-eval/);
	});

	test.each([
		["its own origin", () => `${own.url}/data`],
		["another origin, which shows no headers", () => foreign[0]?.url],
		["another origin, which shows them", () => foreign[1]?.url],
	])("ranges are right from %s", async (_, url) => {
		const sizes = [100, 100, 100, 100];
		const parts = [[2, 3, 4, 5], [97, 98, 99], [95, 96, 97, 98, 99], [], [98, 99]];
		expect(await run("ranges", [url() as string, "bytes"])).toEqual({
			parts,
			sizes,
			missing: undefined,
			supports: true,
		});
	});

	test("objects are read in parts, and written from streams", async () => {
		for (const url of [`${own.url}/data`, foreign[0]?.url as string])
			expect(await run("objects", [url, "bytes"], pages[1])).toEqual({
				slice: [97, 98],
				stream: Array.from({ length: 90 }, (_, i) => i + 10),
				text: "hällo",
				json: String(2n ** 60n),
			});
	});

	test("another origin need not be asked for leave", () => {
		const methods = foreign.slice(0, 2).flatMap(({ requests }) => requests.map(({ method }) => method));
		expect(new Set(methods)).toEqual(new Set(["GET", "HEAD"]));
	});

	test("another origin that does not allow it is UNAVAILABLE, and the message says why", async () => {
		expect(await run("refused", [foreign[2]?.url as string])).toMatch(/^UNAVAILABLE: .*CORS/);
	});

	test.each([
		["file:data", "sequential"],
		["sqlite:data", "sequential"],
		["ram:", "threads"],
	])("%s on the engine %s is UNSUPPORTED", async (target, engine) => {
		expect(await run("unsupported", [target, engine])).toMatch(/^UNSUPPORTED: .*needs Node/);
	});

	test.each(["backends", "engines", "datasets"] as const)("the suite of %s passes", async (suite) => {
		const { passed, failures } = await run(suite, []);
		expect(failures).toEqual([]);
		expect(passed).toBeGreaterThan(10);
	});

	test("nothing went wrong beside that", () => {
		expect(complaints).toEqual([]);
	});
});
