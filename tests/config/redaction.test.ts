/** No key of a file, or of the environment, is in anything that is told: errors, what is printed, what travels. */
import { inspect } from "node:util";
import { type ConnectOptions, connect, StoreError } from "tesserae";
import { describe, expect, test } from "vitest";
import { configurationFor } from "../../dist/src/config/for-target.js";
import { resolvePlace } from "../../dist/src/config/resolve.js";
import { parseOptions } from "../../dist/src/connection-options.js";
import { errorToPlain } from "../../dist/src/errors.js";
import { placeOf } from "../../dist/src/targets.js";
import { tesserae } from "../cli/command-line.js";
import { emptyHome } from "./files.js";

const home = emptyHome();
const SECRET = "SeCrEtIvE";
const ID = "AKIAIDENTITY";

/** Every way in which a value may come to be read by somebody. */
function shown(value: unknown): string {
	const texts = [
		inspect(value, { depth: 20, showHidden: true, getters: true }),
		String(value),
		`${JSON.stringify(value)}`,
	];
	if (value instanceof Map) texts.push(JSON.stringify([...value]));
	if (value instanceof Error) texts.push(value.message, `${value.stack}`, JSON.stringify(errorToPlain(value)));
	return texts.join("\n");
}

const TOML = `[clusters.a]\naccess_key_id = "${ID}"\nsecret_access_key = "${SECRET}"\nsession_token = "${SECRET}2"\n`;
const PETREL = `[DEFAULT]\nfake = 0\n[a]\nhost_base = h\naccess_key = ${ID}\nsecret_key = ${SECRET}\n`;

test.each([
	["c.toml", TOML],
	["c.conf", PETREL],
])("in a configuration of %s, and the settings made of it", async (name, text) => {
	const config = await home.write(name, text);
	const place = placeOf("a:s3://b");
	const configuration = await configurationFor(place, { config });
	const resolved = resolvePlace(place, { config } satisfies ConnectOptions, configuration);
	const settings = parseOptions(resolved.options, configuration?.log);
	expect(settings.backendOptions.credentials).toMatchObject({ accessKeyId: ID, secretAccessKey: SECRET });
	for (const value of [configuration, configuration?.clusters, resolved, settings, settings.backendOptions]) {
		expect(shown(value)).not.toContain(SECRET);
		expect(shown(value)).not.toContain(ID);
	}
	expect(shown(settings)).toContain("[hidden]");
});

test("what the environment says is hidden as well, while a backend reads and copies it", async () => {
	const config = await home.write("c.toml", '[clusters.a]\nenv = "oss"\n');
	Object.assign(process.env, { OSS_ACCESS_KEY_ID: ID, OSS_ACCESS_KEY_SECRET: SECRET, URL: "http://h" });
	const place = placeOf("a:s3://b");
	const { options } = resolvePlace(place, {}, await configurationFor(place, { config }));
	expect(shown(options)).not.toContain(SECRET);
	const { credentials } = options as { readonly credentials: object };
	expect({ ...credentials }).toEqual({ accessKeyId: ID, secretAccessKey: SECRET });
	expect(structuredClone(credentials)).toEqual({ accessKeyId: ID, secretAccessKey: SECRET });
});

test("in a connection, and in what it tells", async () => {
	const config = await home.write("c.toml", `${TOML}backend = "ram"\n`);
	const told: string[] = [];
	const tell = (message: string) => told.push(message);
	await using con = await connect("a:s3://b", { config, log: { debug: tell, info: tell, warn: tell, error: tell } });
	await con.createDataset("x", { data: [1, 2] });
	const texts = [shown(con), shown(con.backend), shown(con.backend.spec), shown(con.meter.snapshot()), ...told];
	expect(texts.join("\n")).toContain(config);
	expect(texts.join("\n")).not.toContain(SECRET);
	expect(texts.join("\n")).not.toContain(ID);
});

describe("in an error", () => {
	const broken: [name: string, text: string][] = [
		// Within sight of the mistake, before and behind it.
		["c.toml", `${TOML}region = \n`],
		["c.toml", `${TOML}regio = "${SECRET}"\n`],
		["c.toml", `[clusters.a]\nsecret_access_key = ${SECRET}\n`],
		["c.toml", `[clusters.a]\nsecret_access_key = "${SECRET}\n`],
		["c.toml", `[clusters.a]\nsecret_access_key = "${SECRET}" "${SECRET}"\n`],
		["c.toml", `[clusters.a]\nsecret_access_key = ["${SECRET}"]\n`],
		["c.toml", `[clusters.a]\nsecret_access_key = "${SECRET}"\nsecret_access_key = "${SECRET}"\n`],
		["c.toml", `[clusters.a]\nsecret_access_key = "${SECRET}"\n`],
		["c.toml", `${TOML}endpoint = "http://me:${SECRET}@h"\n`],
		["c.toml", `${TOML}endpoint = "http://h?key=${SECRET}"\n`],
		["c.toml", `${TOML}timeout = "${SECRET}"\n`],
		["c.toml", `[log]\nlevel = "${SECRET}"\n`],
		["c.conf", `${PETREL} secret_key2 = ${SECRET}\n`],
		["c.conf", `${PETREL}secret_key = ${SECRET}\n`],
		["c.conf", `${PETREL}${SECRET}\n`],
		["c.conf", `[a]\nhost_base = h\naccess_key = x\nsecret_key = ${SECRET}%\n`],
		["c.conf", `[a]\nhost_base = h\naccess_key = x\nsecret_key = ${SECRET} # mine\n`],
		["c.conf", `[a]\nhost_base = h\nsecret_key = ${SECRET}\n`],
		["c.conf", `[a]\nhost_base = h\naccess_key = x\nsecret_key = ${SECRET}\u0007\n`],
		["c.conf", `[a]\nhost_base = me:${SECRET}@h\n`],
		["c.conf", `[a]\nhost_base = h\nfake = ${SECRET}\n`],
		["c.conf", `[DEFAULT]\ncount_disp = ${SECRET}\n`],
	];
	test.each(broken)("%s %j", async (name, text) => {
		const config = await home.write(name, text);
		const error = await connect("a:s3://b", { config }).catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(StoreError);
		expect(error).toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining(config) });
		expect(shown(error)).not.toContain(SECRET);
		expect(shown(error)).not.toContain(ID);
		const { stdout, stderr, status } = await tesserae([
			"ls",
			"a:s3://b",
			"--config",
			config,
			"--debug",
			"--log-level",
			"debug",
		]);
		expect([status, stdout]).toEqual([1, ""]);
		expect(stderr).toContain("StoreError: ");
		expect(stderr).not.toContain(SECRET);
		expect(stderr).not.toContain(ID);
	});
});

test("in what the command line tells of a store, of itself and of this machine", async () => {
	for (const [name, text] of [
		["c.toml", `${TOML}backend = "ram"\n`],
		["c.conf", PETREL.replace("fake = 0", "fake = 1")],
	] as const) {
		const config = await home.write(name, text, 0o644);
		for (const args of [
			["doctor", "a:s3://b", "--write"],
			["doctor", "--json"],
			["info", "a:s3://b"],
		]) {
			const { stdout, stderr } = await tesserae([...args, "--config", config, "--debug", "--log-level", "debug"]);
			expect(stdout + stderr).not.toContain(SECRET);
			expect(stdout + stderr).not.toContain(ID);
			expect(stdout + stderr).toContain(config);
		}
	}
});
