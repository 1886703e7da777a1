import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { complaint, emptyHome } from "./files.js";

const home = emptyHome();
const load = (text: string) => home.load("petreloss.conf", text);

/** As its documentation shows it. */
const FILE = `\ufeff# comments stand on a line of their own
; like this
[DEFAULT]
default_cluster = train
Console_Log_Level = INFO
count_disp: 200
ip = 10.0.0.7
enable_mc = False
boto = c++

[train]
access_key = AK %%(1)
secret_key = SK/+=
host_base = http://%(ip)s:%(port)s
Port = 8080
enable_mc = yes

  # an indented comment is one
[open]
host_base = 10.0.0.8
anonymous = on
address_style = virtual
verify_ssl = 0
boto = False

[tmp]
FAKE = True
access_key =

[mc]
mc_server_list_path = lists/server_list.conf
mc_key_cb = sha256
`;

test("sections are clusters, which inherit from [DEFAULT] and put its values in", async () => {
	const { clusters, ...rest } = await load(FILE);
	expect([...clusters.values()]).toEqual([
		{
			name: "train",
			backend: undefined,
			env: undefined,
			options: {
				endpoint: "http://10.0.0.7:8080",
				credentials: { accessKeyId: "AK %(1)", secretAccessKey: "SK/+=" },
				pathStyle: true,
			},
		},
		{
			name: "open",
			backend: "ceph",
			env: undefined,
			options: { endpoint: "http://10.0.0.8", anonymous: true, pathStyle: false, allowInsecureTls: true },
		},
		{ name: "tmp", backend: "ram", env: undefined, options: { pathStyle: true } },
	]);
	expect(rest).toEqual({
		file: join(home.path, "petreloss.conf"),
		defaultCluster: "train",
		log: { level: "info", meterEvery: 200 },
		cache: {
			memcached: { serverList: join(home.path, "lists/server_list.conf"), keyOf: "sha256" },
			clusters: ["train"],
		},
		warnings: [],
		isExposed: false,
	});
});

test("[default] in any case is [DEFAULT], wherever it stands, and more than once", async () => {
	const { clusters, defaultCluster } = await load(
		"[a]\nregion = own\n[Default]\nhost_base = h\nregion = r\n[DEFAULT]\ndefault_cluster = a\n",
	);
	expect([defaultCluster, clusters.get("a")?.options]).toEqual([
		"a",
		{ endpoint: "http://h", region: "own", pathStyle: true },
	]);
});

test("the memcached tier may be set in [cache], in [mc] or in [DEFAULT], and is none where no cluster wants it", async () => {
	const cluster = "[a]\nhost_base = h\nenable_mc = 1\n";
	const tiers = [
		"[DEFAULT]\nmc_key_cb = md5\n",
		"[DEFAULT]\nmc_key_cb = md5\n[MC]\nmc_key_cb = sha1\n",
		"[DEFAULT]\nmc_key_cb = md5\n[mc]\nmc_key_cb = sha1\n[cache]\nmc_key_cb = sha256\n",
	];
	const keys = await Promise.all(
		tiers.map(async (text, n) => (await home.load(`${n}.conf`, text + cluster)).cache?.memcached?.keyOf),
	);
	expect(keys).toEqual(["md5", "sha1", "sha256"]);
	expect((await load("[mc]\nmc_key_cb = md5\n[a]\nhost_base = h\n")).cache).toBeUndefined();
	expect((await load("[a]\nhost_base = h\nenable_mem_cache = True\n")).cache).toEqual({
		memory: true,
		clusters: ["a"],
	});
});

test("endpoint_url comes before host_base; dfs is no cluster; keys may refer to each other in any order", async () => {
	const { clusters } = await load(
		"[dfs]\nfake = True\n[a]\nendpoint_url = https://%(Host_Base)s/x\nhost_base = h:%(p)s\np = 1%%\n".replace(
			"1%%",
			"1",
		),
	);
	expect([...clusters.keys()]).toEqual(["a"]);
	expect(clusters.get("a")?.options.endpoint).toBe("https://h:1/x");
});

