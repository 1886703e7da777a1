import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Connection, connect, type Logger } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { afterEach, describe, expect, test, vi } from "vitest";
import { parseOptions } from "../../dist/src/connection-options.js";
import { emptyHome } from "./files.js";

const home = emptyHome();
const opened: Connection[] = [];
afterEach(async () => {
	vi.restoreAllMocks();
	for (const con of opened.splice(0)) await con.close();
});

async function open(...[target, options]: Parameters<typeof connect>): Promise<Connection> {
	const con = await connect(target, options);
	opened.push(con);
	return con;
}

/** Keeps what it is told, a text each. */
function recorder(): { readonly told: string[]; readonly log: Logger } {
	const told: string[] = [];
	const record = (level: string) => (message: string) => told.push(`${level}: ${message}`);
	return { told, log: { debug: record("debug"), info: record("info"), warn: record("warn"), error: record("error") } };
}

const FAKE = '[clusters.a]\nbackend = "ram"\n[clusters.b]\nbackend = "ram"\n';
const data = Float32Array.of(1, 2, 3);

describe("fake clusters", () => {
	test("keep each bucket in one memory of the process, until the last connection closes", async () => {
		await home.write("work/tesserae.toml", `default_cluster = "a"\n${FAKE}`);
		await (await open("a:s3://bucket")).createDataset("x", { data });
		const same = await open("s3://bucket", { engine: "threads", workers: 1 });
		expect((await (await same.getDataset("x")).get()).data).toEqual(data);
		for (const target of ["b:s3://bucket", "a:s3://other"])
			expect(await (await open(target)).hasDataset("x")).toBe(false);
		for (const con of opened.splice(0)) await con.close();
		expect(await (await open("a:s3://bucket")).hasDataset("x")).toBe(false);
	});

	test("are seen from a prefix as its part of the bucket", async () => {
		await home.write("work/tesserae.toml", FAKE);
		const whole = await open("a:s3://bucket");
		await whole.createDataset("deep/er/x", { data });
		for (const [target, name] of [
			["a:s3://bucket/deep", "er/x"],
			["a:s3://bucket/deep/er/", "x"],
		] as const) {
			const part = await open(target);
			expect((await (await part.getDataset(name)).get()).data).toEqual(data);
			expect(part.backend.location).toBe(target.replace(/^a:s3:..(.*?)\/?$/, "ram:a:$1"));
		}
		await (await open("a:s3://bucket/deep", { engine: "threads", workers: 1 })).createDataset("y", { data });
		expect(await whole.hasDataset("deep/y")).toBe(true);
		await expect(connect("a:s3://bucket/../other")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		for (const con of opened.splice(0)) await con.close();
		expect(await (await open("a:s3://bucket")).hasDataset("deep/y")).toBe(false);
	});

	test("of the Petrel SDK", async () => {
		await home.write(
			"petreloss.conf",
			"[DEFAULT]\ndefault_cluster = a\n[a]\nfake = True\nhost_base = 10.0.0.1\naccess_key = x\nsecret_key = y\n",
		);
		await (await open("a:s3://bucket")).createDataset("x", { data });
		expect(await (await open("s3://bucket")).hasDataset("x")).toBe(true);
	});
});

test("the file is read anew by each connect: option, TESSERAE_CONFIG, working directory, home", async () => {
	const location = async (config?: string) => (await open("s3://b", { config })).backend.location;
	const fake = (name: string) => `default_cluster = "${name}"\n[clusters.${name}]\nbackend = "ram"\n`;
	await home.write("petreloss.conf", "[DEFAULT]\ndefault_cluster = p\n[p]\nfake = 1\n");
	expect(await location()).toBe("ram:p:b");
	await home.write(".config/tesserae/config.toml", fake("user"));
	expect(await location()).toBe("ram:user:b");
	await home.write("work/tesserae.toml", fake("here"));
	expect(await location()).toBe("ram:here:b");
	await home.write("work/tesserae.toml", fake("changed"));
	expect(await location()).toBe("ram:changed:b");
	process.env.TESSERAE_CONFIG = await home.write("env.toml", fake("env"));
	expect(await location()).toBe("ram:env:b");
	expect(await location(await home.write("option.toml", fake("option")))).toBe("ram:option:b");
	await rm(join(home.path, "env.toml"));
	await expect(location()).rejects.toMatchObject({ code: "NOT_FOUND" });
});

describe("a file that is wrong", () => {
	test("fails what it is for: clusters, and everything where it is named", async () => {
		await home.write("work/tesserae.toml", "[cluster.a]");
		for (const target of ["a:s3://b", "s3://b", "ceph://b"])
			await expect(connect(target)).rejects.toMatchObject({
				code: "INVALID_ARGUMENT",
				message: expect.stringContaining("line 1"),
			});
		for (const target of ["ram:", ram()])
			await expect(connect(target, { config: "tesserae.toml" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		process.env.TESSERAE_CONFIG = "tesserae.toml";
		await expect(connect("ram:")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	test("is a warning elsewhere, told once", async () => {
		const { told, log } = recorder();
		const file = await home.write("petreloss.conf", "[a]\n access_key = x\n");
		await open("ram:", { log });
		await open(ram(), { log });
		expect(told).toEqual([
			expect.stringContaining(`warn: the configuration is not used: ${file}, line 2: begins with blanks`),
		]);
		await open("ram:", { log, config: false });
		expect(told).toHaveLength(1);
	});

	test("is none without a file", async () => {
		const { told, log } = recorder();
		await open("ram:", { log });
		expect(told).toEqual([]);
	});
});

test("keys of a Petrel file that mean nothing are warned of once, where the file is used", async () => {
	const { told, log } = recorder();
	const file = await home.write("petreloss.conf", "[a]\nfake = 1\nhostbase = x\n");
	await open("ram:", { log });
	await open("a:s3://b", { log });
	await open("a:s3://b", { log });
	expect(told.filter((message) => message.startsWith("warn"))).toEqual([
		`warn: ${file}, line 3: "hostbase" means nothing (is host_base meant?)`,
	]);
	expect(told).toContain(`debug: the configuration is ${file}`);
});

test.skipIf(process.platform === "win32")(
	"a file with keys that others can read is warned of once, with what to do",
	async () => {
		const warnings: Error[] = [];
		const listen = (warning: Error) => warnings.push(warning);
		process.on("warning", listen);
		const keys = `${FAKE}access_key_id = "AK"\nsecret_access_key = "SECRETIVE"\n`;
		try {
			const shown = await home.write("shown.toml", keys, 0o640);
			for (const _ of [1, 2]) await open("b:s3://x", { config: shown });
			await open("b:s3://x", { config: await home.write("shut.toml", keys, 0o600) });
			await open("b:s3://x", { config: await home.write("plain.toml", FAKE, 0o644) });
			await open("p:s3://x", {
				config: await home.write("p.conf", "[p]\nfake=1\naccess_key=A\nsecret_key=SECRETIVE\n", 0o604),
			});
			await new Promise((resolve) => setImmediate(resolve));
		} finally {
			process.off("warning", listen);
		}
		expect(warnings.map(({ message }) => message)).toEqual(
			["shown.toml", "p.conf"].map(
				(name) => `${join(home.path, name)} holds keys, and others can read it: chmod 600 ${join(home.path, name)}`,
			),
		);
	},
);

test("without a process, as in browsers, there is no configuration", async () => {
	await home.write("work/tesserae.toml", FAKE);
	const program = fileURLToPath(new URL("processes/no-process.mjs", import.meta.url));
	const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
	expect([stdout, stderr]).toEqual([JSON.stringify(["INVALID_ARGUMENT", "UNSUPPORTED"]), ""]);
});

describe("what is told", () => {
	const tellAll = ({ log }: { readonly log: Logger }) => {
		for (const level of ["debug", "info", "warn", "error"] as const) log[level](level);
	};
	/** What comes out at the console, by method. */
	function heard(options: Parameters<typeof parseOptions>[0], configured?: "info" | "error"): string[] {
		const told: string[] = [];
		for (const method of ["debug", "info", "log", "warn", "error"] as const)
			vi.spyOn(console, method).mockImplementation((text) => told.push(`${method} ${text}`));
		tellAll(parseOptions(options, { level: configured, meterEvery: undefined }));
		vi.restoreAllMocks();
		return told;
	}
	const all = [
		"warn tesserae: debug: debug",
		"warn tesserae: info: info",
		"warn tesserae: warn: warn",
		"error tesserae: error: error",
	];

	test("is decided by the option, else by TESSERAE_LOG, else by the file; by default warnings; and none of it goes to stdout", () => {
		expect(heard({})).toEqual(all.slice(2));
		expect(heard({}, "info")).toEqual(all.slice(1));
		process.env.TESSERAE_LOG = "debug";
		expect(heard({}, "error")).toEqual(all);
		expect(heard({ log: "silent" }, "error")).toEqual([]);
		expect(heard({ log: "error" })).toEqual(all.slice(3));
	});

	test("goes to an object that is given, all of it", () => {
		const { told, log } = recorder();
		process.env.TESSERAE_LOG = "error";
		tellAll(parseOptions({ log }));
		expect(told).toEqual(["debug: debug", "info: info", "warn: warn", "error: error"]);
	});

	test.each([["loud"], [3], [null], [{ warn() {} }], [() => {}]])("is refused for %j", async (log) => {
		await expect(connect("ram:", { log: log as never })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	test("is refused for a variable that is no level", async () => {
		process.env.TESSERAE_LOG = "INFO";
		await expect(connect("ram:")).rejects.toThrow(
			'TESSERAE_LOG is one of silent, error, warn, info, debug, not "INFO"',
		);
	});
});

describe("reports of the meter", () => {
	const every = (options: Parameters<typeof parseOptions>[0], meterEvery?: number) =>
		parseOptions(options, { level: undefined, meterEvery }).report.every;

	test("come after as many operations as the option says, else TESSERAE_METER_EVERY, else the file", async () => {
		expect(every({})).toBe(5000);
		expect(every({}, 7)).toBe(7);
		expect(every({}, 0)).toBe(0);
		process.env.TESSERAE_METER_EVERY = "8";
		expect(every({}, 7)).toBe(8);
		expect(every({ meter: {} }, 7)).toBe(8);
		expect(every({ meter: { every: 9 } }, 7)).toBe(9);
		expect(every({ meter: { every: 0 } }, 7)).toBe(0);
		process.env.TESSERAE_METER_EVERY = "0";
		expect(every({}, 7)).toBe(0);
	});

	test("are told at the level info, and not at all where there are to be none", async () => {
		const { told, log } = recorder();
		await home.write("work/tesserae.toml", "[log]\nmeter_every = 4\n");
		const con = await open("ram:", { log });
		await con.createDataset("a", { data });
		expect(told.filter((message) => message.startsWith("info: ram:"))[0]).toMatch(/total 4, .*error 0/);
		told.length = 0;
		await (await open("ram:", { log, meter: { every: 0 } })).createDataset("a", { data });
		expect(told.filter((message) => message.startsWith("info"))).toEqual([]);
	});

	test("are refused for what is no number of operations", async () => {
		for (const meter of [{ every: -1 }, { every: 1.5 }, { every: "9" }, { evry: 9 }, 9, null])
			await expect(connect("ram:", { meter: meter as never })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		for (const value of ["-1", "many", "1e3"]) {
			process.env.TESSERAE_METER_EVERY = value;
			await expect(connect("ram:")).rejects.toThrow("TESSERAE_METER_EVERY is a whole number ≥ 0");
		}
	});
});
