import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { connect } from "tesserae";
import { type S3Options, s3 } from "tesserae/backends/s3";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { ceph, describeWith, newBucket } from "../services/services.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const failing = async (call: () => Promise<unknown>): Promise<Error> => {
	try {
		await call();
	} catch (error) {
		return error as Error;
	}
	return expect.unreachable("the call succeeded");
};

describeWith(ceph, "what Ceph refuses", (service) => {
	let options: S3Options;

	beforeAll(async () => {
		options = { ...(await newBucket(service)), retries: 0 };
	});

	afterEach(() => void vi.useRealTimers());

	test("a bucket that is not there is an error of every call, an object that is not there is none", async () => {
		const store = s3({ ...options, bucket: "no-such-bucket" });
		const calls = [
			() => store.get("a"),
			() => store.get("a", { ranges: [{ offset: 0, length: 1 }] }),
			() => store.head("a"),
			() => store.put("a", bytes("a")),
			() => store.put("a", bytes("a"), { when: { absent: true } }),
			() => store.delete(["a"]),
			() => store.delete(["a", "b"]),
			() => store.probe(),
			async () => {
				for await (const _ of store.list(""));
			},
		];
		for (const call of calls)
			expect(await failing(call)).toMatchObject({
				code: "NOT_FOUND",
				message: expect.stringContaining('there is no bucket "no-such-bucket"'),
			});
		const other = s3(options);
		expect([await other.head("missing"), await other.get("missing")]).toEqual([undefined, undefined]);
		const con = await connect(store);
		await expect(con.createDataset("a", { shape: [1], dtype: "int8" })).rejects.toMatchObject({ code: "NOT_FOUND" });
		await con.close();
	});

	test.each<[string, Partial<S3Options>, RegExp]>([
		[
			"an unknown access key",
			{ credentials: { accessKeyId: "nobody", secretAccessKey: "sesame-open" } },
			/access key is not known/,
		],
		[
			"a wrong secret",
			{ credentials: { ...service.credentials, secretAccessKey: "sesame-open" } },
			/secret key does not belong/,
		],
		["no signature", { credentials: undefined, anonymous: true }, /do not permit|not permitted/],
	])("%s is told from what is not there", async (_, change, message) => {
		const store = s3({ ...options, ...change });
		for (const call of [() => store.get("a"), () => store.head("a"), () => store.put("a", bytes("a"))])
			expect(await failing(call)).toMatchObject({ code: "FORBIDDEN", message: expect.stringMatching(message) });
	});

	test("a clock that is wrong is named, with how wrong it is", async () => {
		vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * 3_600_000 });
		expect(await failing(() => s3(options).get("a"))).toMatchObject({
			code: "FORBIDDEN",
			message: expect.stringContaining("the clock of this machine is 3 hours ahead of the server's"),
		});
	});

	test("no error shows a secret, nor does a backend or its spec", async () => {
		const secret = "sesame-open";
		const credentials = {
			accessKeyId: service.credentials.accessKeyId,
			secretAccessKey: secret,
			sessionToken: "sesame-token",
		};
		const store = s3({ ...options, credentials });
		const errors = [await failing(() => store.get("a")), await failing(() => store.put("a", bytes("a")))];
		for (const shown of [...errors, store, store.spec, store.supports])
			expect(inspect(shown, { depth: 30, showHidden: true, getters: true })).not.toMatch(/sesame/);
		expect(errors[0]?.cause).toMatchObject({ status: 403 });
	});

	test.each([
		["too long", `${"k".repeat(1020)}/abcd`],
		["too long in UTF-8", "ü".repeat(513)],
		["no well-formed text", "a\ud800b"],
	])("a key that is %s is refused before any request", async (_, key) => {
		const store = s3({ ...options, endpoint: "http://127.0.0.1:1" });
		for (const call of [
			() => store.get(key),
			() => store.put(key, bytes("a")),
			() => store.head(key),
			() => store.delete([key]),
		])
			expect(await failing(call)).toMatchObject({ code: "INVALID_ARGUMENT", key });
	});

	test("the longest key, and keys with control characters, are written, listed and deleted", async () => {
		const store = s3({ ...options, prefix: "odd" });
		const keys = ["k".repeat(1020), "a\u0001b", "tab\there", "\u007f", "\ufffe", "a%2Fb", "a+b c"];
		for (const key of keys) await store.put(key, bytes(key));
		const listed = [];
		for await (const { key } of store.list("")) listed.push(key);
		expect(listed.sort()).toEqual([...keys].sort());
		await store.delete(keys);
		for (const key of keys) expect(await store.head(key)).toBeUndefined();
	});

	test("objects that no key can name, as other programs make for directories, are left out of listings", async () => {
		const { clientOf } = await import("../services/services.js");
		const { PutObjectCommand } = await import("@aws-sdk/client-s3");
		for (const Key of ["marked/", "marked/dir/", "marked//x", "marked/a"])
			await clientOf(service).send(new PutObjectCommand({ Bucket: options.bucket, Key, Body: "x" }));
		const store = s3({ ...options, prefix: "marked" });
		const listed = [];
		for await (const entry of store.list("", { delimiter: "/" })) listed.push(entry);
		expect(listed).toEqual([
			{ kind: "object", key: "a", size: 1 },
			{ kind: "prefix", key: "dir/" },
		]);
	});
});

