/** The clauses of reductions in the dataset suite find engines that mix results up, lose them, or count them twice. */
import { connect, type Engine, type Job, type Runner } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { datasetConformance } from "tesserae/conformance";
import { sequential } from "tesserae/engines/sequential";
import { expect, test } from "vitest";

type Submit = <Result>(job: Job<Result>, n: number, signal: AbortSignal) => Promise<Result>;

const BROKEN: readonly [what: string, clause: string, submit: Submit][] = [
	["swaps neighbours", "along axes they are arrays, also of a selection", (job, n, signal) => job.run(n ^ 1, signal)],
	[
		"swaps neighbours",
		"reduce combines in C order of the chunk coordinates",
		(job, n, signal) => job.run(n ^ 1, signal),
	],
	["gives the first result always", "a histogram counts as NumPy does", (job, _, signal) => job.run(0, signal)],
	["gives the first result always", "integer sums are exact", (job, _, signal) => job.run(0, signal)],
	[
		"swallows failures",
		"a kernel of reduce that fails names its chunk",
		(job, n, signal) => job.run(n, signal).catch(() => job.run(0, signal)),
	],
];

test.each(BROKEN)("an engine that %s is rejected by: %s", async (_, clause, submit) => {
	const start = async <Result>(job: Job<Result>, concurrency: number): Promise<Runner<Result>> => {
		// Reductions only: what is read and written stays right.
		const isReduction = job.spec?.operation === "reduce" || job.spec?.operation === "statistic";
		const even = job.count - (job.count % 2);
		return {
			window: concurrency,
			settles: false,
			retries: 0,
			submit: (n, signal) => (isReduction && n < even ? submit(job, n, signal) : job.run(n, signal)),
			finish: async () => {},
		};
	};
	const engine: Engine = { ...sequential(), start };
	const clauses = new Map<string, () => Promise<void>>();
	datasetConformance(
		(name, body) => void clauses.set(name, body),
		() => connect(ram(), { engine }),
	);
	expect(clauses.get(clause), clause).toBeDefined();
	await expect(clauses.get(clause)?.()).rejects.toThrow();
});
