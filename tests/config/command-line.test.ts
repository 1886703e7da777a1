import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { output, temporaryDirectory, tesserae } from "../cli/command-line.js";

const FAKE = '[clusters.a]\nbackend = "ram"\n';

/** A user with nothing but a home, and in it the configuration of that name. */
async function user(
	name: string,
	text: string,
	mode = 0o600,
): Promise<{ cwd: string; env: Record<string, string>; file: string }> {
	const cwd = await temporaryDirectory();
	const file = join(cwd, name);
	await writeFile(file, text);
	await chmod(file, mode);
	return { cwd, file, env: { HOME: cwd, XDG_CONFIG_HOME: "", TESSERAE_CONFIG: "" } };
}

describe.concurrent("--config", () => {
	it("names the file, before TESSERAE_CONFIG and the file that is found", async () => {
		const { cwd, env } = await user("tesserae.toml", FAKE);
		await writeFile(join(cwd, "b.toml"), FAKE.replace(".a]", ".b]"));
		await writeFile(join(cwd, "c.toml"), FAKE.replace(".a]", ".c]"));
		const clusters = async (args: string[], variable = "") => {
			const { stderr } = await tesserae(["ls", "none:s3://x", ...args], {
				cwd,
				env: { ...env, TESSERAE_CONFIG: variable },
			});
			return stderr.replaceAll(cwd, "").trim();
		};
		const refused = 'tesserae: INVALID_ARGUMENT: there is no cluster "none": ';
		expect(await clusters([])).toBe(`${refused}/tesserae.toml has a`);
		expect(await clusters([], "b.toml")).toBe(`${refused}/b.toml has b`);
		expect(await clusters(["--config", "c.toml"], "b.toml")).toBe(`${refused}/c.toml has c`);
	});

	it("of a file that is not there is an error, whatever the target", async () => {
		const { cwd, env } = await user("tesserae.toml", FAKE);
		for (const target of ["a:s3://x", "x.sqlite"])
			expect(await tesserae(["ls", target, "--config", "no.toml"], { cwd, env })).toEqual({
				status: 1,
				stdout: "",
				stderr: `tesserae: NOT_FOUND: there is no configuration file ${join(cwd, "no.toml")}\n`,
			});
	});

	it("is not for --option to give, and neither is the level", async () => {
		for (const [option, advice] of [
			["config=x.toml", "--config FILE"],
			["log=debug", "--log-level LEVEL"],
		] as const) {
			const { status, stderr } = await tesserae(["ls", "x", "-O", option]);
			expect([status, stderr]).toEqual([2, expect.stringContaining(advice)]);
		}
	});
});

describe.concurrent("an address", () => {
	it("may name a cluster, with a dataset and a selection, wherever a target goes", async () => {
		const { cwd, env } = await user("tesserae.toml", `${FAKE}[clusters.my_fake]\nbackend = "ram"\n`);
		for (const cluster of ["a", "my_fake"]) {
			const address = `${cluster}:s3://bucket/pre%23fix#x%23y`;
			const made = await tesserae(["create", address, "--shape", "4", "--dtype", "int8"], { cwd, env });
			expect([made.status, made.stderr]).toEqual([0, ""]);
			const read = await tesserae(["get", `${address}[1:3]`], { cwd, env });
			expect(read.stderr).toBe(
				`tesserae: NOT_FOUND: there is no store at ram:${cluster}:bucket/pre%23fix: "tesserae create" and "tesserae cp" make one\n`,
			);
		}
		const { stderr } = await tesserae(["cp", "no:s3://b#x", "y.npy"], { cwd, env });
		expect(stderr).toContain('there is no cluster "no"');
	});
});

describe.concurrent("the level", () => {
	it("is that of --log-level, else of TESSERAE_LOG, else of the file", async () => {
		const { cwd, env, file } = await user("tesserae.toml", `[log]\nlevel = "debug"\n${FAKE}`);
		const told = async (args: string[], more = {}) => {
			const { stderr } = await tesserae(["create", "a:s3://x#y", "--shape", "1", "--dtype", "int8", ...args], {
				cwd,
				env: { ...env, ...more },
			});
			return new Set(stderr.match(/^tesserae: \w+/gm));
		};
		expect(await told([])).toEqual(new Set(["tesserae: debug", "tesserae: info"]));
		expect(await told([], { TESSERAE_LOG: "info" })).toEqual(new Set(["tesserae: info"]));
		expect(await told(["--log-level", "warn"], { TESSERAE_LOG: "info" })).toEqual(new Set());
		const { stderr } = await tesserae(["ls", "a:s3://x"], { cwd, env });
		expect(stderr).toContain(`tesserae: debug: the configuration is ${file}\n`);
	});

	it.skipIf(process.platform === "win32")("holds for warnings, which are a line each", async () => {
		const keys = `${FAKE}access_key_id = "AK"\nsecret_access_key = "SK"\n`;
		const { cwd, env, file } = await user("tesserae.toml", keys, 0o644);
		const args = ["create", "a:s3://x#y", "--shape", "1", "--dtype", "int8"];
		const { stderr } = await tesserae(args, { cwd, env });
		expect(stderr).toBe(`tesserae: warn: ${file} holds keys, and others can read it: chmod 600 ${file}\n`);
		expect((await tesserae([...args, "--log-level", "error"], { cwd, env })).stderr).toBe("");
	});
});

describe.concurrent("doctor", () => {
	it("says which configuration is read, and which clusters it has", async () => {
		const { cwd, env, file } = await user(
			"tesserae.toml",
			`default_cluster = "b"\n${FAKE}[clusters.b]\nbackend = "ceph"\nendpoint = "https://rgw"\naccess_key_id = "AK"\nsecret_access_key = "SK"\n[clusters.c]\nenv = "oss"\n[clusters.d]\nprofile = "lab"\nallow_insecure_tls = true\n`,
		);
		const lines = (await output(["doctor"], { cwd, env })).split("\n").filter((line) => /^(config|cluster)/.test(line));
		expect(lines).toEqual([
			`configuration\tok  ${file}, 4 clusters`,
			"cluster a\tok  memory of the process",
			"cluster b\tok  ceph, https://rgw, keys in the file, the default",
			"cluster c\tok  the environment",
			"cluster d\tdoubtful  AWS, profile lab, certificates not verified",
		]);
	});

	it("says where one would be found, and what is wrong with one", async () => {
		const { cwd, env, file } = await user("petreloss.conf", "[a]\nfake = 1\nhostbase = h\n");
		expect(await output(["doctor"], { cwd, env })).toContain(
			`configuration\tdoubtful  ${file}, 1 cluster: ${file}, line 3: "hostbase" means nothing`,
		);
		await writeFile(file, "[a]\n fake = 1\n");
		const broken = await tesserae(["doctor"], { cwd, env });
		expect([broken.status, broken.stdout]).toEqual([
			1,
			expect.stringContaining(`configuration\tbroken  ${file}, line 2: begins with blanks`),
		]);
		const none = await output(["doctor", "--json"], {
			cwd: await temporaryDirectory(),
			env: { ...env, HOME: "/nowhere" },
		});
		expect(JSON.parse(none).checks).toContainEqual({
			name: "configuration",
			state: "missing",
			text: expect.stringMatching(
				/^none: looked for .*\/tesserae\.toml, \/nowhere\/\.config\/tesserae\/config\.toml, \/nowhere\/petreloss\.conf$/,
			),
		});
	});
});
