import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { decode } from "fast-png";
import { expect, it } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../dist/examples/load-files.js", import.meta.url));

it("the example of array files runs as it is and paints a ball", async () => {
	const directory = await mkdtemp(join(tmpdir(), "load-files-"));
	const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, directory]);
	expect(stdout).toContain("float32 [80, 80, 80] { unit: 'mm' }");
	expect(stdout).toContain("the same in the middle: true");
	const { width, height, data } = decode(await readFile(join(directory, "ball.png")));
	expect([width, height, ...data.subarray(0, 3)]).toEqual([80, 80, 68, 1, 84]);
	await rm(directory, { recursive: true });
});
