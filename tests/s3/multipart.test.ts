import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { type S3Options, s3 } from "tesserae/backends/s3";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ceph, clientOf, describeWith, newBucket, type S3Service, swift } from "../services/services.js";
import { type CountingProxy, startProxy } from "./proxy.js";

const MIB = 2 ** 20;

function pattern(size: number): Uint8Array {
	const words = new Uint32Array(Math.ceil(size / 4));
	for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 2654435761);
	return new Uint8Array(words.buffer).subarray(0, size);
}

function suite(service: S3Service): void {
	let proxy: CountingProxy;
	let options: S3Options;

	beforeAll(async () => {
		proxy = await startProxy(service);
		const { bucket, credentials } = await newBucket(service);
		const multipart = { threshold: 8 * MIB, partSize: 5 * MIB };
		options = { bucket, credentials, endpoint: proxy.endpoint, multipart };
	});

	beforeEach(() => {
		proxy.interfere = () => false;
		proxy.take();
	});

	afterAll(() => proxy.stop());

	const unfinished = async (): Promise<number> => {
		const { Uploads = [] } = await clientOf(service).send(new ListMultipartUploadsCommand({ Bucket: options.bucket }));
		return Uploads.length;
	};

	test("a large object goes in parts and comes back whole, with the ids of its writes", async () => {
		const store = s3(options);
		const bytes = pattern(12 * MIB + 7);
		const etag = await store.put("large", bytes, { writeId: "first" });
		expect(proxy.counts()).toEqual({ "BEGIN PARTS": 1, "PUT PART": 3, "COMPLETE PARTS": 1 });
		const fetched = await store.get("large");
		expect(Buffer.compare(fetched?.parts[0] ?? new Uint8Array(), bytes)).toBe(0);
		expect(await store.head("large")).toMatchObject({ etag, size: bytes.length, writes: ["first"] });
		expect(fetched?.etag).toBe(etag);
	});

	test("below the threshold it is one request", async () => {
		await s3(options).put("small", pattern(8 * MIB - 1));
		expect(proxy.counts()).toEqual({ PUT: expect.any(Number) });
	});

	test("parts that fail, or that nobody waits for any longer, are given up", async () => {
		const bytes = pattern(21 * MIB);
		const store = s3({ ...options, retries: 0 });
		await store.put("large", pattern(9 * MIB));
		let parts = 0;
		proxy.interfere = (seen, response) => {
			if (seen.kind !== "PUT PART" || ++parts !== 3) return false;
			response.writeHead(500).end();
			return true;
		};
		await expect(store.put("large", bytes)).rejects.toMatchObject({ code: "UNAVAILABLE", key: "large" });
		expect(proxy.counts()["ABORT PARTS"]).toBe(1);
		const controller = new AbortController();
		proxy.interfere = (seen) => {
			if (seen.kind === "PUT PART") controller.abort();
			return false;
		};
		await expect(store.put("large", bytes, { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED" });
		expect(proxy.counts()["ABORT PARTS"]).toBe(1);
		expect(await unfinished()).toBe(0);
		expect((await store.head("large"))?.size, "what was there before").toBe(9 * MIB);
	});

	test("a failure that passes is tried again, as a whole", async () => {
		let failed = false;
		proxy.interfere = (seen, response) => {
			if (seen.kind !== "PUT PART" || failed) return false;
			failed = true;
			response.writeHead(503).end();
			return true;
		};
		const bytes = pattern(9 * MIB);
		const store = s3(options);
		await store.put("again", bytes);
		expect(Buffer.compare((await store.get("again"))?.parts[0] ?? new Uint8Array(), bytes)).toBe(0);
		expect(await unfinished()).toBe(0);
	});
}

describeWith(ceph, "large objects on Ceph", (service) => {
	suite(service);

	test("a write on a condition goes in one piece, whatever its size", async () => {
		const proxy = await startProxy(service);
		const { bucket, credentials } = await newBucket(service);
		const store = s3({ bucket, credentials, endpoint: proxy.endpoint, multipart: { threshold: MIB } });
		await store.probe();
		proxy.take();
		const etag = await store.put("a", pattern(3 * MIB), { when: { absent: true } });
		await store.put("a", pattern(4 * MIB), { when: { etag } });
		expect(proxy.counts()).toEqual({ PUT: 2 });
		await expect(store.put("a", pattern(3 * MIB), { when: { etag } })).rejects.toMatchObject({ code: "CONFLICT" });
		await proxy.stop();
	});
});

describeWith(swift, "large objects on Swift", suite);
