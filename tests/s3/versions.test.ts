import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { service as openService, type S3Options, s3 } from "tesserae/backends/s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startS3rver } from "../services/s3rver.js";
import { ceph, describeWith, type S3Service, swift } from "../services/services.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function textOf(stream: ReadableStream<Uint8Array> | undefined): Promise<string | undefined> {
	return stream && new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).text();
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
	const list: T[] = [];
	for await (const item of items) list.push(item);
	return list;
}

const somewhere = ({ endpoint, credentials }: S3Service): S3Options => ({
	bucket: `tesserae-${randomUUID()}`,
	endpoint,
	credentials,
});

/** @param many objects, and @param isExact whether the server tells a version that there cannot be from trouble */
function suiteOn(server: S3Service, { many, isExact }: { many: number; isExact: boolean }): void {
	test("a bucket is made once, and removed when it is empty", async () => {
		const options = somewhere(server);
		const service = openService(options);
		await expect(service.deleteBucket()).rejects.toMatchObject({ code: "NOT_FOUND" });
		await service.createBucket();
		await expect(service.createBucket()).rejects.toMatchObject({
			code: "ALREADY_EXISTS",
			message: expect.stringContaining(options.bucket),
		});
		await s3(options).put("a", bytes("a"));
		await expect(service.deleteBucket()).rejects.toMatchObject({
			code: "CONFLICT",
			message: expect.stringMatching(/not empty/),
		});
		await s3(options).delete(["a"]);
		await service.deleteBucket();
		await expect(s3(options).get("a")).rejects.toMatchObject({ code: "NOT_FOUND" });
		await service.close();
	});

	test("versioning is off, on and suspended", async () => {
		const service = openService(somewhere(server));
		await service.createBucket();
		expect(await service.getVersioning()).toBe("off");
		await service.setVersioning(false);
		expect(await service.getVersioning()).toBe("off");
		await service.setVersioning(true);
		expect(await service.getVersioning()).toBe("enabled");
		await service.setVersioning(false);
		expect(await service.getVersioning()).toBe("suspended");
		const other = openService(somewhere(server));
		await other.createBucket({ versioning: true });
		expect(await other.getVersioning()).toBe("enabled");
	});

	test("old versions are listed, read, restored over a deletion, and deleted for ever", async () => {
		const options = somewhere(server);
		const service = openService(options);
		await service.createBucket({ versioning: true });
		const store = s3(options);
		const first = await store.put("dir/a b", bytes("one"), { contentType: "text/csv", writeId: "first" });
		await store.put("dir/a b", bytes("three"));
		await store.put("dir/other", bytes("x"));
		await store.delete(["dir/a b"]);
		const listed = await all(service.listVersions("dir/a"));
		expect(listed).toMatchObject([
			{ key: "dir/a b", isLatest: true, isDeletion: true, size: 0 },
			{ key: "dir/a b", isLatest: false, isDeletion: false, size: 5 },
			{ key: "dir/a b", isLatest: false, isDeletion: false, size: 3 },
		]);
		const [deletion, , oldest] = listed.map(({ version }) => version) as [string, string, string];
		expect(await textOf(await service.getVersion("dir/a b", oldest))).toBe("one");
		expect(await service.getVersion("dir/a b", deletion)).toBeUndefined();
		expect(await service.getVersion("dir/none", oldest)).toBeUndefined();
		if (isExact) expect(await service.getVersion("dir/a b", "nonsense")).toBeUndefined();
		expect(await store.get("dir/a b")).toBeUndefined();

		expect(await service.restoreVersion("dir/a b", oldest)).toBe(first);
		const found = await store.get("dir/a b");
		expect([found?.etag, new TextDecoder().decode(found?.parts[0])]).toEqual([first, "one"]);
		const got = await fetch(await service.presignGet("dir/a b"));
		expect([got.headers.get("content-type"), await got.text()]).toEqual(["text/csv", "one"]);
		expect(await all(service.listVersions("dir/a"))).toHaveLength(4);
		for (const missing of isExact ? [deletion, "nonsense"] : [deletion])
			await expect(service.restoreVersion("dir/a b", missing)).rejects.toMatchObject({ code: "NOT_FOUND" });

		for (const { key, version } of await all(service.listVersions(""))) {
			await service.deleteVersion(key, version);
			await service.deleteVersion(key, version);
		}
		expect(await all(service.listVersions(""))).toEqual([]);
		await service.deleteBucket();
	});

	test("many versions, on Ceph more than one page holds, are listed, each once, also of one key", async () => {
		const options = somewhere(server);
		const service = openService(options);
		await service.createBucket({ versioning: true });
		const store = s3({ ...options, retries: 0 });
		const keys = Array.from({ length: many }, (_, i) => (i < 30 ? "0 same" : `key/${i}`));
		for (const key of keys.slice(0, 30)) await store.put(key, bytes("x"));
		const rest = keys.slice(30);
		await Promise.all(
			Array.from({ length: 16 }, async () => {
				for (let key = rest.pop(); key !== undefined; key = rest.pop()) await store.put(key, bytes("x"));
			}),
		);
		const listed = await all(service.listVersions(""));
		expect(new Set(listed.map(({ version }) => version)).size).toBe(keys.length);
		expect(listed.map(({ key }) => key).sort()).toEqual([...keys].sort());
	});

	test("what is measured leaves no version behind", async () => {
		const service = openService(somewhere(server));
		await service.createBucket({ versioning: true });
		expect(await service.measure()).toMatchObject({ versioning: "enabled", ranges: true });
		expect(await all(service.listVersions(""))).toEqual([]);
	});

	test("a listing and a stream end where the signal says so", async () => {
		const options = somewhere(server);
		const service = openService(options);
		await service.createBucket({ versioning: true });
		await s3(options).put("a", new Uint8Array(2 ** 20));
		const [entry] = await all(service.listVersions(""));
		const stop = new AbortController();
		const stream = await service.getVersion("a", entry?.version ?? "", { signal: stop.signal });
		const reader = stream?.getReader();
		await reader?.read();
		stop.abort();
		await expect(async () => {
			for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read());
		}).rejects.toMatchObject({ code: "ABORTED" });
		await expect(all(service.listVersions("", { signal: stop.signal }))).rejects.toMatchObject({ code: "ABORTED" });
	});
}

