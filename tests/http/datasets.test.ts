import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, type ConnectOptions, connect, type Dataset } from "tesserae";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";
import { directory, pathOf, type Served, serve } from "./server.js";

const wave = Float32Array.from({ length: 40 * 50 * 60 }, (_, i) => Math.sin(i / 100));
const SHAPE = [40, 50, 60];
const CHUNK = [16, 16, 60];
const SELECTIONS = ["...", "3, ::-2, 5:50", "[0, 39, 5], 10:12", "-1, -1, -1"];

let store: Scratch;
let written: Connection;
const closing: { close(): Promise<void> }[] = [];

beforeAll(async () => {
	store = await scratch();
	written = await connect(`file:${store.path}`, { durability: "none" });
	const data = { data: wave, shape: SHAPE };
	for (const [name, codecs] of Object.entries({ raw: [], zstd: ["zstd"], "a b/gzip": ["gzip", "crc32c"] }))
		await written.createDataset(name, { data, chunkShape: CHUNK, codecs });
	await written.createDataset("big", { data: BigInt64Array.of(1n, -(2n ** 63n), 2n ** 63n - 1n), fillValue: 7n });
	await written.createDataset("sparse", { shape: [4, 4], dtype: "uint8", chunkShape: [2, 2], fillValue: 9 });
	await (await written.getDataset("sparse")).set("0, 0", 1);
});

afterEach(async () => {
	for (const open of closing.splice(0).reverse()) await open.close();
});

afterAll(async () => {
	await written.close();
	await store.remove();
});

async function serving(listener: RequestListener = directory(store.path)): Promise<Served> {
	const server = await serve(listener);
	closing.push(server);
	return server;
}

async function reading(url: string, options: ConnectOptions = {}): Promise<Connection> {
	const con = await connect(url, options);
	closing.push(con);
	return con;
}

/** The store, but for what `change` answers instead. */
function except(change: (...request: Parameters<RequestListener>) => boolean): RequestListener {
	const usual = directory(store.path);
	return (request, response) => {
		if (!change(request, response)) usual(request, response);
	};
}

/** True for chunks of `raw`. */
function isChunk(path: string): boolean {
	return path.startsWith("/raw/c/");
}

describe.each(["sequential", "threads"])("over http, on the engine %s", (engine) => {
	test.each([
		["a plain URL, which workers open themselves", {}],
		["headers, which stay in the owner's thread", { headers: { "x-key": "1" } }],
	])("datasets read as they were written: %s", async (_, options) => {
		const { url } = await serving();
		const con = await reading(url, { engine, workers: 2, ...options });
		for (const name of ["raw", "zstd", "a b/gzip"]) {
			const [ds, expected] = await Promise.all([con.getDataset(name), written.getDataset(name)]);
			for (const selection of SELECTIONS)
				expect([...(await ds.get(selection)).data]).toEqual([...(await expected.get(selection)).data]);
			expect(await ds.sum()).toBe(await expected.sum());
		}
		expect([...(await (await con.getDataset("big")).get()).data]).toEqual([1n, -(2n ** 63n), 2n ** 63n - 1n]);
		expect([...(await (await con.getDataset("sparse")).get()).data].join("")).toBe("1999999999999999");
	});

	test("no more requests are under way than concurrency allows, and no object is asked for twice", async () => {
		let most = 0;
		let running = 0;
		const usual = directory(store.path);
		const { url, requests } = await serving((request, response) => {
			most = Math.max(most, ++running);
			response.on("close", () => running--);
			setImmediate(() => usual(request, response));
		});
		const con = await reading(url, { engine, concurrency: 3 });
		const ds = await con.getDataset("raw");
		const before = requests.length;
		await ds.get();
		const asked = requests.slice(before).map(({ url: path }) => path);
		expect([asked.length, new Set(asked).size]).toEqual([ds.totalChunks, ds.totalChunks]);
		expect(most).toBeLessThanOrEqual(3);
		expect(con.meter.snapshot().byOperation.get.operations).toBe(ds.totalChunks + 1);
	});

	test.each<[string, string, (...request: Parameters<RequestListener>) => void]>([
		["403", "FORBIDDEN", (_, response) => void response.writeHead(403).end()],
		["500", "UNAVAILABLE", (_, response) => void response.writeHead(500).end()],
		["a line that breaks", "UNAVAILABLE", ({ socket }) => void socket.destroy()],
		["half of the bytes", "CORRUPT", (_, response) => void response.end(new Uint8Array(16 * 16 * 30 * 4))],
	])("%s for one chunk is an error, never fill value", async (_, code, answer) => {
		const { url } = await serving(
			except((request, response) => {
				if (pathOf(request) !== "/raw/c/1/2/0") return false;
				answer(request, response);
				return true;
			}),
		);
		const ds = await (await reading(url, { engine })).getDataset("raw");
		const failure = { code, chunk: [1, 2, 0], dataset: "raw" };
		await expect(ds.get()).rejects.toMatchObject(failure);
		await expect(ds.sum()).rejects.toMatchObject(failure);
		expect((await ds.get("0")).get(0, 1)).toBe(wave[1]);
	});

	test("an error is not remembered", async () => {
		let broken = true;
		const { url } = await serving(
			except((request, response) => {
				if (!broken || !isChunk(pathOf(request))) return false;
				response.writeHead(503).end();
				return true;
			}),
		);
		const ds = await (await reading(url, { engine })).getDataset("raw");
		await expect(ds.get()).rejects.toMatchObject({ code: "UNAVAILABLE" });
		broken = false;
		expect((await ds.get()).data).toEqual(wave);
	});
});

