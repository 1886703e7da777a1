import { createHash, randomBytes } from "node:crypto";
import { CreateMultipartUploadCommand, UploadPartCommand } from "@aws-sdk/client-s3";
import { service as openService, type S3Options, s3 } from "tesserae/backends/s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startS3rver } from "../services/s3rver.js";
import { ceph, clientOf, describeWith, newBucket, type S3Service, swift } from "../services/services.js";
import { type CountingProxy, startProxy } from "./proxy.js";

const MIB = 2 ** 20;
const PART = 5 * MIB;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
	const list: T[] = [];
	for await (const item of items) list.push(item);
	return list;
}

/** The bytes in pieces of any length; the memory of each is used again, as that of streams may be. */
async function* piecesOf(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
	const memory = new Uint8Array(step);
	for (let at = 0; at < bytes.length; at += step) {
		const piece = bytes.subarray(at, at + step);
		memory.set(piece);
		yield memory.subarray(0, piece.length);
	}
}

const digest = (bytes: Uint8Array | undefined): string =>
	createHash("sha256")
		.update(bytes ?? "")
		.digest("hex");

function suiteOn(server: S3Service): void {
	let options: S3Options;
	let service: ReturnType<typeof openService>;
	const bytes = new Uint8Array(randomBytes(2 * PART + 12_345));

	beforeAll(async () => {
		options = { ...(await newBucket(server)), multipart: { partSize: PART } };
		service = openService(options);
	});

	afterAll(() => service.close());

	const stored = async (key: string): Promise<Uint8Array | undefined> => (await s3(options).get(key))?.parts[0];
	const pending = () => all(service.listUploads(""));

	test.each([
		["nothing", 0],
		["less than a part", 1000],
		["a part", PART],
		["a part and a byte", PART + 1],
		["several parts", 2 * PART + 12_345],
	])("a stream of %s is written whole, and told as it goes", async (_, size) => {
		const progress: { done: number; total: number; bytes: number }[] = [];
		const part = bytes.subarray(0, size);
		const etag = await service.upload("streamed", piecesOf(part, 700_001), {
			size,
			contentType: "image/png",
			onProgress: (p) => void progress.push(p),
		});
		const info = await s3(options).head("streamed");
		expect([info?.size, info?.etag, digest(await stored("streamed"))]).toEqual([size, etag, digest(part)]);
		expect(progress.at(-1)).toEqual({ done: size, total: size, bytes: size });
		expect(progress.map(({ done }) => done)).toEqual([...progress.map(({ done }) => done)].sort((a, b) => a - b));
		expect((await fetch(await service.presignGet("streamed"))).headers.get("content-type")).toBe("image/png");
		expect(await pending()).toEqual([]);
	});

	test("nothing is left of a stream that fails, is longer or shorter than was said, or is cancelled", async () => {
		const failure = new Error("the disk is gone");
		async function* failing(): AsyncGenerator<Uint8Array> {
			yield* piecesOf(bytes, PART + 7);
			throw failure;
		}
		await expect(service.upload("never", failing())).rejects.toBe(failure);
		for (const size of [bytes.length - 1, bytes.length + 1])
			await expect(service.upload("never", piecesOf(bytes, MIB), { size })).rejects.toMatchObject({
				code: "INVALID_ARGUMENT",
			});
		const stop = new AbortController();
		async function* endless(): AsyncGenerator<Uint8Array> {
			yield* piecesOf(bytes, PART);
			stop.abort();
			await new Promise(() => {});
		}
		await expect(service.upload("never", endless(), { signal: stop.signal })).rejects.toMatchObject({
			code: "ABORTED",
		});
		expect(await stored("never")).toBeUndefined();
		expect(await pending()).toEqual([]);
	});

	test("uploads that nobody completed are listed, and those of an age aborted", async () => {
		const client = clientOf(server);
		for (const Key of ["left/a b", "left/c", "other"]) {
			const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: options.bucket, Key }));
			const part = { Bucket: options.bucket, Key, UploadId, PartNumber: 1, Body: "part" };
			await client.send(new UploadPartCommand(part));
		}
		const left = await all(service.listUploads("left/"));
		expect(left.map(({ key }) => key)).toEqual(["left/a b", "left/c"]);
		for (const { started } of left) expect(Math.abs(Date.now() - started.getTime())).toBeLessThan(600_000);
		expect(await all(service.abortUploads("", { olderThan: "1d" }))).toEqual([]);
		expect(await all(service.abortUploads("left/", { olderThan: 0, dryRun: true }))).toHaveLength(2);
		expect(await pending()).toHaveLength(3);
		expect((await all(service.abortUploads("left/", { olderThan: 0 }))).map(({ id }) => id)).toEqual(
			left.map(({ id }) => id),
		);
		for (const upload of await pending()) {
			expect(upload.key).toBe("other");
			await service.abortUpload(upload);
			await service.abortUpload(upload);
		}
		expect(await pending()).toEqual([]);
		await expect(all(service.abortUploads("", { olderThan: "a week" }))).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
		});
	});

	test("objects are copied within the service, with what goes with them, in parts where they are large", async () => {
		const large = openService({ ...options, multipart: { partSize: PART, threshold: PART } });
		const put = { contentType: "text/csv" };
		const small = await s3(options).put("from/ü a+b%.csv", bytes.subarray(0, 1000), put);
		expect(await service.copy({ key: "from/ü a+b%.csv" }, "to/small")).toBe(small);
		await service.upload("from/large", piecesOf(bytes, MIB), put);
		let done = 0;
		await large.copy({ key: "from/large" }, "to/large", {
			onProgress: (progress) => {
				done = progress.done;
			},
		});
		expect(done).toBe(bytes.length);
		expect(digest(await stored("to/small"))).toBe(digest(bytes.subarray(0, 1000)));
		expect(digest(await stored("to/large"))).toBe(digest(bytes));
		for (const key of ["to/small", "to/large"])
			expect((await fetch(await service.presignGet(key))).headers.get("content-type")).toBe("text/csv");
		await expect(service.copy({ key: "from/none" }, "to/none")).rejects.toMatchObject({ code: "NOT_FOUND" });
		const other = openService(await newBucket(server));
		await other.copy({ key: "from/large", bucket: options.bucket }, "elsewhere");
		expect((await s3({ ...options, bucket: other.location.slice(5) }).head("elsewhere"))?.size).toBe(bytes.length);
		expect(await pending()).toEqual([]);
	});
}

