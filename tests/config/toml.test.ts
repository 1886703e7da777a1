import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { complaint, emptyHome } from "./files.js";

const home = emptyHome();
const load = (text: string) => home.load("c.toml", text);

test("every member becomes the option of connect of that name", async () => {
	const { clusters, defaultCluster, log, cache, warnings, isExposed, file } = await load(`
		default_cluster = "a"
		[clusters.a]
		backend = "ceph"
		endpoint = "https://rgw.example.org:8443/path"
		region = "here"
		access_key_id = "AK"
		secret_access_key = "SK"
		session_token = "ST"
		path_style = true
		ca = "certificates/ca.pem"
		allow_insecure_tls = false
		concurrency = 16
		metadata_concurrency = 64
		memory = "1GiB"
		timeout = 30_000
		retries = 0
		write_safety = "single-writer"
		[clusters."b-2_x.y"]
		profile = "lab"
		[clusters.c]
		env = "oss"
		[clusters.d]
		anonymous = true
		[clusters.fake]
		backend = "ram"
		[log]
		level = "info"
		meter_every = 100
	`);
	expect(file).toBe(join(home.path, "c.toml"));
	expect([...clusters.keys()]).toEqual(["a", "b-2_x.y", "c", "d", "fake"]);
	expect(clusters.get("a")).toEqual({
		name: "a",
		backend: "ceph",
		env: undefined,
		options: {
			endpoint: "https://rgw.example.org:8443/path",
			region: "here",
			credentials: { accessKeyId: "AK", secretAccessKey: "SK", sessionToken: "ST" },
			pathStyle: true,
			ca: join(home.path, "certificates/ca.pem"),
			allowInsecureTls: false,
			concurrency: 16,
			metadataConcurrency: 64,
			memory: 2 ** 30,
			timeout: 30000,
			retries: 0,
			writeSafety: "single-writer",
		},
	});
	expect(clusters.get("b-2_x.y")).toMatchObject({ backend: undefined, options: { profile: "lab" } });
	expect(clusters.get("c")).toEqual({ name: "c", backend: undefined, env: "oss", options: {} });
	expect(clusters.get("d")?.options).toEqual({ anonymous: true });
	expect(clusters.get("fake")).toEqual({ name: "fake", backend: "ram", env: undefined, options: {} });
	expect({ defaultCluster, log, cache, warnings, isExposed }).toEqual({
		defaultCluster: "a",
		log: { level: "info", meterEvery: 100 },
		cache: undefined,
		warnings: [],
		isExposed: false,
	});
});

test("an empty file says nothing", async () => {
	expect(await load("# nothing\n")).toMatchObject({
		clusters: new Map(),
		defaultCluster: undefined,
		log: { level: undefined, meterEvery: undefined },
		cache: undefined,
		isExposed: false,
	});
});

test("the cache's settings are checked and kept, paths made absolute", async () => {
	const { cache } = await load(`
		[cache]
		memory = "256MiB"
		page_size = 1048576
		consistency = "ttl"
		ttl = 60
		disk = { path = "~/pages", size = "10GiB", min_free = "1GiB" }
		memcached.servers = ["m1:11211", "m2:11211"]
		memcached.timeout = 50
	`);
	expect(cache).toEqual({
		memory: 2 ** 28,
		pageSize: 2 ** 20,
		consistency: "ttl",
		ttl: 60,
		disk: { path: join(home.path, "pages"), size: 10 * 2 ** 30, minFree: 2 ** 30 },
		memcached: { servers: ["m1:11211", "m2:11211"], timeout: 50 },
	});
});

