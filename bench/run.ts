/** Runs the benchmarks and prints a table: `npm run bench -- [--only threads,zstd/write] [--rounds 5] [--out DIR]`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { codecs } from "./rows/codecs.js";
import { cold } from "./rows/cold.js";
import { distributed } from "./rows/distributed.js";
import { dosna } from "./rows/dosna.js";
import { fresh } from "./rows/fresh.js";
import { get } from "./rows/get.js";
import { hierarchy } from "./rows/hierarchy.js";
import { map } from "./rows/map.js";
import { memory } from "./rows/memory.js";
import { meter } from "./rows/meter.js";
import { overhead } from "./rows/overhead.js";
import { ranks } from "./rows/ranks.js";
import { scaling } from "./rows/scaling.js";
import { sqlite } from "./rows/sqlite.js";
import { threads } from "./rows/threads.js";
import { zstd } from "./rows/zstd.js";
import type { Bench } from "./support/bench.js";
import { choose } from "./support/choose.js";
import { describeMachine, versionIn } from "./support/machine.js";
import { Python } from "./support/python.js";
import { markdown } from "./support/report.js";

const USUAL = { get, fresh, threads, zstd, sqlite, map, scaling, ranks, overhead, meter, hierarchy, memory, cold };
/** Long, or in need of more than `npm ci` brings; only where they are named. */
const ON_REQUEST = { codecs, distributed, dosna };

const { values: options } = parseArgs({
	options: {
		only: { type: "string", default: Object.keys(USUAL).join(",") },
		rounds: { type: "string", default: "5" },
		out: { type: "string" },
	},
});
const chosen = choose({ ...USUAL, ...ON_REQUEST }, options.only.split(","));
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a whole number, not ${options.rounds}`);

const machine = describeMachine();
const results: Bench["results"] = {
	rows: [],
	tables: [],
	omissions: [],
	peers: {
		zarrita: versionIn("node_modules/zarrita/package.json"),
		"better-sqlite3": versionIn("node_modules/better-sqlite3/package.json"),
	},
};
let python: Promise<Python | undefined> | undefined;
const bench: Bench = {
	rounds,
	results,
	python() {
		python ??= Python.start(results);
		return python;
	},
};
for (const { name, run } of chosen) {
	console.error(name);
	await run(bench);
}
(await python)?.stop();

const page = markdown(machine, rounds, results);
console.log(page);
if (options.out !== undefined) {
	await mkdir(options.out, { recursive: true });
	const stem = join(options.out, machine.date.slice(0, 10));
	await writeFile(`${stem}.md`, page);
	await writeFile(`${stem}.json`, `${JSON.stringify({ machine, rounds, ...results }, undefined, "\t")}\n`);
}