describeWith(ceph, "uploads on Ceph", (server) => {
	suiteOn(server);

	test("a condition holds for what fits in one write, and is refused beforehand where it does not", async () => {
		const service = openService({ ...(await newBucket(server)), multipart: { partSize: PART } });
		const write = (size: number, when: { absent: true } | { etag: string }) =>
			service.upload("once", piecesOf(new Uint8Array(size), MIB), { size, when });
		const etag = await write(10, { absent: true });
		await expect(write(10, { absent: true })).rejects.toMatchObject({ code: "CONFLICT" });
		const next = await write(11, { etag });
		await expect(write(12, { etag })).rejects.toMatchObject({ code: "CONFLICT" });
		let taken = 0;
		const body = async function* (): AsyncGenerator<Uint8Array> {
			taken++;
			yield new Uint8Array(PART + 1);
		};
		for (const when of [{ absent: true } as const, { etag: next }])
			await expect(service.upload("once", body(), { when })).rejects.toMatchObject({ code: "UNSUPPORTED" });
		expect(taken).toBe(0);
		expect(await all(service.listUploads(""))).toEqual([]);
	});
});

describeWith(ceph, "uploads on Ceph, and something in between", (server) => {
	let proxy: CountingProxy;
	let service: ReturnType<typeof openService>;
	const bytes = new Uint8Array(randomBytes(6 * PART));

	beforeAll(async () => {
		proxy = await startProxy(server);
		const options = { ...(await newBucket(server)), endpoint: proxy.endpoint };
		service = openService({ ...options, retries: 2, multipart: { partSize: PART, concurrency: 3 } });
	});

	afterAll(async () => {
		await service.close();
		await proxy.stop();
	});

	test("parts that fail for a while are sent again, several at once and no more than that", async () => {
		let failures = 4;
		let [running, most] = [0, 0];
		proxy.interfere = ({ kind }, response) => {
			if (kind !== "PUT PART") return false;
			running++;
			most = Math.max(most, running);
			response.on("close", () => void running--);
			if (failures-- <= 0) return false;
			response.writeHead(503).end();
			return true;
		};
		await service.upload("a", piecesOf(bytes, MIB));
		proxy.interfere = () => false;
		expect(failures).toBeLessThan(0);
		expect(most).toBe(3);
		const got = await fetch(await service.presignGet("a"));
		expect(digest(new Uint8Array(await got.arrayBuffer()))).toBe(digest(bytes));
	});

	test("where a part cannot be sent, the first failure is told and nothing is left", async () => {
		proxy.interfere = (_, response, { url = "" }) => {
			if (!url.includes("partNumber=2")) return false;
			response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
			return true;
		};
		await expect(service.upload("b", piecesOf(bytes, MIB))).rejects.toMatchObject({ code: "FORBIDDEN", key: "b" });
		proxy.interfere = () => false;
		expect(await all(service.listUploads(""))).toEqual([]);
		expect(await (await fetch(await service.presignGet("b"))).text()).toContain("NoSuchKey");
	});

	test("one that is cancelled while parts are on their way leaves nothing", async () => {
		const stop = new AbortController();
		proxy.interfere = (_, __, { url = "" }) => {
			const isPart = url.includes("partNumber=2");
			if (isPart) stop.abort();
			return isPart;
		};
		await expect(service.upload("c", piecesOf(bytes, MIB), { signal: stop.signal })).rejects.toMatchObject({
			code: "ABORTED",
		});
		proxy.interfere = () => false;
		expect(await all(service.listUploads(""))).toEqual([]);
	});

	test("a version goes on where the connection broke", async () => {
		await service.setVersioning(true);
		await service.upload("d", piecesOf(bytes, MIB));
		const [entry] = await all(service.listVersions("d"));
		let cuts = 2;
		proxy.interfere = ({ kind }, response) => {
			if (kind === "GET" && cuts-- > 0) setTimeout(() => response.destroy(), 5);
			return false;
		};
		const stream = await service.getVersion("d", entry?.version ?? "");
		const got = new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
		proxy.interfere = () => false;
		expect(digest(got)).toBe(digest(bytes));
	});
});

describeWith(swift, "uploads on Swift", suiteOn);

describe("uploads on s3rver", () => {
	let server: Awaited<ReturnType<typeof startS3rver>>;
	beforeAll(async () => {
		server = await startS3rver();
	});
	afterAll(() => server.stop());

	test("a stream in parts is written there, too", async () => {
		const options = { ...(await newBucket(server)), multipart: { partSize: PART } };
		const bytes = new Uint8Array(randomBytes(PART + 9));
		await openService(options).upload("a", piecesOf(bytes, MIB));
		expect(digest((await s3(options).get("a"))?.parts[0])).toBe(digest(bytes));
	});
});
