/** Runs the benchmarks and prints a table: `npm run bench -- [--only get,overhead,memory] [--rounds 5] [--out DIR]`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { get } from "./rows/get.js";
import { memory } from "./rows/memory.js";
import { overhead } from "./rows/overhead.js";
import type { Bench } from "./support/bench.js";
import { describeMachine, versionIn } from "./support/machine.js";
import { Python } from "./support/python.js";
import { markdown } from "./support/report.js";

const GROUPS: { readonly [name: string]: (bench: Bench) => Promise<void> } = { get, overhead, memory };

const { values: options } = parseArgs({
	options: {
		only: { type: "string", default: Object.keys(GROUPS).join(",") },
		rounds: { type: "string", default: "5" },
		out: { type: "string" },
	},
});
const groups = options.only.split(",").map((name) => {
	const group = GROUPS[name];
	if (group === undefined) throw new Error(`--only takes ${Object.keys(GROUPS).join(", ")}, not ${name}`);
	return group;
});
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a whole number, not ${options.rounds}`);

const python = await Python.start();
const peers = {
	zarrita: versionIn("node_modules/zarrita/package.json"),
	...(typeof python === "string" ? {} : python.versions),
};
const machine = describeMachine(peers);
const bench: Bench = {
	rounds,
	python: typeof python === "string" ? undefined : python,
	results: { rows: [], omissions: typeof python === "string" ? [{ name: "Python peers", reason: python }] : [] },
};
for (const group of groups) await group(bench);
bench.python?.stop();

const page = markdown(machine, rounds, bench.results);
console.log(page);
if (options.out !== undefined) {
	await mkdir(options.out, { recursive: true });
	const stem = join(options.out, machine.date.slice(0, 10));
	await writeFile(`${stem}.md`, page);
	await writeFile(`${stem}.json`, `${JSON.stringify({ machine, rounds, ...bench.results }, undefined, "\t")}\n`);
}
