/** The process in which cases run, started and watched by the one of `run.ts`. */
import { largestAllocation, watchAllocations } from "./allocations.js";
import type { Complaint } from "./exercise.js";

/** What the process says: a case begins, a case has ended with complaints. */
export type News =
	| { readonly kind: "begin"; readonly n: number }
	| { readonly kind: "complaints"; readonly n: number; readonly complaints: readonly Complaint[] };

watchAllocations();
const { runCase } = await import("./cases.js");
largestAllocation();

const [seed = 0, first = 0, last = 0] = process.argv.slice(2, 5).map(Number);
const directory = process.argv[5] ?? "";
let current = first;

const tell = (news: News): boolean => process.send?.(news) ?? false;
const stray = (call: string) => (error: unknown) => {
	const stack = error instanceof Error ? error.stack : undefined;
	tell({ kind: "complaints", n: current, complaints: [{ call, reason: String(error), stack }] });
};
process.on("unhandledRejection", stray("an unhandled rejection"));
process.on("uncaughtException", stray("an uncaught exception"));

for (; current < last; current++) {
	tell({ kind: "begin", n: current });
	const complaints = await runCase({ seed, n: current, directory });
	if (complaints.length > 0) tell({ kind: "complaints", n: current, complaints });
	// Lets rejections that nobody handles come up in the case that they belong to.
	await new Promise((resolve) => setImmediate(resolve));
}
process.disconnect?.();
process.exit(0);
