import { fileURLToPath } from "node:url";
import type { Bench, Group } from "../support/bench.js";
import { program } from "../support/measure.js";
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
	const contestants = [program("memory kept", [PROGRAM, engine], KEEPS), program("as it is", [PROGRAM, engine])];
	const name = `results of 32 MiB, zstd, ram, ${engine}`;
	await hold(bench, { name, contestants, comparisons: [{ ours: "memory kept", other: "as it is" }], warmUp: 0 });
}
