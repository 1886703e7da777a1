import { connect } from "tesserae";
import { type S3Options, s3 } from "tesserae/backends/s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startS3rver } from "../services/s3rver.js";
import { ceph, describeWith, newBucket, swift } from "../services/services.js";
import { type CountingProxy, startProxy } from "./proxy.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describeWith(ceph, "what a probe finds out of Ceph", (service) => {
	let proxy: CountingProxy;
	let options: S3Options;

	beforeAll(async () => {
		proxy = await startProxy(service);
	});

	beforeEach(async () => {
		const { bucket, credentials } = await newBucket(service);
		options = { bucket, credentials, endpoint: proxy.endpoint };
		proxy.strip = [];
		proxy.interfere = () => false;
		proxy.take();
	});

	afterAll(() => proxy.stop());

	test("it creates and swaps on condition, sends ranges, and deletes nothing on condition", async () => {
		const store = s3(options);
		const unknown = { createIfAbsent: undefined, compareAndSwap: undefined, ranges: undefined };
		expect(store.supports).toMatchObject(unknown);
		const found = { createIfAbsent: true, compareAndSwap: true, ranges: true, conditionalDelete: false };
		expect(await store.probe()).toMatchObject(found);
		expect(store.supports).toMatchObject(found);
	});

	test("all who ask at once share one probe, also through other backends, and nobody asks again", async () => {
		const stores = [s3(options), s3(options), s3({ ...options, prefix: "elsewhere" })];
		await Promise.all(
			stores.flatMap((store) => [
				store.probe(),
				store.put("a", bytes("a"), { when: { absent: true } }).catch(() => {}),
			]),
		);
		const probes = proxy.take().filter(({ key }) => key.includes(".tesserae-probe-"));
		expect(new Set(probes.map(({ key }) => /probe-([a-z0-9]+)/.exec(key)?.[1])).size).toBe(1);
		await s3(options).probe();
		expect(proxy.counts()).toEqual({});
	});

	test("reads, listings and whole writes measure nothing", async () => {
		const store = s3(options);
		await store.put("a", bytes("a"));
		await store.get("a");
		await store.get("a", { ranges: [{ suffix: 1 }] });
		await store.head("a");
		for await (const _ of store.list(""));
		await store.delete(["a"]);
		expect(proxy.take().filter(({ key }) => key.includes("probe"))).toEqual([]);
		expect(store.supports.compareAndSwap).toBeUndefined();
	});

	test("a probe that failed is not remembered, and one that is cancelled goes on for the others", async () => {
		const store = s3({ ...options, retries: 0 });
		proxy.interfere = (_, response) => {
			response.writeHead(500).end();
			return true;
		};
		await expect(store.probe()).rejects.toMatchObject({ code: "UNAVAILABLE" });
		proxy.interfere = () => false;
		const cancelled = store.probe({ signal: AbortSignal.timeout(1) });
		const others = [store.probe(), store.probe()];
		await expect(cancelled).rejects.toMatchObject({ code: "ABORTED" });
		for (const other of others) expect((await other).compareAndSwap).toBe(true);
	});

	test.each([
		["If-Match", ["if-match"], { createIfAbsent: true, compareAndSwap: false }],
		["If-None-Match", ["if-none-match"], { createIfAbsent: false, compareAndSwap: true }],
	])("a server that ignores %s is found out", async (_, strip, found) => {
		proxy.strip = strip;
		const store = s3(options);
		const etag = await store.put("a", bytes("first"));
		expect(await store.probe()).toMatchObject(found);
		const swap = () => store.put("a", bytes("second"), { when: { etag } });
		const creation = () => store.put("b", bytes("second"), { when: { absent: true } });
		if (found.compareAndSwap) await swap();
		else await expect(swap()).rejects.toMatchObject({ code: "UNSUPPORTED" });
		if (found.createIfAbsent) await creation();
		else await expect(creation()).rejects.toMatchObject({ code: "UNSUPPORTED" });
	});

	test("a server that answers a stale condition with success, and a right one too, is found out", async () => {
		// Accepts the condition, and writes whatever it says.
		proxy.interfere = (seen, response, incoming) => {
			if (seen.kind !== "PUT" || seen.headers["if-match"] === undefined) return false;
			incoming.resume().on("end", () => response.writeHead(200, { etag: '"d41d8cd98f00b204e9800998ecf8427e"' }).end());
			return true;
		};
		expect(await s3(options).probe()).toMatchObject({ createIfAbsent: true, compareAndSwap: false });
	});

	test("nothing is left of a probe, also of one that failed", async () => {
		const store = s3({ ...options, retries: 0 });
		let puts = 0;
		proxy.interfere = (seen, response) => {
			if (seen.kind !== "GET" || puts++ < 1) return false;
			response.writeHead(503).end();
			return true;
		};
		await expect(store.probe()).rejects.toMatchObject({ code: "THROTTLED" });
		proxy.interfere = () => false;
		await store.probe();
		for await (const { key } of store.list("")) expect.unreachable(`${key} is left`);
	});
});

describeWith(swift, "what a probe finds out of Swift", (service) => {
	test("it refuses conditions", async () => {
		const store = s3(await newBucket(service));
		expect(await store.probe()).toMatchObject({ createIfAbsent: false, compareAndSwap: false, ranges: true });
	});
});

describe("what a probe finds out of s3rver, which takes conditions and minds none", () => {
	let server: Awaited<ReturnType<typeof startS3rver>>;
	let options: S3Options;

	beforeAll(async () => {
		server = await startS3rver();
		options = await newBucket(server);
	});

	afterAll(() => server.stop());

	test("nothing is written on a condition, and a part of a chunk only by who vouches for being alone", async () => {
		const refused = await connect(s3({ ...options, prefix: "refused" }));
		const ds = await refused.createDataset("a", { data: Int8Array.of(1, 2, 3, 4), chunkShape: [2] });
		expect(refused.supports).toMatchObject({ createIfAbsent: false, compareAndSwap: false });
		await expect(ds.set([0], 9)).rejects.toMatchObject({
			code: "UNSUPPORTED",
			message: expect.stringContaining("single-writer"),
		});
		const wide = await refused.createDataset("wide", { shape: [4], dtype: "int8", chunkShape: [2] });
		await expect(wide.createChunk([0])).rejects.toMatchObject({ code: "UNSUPPORTED" });
		expect([...(await ds.get()).data]).toEqual([1, 2, 3, 4]);
		await refused.close();
		const alone = await connect(s3({ ...options, prefix: "refused" }), { writeSafety: "single-writer" });
		const own = await alone.getDataset("a");
		await own.set([0], 9);
		await own.setAttributes({ unit: "mm" });
		const wide2 = await alone.getDataset("wide");
		await wide2.createChunk([0]);
		await expect(wide2.createChunk([0])).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
		expect([...(await own.get()).data]).toEqual([9, 2, 3, 4]);
		await expect(alone.createDataset("a", { shape: [1], dtype: "int8" })).rejects.toMatchObject({
			code: "ALREADY_EXISTS",
		});
		await alone.close();
	});

	test("ranges from the end are right all the same", async () => {
		const store = s3(options);
		await store.put("a", bytes("0123456789"));
		for (const suffix of [1, 3, 10, 50]) {
			const fetched = await store.get("a", { ranges: [{ suffix }] });
			expect(new TextDecoder().decode(fetched?.parts[0])).toBe("0123456789".slice(-suffix));
		}
	});
});
