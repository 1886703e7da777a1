import { type Backend, connect, slice } from "tesserae";
import { type S3Options, s3 } from "tesserae/backends/s3";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ceph, describeWith, newBucket } from "../services/services.js";
import { type CountingProxy, startProxy } from "./proxy.js";

describeWith(ceph, "requests that reach Ceph", (service) => {
	let proxy: CountingProxy;
	let options: S3Options;

	beforeAll(async () => {
		proxy = await startProxy(service);
		const { bucket, credentials } = await newBucket(service);
		options = { bucket, credentials, endpoint: proxy.endpoint };
		await s3(options).probe();
	});

	beforeEach(() => void proxy.take());

	afterAll(() => proxy.stop());

	const opened = async (engine: "sequential" | "threads") => {
		const prefix = `store-${Math.random().toString(36).slice(2)}`;
		const con = await connect(s3({ ...options, prefix }), { engine });
		const ds = await con.createDataset("a", { data: new Int16Array(64).fill(7), chunkShape: [16] });
		proxy.take();
		return { con, ds, prefix };
	};

	test.each(["sequential", "threads"] as const)("reading and writing chunks, %s", async (engine) => {
		const { con, prefix } = await opened(engine);
		const other = await connect(s3({ ...options, prefix }), { engine });
		const ds = await other.getDataset("a");
		expect(proxy.counts(), "open").toEqual({ GET: 1 });
		await ds.get();
		expect(proxy.counts(), "read of 4 chunks").toEqual({ GET: 4 });
		await ds.get("3:5");
		expect(proxy.counts(), "read of a part of one").toEqual({ GET: 1 });
		await ds.set([slice(16, 32)], 3);
		expect(proxy.counts(), "write of a whole chunk").toEqual({ PUT: 1 });
		await ds.set([17], 4);
		expect(proxy.counts(), "write of one value").toEqual({ GET: 1, PUT: 1 });
		await ds.set([slice(0, 64)], 5);
		expect(proxy.counts(), "write of 4 whole chunks").toEqual({ PUT: 4 });
		await other.close();
		await con.close();
	});

	test("the first write into a new dataset is one request for each chunk", async () => {
		const con = await connect(s3({ ...options, prefix: `new-${Math.random()}` }));
		const ds = await con.createDataset("a", { shape: [256], dtype: "int8", chunkShape: [4] });
		proxy.take();
		await ds.set("...", 1);
		expect(proxy.counts()).toEqual({ PUT: 64 });
		await ds.set("...", 2);
		expect(proxy.counts(), "overwriting all").toEqual({ PUT: 64 });
		await con.close();
	});

	test("the counts would show a store that looks before it reads, as some clients do", async () => {
		const { prefix } = await opened("sequential");
		const store = s3({ ...options, prefix });
		const get: Backend["get"] = async (key, o) => (await store.head(key, o)) && store.get(key, o);
		const looking = new Proxy(store, {
			get(target, name) {
				const member = name === "get" ? get : Reflect.get(target, name, target);
				return typeof member === "function" ? member.bind(target) : member;
			},
		});
		const con = await connect(looking);
		await (await con.getDataset("a")).get();
		expect(proxy.counts()).toEqual({ GET: 5, HEAD: 5 });
		await con.close();
	});

	test("a read of what was never written asks once for each chunk, and writes nothing", async () => {
		const con = await connect(s3({ ...options, prefix: `empty-${Math.random()}` }));
		const ds = await con.createDataset("a", { shape: [4, 4, 4], dtype: "int8", chunkShape: [1, 2, 4] });
		proxy.take();
		await ds.get();
		await ds.sum();
		for await (const _ of ds.blocks());
		await ds.explain("...");
		expect(proxy.counts()).toEqual({ GET: 3 * 8 });
		await con.close();
	});

	test("deleting a dataset is a listing and one request for up to a thousand objects", async () => {
		const { con } = await opened("sequential");
		const big = await con.createDataset("b", { shape: [1200], dtype: "int8", chunkShape: [1] });
		await big.set("...", 1);
		proxy.take();
		await con.deleteDataset("b");
		const { GET, LIST, "DELETE MANY": deletes, ...others } = proxy.counts();
		expect({ LIST, deletes, others }).toEqual({ LIST: 2, deletes: expect.any(Number), others: {} });
		expect(deletes).toBeLessThanOrEqual(3);
		expect(GET).toBeLessThanOrEqual(4);
		await con.close();
	});

	test("mode r writes nothing, also to measure what the store can do", async () => {
		const { con, prefix } = await opened("sequential");
		const reader = await connect(s3({ ...options, prefix }), { mode: "r" });
		const ds = await reader.getDataset("a");
		await ds.get();
		await expect(ds.set("...", 1)).rejects.toMatchObject({ code: "READ_ONLY" });
		const writes = Object.keys(proxy.counts()).filter((kind) => !["GET", "HEAD", "LIST"].includes(kind));
		expect(writes).toEqual([]);
		await reader.close();
		await con.close();
	});

	test("a shard is read by one request for its index, and one for each run of chunks wanted", async () => {
		const con = await connect(s3({ ...options, prefix: `shards-${Math.random()}` }), { ranges: { gap: 0 } });
		const ds = await con.createDataset("a", {
			data: Int32Array.from({ length: 2 ** 18 }, (_, i) => (i * 2654435761) | 0),
			chunkShape: [2 ** 12],
			shardShape: [2 ** 18],
			codecs: ["bytes"],
		});
		proxy.take();
		expect([...(await ds.get([slice(5000, 5003)])).data]).toEqual([5000, 5001, 5002].map((i) => (i * 2654435761) | 0));
		expect(proxy.counts(), "the first read").toEqual({ GET: 2 });
		await con.close();
	});
});
