/** What would be opened, and with which options: the road of `connect` up to the backend, which a stub stands for. */
import type { Backend, ConnectOptions } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { describe, expect, test } from "vitest";
import { configurationFor } from "../../dist/src/config/for-target.js";
import { type Resolved, resolvePlace } from "../../dist/src/config/resolve.js";
import { parseOptions } from "../../dist/src/connection-options.js";
import { placeOf } from "../../dist/src/targets.js";
import { complaint, emptyHome } from "./files.js";

const home = emptyHome();

async function resolve(target: string | URL, options: ConnectOptions = {}): Promise<Resolved> {
	const place = placeOf(target);
	return resolvePlace(place, options, await configurationFor(place, options));
}

const KEYS = { accessKeyId: "AK", secretAccessKey: "SK" };
const CLUSTERS = `
default_cluster = "main"
[clusters.main]
endpoint = "https://main:1"
region = "here"
access_key_id = "AK"
secret_access_key = "SK"
ca = "/ca.pem"
allow_insecure_tls = true
concurrency = 4
metadata_concurrency = 16
timeout = 100
[clusters.rgw_1]
backend = "ceph"
endpoint = "http://rgw"
profile = "lab"
[clusters.plain]
backend = "s3"
endpoint = "http://plain"
[clusters.open]
anonymous = true
[clusters.f]
backend = "ram"
endpoint = "http://never"
timeout = 7
`;

describe("a target with a cluster", () => {
	test("is opened by the cluster's backend, or else by its scheme, with the cluster's options", async () => {
		await home.write("work/tesserae.toml", CLUSTERS);
		expect(await resolve("rgw_1:s3://b/c d")).toEqual({
			isOfCluster: true,
			scheme: "ceph",
			rest: "//b/c d",
			prefix: "",
			options: { endpoint: "http://rgw", profile: "lab" },
		});
		expect(await resolve("rgw_1:CEPH://b")).toMatchObject({ scheme: "ceph", rest: "//b" });
		expect(await resolve("main:ceph://b/c")).toMatchObject({ scheme: "ceph", options: { credentials: KEYS } });
		expect(await resolve("plain:S3://B")).toMatchObject({ scheme: "s3", rest: "//B" });
		expect(await complaint(resolve("plain:ceph://b"))).toBe("the cluster plain has the backend s3: write plain:s3://b");
	});

	test("is refused where there is no such cluster: the message names those there are, the nearest, and the file", async () => {
		const file = await home.write("work/tesserae.toml", CLUSTERS);
		await expect(resolve("man:s3://b")).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
			message: `there is no cluster "man" (is main meant?): ${file} has main, rgw_1, plain, open, f`,
		});
		await expect(resolve("toString:s3://b")).rejects.toThrow('no cluster "toString"');
		await expect(resolve("main:s3://b", { config: false })).rejects.toThrow(
			"since there is no configuration: looked for",
		);
		await home.write("work/tesserae.toml", "");
		await expect(resolve("main:s3://b")).rejects.toThrow("has none");
	});

	test("has one of the schemes s3 and ceph", async () => {
		await home.write("work/tesserae.toml", CLUSTERS);
		for (const target of ["main:gs://b", "rgw_1:file://b", "x_y:s4://b", "main:sqlite://x"])
			expect(await complaint(resolve(target))).toContain("a cluster is written CLUSTER:s3://BUCKET/PREFIX");
	});

	test("is told from a drive and from backends, however short its name", async () => {
		for (const [target, parts] of Object.entries<object>({
			"c:s3://b": { cluster: "c", scheme: "s3", rest: "//b" },
			"C:\\s3\\b": { scheme: "sqlite", rest: "C:\\s3\\b" },
			"C:/s3://b": { scheme: "sqlite", rest: "C:/s3://b" },
			"s3://b/a:s3://x": { scheme: "s3", rest: "//b/a:s3://x" },
			"s3:s3://b": { cluster: "s3", scheme: "s3", rest: "//b" },
			"a/b:s3://c": { scheme: "sqlite", rest: "a/b:s3://c" },
			"ram:a://b": { scheme: "ram", rest: "a://b" },
			"file:///a/b": { scheme: "file", rest: "///a/b" },
			"https://h/s3://b": { scheme: "https", rest: "//h/s3://b" },
			"a b:ceph://c": { cluster: "a b", scheme: "ceph", rest: "//c" },
		}))
			expect(placeOf(target)).toEqual(parts);
		expect(placeOf(new URL("s3://b/c"))).toEqual({ scheme: "s3", rest: "//b/c" });
	});
});

