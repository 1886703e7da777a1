/** What the engine `distributed` does where something around it is missing, wrong, or dies. */
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { copyFile, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deserialize } from "node:v8";
import { Redis } from "ioredis";
import { type Connection, connect, type Dataset, kernel } from "tesserae";
import { distributed, openQueue } from "tesserae/engines/distributed";
import { expect, test } from "vitest";
import { ownRedis, type StartedWorker, spawnWorker, startWorker } from "../services/redis.js";
import { describeWith, redis } from "../services/services.js";
import { tidyAfterEach } from "./tidy.js";

const KERNELS = new URL("./processes/distributed-kernels.mjs", import.meta.url);
const CALLER = fileURLToPath(new URL("./processes/distributed-caller.mjs", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const kernels = fileURLToPath(new URL("./processes", import.meta.url));
const wave = Float32Array.from({ length: 32 ** 3 }, (_, i) => Math.sin(i / 100));
const volume = { data: wave, shape: [32, 32, 32] };
const plusOne = wave.map((value) => value + 1);

const { opened, directory } = tidyAfterEach();

interface Opened {
	readonly con: Connection;
	readonly ds: Dataset;
	readonly queue: string;
	readonly path: string;
}

async function open(url: string, options: object = {}): Promise<Opened> {
	const path = await directory();
	const queue = `test-${randomUUID()}`;
	const engine = distributed({ redis: url, queue, ...options });
	const con = await connect(`file:${path}/store`, { engine, durability: "none", log: "error" });
	opened.push(con);
	const ds = await con.createDataset("a", { data: volume, chunkShape: [8, 8, 8] });
	return { con, ds, queue, path };
}

function worker(url: string, queue: string, ...args: string[]): Promise<StartedWorker> {
	return startWorker({ redis: url, queue, args: ["--kernels", kernels, "--lock-duration", "2s", ...args] });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
	while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function begun(log: string): Promise<number> {
	return (await readFile(log, "utf8").catch(() => "")).split("\n").length - 1;
}

/** Answers INFO as a Redis of that version does. */
async function serverOfVersion(version: string): Promise<Server> {
	const info = `# Server\r\nredis_version:${version}\r\n`;
	const server = createServer((socket) => {
		socket.on("error", () => {});
		socket.on("data", (bytes) => {
			for (const [, command] of bytes.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
				if (/^hello$/i.test(command ?? "")) socket.write("-ERR unknown command\r\n");
				else socket.write(/^info$/i.test(command ?? "") ? `$${info.length}\r\n${info}\r\n` : "+OK\r\n");
			}
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return server;
}

/** Keeps a caller from listening for a moment, and removes what workers tell it meanwhile of batches that they are still at. */
async function loseNews(spy: Redis, queue: string): Promise<void> {
	const [inbox] = await spy.keys(`tesserae-calls:${queue}:inbox:*`);
	if (inbox === undefined) return;
	await closeReaders(spy);
	const [[last] = []] = await spy.xrevrange(inbox, "+", "-", "COUNT", 1);
	await new Promise((resolve) => setTimeout(resolve, 150));
	const told = await spy.xrangeBuffer(inbox, last === undefined ? "-" : `(${last}`, "+");
	for (const [id, [, bytes]] of told as [Buffer, [Buffer, Buffer]][]) {
		const news = deserialize(bytes) as { results?: readonly unknown[]; ended?: object };
		if (news.results !== undefined && news.ended === undefined) await spy.xdel(inbox, id);
	}
}

/** Ends the connections that wait for news; they come again after 200 ms. */
async function closeReaders(spy: Redis): Promise<void> {
	const clients = ((await spy.client("LIST")) as string).split("\n");
	for (const line of clients)
		if (/ cmd=xread /.test(line)) await spy.client("KILL", "ID", /\bid=(\d+)/.exec(line)?.[1] as string);
}

describeWith(redis, "distributed, and faults", ({ url }) => {
	test("no Redis, a wrong password, and one that is too old are refused at connect", async () => {
		const target = `file:${await directory()}/store`;
		const refusal = async (place: string): Promise<Error> =>
			connect(target, { engine: distributed({ redis: place }) }).then(
				() => new Error("it was not refused"),
				(error) => error,
			);
		expect(await refusal("redis://127.0.0.1:1")).toMatchObject({
			code: "UNAVAILABLE",
			message: expect.stringMatching(/redis:\/\/127.0.0.1:1 cannot be reached.*ECONNREFUSED/),
		});
		const closed = await ownRedis({ REDIS_PASSWORD: "right-word" });
		for (const wrong of [closed.url.replace("right-word", "wrong-word"), closed.url.replace(":right-word@", "")]) {
			const error = await refusal(wrong);
			expect(error).toMatchObject({ code: "FORBIDDEN" });
			expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toMatch(/right-word|wrong-word/);
		}
		await connect(target, { engine: distributed({ redis: closed.url }) }).then((con) => con.close());
		const server = await serverOfVersion("5.0.14");
		const { port } = server.address() as { port: number };
		expect(await refusal(`redis://127.0.0.1:${port}`)).toMatchObject({
			code: "UNSUPPORTED",
			message: expect.stringMatching(/version 5\.0\.14.*6\.2 or later/),
		});
		server.close();
	});

	test("workers say so likewise, with exit status 1", async () => {
		const started = spawnWorker({ redis: "redis://user:a-word@127.0.0.1:1", queue: "q" });
		const [status] = await once(started.process, "close");
		expect(status).toBe(1);
		expect(started.told.join("\n")).toMatch(/UNAVAILABLE: .*127\.0\.0\.1:1/);
		expect(started.told.join("\n")).not.toContain("a-word");
	});

	test("a Redis that may drop what is queued is warned of", async () => {
		const own = await ownRedis({ REDIS_CONFIG: "maxmemory-policy allkeys-lru" });
		const told: string[] = [];
		const log = { error() {}, info() {}, debug() {}, warn: (text: string) => void told.push(text) };
		const con = await connect(`file:${await directory()}/store`, { engine: distributed({ redis: own.url }), log });
		await con.close();
		expect(told.join("\n")).toMatch(/maxmemory-policy to noeviction/);
	});

	test("a Redis that is killed in the middle, and comes back knowing nothing: the call goes on", async () => {
		const own = await ownRedis();
		const { ds, queue, path } = await open(own.url);
		await worker(own.url, queue);
		const log = join(path, "log");
		const mapping = ds.map(kernel(KERNELS, "slowly", { ms: 60, log }), "b");
		await until(async () => (await begun(log)) >= 8);
		await own.restart(500);
		expect((await (await mapping).get()).data).toEqual(plusOne);
		const again = await ds.map(kernel(KERNELS, "addOne"), "c");
		expect((await again.get()).data).toEqual(plusOne);
	});

	test("results that Redis has forgotten before they were read are made again", async () => {
		const own = await ownRedis();
		const { ds, queue } = await open(own.url);
		await worker(own.url, queue);
		const spy = new Redis(own.url);
		let retries = 0;
		const mapping = ds.map(kernel(KERNELS, "slowLater", { ms: 60 }), "b", {
			onProgress: (progress) => {
				retries = progress.retries ?? 0;
			},
		});
		const done = mapping.then(() => true);
		while (retries === 0 && !(await Promise.race([done, false]))) await loseNews(spy, queue);
		expect((await (await mapping).get()).data).toEqual(plusOne);
		expect(retries).toBeGreaterThan(0);
		spy.disconnect();
	});

	test("a Redis that does not come back: UNAVAILABLE, and the worker waits for another one", async () => {
		const own = await ownRedis();
		const { con, ds, queue, path } = await open(own.url, { patience: 1500 });
		const started = await worker(own.url, queue);
		const log = join(path, "log");
		const mapping = ds.map(kernel(KERNELS, "slowly", { ms: 60, log }), "b").catch((error) => error);
		await until(async () => (await begun(log)) >= 4);
		await own.down();
		expect(await mapping).toMatchObject({ code: "UNAVAILABLE", message: expect.stringMatching(/away for 1500 ms/) });
		expect(await con.hasDataset("b")).toBe(false);
		expect(started.process.exitCode).toBeNull();
		expect(await started.end("SIGTERM")).not.toBe("SIGKILL");
	});

	test("a caller that is killed: its batches end, and what it left in Redis expires", async () => {
		const { ds, queue, path } = await open(url);
		expect(ds.totalChunks).toBe(64);
		const started = await worker(url, queue);
		const log = join(path, "log");
		const args = [`file:${path}/store`, url, queue, KERNELS.href, log];
		const caller = fork(CALLER, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
		await until(async () => (await begun(log)) >= 1);
		caller.kill("SIGKILL");
		const own = new Redis(url);
		const view = await openQueue({ redis: url, queue, log: console });
		await until(async () => (await view.calls()).length === 0);
		await until(async () => ((await view.workers())[0]?.running ?? 0) === 0);
		const then = await begun(log);
		await until(async () => (await own.keys(`*${queue}*:call:*`)).length === 0);
		expect((await own.keys(`*${queue}@*`)).filter((key) => /[0-9a-f-]{36}-\d+/.test(key))).toEqual([]);
		expect(await begun(log)).toBe(then);
		expect(started.process.exitCode).toBeNull();
		view.close();
		own.disconnect();
	});

	test("a source that fails for a moment is asked again later, and one that goes on failing fails the call", async () => {
		const { con, ds, queue, path } = await open(url);
		await worker(url, queue);
		let failing = 5;
		const server = createHttpServer(async ({ url: place = "" }, response) => {
			const isChunk = place.includes("/c/");
			const body = await readFile(join(path, "store", place)).catch(() => undefined);
			if (isChunk && failing-- > 0) response.writeHead(503).end();
			else response.writeHead(body === undefined ? 404 : 200).end(body);
		});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as { port: number };
		const source = await connect(`http://127.0.0.1:${port}`);
		opened.push(source);
		const shape = [...ds.shape];
		const target = await con.createDataset("target", { shape, dtype: "float64", chunkShape: [16, 16, 16] });
		await target.load(await source.getDataset("a"));
		expect(failing).toBeLessThan(0);
		expect((await target.get()).data).toEqual(Float64Array.from(wave));
		failing = Number.POSITIVE_INFINITY;
		await expect(target.load(await source.getDataset("a"))).rejects.toMatchObject({ code: "UNAVAILABLE" });
		server.close();
	});

	test("workers of another version are refused by name, and never see a batch", async () => {
		const { ds, queue, path } = await open(url);
		const other = join(path, "other");
		await mkdir(other);
		const text = await readFile(join(PACKAGE, "package.json"), "utf8");
		await writeFile(join(other, "package.json"), JSON.stringify({ ...JSON.parse(text), version: "0.0.7" }));
		await cp(join(PACKAGE, "dist"), join(other, "dist"), { recursive: true });
		await symlink(join(PACKAGE, "node_modules"), join(other, "node_modules"));
		const started = await startWorker({ redis: url, queue, program: join(other, "dist/apps/cli/index.js") });
		const error = await ds.map(kernel(KERNELS, "addOne"), "b").catch((e) => e);
		expect(error).toMatchObject({ code: "UNSUPPORTED", message: expect.stringMatching(/0\.0\.7 on .*this is/) });
		expect(started.told.join("\n")).not.toMatch(/tasks of map/);
		await worker(url, queue);
		expect((await (await ds.map(kernel(KERNELS, "addOne"), "b")).get()).data).toEqual(plusOne);
	});

	/** Starts a map that no worker is there for, exchanges the store behind its path, and then starts a worker. */
	async function exchanged(exchange: (store: string) => Promise<void>): Promise<unknown> {
		const { ds, queue, path } = await open(url);
		const mapping = ds.map(kernel(KERNELS, "addOne"), "b").catch((error) => error);
		const view = await openQueue({ redis: url, queue, log: console });
		await until(async () => (await view.calls()).length === 1);
		view.close();
		await exchange(join(path, "store"));
		await worker(url, queue);
		return mapping;
	}

	test("another store behind the same path is refused, and left as it is", async () => {
		let before: string[] = [];
		let store = "";
		const error = await exchanged(async (path) => {
			store = path;
			await rename(path, `${path}-of-caller`);
			// A copy, as of yesterday: the same arrays, by the same names.
			const con = await connect(`file:${path}`);
			await con.createDataset("a", { data: volume, chunkShape: [8, 8, 8] });
			await con.createDataset("b", { shape: [32, 32, 32], dtype: "float32", chunkShape: [8, 8, 8] });
			await con.close();
			before = await readdir(path, { recursive: true });
		});
		expect(error).toMatchObject({ code: "CONFLICT", message: expect.stringMatching(/worker on .* another store/) });
		// The caller, too, reaches its own store no more: what it would remove is what is there now.
		expect((await readdir(store, { recursive: true })).filter((name) => /^b.c/.test(name))).toEqual([]);
		expect(before.length).toBeGreaterThan(64);
	});

	test("where nothing is, nothing is made", async () => {
		let store = "";
		const error = await exchanged(async (path) => {
			store = path;
			await rename(path, `${path}-of-caller`);
		});
		expect(error).toMatchObject({ code: "NOT_FOUND", message: expect.stringMatching(/worker on .* finds nothing/) });
		expect(await readdir(store, { recursive: true }).catch(() => [])).toEqual([]);
	});

	test("for reading, too: a source that is another one is refused", async () => {
		const { ds, queue, path } = await open(url);
		const sum = ds.sum().catch((error) => error);
		const view = await openQueue({ redis: url, queue, log: console });
		await until(async () => (await view.calls()).length === 1);
		view.close();
		await rename(join(path, "store"), join(path, "mine"));
		await cp(join(path, "mine"), join(path, "store"), { recursive: true });
		await worker(url, queue);
		expect(await sum).toMatchObject({ code: "CONFLICT" });
	});

	test("kernels are found on the worker: missing ones, other versions and links out of the directory are refused by name", async () => {
		const { ds, queue, path } = await open(url);
		const place = join(path, "kernels");
		await mkdir(place);
		await startWorker({ redis: url, queue, args: ["--kernels", place] });
		const refusal = (): Promise<unknown> => ds.map(kernel(KERNELS, "addOne"), "b").catch((error) => error);
		const name = "distributed-kernels.mjs";
		expect(await refusal()).toMatchObject({
			code: "KERNEL_FAILED",
			message: expect.stringMatching(/worker on .* has no kernel distributed-kernels\.mjs in /),
		});
		await writeFile(join(place, name), "export function addOne(block) { return block; }\n");
		expect(await refusal()).toMatchObject({
			code: "KERNEL_FAILED",
			message: expect.stringMatching(
				/another version of the kernel distributed-kernels\.mjs.*[0-9a-f]{64}.*[0-9a-f]{64}/,
			),
		});
		await rm(join(place, name));
		await symlink(fileURLToPath(KERNELS), join(place, name));
		expect(await refusal()).toMatchObject({
			code: "KERNEL_FAILED",
			message: expect.stringMatching(/a link out of it/),
		});
		await rm(join(place, name));
		await copyFile(fileURLToPath(KERNELS), join(place, name));
		expect((await (await ds.map(kernel(KERNELS, "addOne"), "b")).get()).data).toEqual(plusOne);
	});

	test("a kernel that changes between two calls is the new one, in threads that know the old one", async () => {
		const { ds, queue, path } = await open(url);
		const module = join(path, "changing.mjs");
		await startWorker({ redis: url, queue, args: ["--kernels", path] });
		const write = (value: number): Promise<void> =>
			writeFile(
				module,
				`export const fill = (block) => (block.data.fill(${value}), block);\nexport const of = ${value};\n`,
			);
		for (const value of [1, 2]) {
			await write(value);
			const out = await ds.map(kernel(`file://${module}`, "fill"), `out${value}`);
			expect(await out.at(0, 0, 0)).toBe(value);
		}
	});

	test("a kernel of a package is found by the package's name", async () => {
		const { ds, queue } = await open(url);
		await startWorker({ redis: url, queue });
		// It is called there, and says what it thinks of an array.
		await expect(ds.reduce(kernel("pretty-bytes", "default"), (a) => a)).rejects.toMatchObject({
			code: "KERNEL_FAILED",
			message: expect.stringMatching(/Expected a finite number/),
			cause: { name: "TypeError" },
		});
	});

	test("kernels that no worker could find are refused by the caller", async () => {
		const { ds } = await open(url, { kernels: dirname(fileURLToPath(KERNELS)) });
		for (const module of ["data:text/javascript,export function f(block) { return block }", "node:util"])
			await expect(ds.map(kernel(module, module.startsWith("node") ? "inspect" : "f"), "b")).rejects.toMatchObject({
				code: "KERNEL_NOT_PORTABLE",
			});
		const outside = new URL("../../dist/conformance/dataset/kernels.js", import.meta.url);
		await expect(ds.map(kernel(outside, "addOneTo"), "b")).rejects.toMatchObject({
			code: "KERNEL_NOT_PORTABLE",
			message: expect.stringMatching(/is not below .*processes, the directory of kernels/),
		});
	});

	test("options that are wrong", async () => {
		for (const options of [
			{ redis: "http://x" },
			{ redis: url, queue: "a:b" },
			{ redis: url, patience: -1 },
			{ redis: url, q: 1 },
		])
			expect(() => distributed(options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
		expect(() => distributed()).toThrow(/TESSERAE_REDIS/);
		await expect(connect("file:x", { engine: "distributed" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});
});
