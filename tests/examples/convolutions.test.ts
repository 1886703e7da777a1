import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { afterAll, expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../dist/examples/convolutions.js", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "convolutions-test-"));
afterAll(() => rmSync(directory, { recursive: true }));

function convolutions(...args: string[]): { status: number | null; stdout: string; stderr: string } {
	const env = { ...process.env, TMPDIR: directory };
	return spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8", env, cwd: directory });
}

test("the main job is right with halo, and shows the seams without", () => {
	const { status, stdout, stderr } = convolutions("--chunk-sizes", "64", "128", "--ntest", "1", "--out", "images");
	expect({ status, stderr: stderr.split("\n").length }).toEqual({ status: 0, stderr: 7 });
	expect(stdout).toMatch(/^ +64 .* s +0 +0 +9\.6 %$/m);
	expect(stdout).toMatch(/^ +128 .* s +0 +0 +4\.4 %$/m);
	const images = ["original", "smoothed", "seams"].map((name) =>
		decode(readFileSync(join(directory, "images", `${name}.png`))),
	);
	expect(images.map(({ width, height }) => [width, height])).toEqual([1, 2, 3].map(() => [543, 651]));
	expect(images.map(({ data }) => data.some((level, n) => n % 3 === 0 && level !== data[n + 1]))).toEqual([
		false,
		false,
		true,
	]);
	expect(readdirSync(directory)).toEqual(["images"]);
});

test.each([
	[["--nonsense"], /nonsense/],
	[["--sigma=-1"], /--sigma takes a number above 0/],
	[["--chunk-sizes", "32", "x"], /--chunk-sizes takes .* not "x"/],
	[["--backend", "ram", "--connection", "file:here"], /name two places/],
])("%j is wrong usage: status 2 and one line", (args, message) => {
	const { status, stdout, stderr } = convolutions(...args);
	expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
	expect(stderr).toMatch(message);
	expect(stderr.trimEnd()).not.toContain("\n");
});

test("--help explains every option", () => {
	const { status, stdout } = convolutions("--help");
	expect(status).toBe(0);
	for (const option of ["backend", "connection", "engine", "chunk-sizes", "sigma", "ntest", "out"])
		expect(stdout).toContain(`--${option} `);
});
