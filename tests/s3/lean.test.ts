import { type S3Options, s3 } from "tesserae/backends/s3";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ceph, describeWith, newBucket } from "../services/services.js";
import { type CountingProxy, startProxy } from "./proxy.js";

describeWith(ceph, "lean requests", (service) => {
	let proxy: CountingProxy;
	let options: S3Options;

	beforeAll(async () => {
		proxy = await startProxy(service);
		const { bucket, credentials } = await newBucket(service);
		options = { bucket, credentials, endpoint: proxy.endpoint, requests: "lean" };
	});

	beforeEach(() => void proxy.take());

	afterAll(() => proxy.stop());

	test("read and write objects; all others are the SDK's", async () => {
		const store = s3(options);
		await store.probe();
		await store.put("a", new Uint8Array(100));
		proxy.take();
		await store.put("a", new Uint8Array(100));
		await store.get("a");
		await store.get("a", { ranges: [{ offset: 2, length: 3 }] });
		await store.head("a");
		for await (const _ of store.list(""));
		await store.delete(["a", "b"]);
		const bySdk = (kind: string): boolean[] =>
			seen.filter((one) => one.kind === kind).map(({ headers }) => headers["amz-sdk-invocation-id"] !== undefined);
		const seen = proxy.take();
		expect(["PUT", "GET", "HEAD", "LIST", "DELETE MANY"].map(bySdk)).toEqual([
			[false],
			[false, false],
			[true],
			[true],
			[true],
		]);
		await store.close();
	});

	test("find what the SDK's wrote, and are found by them, with the same versions", async () => {
		const stores = [s3(options), s3({ ...options, requests: "sdk" })];
		const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
		for (const [i, writer] of stores.entries()) {
			const key = `möbius +(${i})!/~*'%2F`;
			const etag = await writer.put(key, bytes, { writeId: `write-${i}` });
			for (const reader of stores) {
				const fetched = await reader.get(key);
				expect(Buffer.compare(fetched?.parts[0] as Uint8Array, bytes)).toBe(0);
				expect(fetched?.etag).toBe(etag);
				expect(await reader.head(key)).toMatchObject({ etag, writes: [`write-${i}`] });
			}
		}
		for (const store of stores) await store.close();
	});

	test("are for whoever asks for them, and nothing else is understood", () => {
		expect(() => s3({ ...options, requests: "fast" as "lean" })).toThrow(/"sdk" or "lean"/);
	});
});