describe("what is wrong is told with its line, its member and the one that was meant", () => {
	test.each([
		[
			"[cluster.a]",
			'c.toml, line 1: unknown member "cluster" (is clusters meant?): a configuration has default_cluster, clusters, log, cache',
		],
		[
			"[clusters.a]\n\nregion = 'x'\nacces_key_id = 'x'",
			'c.toml, line 4: unknown member "acces_key_id" (is access_key_id meant?): [clusters.a] has ',
		],
		["[clusters.a]\naccessKeyId = 'x'", 'line 2: unknown member "accessKeyId" (is access_key_id meant?)'],
		["[clusters.a]\npath-style = true", 'line 2: unknown member "path-style" (is path_style meant?)'],
		[
			"[clusters.a]\n'allowInsecureTLS' = true",
			'line 2: unknown member "allowInsecureTLS" (is allow_insecure_tls meant?)',
		],
		["clusters.a.regin = 'x'", 'line 1: unknown member "regin" (is region meant?)'],
		["[clusters]\na = { region = 'x', colour = 'red' }", 'line 2: unknown member "colour": [clusters.a] has '],
		["[log]\nlevel = 'info'\n[log.meter]\nevery = 1", 'line 3: unknown member "meter"'],
		["[log]\nlevel = 'INFO'", "line 2: log.level is one of silent, error, warn, info, debug"],
		["[log]\nmeter_every = -1", "line 2: log.meter_every is a whole number ≥ 0"],
		["[cache]\nsize = '1GiB'", 'line 2: unknown member "size"'],
		[
			"[cache.disk]\nmin-free = 1",
			'line 2: unknown member "min-free" (is min_free meant?): [cache.disk] has path, size, min_free',
		],
		["[cache]\nmemory = 'much'", "line 2: cache.memory is a number of bytes or a size"],
		["[cache]\nconsistency = 'strong'", 'line 2: cache.consistency is "immutable" or "etag" or "ttl"'],
		["[cache.memcached]\nservers = 'a:1'", "line 2: cache.memcached.servers is a list of texts"],
		["default_cluster = 'b'\n[clusters.a]", "line 1: default_cluster names no cluster of this file: it has a"],
		["default_cluster = 'b'", "line 1: default_cluster names no cluster of this file: it has none"],
		["clusters = 3", "line 1: clusters is a table"],
		["[clusters]\na = 3", "line 2: clusters.a is a table: write [clusters.a]"],
		["[[clusters.a]]", "line 1: clusters.a is a table: write [clusters.a]"],
		["[clusters.'a:b']", "line 1: clusters.a:b names a cluster that no target can name"],
		["[clusters.'']", "line 1: clusters. names a cluster that no target can name"],
		[
			"[clusters.a]\nendpoint = 'rgw:80'",
			'line 2: clusters.a.endpoint is the URL of a server, such as "https://host:9000"',
		],
		["[clusters.a]\nendpoint = 'http://me:word@host'", "line 2: clusters.a.endpoint is the URL of a server"],
		["[clusters.a]\nendpoint = 'http://host/?x=1'", "line 2: clusters.a.endpoint is the URL of a server"],
		["[clusters.a]\nendpoint = ['http://host']", "line 2: clusters.a.endpoint is the URL of a server"],
		["[clusters.a]\nregion = ''", "line 2: clusters.a.region is a text"],
		["[clusters.a]\npath_style = 'true'", "line 2: clusters.a.path_style is true or false"],
		["[clusters.a]\nconcurrency = 0", "line 2: clusters.a.concurrency is a whole number ≥ 1"],
		["[clusters.a]\ntimeout = 1979-05-27", "line 2: clusters.a.timeout is a whole number ≥ 1"],
		["[clusters.a]\nbackend = 'file'", 'line 2: clusters.a.backend is "s3" or "ceph" or "ram"'],
		["[clusters.a]\nenv = 'aws'", 'line 2: clusters.a.env is "oss"'],
		[
			"[clusters.a]\nconcurrency = 9\nmetadata_concurrency = 8",
			"line 3: clusters.a.metadata_concurrency is at least concurrency",
		],
		["[clusters.a]\naccess_key_id = 'x'", "line 2: clusters.a.access_key_id needs secret_access_key beside it"],
		["[clusters.a]\nsecret_access_key = 'x'", "line 2: clusters.a.secret_access_key needs access_key_id beside it"],
		["[clusters.a]\nprofile = 'x'\nsession_token = 'x'", "line 3: clusters.a.session_token needs access_key_id"],
		["[clusters.a]\nenv = 'oss'\nprofile = 'x'", "line 2: clusters.a.env contradicts profile"],
		[
			"[clusters.a]\nanonymous = true\naccess_key_id = 'x'\nsecret_access_key = 'x'",
			"line 2: clusters.a.anonymous contradicts access_key_id",
		],
		["a = 1\na = 2", "c.toml, line 2: is no TOML, from column 1 on: trying to redefine"],
		["[clusters.a]\r\nregion = \r\n", "c.toml, line 2: is no TOML, from column"],
	])("%j", async (text, message) => {
		expect(await complaint(load(text))).toContain(message);
	});

	test("names that every object has are nothing special", async () => {
		expect(await complaint(load("[clusters.a]\nconstructor = 1"))).toContain('unknown member "constructor"');
		expect(await complaint(load("[clusters.a]\n__proto__ = 1"))).toContain('unknown member "__proto__"');
		const { clusters } = await load("[clusters.__proto__]\nregion = 'x'\n[clusters.toString]");
		expect([...clusters.keys()]).toEqual(["__proto__", "toString"]);
		expect(clusters.get("valueOf")).toBeUndefined();
	});
});
