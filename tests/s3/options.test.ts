import { connect } from "tesserae";
import { ceph } from "tesserae/backends/ceph";
import { type S3Options, s3 } from "tesserae/backends/s3";
import { afterEach, describe, expect, test, vi } from "vitest";

afterEach(() => void vi.unstubAllEnvs());

describe("s3", () => {
	test.each<[string, Record<string, unknown>, RegExp]>([
		["a bucket that is none", { bucket: "a" }, /bucket/],
		["a bucket that is a path", { bucket: "bucket/prefix" }, /bucket/],
		["a prefix that leaves the bucket", { prefix: "a/../b" }, /not a key/],
		["a prefix with an empty segment", { prefix: "a//b" }, /not a key/],
		["an endpoint that is no URL", { endpoint: "localhost:9000" }, /endpoint/],
		["an endpoint of another kind", { endpoint: "ftp://host" }, /endpoint/],
		["an endpoint with a password", { endpoint: "http://user:sesame@host" }, /no user and password/],
		["credentials without a secret", { credentials: { accessKeyId: "a" } }, /credentials is/],
		[
			"credentials beside anonymous",
			{ anonymous: true, credentials: { accessKeyId: "a", secretAccessKey: "b" } },
			/anonymous/,
		],
		["a flag that is text", { pathStyle: "yes" }, /pathStyle is true or false/],
		["a timeout of 0", { timeout: 0 }, /timeout/],
		["retries below 0", { retries: -1 }, /retries/],
		[
			"more requests for bytes than for metadata",
			{ concurrency: 8, metadataConcurrency: 4 },
			/metadataConcurrency \(4\)/,
		],
		["parts that are too small", { multipart: { partSize: 1000 } }, /partSize/],
		["an unknown member of multipart", { multipart: { size: 5 } }, /"size"/],
		["ca that is none", { ca: [] }, /ca is/],
	])("refuses %s", (_, options, message) => {
		let error: Error | undefined;
		try {
			s3({ bucket: "bucket", ...options } as S3Options);
		} catch (thrown) {
			error = thrown as Error;
		}
		expect(error).toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) });
		expect(error?.message).not.toMatch(/sesame/);
	});

	test("places have one name, whichever backend opens them, and prefixes are their own", () => {
		const endpoint = "http://gateway:7480/";
		const same = [
			s3({ bucket: "bucket", prefix: "a/b", endpoint }),
			s3({ bucket: "bucket", prefix: "/a/b/", endpoint: new URL(endpoint) }),
			ceph({ bucket: "bucket", prefix: "a/b", endpoint }),
		];
		expect(new Set(same.map(({ location }) => location))).toEqual(new Set(["s3://bucket/a/b (http://gateway:7480)"]));
		expect(s3({ bucket: "bucket", prefix: "a/c", endpoint }).location).not.toBe(same[0]?.location);
		expect(s3({ bucket: "bucket" }).location).toBe("s3://bucket");
	});

	test("a spec opens the same store elsewhere, and has no secret in it", () => {
		vi.stubEnv("AWS_ENDPOINT_URL_S3", "http://gateway:7480");
		const { spec } = s3({
			bucket: "bucket",
			prefix: "a",
			region: "lab",
			profile: "me",
			timeout: 99,
			multipart: { threshold: 9 },
		});
		expect(JSON.stringify(structuredClone(spec))).toContain("http://gateway:7480");
		const withSecrets = s3({ bucket: "bucket", credentials: { accessKeyId: "a", secretAccessKey: "sesame" } });
		expect(JSON.stringify(withSecrets.spec) ?? "").not.toContain("sesame");
	});

	test("what can be known before anything is measured", () => {
		const { supports } = s3({ bucket: "bucket" });
		expect(supports).toMatchObject({ write: true, list: true, remote: true, remembersWrites: true, retries: true });
		expect([supports.compareAndSwap, supports.createIfAbsent, supports.ranges]).toEqual([
			undefined,
			undefined,
			undefined,
		]);
		expect(s3({ bucket: "bucket", retries: 0 }).supports.retries).not.toBe(true);
	});
});

describe("targets", () => {
	const options = { endpoint: "http://127.0.0.1:9" };

	test("name bucket and prefix", async () => {
		const places = ["s3://bucket/a/b%20c", "ceph://bucket/a/b%20c", "s3://bucket/a/b%20c/"];
		for (const place of places) {
			const con = await connect(place, options);
			expect(con.backend.location).toBe("s3://bucket/a/b%20c (http://127.0.0.1:9)");
			await con.close();
		}
	});

	test.each(["s3:", "s3://", "s3:/bucket", "ceph:bucket", "s3:///prefix"])("%s names none", async (target) => {
		await expect(connect(target, options)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	test("an unknown option is refused, with those there are", async () => {
		await expect(connect("s3://bucket", { ...options, pathstyle: true })).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
			message: expect.stringMatching(/"pathstyle".*pathStyle/),
		});
	});

	test("ceph without a gateway is refused: its bytes would go to Amazon", async () => {
		vi.stubEnv("AWS_ENDPOINT_URL_S3", undefined);
		vi.stubEnv("AWS_ENDPOINT_URL", undefined);
		await expect(connect("ceph://bucket")).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
			message: expect.stringContaining("pass endpoint"),
		});
	});

	test("a connection asks for 32 objects at once, unless told otherwise", async () => {
		const con = await connect("s3://bucket", options);
		expect(con.runtime.limits.concurrency).toBe(32);
		await con.close();
		await expect(connect("s3://bucket", { ...options, metadataConcurrency: 8 })).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
			message: expect.stringContaining("at least concurrency (32)"),
		});
	});
});