describe("a target without a cluster", () => {
	test("of the scheme s3 has the options of the default cluster", async () => {
		await home.write("work/tesserae.toml", CLUSTERS);
		const { scheme, rest, options } = await resolve("s3://b/c");
		expect([scheme, rest, options]).toEqual([
			"s3",
			"//b/c",
			{
				endpoint: "https://main:1",
				region: "here",
				credentials: KEYS,
				ca: "/ca.pem",
				allowInsecureTls: true,
				concurrency: 4,
				metadataConcurrency: 16,
				timeout: 100,
			},
		]);
		await home.write("work/tesserae.toml", CLUSTERS.replace(/default_.*/, ""));
		expect(await resolve("s3://b/c", { region: "r" })).toEqual({
			isOfCluster: false,
			scheme: "s3",
			rest: "//b/c",
			prefix: "",
			options: { region: "r" },
		});
	});

	test("of the scheme ceph has those of the default cluster, or of the one on ceph", async () => {
		await home.write("work/tesserae.toml", CLUSTERS);
		expect(await resolve("ceph://b")).toMatchObject({ scheme: "ceph", options: { endpoint: "https://main:1" } });
		await home.write("work/tesserae.toml", CLUSTERS.replace('"main"', '"plain"'));
		expect(await resolve("ceph://b")).toMatchObject({ scheme: "ceph", options: { endpoint: "http://rgw" } });
		await home.write("work/tesserae.toml", `${CLUSTERS.replace(/default_.*/, "")}[clusters.rgw_2]\nbackend = "ceph"`);
		expect(await complaint(resolve("ceph://b"))).toContain(
			"several clusters of the backend ceph: write rgw_1:ceph://…, or another of rgw_1, rgw_2",
		);
		await home.write("work/tesserae.toml", '[clusters.a]\nregion = "x"');
		expect(await resolve("ceph://b")).toEqual({
			scheme: "ceph",
			rest: "//b",
			prefix: "",
			options: {},
			isOfCluster: false,
		});
	});

	test("of another scheme is no cluster's", async () => {
		await home.write("work/tesserae.toml", CLUSTERS);
		for (const target of ["http://h/x", "file:x", "ram:x", "x", "C:\\x"])
			expect((await resolve(target, { mode: "r" })).options).toEqual({ mode: "r" });
	});
});

describe("what connect is given", () => {
	test("holds before the file, option by option; what is undefined is not given", async () => {
		await home.write("work/tesserae.toml", CLUSTERS);
		const given = {
			region: "there",
			timeout: 5,
			ca: "/own.pem",
			pathStyle: undefined,
			endpoint: undefined,
			mode: "r",
		} as const;
		expect((await resolve("main:s3://b", given)).options).toEqual({
			endpoint: "https://main:1",
			region: "there",
			credentials: KEYS,
			ca: "/own.pem",
			allowInsecureTls: true,
			concurrency: 4,
			metadataConcurrency: 16,
			timeout: 5,
			mode: "r",
		});
	});

	test("says as a whole who one is", async () => {
		await home.write("work/tesserae.toml", CLUSTERS);
		const who = async (target: string, options: ConnectOptions) => {
			const { credentials, profile, anonymous } = (await resolve(target, options)).options;
			return { credentials, profile, anonymous };
		};
		const other = { accessKeyId: "x", secretAccessKey: "y" };
		expect(await who("main:s3://b", { credentials: other })).toEqual({ credentials: other });
		expect(await who("main:s3://b", { profile: "p" })).toEqual({ profile: "p" });
		expect(await who("main:s3://b", { anonymous: true })).toEqual({ anonymous: true });
		expect(await who("rgw_1:s3://b", { credentials: other })).toEqual({ credentials: other });
		expect(await who("open:s3://b", { profile: "p" })).toEqual({ profile: "p" });
		expect(await who("open:s3://b", { anonymous: false })).toEqual({ anonymous: false });
		expect(await who("main:s3://b", { anonymous: false })).toEqual({ credentials: KEYS, anonymous: false });
	});

	test("takes the trust in a server along with it, where it names another", async () => {
		await home.write("work/tesserae.toml", CLUSTERS);
		expect((await resolve("main:s3://b", { endpoint: "https://other" })).options).toEqual({
			endpoint: "https://other",
			region: "here",
			credentials: KEYS,
			concurrency: 4,
			metadataConcurrency: 16,
			timeout: 100,
		});
	});

	test("raises the requests for metadata with the others, where the file has fewer", async () => {
		await home.write("work/tesserae.toml", CLUSTERS);
		const requests = async (options: ConnectOptions) => {
			const { concurrency, metadataConcurrency } = (await resolve("main:s3://b", options)).options;
			return [concurrency, metadataConcurrency];
		};
		expect(await requests({})).toEqual([4, 16]);
		expect(await requests({ concurrency: 20 })).toEqual([20, 20]);
		expect(await requests({ concurrency: 8 })).toEqual([8, 16]);
		expect(await requests({ concurrency: 8, metadataConcurrency: 7 })).toEqual([8, 7]);
	});

	test("reaches the backend: what is common to connections stays with them", async () => {
		await home.write("work/tesserae.toml", CLUSTERS);
		const opened: unknown[] = [];
		const stub = {
			open(rest: string, options: object): Backend {
				opened.push([rest, options]);
				return ram();
			},
		};
		const resolved = await resolve("main:s3://b/c", {
			engine: "threads",
			log: "silent",
			meter: { every: 9 },
			retries: 2,
		});
		const { backendOptions, timeout, concurrency, engine, report } = parseOptions(resolved.options);
		await stub.open(resolved.rest, backendOptions).close();
		expect(opened).toEqual([
			[
				"//b/c",
				{
					endpoint: "https://main:1",
					region: "here",
					credentials: KEYS,
					ca: "/ca.pem",
					allowInsecureTls: true,
					retries: 2,
				},
			],
		]);
		expect([timeout, concurrency, engine, report.every]).toEqual([100, 4, "threads", 9]);
	});
});

