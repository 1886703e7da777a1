import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the example of reductions prints statistics and a histogram", async () => {
	const { stdout } = await promisify(execFile)(process.execPath, [resolve("dist/examples/reductions.js")]);
	expect(stdout).toMatch(/^min {2}1\d\.\d\d {3}\(without skipNaN: NaN\)$/m);
	expect(stdout).toMatch(/^mean 3[78]\.\d\d$/m);
	const counts = [...stdout.matchAll(/^ *\d+\.\d\d #* +(\d+)$/gm)].map(([, count]) => Number(count));
	expect(counts).toHaveLength(13);
	expect(counts.reduce((a, b) => a + b)).toBe(60_000 - 60);
	expect(stdout).toContain("60 values are NaN");
});
