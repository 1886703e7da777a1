import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const QUICKSTART = resolve("dist/examples/quickstart.js");

test("the example of the README runs, twice in the same place", async () => {
	const cwd = await mkdtemp(join(tmpdir(), "tesserae-quickstart-"));
	onTestFinished(() => rm(cwd, { recursive: true }));
	for (let run = 0; run < 2; run++) {
		const { stdout } = await promisify(execFile)(process.execPath, [QUICKSTART], { cwd });
		expect(stdout).toContain("[ 44, 11, 56 ] 0 [ 4, 100 ] 1");
	}
});
