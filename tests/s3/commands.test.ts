import { randomBytes, randomUUID } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Finished, output, type RunOptions, temporaryDirectory, tesserae } from "../cli/command-line.js";
import { startS3rver } from "../services/s3rver.js";
import { ceph, describeWith, type S3Service } from "../services/services.js";

const environment = ({ endpoint, credentials }: S3Service): { readonly [name: string]: string } => ({
	AWS_ENDPOINT_URL_S3: endpoint,
	AWS_ACCESS_KEY_ID: credentials.accessKeyId,
	AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

describeWith(ceph, "tesserae s3 on Ceph", (server) => {
	let options: Required<Pick<RunOptions, "env" | "cwd">>;
	const s3 = (...args: readonly string[]): Promise<string> => output(["s3", ...args], options);
	const fails = (...args: readonly string[]): Promise<Finished> => tesserae(["s3", ...args], options);

	beforeAll(async () => {
		options = { env: environment(server), cwd: await temporaryDirectory() };
	});

	test("a bucket that keeps versions: made, written to, looked into, set back and removed", async () => {
		const bucket = `ceph://tesserae-${randomUUID()}`;
		await s3("mb", bucket, "--versioning");
		expect((await fails("mb", bucket)).stderr).toMatch(/^tesserae: ALREADY_EXISTS: /);
		const file = join(options.cwd, "note.txt");
		for (const text of ["one", "second"]) {
			await writeFile(file, text);
			await s3("put", file, `${bucket}/dir/`, "--if-exists", "replace");
		}
		await s3("rm", "-y", `${bucket}/dir/note.txt`);
		const listed = JSON.parse(await s3("ls", "--versions", `${bucket}/dir/`, "--json")) as { version: string }[];
		expect(listed).toMatchObject([{ isDeletion: true }, { size: 6 }, { size: 3 }]);
		const oldest = listed[2]?.version ?? "";
		await s3("get", `${bucket}/dir/note.txt`, join(options.cwd, "old"), "--version-id", oldest);
		expect(await readFile(join(options.cwd, "old"), "utf8")).toBe("one");
		expect((await stat(join(options.cwd, "old"))).mode & 0o777).toBe(0o640);
		await s3("restore", `${bucket}/dir/note.txt`, "--version-id", oldest);
		expect(await s3("cat", `${bucket}/dir/note.txt`)).toBe("one");
		expect((await fails("rb", "-y", bucket)).stderr).toMatch(/^tesserae: CONFLICT: .*not empty/);
	});

	test("large files go both ways in parts, and are copied where they are", async () => {
		const bucket = `ceph://tesserae-${randomUUID()}`;
		await s3("mb", bucket);
		const bytes = randomBytes(70 * 2 ** 20);
		const [file, got] = [join(options.cwd, "large"), join(options.cwd, "got")];
		await writeFile(file, bytes);
		await s3("put", file, bucket);
		await s3("cp", `${bucket}/large`, `${bucket}/copy`);
		await s3("get", `${bucket}/copy`, got, "--file-mode", "600");
		expect(bytes.equals(await readFile(got))).toBe(true);
		expect((await stat(got)).mode & 0o777).toBe(0o600);
		for (const again of [await fails("put", file, bucket), await fails("cp", `${bucket}/large`, `${bucket}/copy`)])
			expect([again.status, again.stderr]).toEqual([1, expect.stringMatching(/^tesserae: ALREADY_EXISTS: /)]);
		expect(await s3("uploads", bucket, "--abort-older", "1d")).toBe("");
		expect(await s3("ls", "-l", bucket)).toBe("70 MiB\tcopy\n70 MiB\tlarge\n");
	});

	test("what is signed is printed, and works; the secret is in nothing that is", async () => {
		const bucket = `ceph://tesserae-${randomUUID()}`;
		await s3("mb", bucket);
		const put = (await s3("presign", `${bucket}/a`, "--method", "put", "--expires", "1h")).trim();
		expect((await fetch(put, { method: "PUT", body: "hello" })).status).toBe(200);
		const { status, stdout, stderr } = await tesserae(
			["s3", "presign", `${bucket}/a`, "--log-level", "debug"],
			options,
		);
		expect(await (await fetch(stdout.trim())).text()).toBe("hello");
		expect(status).toBe(0);
		expect(stderr).not.toContain("X-Amz-Signature");
		const { url, fields } = JSON.parse(
			await s3("presign", `${bucket}/b`, "--method", "post", "--max-size", "4", "--json"),
		) as { url: string; fields: { [name: string]: string } };
		for (const [text, answer] of [
			["hello", 400],
			["hey!", 204],
		] as const) {
			const form = new FormData();
			for (const [name, value] of Object.entries(fields)) form.append(name, value);
			form.append("file", new Blob([text]));
			expect((await fetch(url, { method: "POST", body: form })).status).toBe(answer);
		}
		expect(await s3("cat", `${bucket}/b`)).toBe("hey!");
		expect(stdout + stderr + JSON.stringify(fields)).not.toContain(server.credentials.secretAccessKey);
		expect((await fails("presign", `${bucket}/a`, "--expires", "8d")).stderr).toMatch(/INVALID_ARGUMENT.*7 days/);
	});

	test("probe says what was measured, and what it means for writers", async () => {
		const bucket = `ceph://tesserae-${randomUUID()}`;
		await s3("mb", bucket);
		expect(await s3("probe", bucket)).toMatch(/compareAndSwap\tyes\twriters of one chunk lose nothing/);
		expect(JSON.parse(await s3("probe", bucket, "--json"))).toMatchObject({
			supports: { compareAndSwap: true, ranges: true },
			service: { compareAndSwap: true, suffixRanges: true, bulkDelete: true, versioning: "off" },
		});
		expect(await s3("ls", "-r", bucket)).toBe("");
	});
});

describe("tesserae s3 on s3rver", () => {
	test("probe finds out that conditions are ignored", async () => {
		const server = await startS3rver();
		try {
			const options = { env: environment(server) };
			await output(["s3", "mb", "s3://bucket"], options);
			const { stdout } = await tesserae(["s3", "probe", "s3://bucket"], options);
			expect(stdout).toMatch(/compareAndSwap\tno\twriting takes writeSafety "single-writer"/);
			expect(stdout).toMatch(/createIfAbsent\tno/);
			expect(stdout).toMatch(/suffixRanges\tno/);
		} finally {
			await server.stop();
		}
	});
});
