import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { service as openService, type S3Options, s3 } from "tesserae/backends/s3";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ceph, describeWith, newBucket } from "../services/services.js";

const run = promisify(execFile);
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

/** The status that curl was answered with. */
async function curl(...args: readonly string[]): Promise<number> {
	const { stdout } = await run("curl", ["--silent", "--max-time", "30", "--write-out", "\\n%{http_code}", ...args]);
	return Number(stdout.slice(stdout.lastIndexOf("\n") + 1));
}

describeWith(ceph, "what is signed, used by curl on Ceph", (server) => {
	let options: S3Options;
	let service: ReturnType<typeof openService>;
	let directory: string;
	let file: string;

	beforeAll(async () => {
		options = await newBucket(server);
		service = openService(options);
		directory = await mkdtemp(join(tmpdir(), "tesserae-signed-"));
		file = join(directory, "file");
		await writeFile(file, "0123456789");
	});

	afterAll(async () => {
		await service.close();
		await rm(directory, { recursive: true });
	});

	const stored = async (key: string): Promise<string | undefined> => {
		const found = await s3(options).get(key);
		return found && text(found.parts[0]);
	};

	test("a URL to get gives the object to anybody, an ordinary URL does not", async () => {
		await s3(options).put("a b/ü+#?.txt", new TextEncoder().encode("hello"));
		const url = await service.presignGet("a b/ü+#?.txt");
		expect(await curl("--output", join(directory, "got"), url)).toBe(200);
		expect(await readFile(join(directory, "got"), "utf8")).toBe("hello");
		expect(new URL(url).searchParams.get("X-Amz-Expires")).toBe("3600");
		expect(await curl(url.replace(/\?.*/, ""))).toBe(403);
		expect(await curl(url.replace("a%20b", "another"))).toBe(403);
		expect(await curl("--request", "DELETE", url)).toBe(403);
		expect(url).not.toContain(server.credentials.secretAccessKey);
	});

	test("a URL to put takes any bytes, of the media type that was asked for", async () => {
		const url = await service.presignPut("put/any");
		expect(url).not.toMatch(/checksum|crc32/i);
		expect(await curl("--upload-file", file, url)).toBe(200);
		expect(await stored("put/any")).toBe("0123456789");
		const typed = await service.presignPut("put/typed", { contentType: "text/csv" });
		expect(await curl("--upload-file", file, "--header", "Content-Type: text/html", typed)).toBe(403);
		expect(await stored("put/typed")).toBeUndefined();
		expect(await curl("--upload-file", file, "--header", "Content-Type: text/csv", typed)).toBe(200);
		const got = await fetch(await service.presignGet("put/typed"));
		expect([got.headers.get("content-type"), await got.text()]).toEqual(["text/csv", "0123456789"]);
	});

	test("a form takes a file of the size and with the fields that were agreed upon, and nothing else", async () => {
		const post = await service.presignPost("post/file", {
			maxSize: 10,
			contentType: "text/plain",
			fields: { "x-amz-meta-by": "a form" },
			conditions: [["starts-with", "$x-amz-meta-note", "n"]],
		});
		const send = (fields: { readonly [name: string]: string }, path: string): Promise<number> => {
			const forms = Object.entries(fields).flatMap(([name, value]) => ["--form-string", `${name}=${value}`]);
			return curl(...forms, "--form", `file=@${path}`, post.url);
		};
		const long = join(directory, "long");
		await writeFile(long, "0123456789+");
		const fields = { ...post.fields, "x-amz-meta-note": "nine" };
		expect(await send(fields, long)).toBe(400);
		expect(await send({ ...fields, "x-amz-meta-note": "other" }, file)).toBe(403);
		expect(await send({ ...fields, "Content-Type": "text/html" }, file)).toBe(403);
		expect(await send({ ...fields, key: "elsewhere" }, file)).toBe(403);
		expect(await stored("post/file")).toBeUndefined();
		expect(await send(fields, file)).toBe(204);
		expect(await stored("post/file")).toBe("0123456789");
		const got = await fetch(await service.presignGet("post/file"));
		expect(got.headers.get("x-amz-meta-by")).toBe("a form");
	});

	test("what has expired is refused", async () => {
		await s3(options).put("old", new TextEncoder().encode("old"));
		vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 120_000 });
		const [get, put, post] = await Promise.all([
			service.presignGet("old", { expires: 60 }),
			service.presignPut("late", { expires: 60 }),
			service.presignPost("late", { expires: 60 }),
		]).finally(() => vi.useRealTimers());
		expect(await curl(get)).toBe(403);
		expect(await curl("--upload-file", file, put)).toBe(403);
		const forms = Object.entries(post.fields).flatMap(([name, value]) => ["--form-string", `${name}=${value}`]);
		expect(await curl(...forms, "--form", `file=@${file}`, post.url)).toBe(403);
		expect(await stored("late")).toBeUndefined();
	});
});

describe("what cannot be signed", () => {
	const credentials = { accessKeyId: "a", secretAccessKey: "sesame" };
	const options = { bucket: "bucket", endpoint: "http://127.0.0.1:9", credentials };

	test.each([
		["more than 7 days", { expires: 604_801 }, /604800 seconds \(7 days\)/],
		["no time", { expires: 0 }, /expires/],
		["a part of a second", { expires: 1.5 }, /expires/],
	])("%s", async (_, call, message) => {
		const service = openService(options);
		const failing = { code: "INVALID_ARGUMENT", message: expect.stringMatching(message) };
		await expect(service.presignGet("a", call)).rejects.toMatchObject(failing);
		await expect(service.presignPut("a", call)).rejects.toMatchObject(failing);
		await expect(service.presignPost("a", call)).rejects.toMatchObject(failing);
	});

	test("7 days are not too long, and no request is made for it", async () => {
		expect(await openService(options).presignGet("a", { expires: 604_800 })).toContain("X-Amz-Expires=604800");
	});

	test("without credentials, in a closed service, for no key, and with a size that is none", async () => {
		const { credentials: _, ...nobody } = options;
		await expect(openService({ ...nobody, anonymous: true }).presignGet("a")).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
			message: expect.stringMatching(/anonymous/),
		});
		const service = openService(options);
		await expect(service.presignPost("a", { maxSize: -1 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await expect(service.presignGet("")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		await service.close();
		await expect(service.presignGet("a")).rejects.toMatchObject({ code: "CLOSED" });
		const { bucket: _bucket, ...rest } = options;
		expect(() => openService("//bucket/prefix", rest)).toThrow(/whole bucket/);
	});
});
