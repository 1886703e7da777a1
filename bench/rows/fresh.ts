import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Bench, Group } from "../support/bench.js";
import type { Contestant, Sample } from "../support/measure.js";
import { hold } from "../support/row.js";

const PROGRAM = fileURLToPath(new URL("../fresh-result.js", import.meta.url));

/** What glibc is told in the environment: to keep the memory of large results, rather than give it back and touch fresh pages for the next one. */
const KEEPS = { MALLOC_MMAP_THRESHOLD_: "1073741824", MALLOC_TRIM_THRESHOLD_: "1073741824" };

/** Results that are dropped at once, with and without memory that is kept for the next. */
export const fresh: Group = {
	sequential: (bench) => measure(bench, "sequential"),
	threads: (bench) => measure(bench, "threads"),
};

async function measure(bench: Bench, engine: string): Promise<void> {
	const contestants = [inProcess("memory kept", engine, KEEPS), inProcess("as it is", engine, {})];
	const name = `results of 32 MiB, zstd, ram, ${engine}`;
	await hold(bench, { name, contestants, comparisons: [{ ours: "memory kept", other: "as it is" }], warmUp: 0 });
}

function inProcess(name: string, engine: string, env: NodeJS.ProcessEnv): Contestant {
	return {
		name,
		async run() {
			const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, engine], {
				env: { ...process.env, ...env },
			});
			return JSON.parse(stdout) as Sample;
		},
	};
}