test("where 403 stands for absence the fill value is read, if the caller says so", async () => {
	const { url } = await serving(
		except((request, response) => {
			if (!/\/c\/[01]\/1$/.test(pathOf(request))) return false;
			response.writeHead(403).end();
			return true;
		}),
	);
	const read = async (options: ConnectOptions): Promise<Dataset> => (await reading(url, options)).getDataset("sparse");
	await expect((await read({})).get()).rejects.toMatchObject({ code: "FORBIDDEN" });
	expect((await (await read({ missing: [403] })).get("0")).data.join("")).toBe("1999");
});

test("damage on the way is noticed by the checksum, and located", async () => {
	const key = "a b/gzip/c/0/0/0";
	const bytes = await readFile(join(store.path, key));
	bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
	const { url } = await serving(
		except((request, response) => {
			if (decodeURIComponent(pathOf(request)) !== `/${key}`) return false;
			response.end(bytes);
			return true;
		}),
	);
	const ds = await (await reading(url)).getDataset("a b/gzip");
	await expect(ds.get()).rejects.toMatchObject({ code: "CORRUPT", chunk: [0, 0, 0] });
});

test("a server that hangs ends in TIMEOUT, a call that is cancelled in ABORTED", async () => {
	const { url } = await serving(except((request) => isChunk(pathOf(request))));
	const ds = await (await reading(url, { timeout: 1000 })).getDataset("raw");
	await expect(ds.get()).rejects.toMatchObject({ code: "TIMEOUT" });
	await expect(ds.get("...", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
});

test("whatever writes is refused with READ_ONLY before any request", async () => {
	const { url, requests } = await serving();
	const con = await reading(url);
	const ds = await con.getDataset("raw");
	const before = requests.length;
	for (const write of [
		() => ds.set("0", 1),
		() => ds.resize([1, 1, 1]),
		() => ds.append({ data: wave.subarray(0, 3000), shape: [1, 50, 60] }, 0),
		() => ds.clear(),
		() => ds.delete(),
		() => ds.setAttributes({ a: 1 }),
		() => con.createDataset("new", { shape: [1], dtype: "int8" }),
		() => con.createGroup("group"),
		() => con.deleteDataset("raw"),
		() => con.compact(),
	])
		await expect(write()).rejects.toMatchObject({ code: "READ_ONLY" });
	expect(requests.length).toBe(before);
	expect((await (await reading(url, { mode: "r" })).getDataset("big")).shape).toEqual([3]);
});

test("what cannot be listed says what to do, what is not there says so", async () => {
	const { url } = await serving();
	const con = await reading(url);
	await expect(con.datasets().next()).rejects.toMatchObject({
		code: "UNSUPPORTED",
		message: expect.stringContaining("consolidate"),
	});
	expect(await con.hasDataset("raw")).toBe(true);
	expect(await con.hasDataset("missing")).toBe(false);
	await expect(con.getDataset("missing")).rejects.toMatchObject({ code: "NOT_FOUND" });
	await expect(reading(`${url}/nowhere`, { mode: "r" })).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("what cannot be listed is named by consolidated metadata", async () => {
	const copy = await mkdtemp(join(tmpdir(), "consolidated-"));
	await cp(store.path, copy, { recursive: true });
	const owner = await connect(`file:${copy}`);
	await owner.consolidateMetadata();
	await owner.close();
	const { url } = await serving(directory(copy));
	const con = await reading(url);
	const names: string[] = [];
	for await (const name of con.datasets({ recursive: true })) names.push(name);
	expect(names).toContain("raw");
	await rm(copy, { recursive: true });
});

test("a dataset that is replaced is seen by refresh, its metadata read past caches", async () => {
	const { url, requests } = await serving();
	const changed = await written.createDataset("changing", { data: Int8Array.of(1, 2), ifExists: "replace" });
	const ds = await (await reading(url)).getDataset("changing");
	await changed.append(Int8Array.of(3), 0);
	await ds.refresh();
	expect([...(await ds.get()).data]).toEqual([1, 2, 3]);
	const metadata = requests.filter(({ url: path }) => path?.endsWith("zarr.json"));
	expect(metadata.every(({ headers }) => headers["cache-control"] !== undefined)).toBe(true);
});

test("a dataset is copied from http into another store", async () => {
	const { url } = await serving();
	const source = await (await reading(url)).getDataset("zstd");
	const copy = await (await reading("ram:")).createDataset("copy", { data: source, chunkShape: [40, 10, 10] });
	expect([...(await copy.get()).data]).toEqual([...wave]);
});

test("an array at the root answers to the empty name, one in a directory below to its path", async () => {
	const { url } = await serving();
	const con = await reading(`${url}/a%20b/gzip`);
	expect((await con.getDataset("")).shape).toEqual(SHAPE);
	await writeFile(join(store.path, "a b", "note.txt"), "no array");
	expect((await (await reading(`${url}/a b/`)).getDataset("gzip")).shape).toEqual(SHAPE);
});