describe("what cannot be reached", () => {
	const options = { bucket: "bucket", credentials: { accessKeyId: "a", secretAccessKey: "b" }, retries: 0 };

	test.each([
		["http://no-such-host.invalid", "UNAVAILABLE", /no such host.*no-such-host.invalid/],
		["http://127.0.0.1:9", "UNAVAILABLE", /nothing answers at http:\/\/127.0.0.1:9/],
	])("%s", async (endpoint, code, message) => {
		const store = s3({ ...options, endpoint });
		for (const call of [
			() => store.get("a"),
			() => store.head("a"),
			() => store.put("a", bytes("a")),
			() => store.probe(),
		])
			expect(await failing(call)).toMatchObject({ code, message: expect.stringMatching(message) });
	});

	test("without credentials, or a region, it is said what to pass", async () => {
		vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
		vi.stubEnv("AWS_SECRET_ACCESS_KEY", undefined);
		vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
		vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
		vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
		vi.stubEnv("AWS_PROFILE", undefined);
		const nameless = s3({ bucket: "bucket", endpoint: "http://127.0.0.1:9", retries: 0 });
		expect(await failing(() => nameless.get("a"))).toMatchObject({
			code: "FORBIDDEN",
			message: expect.stringMatching(/credentials.*AWS_ACCESS_KEY_ID.*anonymous/),
		});
		vi.stubEnv("AWS_REGION", undefined);
		vi.stubEnv("AWS_DEFAULT_REGION", undefined);
		expect(await failing(() => s3({ ...options }).get("a"))).toMatchObject({
			code: "INVALID_ARGUMENT",
			message: expect.stringContaining("pass region"),
		});
		vi.unstubAllEnvs();
	});
});

describeWith(ceph, "TLS", (service) => {
	let directory: string;
	let stop: () => Promise<void>;
	let options: S3Options;
	let ca: string;
	const signatures: string[] = [];

	beforeAll(async () => {
		directory = mkdtempSync(join(tmpdir(), "tesserae-tls-"));
		ca = join(directory, "cert.pem");
		const key = join(directory, "key.pem");
		const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
		execFileSync(
			"openssl",
			["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", ca, "-days", "2", ...subject],
			{ stdio: "ignore" },
		);
		const target = new URL(service.endpoint);
		const server = createServer({ key: readFileSync(key), cert: readFileSync(ca) }, (incoming, response) => {
			if (incoming.method === "PUT") signatures.push(String(incoming.headers["x-amz-content-sha256"]));
			const { method, url, headers } = incoming;
			const onward = requestHttp({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
				response.writeHead(answer.statusCode ?? 500, answer.headers);
				answer.pipe(response);
			});
			incoming.pipe(onward);
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		stop = async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		};
		const { bucket, credentials } = await newBucket(service);
		options = {
			bucket,
			credentials,
			retries: 0,
			endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
		};
	});

	afterAll(async () => {
		await stop();
		rmSync(directory, { recursive: true });
	});

	test("a certificate that nobody vouches for is refused, and it is said what to do", async () => {
		for (const call of [() => s3(options).get("a"), () => s3(options).put("a", bytes("a"))])
			expect(await failing(call)).toMatchObject({
				code: "FORBIDDEN",
				message: expect.stringMatching(/not trusted: pass ca.*allowInsecureTls/),
			});
	});

	test.each(["as a file", "as text"])("ca, %s, makes it trusted; bytes need no digest then", async (form) => {
		const store = s3({ ...options, ca: form === "as a file" ? ca : readFileSync(ca, "utf8") });
		signatures.length = 0;
		await store.put("a", bytes("hello"));
		expect(new TextDecoder().decode((await store.get("a"))?.parts[0])).toBe("hello");
		expect(new Set(signatures)).toEqual(new Set(["UNSIGNED-PAYLOAD"]));
	});

	test("allowInsecureTls trusts anybody, and warns once", async () => {
		const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
		const stores = [s3({ ...options, allowInsecureTls: true }), s3({ ...options, allowInsecureTls: true })];
		for (const store of stores) await store.put("a", bytes("a"));
		expect(warn.mock.calls.filter((call) => String(call[0]).includes("allowInsecureTls"))).toHaveLength(1);
		warn.mockRestore();
	});

	test("http where TLS is expected, and a file of authorities that is not there", async () => {
		const plain = s3({ ...options, endpoint: service.endpoint.replace("http:", "https:") });
		expect(await failing(() => plain.get("a"))).toMatchObject({ message: expect.stringMatching(/does not speak TLS/) });
		expect(await failing(() => s3({ ...options, ca: "/no/such/file" }).get("a"))).toMatchObject({
			code: "INVALID_ARGUMENT",
			message: expect.stringContaining("/no/such/file"),
		});
	});
});