test("levels are Python's", async () => {
	const level = async (name: string) => (await load(`[DEFAULT]\nconsole_log_level = ${name}\n`)).log.level;
	expect(await Promise.all([level("debug")])).toEqual(["debug"]);
	for (const [name, ours] of Object.entries({ CRITICAL: "silent", ERROR: "error", WARNING: "warn", NOTSET: "debug" }))
		expect(await level(name)).toBe(ours);
	expect((await load("[DEFAULT]\nlog_level = ERROR\n")).log.level).toBe("error");
});

test("a key that means nothing is warned of, unless another refers to it", async () => {
	const { warnings } = await load(
		"[DEFAULT]\nacess_key = x\n[a]\nhost_base = h%(port)s\nport = 1\nbot = True\nget_retry_max = 3\n",
	);
	const file = join(home.path, "petreloss.conf");
	expect(warnings).toEqual([
		`${file}, line 2: "acess_key" means nothing (is access_key meant?)`,
		`${file}, line 6: "bot" means nothing (is boto meant?)`,
	]);
});

describe("what is wrong is told with its line", () => {
	const cluster = "[a]\nhost_base = h\n";
	test.each([
		[`${cluster} secret_key = abc\n`, "petreloss.conf, line 3: begins with blanks"],
		[`${cluster}\taccess_key = abc\n`, "line 3: begins with blanks"],
		[" [a]\n", "line 1: begins with blanks"],
		["[a\nhost_base = h\n", "line 1: is no section"],
		["[a] b\n", "line 1: is no section"],
		["[]\n", "line 1: is no section"],
		["fake = True\n[a]\n", "line 1: fake stands before any section: write [DEFAULT] above it"],
		[`${cluster}fake\n`, "line 3: is neither a section nor a key with its value"],
		[`${cluster}= x\n`, "line 3: is neither a section nor a key with its value"],
		[`${cluster}HOST_BASE = i\n`, "line 3: host_base is given already, on line 2"],
		[`${cluster}[b]\nhost_base = h\n[a]\n`, "line 5: [a] is a section already, from line 1 on"],
		["[a:b]\nfake = 1\n", "line 1: [a:b] is a cluster that no target can name"],
		["[a]\nregion = r\n", "line 1: [a] has neither host_base nor endpoint_url"],
		[`${cluster}access_key = x\n`, "line 1: [a] has only one of access_key and secret_key"],
		[`[DEFAULT]\ndefault_cluster = b\n${cluster}`, "line 2: default_cluster names no cluster of this file: it has a"],
		[`${cluster}fake = maybe\n`, "line 3: fake is True or False"],
		[`[DEFAULT]\ncount_disp = -1\n${cluster}`, "line 2: count_disp is a whole number ≥ 0"],
		["[DEFAULT]\nconsole_log_level = LOUD\n", "line 2: console_log_level is one of CRITICAL, "],
		["[a]\nhost_base = h # inner\n", "line 2: host_base has a comment behind it"],
		["[a]\nhost_base = ftp://h\n", "line 2: host_base is the URL of a server"],
		["[a]\nendpoint_url = http://me:word@h\n", "line 2: endpoint_url is the URL of a server"],
		[`${cluster}region = 50%\n`, 'line 3: region has "%" in its value, which is written %%'],
		[`${cluster}region = %(zone)s\n`, "line 3: region refers to zone, which there is not"],
		[`${cluster}region = %(zone)\n`, 'line 3: region has "%" in its value'],
		[`${cluster}region = %(region)s\n`, "line 3: region: region refers to region, without end"],
		[
			"[DEFAULT]\nx = %(y)s\ny = %(region)s\n[a]\nhost_base = h\nregion = %(x)s\n",
			"line 6: region: region refers to x refers to y refers to region, without end",
		],
		[
			`${cluster}region = %(k0)s\n${Array.from({ length: 12 }, (_, n) => `k${n} = %(k${n + 1})s`).join("\n")}\nk12 = x\n`,
			"which is too deep",
		],
	])("%j", async (text, message) => {
		expect(await complaint(load(text))).toContain(message);
	});
});
