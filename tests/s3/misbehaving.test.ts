import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type S3Options, s3 } from "tesserae/backends/s3";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Fetched, GetOptions } from "../../dist/src/backend.js";
import { requests } from "../services/services.js";

/** What a request says, as far as these tests look at it. */
interface Heard {
	readonly method: string;
	readonly path: string;
	readonly headers: ReadonlyMap<string, string>;
}

type Script = (heard: Heard, socket: Socket) => void;

/** A server that does to each request what the test says, byte by byte. */
let server: Server;
let script: Script;
let heard: Heard[] = [];
const sockets = new Set<Socket>();

beforeAll(async () => {
	server = createServer((socket) => {
		sockets.add(socket);
		socket.on("error", () => {});
		socket.on("close", () => sockets.delete(socket));
		let text = "";
		socket.on("data", (data) => {
			text += data.toString("latin1");
			for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
				const one = parse(text.slice(0, end));
				const length = Number(one.headers.get("content-length") ?? 0);
				if (text.length < end + 4 + length) return;
				text = text.slice(end + 4 + length);
				heard.push(one);
				script(one, socket);
			}
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
	heard = [];
	for (const socket of sockets) socket.destroy();
});

afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

function parse(text: string): Heard {
	const [first = "", ...lines] = text.split("\r\n");
	const [method = "", path = ""] = first.split(" ");
	return {
		method,
		path,
		headers: new Map(lines.map((line) => [line.split(":")[0]?.toLowerCase() ?? "", line.replace(/^[^:]*: */, "")])),
	};
}

function head(status: string, headers: Record<string, string | number>): string {
	const lines = Object.entries({ Date: new Date().toUTCString(), ...headers }).map(
		([name, value]) => `${name}: ${value}\r\n`,
	);
	return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`;
}

const ETAG = '"900150983cd24fb0d6963f7d28e17f72"';

function answer(socket: Socket, body: string, headers: Record<string, string | number> = {}, status = "200 OK"): void {
	socket.write(head(status, { ETag: ETAG, "Content-Length": Buffer.byteLength(body), ...headers }) + body);
}

function refuse(socket: Socket, status: string, code: string, headers: Record<string, string | number> = {}): void {
	answer(
		socket,
		`<?xml version="1.0"?><Error><Code>${code}</Code><Message>because</Message></Error>`,
		{ "Content-Type": "application/xml", ...headers },
		status,
	);
}

function open(change: Partial<S3Options> = {}): ReturnType<typeof s3> {
	const { port } = server.address() as AddressInfo;
	const credentials = { accessKeyId: "key", secretAccessKey: "sesame" };
	return s3({
		bucket: "bucket",
		endpoint: `http://127.0.0.1:${port}`,
		credentials,
		retries: 0,
		timeout: 200,
		requests,
		...change,
	});
}

const textOf = (fetched: Fetched | undefined): string[] =>
	(fetched?.parts ?? []).map((part) => new TextDecoder().decode(part));

describe("a body that", () => {
	test.each<[string, string, Script, GetOptions?]>([
		["never begins", "TIMEOUT", () => {}],
		[
			"stalls after its head",
			"TIMEOUT",
			(_, socket) => void socket.write(head("200 OK", { ETag: ETAG, "Content-Length": 10 })),
		],
		[
			"stalls on the way",
			"TIMEOUT",
			(_, socket) => void socket.write(`${head("200 OK", { ETag: ETAG, "Content-Length": 10 })}12345`),
		],
		[
			"ends too early",
			"UNAVAILABLE",
			(_, socket) => void socket.end(`${head("200 OK", { ETag: ETAG, "Content-Length": 10 })}12345`),
		],
		[
			"is cut by a reset",
			"UNAVAILABLE",
			(_, socket) =>
				void socket.write(`${head("200 OK", { ETag: ETAG, "Content-Length": 10 })}12345`, () =>
					socket.resetAndDestroy(),
				),
		],
		["is cut before its head", "UNAVAILABLE", (_, socket) => void socket.resetAndDestroy()],
		[
			"ends a chunk too early",
			"UNAVAILABLE",
			(_, socket) => void socket.end(`${head("200 OK", { ETag: ETAG, "Transfer-Encoding": "chunked" })}5\r\n123`),
		],
		["is no HTTP", "UNAVAILABLE", (_, socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n")],
		[
			"is another than its checksum says",
			"UNAVAILABLE",
			(_, socket) => answer(socket, "hello", { "x-amz-checksum-crc32": "AAAAAA==" }),
		],
		[
			"is shorter than its range",
			"UNAVAILABLE",
			(_, socket) =>
				void socket.end(
					`${head("206 Partial Content", { ETag: ETAG, "Content-Range": "bytes 2-5/10", "Content-Length": 4 })}23`,
				),
			{ ranges: [{ offset: 2, length: 4 }] },
		],
		[
			"is longer than its range",
			"UNAVAILABLE",
			(_, socket) => answer(socket, "23456789", { "Content-Range": "bytes 2-5/10" }, "206 Partial Content"),
			{ ranges: [{ offset: 2, length: 4 }] },
		],
	])("%s is %s, never data", async (_, code, misbehave, options) => {
		script = misbehave;
		await expect(open().get("a", options)).rejects.toMatchObject({ code, key: "a" });
	});

	test("is larger than the limit is refused by its length, before it is sent", async () => {
		script = (_, socket) => void socket.write(`${head("200 OK", { ETag: ETAG, "Content-Length": 2 ** 40 })}begin`);
		await expect(open().get("a", { limit: 1000 })).rejects.toMatchObject({ code: "TOO_LARGE" });
		await vi.waitFor(() => expect(sockets.size).toBe(0));
	});

	test("does not say its length is refused once it is larger than the limit", async () => {
		script = (_, socket) => {
			const piece = `10000\r\n${"x".repeat(65536)}\r\n`;
			socket.write(head("200 OK", { ETag: ETAG, "Transfer-Encoding": "chunked" }));
			const more = (): void => {
				if (!socket.destroyed) socket.write(piece, () => setImmediate(more));
			};
			more();
		};
		await expect(open().get("a", { limit: 100_000 })).rejects.toMatchObject({ code: "TOO_LARGE" });
	});

	test("does not say its length is read, and so is one with the right checksum", async () => {
		script = (_, socket) =>
			void socket.write(`${head("200 OK", { ETag: ETAG, "Transfer-Encoding": "chunked" })}5\r\nhello\r\n0\r\n\r\n`);
		expect(textOf(await open().get("a"))).toEqual(["hello"]);
		script = (_, socket) => answer(socket, "hello", { "x-amz-checksum-crc32": "NhCmhg==" });
		expect(textOf(await open().get("a", { limit: 5 }))).toEqual(["hello"]);
	});
});

describe("a server that", () => {
	test("ignores ranges sends the object once, whatever is asked of it", async () => {
		script = (_, socket) => answer(socket, "0123456789");
		const ranges = [{ offset: 2, length: 3 }, { suffix: 2 }, { offset: 8, length: 50 }];
		expect(textOf(await open().get("a", { ranges }))).toEqual(["234", "89", "89"]);
		expect(heard).toHaveLength(1);
	});

	test("answers another range than was asked for is asked for the whole", async () => {
		script = (one, socket) => {
			if (one.headers.has("range")) answer(socket, "012", { "Content-Range": "bytes 0-2/10" }, "206 Partial Content");
			else answer(socket, "0123456789");
		};
		expect(textOf(await open().get("a", { ranges: [{ offset: 2, length: 3 }] }))).toEqual(["234"]);
	});

	test("ignores If-Match does not get away with another version", async () => {
		script = (_, socket) => answer(socket, "other");
		const ifMatch = "5d41402abc4b2a76b9719d911017c592";
		await expect(open().get("a", { ifMatch })).rejects.toMatchObject({ code: "CONFLICT" });
		await expect(open().get("a", { ifMatch, ranges: [{ offset: 0, length: 2 }] })).rejects.toMatchObject({
			code: "CONFLICT",
		});
	});

	test("changes an object between ranges is read anew, in one piece if it goes on", async () => {
		let version = 0;
		script = (one, socket) => {
			const [, first = 0, last = 0] = /bytes=(\d+)-(\d+)/.exec(one.headers.get("range") ?? "") ?? [];
			const body = String(version).repeat(10);
			const etag = `"${String(version++).padStart(32, "0")}"`;
			if (!one.headers.has("range")) answer(socket, body, { ETag: etag });
			else {
				const part = body.slice(Number(first), Number(last) + 1);
				answer(socket, part, { ETag: etag, "Content-Range": `bytes ${first}-${last}/10` }, "206 Partial Content");
			}
		};
		const ranges = [
			{ offset: 0, length: 2 },
			{ offset: 4, length: 2 },
		];
		const parts = textOf(await open().get("a", { ranges }));
		expect(parts[0]).toBe(parts[1]);
	});

	test.each([
		["503 Slow Down", "SlowDown", { "Retry-After": 7 }, "THROTTLED", 7000],
		["429 Too Many Requests", "TooManyRequests", {}, "THROTTLED", undefined],
		["503 Service Unavailable", "ServiceUnavailable", {}, "THROTTLED", undefined],
		["500 Internal Server Error", "InternalError", {}, "UNAVAILABLE", undefined],
		["502 Bad Gateway", "BadGateway", {}, "UNAVAILABLE", undefined],
		["504 Gateway Timeout", "GatewayTimeout", {}, "UNAVAILABLE", undefined],
		["400 Bad Request", "RequestTimeout", {}, "TIMEOUT", undefined],
		["507 Insufficient Storage", "InsufficientStorage", {}, "NO_SPACE", undefined],
		["413 Payload Too Large", "EntityTooLarge", {}, "TOO_LARGE", undefined],
	])("answers %s (%s)", async (status, code, headers, expected, retryAfter) => {
		script = (_, socket) => refuse(socket, status, code, headers);
		for (const call of [() => open().get("a"), () => open().head("a"), () => open().put("a", new Uint8Array(3))]) {
			const error = await call().then(undefined, (reason) => reason);
			expect(error).toMatchObject({ code: expected });
			expect(error.retryAfter).toBe(retryAfter);
		}
	});

	test("says 200 before it knows that a write fails has refused it", async () => {
		script = (_, socket) => refuse(socket, "200 OK", "InternalError");
		await expect(open().put("a", new Uint8Array(3))).rejects.toMatchObject({ code: "THROTTLED" });
	});

	test("is asked to be left alone until a date says how long", async () => {
		script = (_, socket) =>
			refuse(socket, "503 Slow Down", "SlowDown", { "Retry-After": new Date(Date.now() + 60_000).toUTCString() });
		const error = await open()
			.get("a")
			.then(undefined, (reason) => reason);
		expect(error.retryAfter).toBeGreaterThan(50_000);
		expect(error.retryAfter).toBeLessThanOrEqual(60_000);
	});

	test("fails for a while is asked again", async () => {
		let failures = 4;
		script = (_, socket) => {
			if (failures-- > 0) refuse(socket, failures % 2 ? "500 Internal Server Error" : "503 Slow Down", "InternalError");
			else answer(socket, "hello");
		};
		expect(textOf(await open({ retries: 9 }).get("a"))).toEqual(["hello"]);
		expect(heard).toHaveLength(5);
	});

	test.each([
		["301 Moved Permanently", "PermanentRedirect", { "x-amz-bucket-region": "eu-central-1" }, /region eu-central-1/],
		[
			"307 Temporary Redirect",
			"TemporaryRedirect",
			{ Location: "https://bucket.s3.eu-west-3.amazonaws.com/a?secret" },
			/points to https:\/\/bucket.s3.eu-west-3.amazonaws.com\/a\)/,
		],
	])("answers %s says where the bucket is", async (status, code, headers, message) => {
		script = (_, socket) => refuse(socket, status, code, headers);
		const error = await open()
			.get("a")
			.then(undefined, (reason) => reason);
		expect(error).toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) });
		expect(error.message).not.toMatch(/secret/);
		expect(heard).toHaveLength(1);
	});

	test("answers a listing with a page that is no XML, or with the same page for ever, is found out", async () => {
		const list = async (): Promise<void> => {
			for await (const _ of open().list(""));
		};
		script = (_, socket) => answer(socket, "<html><body>Welcome to the hotel</body>", { "Content-Type": "text/html" });
		await expect(list()).rejects.toMatchObject({ code: "UNAVAILABLE" });
		const page =
			"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>";
		script = (_, socket) => answer(socket, page, { "Content-Type": "application/xml" });
		await expect(list()).rejects.toMatchObject({
			code: "UNSUPPORTED",
			message: expect.stringContaining("a part of the bucket"),
		});
		expect(heard.length).toBeLessThan(5);
	});

	test("stops answering does not keep a call whose signal is aborted", async () => {
		const controller = new AbortController();
		script = () => controller.abort();
		const { signal } = controller;
		await expect(open({ timeout: 60_000 }).get("a", { signal })).rejects.toMatchObject({ code: "ABORTED" });
		await vi.waitFor(() => expect(sockets.size).toBe(0));
	});
});

