import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { complaint, emptyHome } from "./files.js";

const home = emptyHome();

/** The example file of README.md. */
async function example(): Promise<string> {
	const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
	const [, toml] = /```toml\n([\s\S]*?)```/.exec(readme) ?? [];
	return toml ?? "";
}

test("the example of README.md is a configuration", async () => {
	const { clusters, defaultCluster, log, cache } = await home.load("x.toml", await example());
	expect(
		[...clusters.values()].map(({ name, backend, env, options }) => [name, backend, env, Object.keys(options).length]),
	).toEqual([
		["lab", "ceph", undefined, 12],
		["aws", undefined, undefined, 1],
		["oss", undefined, "oss", 0],
		["public", undefined, undefined, 1],
		["fake", "ram", undefined, 0],
	]);
	expect(clusters.get("lab")?.options).toMatchObject({
		endpoint: "https://rgw.example.org:8443",
		ca: join(home.path, "certificates/rgw.pem"),
		timeout: 60_000,
		writeSafety: "single-writer",
	});
	expect(defaultCluster).toBe("lab");
	expect(log).toEqual({ level: "warn", meterEvery: 5000 });
	expect(cache).toMatchObject({
		consistency: "etag",
		disk: { path: join(home.path, ".cache/tesserae") },
		memcached: { timeout: 50 },
	});
});

test("the example shows every member there is", async () => {
	const toml = await example();
	for (const path of ["", "clusters.a.", "log.", "cache.", "cache.disk.", "cache.memcached."]) {
		const [, members = ""] = / has ([a-z_, ]+)$/.exec(await complaint(home.load("x.toml", `${path}zz = 1`))) ?? [];
		expect(members.split(", ").length).toBeGreaterThan(1);
		for (const member of members.split(", "))
			expect(toml).toMatch(new RegExp(`(?:^|[[{,] *)${member}(?: =|\\.|\\])`, "m"));
	}
});
