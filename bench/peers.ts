/**
 * Holds the library against other implementations, all on the same files:
 * `npm run bench:peers -- [--only zstd,shards/read] [--rounds 5] [--size 512] [--out DIR]`.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "./support/machine.js";
import { writePeersChart } from "./support/peers/chart.js";
import { contest, flushDisk, type Measurement } from "./support/peers/contest.js";
import { goalRows } from "./support/peers/goals.js";
import { SideProcess } from "./support/peers/side-process.js";
import { installedSides } from "./support/peers/sides.js";
import { durabilityTable, resultsTable } from "./support/peers/tables.js";
import { type Task, tasksFor } from "./support/peers/tasks.js";
import { STORAGES, STORED_EDGE, type Storage, writeVolume } from "./support/peers/volume.js";
import { temporaryDirectory } from "./support/place.js";
import { markdown } from "./support/report.js";
import type { Results } from "./support/results.js";

const { values: options } = parseArgs({
	options: {
		only: { type: "string", default: STORAGES.map(({ name }) => name).join(",") },
		rounds: { type: "string", default: "5" },
		size: { type: "string", default: "512" },
		out: { type: "string" },
	},
});
const rounds = wholeNumber("rounds", options.rounds, 1);
const edge = wholeNumber("size", options.size, STORED_EDGE);
const chosen = choose(options.only.split(","));

const machine = describeMachine();
const results: Results = { rows: [], tables: [], omissions: [], peers: {} };
const measurements: Measurement[] = [];
const sides = new Map(installedSides(results.omissions).map((side) => [side, new SideProcess(side)]));
for (const process of sides.values()) Object.assign(results.peers, await process.versions());
const began = performance.now();
for (const { storage, tasks } of chosen) await measure(storage, tasks);
for (const process of sides.values()) await process.stop();
results.tables.push(durabilityTable([...sides.keys()]));
console.error(`${seconds()} s: done`);

const page = markdown(machine, rounds, results);
console.log(page);
if (options.out !== undefined) {
	await mkdir(options.out, { recursive: true });
	const stem = join(options.out, `peers-${machine.date.slice(0, 10)}`);
	await writeFile(`${stem}.md`, page);
	const content = { machine, rounds, edge, ...results, measurements };
	await writeFile(`${stem}.json`, `${JSON.stringify(content, undefined, "\t")}\n`);
	await writePeersChart(stem, { edge, measurements });
}

function seconds(): number {
	return Math.round((performance.now() - began) / 1000);
}

async function measure(storage: Storage, tasks: readonly Task[]): Promise<void> {
	const { directory, remove } = await temporaryDirectory();
	const found: Measurement[] = [];
	try {
		const digest = await writeVolume(directory, storage, edge);
		await flushDisk();
		const path = join(directory, storage.name);
		for (const task of tasks) {
			console.error(`${seconds()} s: ${storage.name}, ${task.name}`);
			const arena = { storage: storage.name, path, directory, digest, sides, rounds, results };
			const measured = await contest(arena, task);
			if (task.counts) results.rows.push(...goalRows(storage.name, measured));
			found.push(...measured);
		}
	} finally {
		await remove();
	}
	measurements.push(...found);
	const title = `${storage.title}: ${edge}³ uint16, median time and peak memory`;
	results.tables.push(resultsTable(title, [...sides.keys()], found));
}

/** @param names `STORAGE`, or `STORAGE/WORD` for the tasks whose names contain the word */
function choose(names: readonly string[]): { readonly storage: Storage; readonly tasks: readonly Task[] }[] {
	const wanted = names.map((name) => name.split("/", 2) as [string, string?]);
	const all = STORAGES.map((storage) => {
		const words = wanted.filter(([name]) => name === storage.name).map(([, word = ""]) => word);
		const tasks = tasksFor(storage, edge).filter(({ name }) => words.some((word) => name.includes(word)));
		return { storage, tasks };
	});
	const known = (name: string): boolean => STORAGES.some((storage) => storage.name === name);
	if (wanted.every(([name]) => known(name)) && all.some(({ tasks }) => tasks.length > 0))
		return all.filter(({ tasks }) => tasks.length > 0);
	const storages = STORAGES.map(({ name }) => name).join(", ");
	throw new Error(`--only takes ${storages}, or zstd/WORD for the tasks whose names contain the word`);
}

function wholeNumber(option: string, text: string, multipleOf: number): number {
	const number = Number(text);
	if (Number.isInteger(number) && number >= 1 && number % multipleOf === 0) return number;
	throw new Error(
		`--${option} takes a whole number${multipleOf > 1 ? `, a multiple of ${multipleOf}` : ""}, not ${text}`,
	);
}
