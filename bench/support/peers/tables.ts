import type { Table } from "../results.js";
import type { Measurement } from "./contest.js";
import { mebibytes, milliseconds } from "./goals.js";
import type { Side } from "./sides.js";

/** A line per task, a column per side: median time, and peak memory of a process that does nothing else. */
export function resultsTable(title: string, sides: readonly Side[], measurements: readonly Measurement[]): Table {
	const tasks = [...new Set(measurements.map(({ task }) => task))];
	const cell = (task: string, side: string): string => {
		const found = measurements.find((one) => one.task === task && one.side === side);
		return found === undefined ? "" : `${milliseconds(found.wall)}, ${mebibytes(found.peak)}`;
	};
	return {
		title,
		headings: ["task", ...sides.map(({ name }) => name)],
		lines: tasks.map((task) => [task, ...sides.map(({ name }) => cell(task, name))]),
	};
}

/** What each side does about a power cut. */
export function durabilityTable(sides: readonly Side[]): Table {
	return {
		title: "Flushing to the disk",
		headings: ["side", "“flushed” means", "else"],
		lines: sides
			.filter(({ readsOnly }) => !readsOnly)
			.map(({ name, flushes }) => [
				name,
				flushes ?? "cannot",
				flushes === undefined ? "left to the system" : "turned off, left to the system",
			]),
	};
}