describe("a cluster of the backend ram", () => {
	test("is opened in memory, whatever is known of servers", async () => {
		await home.write("work/tesserae.toml", CLUSTERS);
		const given = { credentials: KEYS, region: "r", pathStyle: true, mode: "a", multipart: {} } as const;
		expect(await resolve("f:s3://b/c/", given)).toEqual({
			isOfCluster: true,
			scheme: "ram",
			rest: "f:b",
			prefix: "c",
			options: { timeout: 7, mode: "a" },
		});
		expect(await resolve("f:ceph://b")).toMatchObject({ scheme: "ram", rest: "f:b" });
		expect(await complaint(resolve("f:s3://"))).toContain("names a bucket: write f:s3://BUCKET/PREFIX");
		await home.write("work/tesserae.toml", CLUSTERS.replace('"main"', '"f"'));
		for (const target of ["s3://b", "ceph://b"])
			expect(await resolve(target)).toMatchObject({ scheme: "ram", rest: "f:b" });
	});
});

describe('a cluster with env = "oss"', () => {
	const FILE = '[clusters.o]\nenv = "oss"\nendpoint = "http://file"\nregion = "r"\n[clusters.p]\nenv = "oss"\n';
	const OSS = {
		OSS_ACCESS_KEY_ID: "AK",
		OSS_ACCESS_KEY_SECRET: "SK",
		URL: "oss-cn-hangzhou.aliyuncs.com",
		BUCKET: "mine",
	};

	test("is what the environment says, which holds before the file and after connect", async () => {
		await home.write("work/tesserae.toml", FILE);
		Object.assign(process.env, OSS);
		expect(await resolve("o:s3://b/c")).toEqual({
			isOfCluster: true,
			scheme: "s3",
			rest: "//b/c",
			prefix: "",
			options: { endpoint: "https://oss-cn-hangzhou.aliyuncs.com", region: "r", credentials: KEYS, pathStyle: false },
		});
		process.env.OSS_SESSION_TOKEN = "ST";
		process.env.URL = "http://localhost:9000";
		expect((await resolve("p:s3://b")).options).toEqual({
			endpoint: "http://localhost:9000",
			credentials: { ...KEYS, sessionToken: "ST" },
		});
		const given = { endpoint: "http://given", profile: "p" };
		expect((await resolve("p:s3://b", given)).options).toEqual(given);
	});

	test("has BUCKET where the target names none", async () => {
		await home.write("work/tesserae.toml", FILE);
		Object.assign(process.env, OSS);
		for (const [target, rest] of Object.entries({
			"o:s3://": "//mine",
			"o:s3:///a/b": "//mine/a/b",
			"o:s3://x/a": "//x/a",
		}))
			expect(await resolve(target)).toMatchObject({ rest });
	});

	test("names the variable that is missing, unless connect or the file says it", async () => {
		await home.write("work/tesserae.toml", FILE);
		expect(await complaint(resolve("o:s3://b"))).toBe(
			"the cluster o is taken from the environment, where OSS_ACCESS_KEY_ID is not set",
		);
		process.env.OSS_ACCESS_KEY_ID = "AK";
		expect(await complaint(resolve("o:s3://b"))).toContain("OSS_ACCESS_KEY_SECRET is not set");
		process.env.OSS_ACCESS_KEY_SECRET = "SK";
		expect((await resolve("o:s3://b")).options).toEqual({ endpoint: "http://file", region: "r", credentials: KEYS });
		expect(await resolve("o:s3://b", { endpoint: undefined })).toMatchObject({ options: { endpoint: "http://file" } });
		expect(await complaint(resolve("p:s3://b"))).toContain("where URL is not set");
		expect(await resolve("p:s3://b", { endpoint: "http://x" })).toMatchObject({ options: { credentials: KEYS } });
	});
});