describe("credentials that have expired", () => {
	const answeringTo =
		(accepted: string): Script =>
		(one, socket) => {
			if (one.headers.get("authorization")?.includes(`Credential=${accepted}/`)) answer(socket, "hello");
			else refuse(socket, "400 Bad Request", "ExpiredToken");
		};

	test("are asked for anew, once, whoever finds out", async () => {
		let asked = 0;
		const credentials = async () => ({ accessKeyId: `key-${++asked}`, secretAccessKey: "sesame" });
		const store = open({ credentials });
		script = answeringTo("key-1");
		await store.get("a");
		script = answeringTo("key-2");
		const all = await Promise.all(Array.from({ length: 8 }, () => store.get("a")));
		expect(all.map((one) => textOf(one)[0])).toEqual(Array(8).fill("hello"));
		expect(asked).toBe(2);
		script = answeringTo("nobody");
		await expect(store.get("a")).rejects.toMatchObject({
			code: "FORBIDDEN",
			message: expect.stringContaining("log in again"),
		});
	});

	test("are read again from their file", async () => {
		const directory = mkdtempSync(join(tmpdir(), "tesserae-credentials-"));
		const file = join(directory, "credentials");
		const write = (key: string) =>
			writeFileSync(file, `[lab]\naws_access_key_id = ${key}\naws_secret_access_key = sesame\n`);
		vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", file);
		vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
		write("old");
		const store = open({ credentials: undefined, profile: "lab", region: "us-east-1" });
		script = answeringTo("old");
		await store.get("a");
		write("new");
		script = answeringTo("new");
		expect(textOf(await store.get("a"))).toEqual(["hello"]);
		vi.unstubAllEnvs();
		rmSync(directory, { recursive: true });
	});

	test("that were given as they are cannot be renewed", async () => {
		script = answeringTo("another");
		await expect(open().get("a")).rejects.toMatchObject({
			code: "FORBIDDEN",
			message: expect.stringContaining("expired"),
		});
		expect(heard).toHaveLength(1);
	});
});
