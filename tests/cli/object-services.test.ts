import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { type Finished, temporaryDirectory, tesserae } from "./command-line.js";

const FAKE = pathToFileURL(fileURLToPath(new URL("./processes/with-fake-service.mjs", import.meta.url))).href;

/** Runs a command with a service that notes down what it was asked. */
async function run(
	...args: readonly string[]
): Promise<Finished & { readonly asked: unknown[][]; readonly cwd: string }> {
	const cwd = await temporaryDirectory();
	const notes = join(cwd, "notes");
	const env = { NODE_OPTIONS: `--import=${FAKE}`, SERVICE_NOTES: notes };
	const finished = await tesserae(["s3", ...args], { cwd, env });
	const lines = (await readFile(notes, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
	return { ...finished, cwd, asked: lines.map((line) => JSON.parse(line) as unknown[]) };
}

/** What was asked of a bucket that was opened, and closed again. */
function inBucket(...calls: readonly unknown[][]): unknown[][] {
	return [["service", "//bucket", {}], ...calls, ["close"]];
}

describe.concurrent("commands of object services", () => {
	it("make and remove buckets", async () => {
		const made = await run("mb", "s3://bucket", "--versioning", "--json");
		expect(made.asked).toEqual(inBucket(["createBucket", { versioning: true }]));
		expect(JSON.parse(made.stdout)).toEqual({ location: "s3://bucket", versioning: true, created: true });
		expect((await run("mb", "s3://bucket/")).asked).toEqual(inBucket(["createBucket", { versioning: false }]));
		expect((await run("rb", "s3://bucket")).asked).toEqual(inBucket(["deleteBucket", {}]));
		const options = await run("-O", "region=eu", "-O", "pathStyle=true", "-O", "memory=1GiB", "mb", "s3://bucket");
		expect(options.asked[0]).toEqual(["service", "//bucket", { region: "eu", pathStyle: true }]);
	});

	it("take clusters of the configuration file", async () => {
		const file = join(await temporaryDirectory(), "tesserae.toml");
		const clusters = '[clusters.prod]\nendpoint = "https://prod.example"\n[clusters.fake]\nbackend = "ram"\n';
		await writeFile(file, clusters, { mode: 0o600 });
		const { asked, stderr } = await run("mb", "prod:s3://bucket", "--config", file, "-O", "region=eu");
		expect([asked[0], stderr]).toEqual([
			["service", "//bucket", { endpoint: "https://prod.example", region: "eu" }],
			"",
		]);
		expect((await run("mb", "fake:s3://bucket", "--config", file)).stderr).toMatch(/UNSUPPORTED: fake:s3/);
	});

	it("sign URLs and forms", async () => {
		const get = await run("presign", "s3://bucket/a b#1", "--expires", "1m");
		expect([get.stdout, get.asked[1]]).toEqual(["https://host/get?signed\n", ["presignGet", "a b#1", { expires: 60 }]]);
		const put = await run("presign", "s3://bucket/a", "--method", "put", "--content-type", "image/png", "--json");
		expect(JSON.parse(put.stdout)).toEqual({ method: "put", expires: 3600, url: "https://host/put?signed" });
		expect(put.asked[1]).toEqual(["presignPut", "a", { expires: 3600, contentType: "image/png" }]);
		const post = await run(
			"presign",
			"s3://bucket/a",
			"--method",
			"post",
			"--max-size",
			"1MiB",
			"--field",
			"acl=private",
		);
		expect(post.asked[1]).toEqual([
			"presignPost",
			"a",
			{ expires: 3600, maxSize: 2 ** 20, fields: { acl: "private" } },
		]);
		expect(post.stdout).toBe("https://host/\nkey\ta\npolicy\tp\n");
	});

	it("list, get and restore versions", async () => {
		const list = await run("ls", "--versions", "s3://bucket/a");
		expect(list.asked).toEqual(inBucket(["listVersions", "a", {}]));
		expect(list.stdout).toBe(
			"\t1970-01-01T00:00:00.000Z\tv2\tcurrent, deleted\ta\n3 B\t1970-01-01T00:00:00.000Z\tv1\told\ta\n",
		);
		expect(JSON.parse((await run("ls", "--versions", "s3://bucket", "--json")).stdout)[1]).toEqual({
			...{ key: "a", version: "v1", isLatest: false, isDeletion: false, size: 3 },
			modified: "1970-01-01T00:00:00.000Z",
		});
		const got = await run("get", "s3://bucket/dir/a", "--version-id", "v1");
		expect([got.status, got.stderr, await readFile(join(got.cwd, "a"), "utf8")]).toEqual([0, "", "old"]);
		expect((await run("get", "s3://bucket/a", "-", "--version-id", "v1")).stdout).toBe("old");
		expect((await run("get", "s3://bucket/a", "--version-id", "v9")).stderr).toMatch(/NOT_FOUND.*s3:\/\/bucket\/a/);
		const restored = await run("restore", "s3://bucket/a", "--version-id", "v1");
		expect(restored.asked).toEqual(inBucket(["restoreVersion", "a", "v1", {}]));
	});

	it("list uploads that were left over, and abort the old ones of them", async () => {
		const listed = await run("uploads", "s3://bucket/pre", "--json");
		expect(listed.asked).toEqual(inBucket(["abortUploads", "pre", { olderThan: 0, dryRun: true }]));
		expect(JSON.parse(listed.stdout)).toMatchObject([
			{ key: "big.bin", id: "u1", aborted: false },
			{ key: "new.bin", id: "u2", aborted: false },
		]);
		const aborted = await run("uploads", "s3://bucket", "--abort", "--older-than", "24h");
		expect(aborted.asked).toEqual(inBucket(["abortUploads", "", { olderThan: 86_400_000, dryRun: false }]));
		expect(aborted.stdout).toMatch(/^\S+Z\tu1\tbig\.bin\n$/);
		const short = await run("uploads", "s3://bucket", "--abort-older", "1d");
		expect(short.asked).toEqual(aborted.asked);
		const tried = await run("uploads", "s3://bucket", "--abort-older", "1d", "--dry-run", "--json");
		expect(tried.asked[1]).toEqual(["abortUploads", "", { olderThan: 86_400_000, dryRun: true }]);
		expect(JSON.parse(tried.stdout)).toMatchObject([{ id: "u1", aborted: false }]);
	});

	it("are refused where they mean nothing", async () => {
		const wrong: [args: string[], message: string][] = [
			[["mb", "s3://bucket/key"], "write s3://bucket"],
			[["presign", "s3://bucket"], "names no object"],
			[["presign", "s3://bucket/a", "--max-size", "5"], "of --method post"],
			[["presign", "s3://bucket/a", "--content-type", "text/plain"], "--method put"],
			[["presign", "s3://bucket/a", "--expires", "soon"], "such as 90m"],
			[["uploads", "s3://bucket", "--older-than", "1 week"], "such as 90m"],
			[["restore", "s3://bucket/a"], "--version-id"],
		];
		for (const [n, { status, stderr, asked }] of (await Promise.all(wrong.map(([args]) => run(...args)))).entries()) {
			expect([status, asked]).toEqual([2, []]);
			expect(stderr).toContain(wrong[n]?.[1]);
		}
		const other = await run("mb", "file:here");
		expect([other.status, other.stderr]).toEqual([1, expect.stringMatching(/^tesserae: UNSUPPORTED: .*s3:\/\/BUCKET/)]);
	});
});
