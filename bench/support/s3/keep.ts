import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Machine } from "../machine.js";
import { markdown } from "../report.js";
import type { Results, Row } from "../results.js";

interface Page extends Results {
	readonly machine: Machine;
	/** Where the day's runs had different numbers, the least and the most: `3 to 5`. */
	readonly rounds: number | string;
}

/** Writes `s3-DATE.md` and `.json`. What the day's page holds of other rows and tables stays. */
export async function keep(directory: string, page: Page): Promise<void> {
	await mkdir(directory, { recursive: true });
	const stem = join(directory, `s3-${page.machine.date.slice(0, 10)}`);
	const before = await readFile(`${stem}.json`, "utf8").then(
		(text) => JSON.parse(text) as Page,
		() => undefined,
	);
	const all = before === undefined ? page : merged(before, page);
	await writeFile(`${stem}.md`, markdown(all.machine, all.rounds, all));
	await writeFile(`${stem}.json`, `${JSON.stringify(all, undefined, "\t")}\n`);
}

function merged(before: Page, now: Page): Page {
	const other = (one: { readonly title: string }) => !now.tables.some(({ title }) => title === one.title);
	const isNew = (row: Row): boolean => !before.rows.some((one) => isSame(one, row));
	return {
		...now,
		rounds: roundsOf(before, now),
		rows: [...before.rows.map((row) => now.rows.find((one) => isSame(one, row)) ?? row), ...now.rows.filter(isNew)],
		tables: [...before.tables.filter(other), ...now.tables],
		omissions: now.omissions,
		peers: { ...before.peers, ...now.peers },
	};
}

function roundsOf(...pages: readonly Page[]): number | string {
	const all = pages.flatMap(({ rounds }) => String(rounds).split(" to ").map(Number));
	const [least, most] = [Math.min(...all), Math.max(...all)];
	return least === most ? least : `${least} to ${most}`;
}

function isSame(one: Row, other: Row): boolean {
	const sides = [one, other].map((row) => `${row.name} ${row.other?.split(":")[0]}`);
	return sides[0] === sides[1];
}