describeWith(ceph, "buckets and versions on Ceph", (server) => {
	suiteOn(server, { many: 1050, isExact: true });

	test("what was measured of a bucket is forgotten when it begins to keep versions, since conditions are not minded then", async () => {
		const service = openService(somewhere(server));
		await service.createBucket();
		expect(await service.measure()).toMatchObject({ compareAndSwap: true, createIfAbsent: true });
		await service.setVersioning(true);
		expect(await service.measure()).toMatchObject({ compareAndSwap: false, createIfAbsent: false });
		await service.close();
	});
});

describeWith(swift, "buckets and versions on Swift", (server) => suiteOn(server, { many: 40, isExact: false }));

describe("versions on s3rver, which says that it can", () => {
	let server: Awaited<ReturnType<typeof startS3rver>>;
	beforeAll(async () => {
		server = await startS3rver();
	});
	afterAll(() => server.stop());

	test("it is found out", async () => {
		const service = openService(somewhere(server));
		await service.createBucket();
		await expect(service.setVersioning(true)).rejects.toMatchObject({ code: "UNSUPPORTED" });
		const other = openService(somewhere(server));
		await expect(other.createBucket({ versioning: true })).rejects.toMatchObject({ code: "UNSUPPORTED" });
		await expect(other.deleteBucket()).rejects.toMatchObject({ code: "NOT_FOUND" });
	});
});

test("a server that fails whenever it is asked for versions has none", async () => {
	let asked = 0;
	const server = createServer((_, response) => {
		asked++;
		response.writeHead(500).end();
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const credentials = { accessKeyId: "a", secretAccessKey: "b" };
	const service = openService("//bucket", { endpoint, credentials });
	await expect(service.setVersioning(true)).rejects.toMatchObject({
		code: "UNSUPPORTED",
		message: expect.stringMatching(/s3:\/\/bucket: this server has no versioning of objects \(it answered 500/),
	});
	expect(asked).toBe(3);
	await service.close();
	await new Promise((resolve) => server.close(resolve));
});
