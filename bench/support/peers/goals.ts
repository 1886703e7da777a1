import type { Row } from "../results.js";
import type { Measurement } from "./contest.js";

const OURS = "tesserae threads";

interface Goal {
	readonly other: string;
	/** How many times as fast we want to be at least. */
	readonly atLeast: number;
	/** Of which storages; left out: all. */
	readonly of?: readonly string[];
}

const GOALS: readonly Goal[] = [
	{ other: "TensorStore", atLeast: 1 },
	{ other: "zarr-python", atLeast: 2, of: ["zstd", "shards"] },
	{ other: "zarrita.js", atLeast: 5, of: ["zstd", "shards"] },
];

/** MiB that we may hold more than TensorStore does. */
const MORE_MEMORY = 100;

/** How one task went, held against the goals. */
export function goalRows(storage: string, measurements: readonly Measurement[]): Row[] {
	const ours = measurements.find(({ side }) => side === OURS);
	if (ours === undefined) return [];
	const rows: Row[] = [];
	for (const { other, atLeast, of } of GOALS) {
		const theirs = measurements.find(({ side }) => side === other);
		if (theirs === undefined || (of !== undefined && !of.includes(storage))) continue;
		const ratio = theirs.wall / ours.wall;
		rows.push({
			name: `${storage}, ${ours.task}`,
			ours: milliseconds(ours.wall),
			other: `${other}: ${milliseconds(theirs.wall)}`,
			ratio,
			cpuRatio: theirs.cpu / ours.cpu,
			goal: `≥ ${atLeast} ×`,
			met: ratio >= atLeast,
		});
	}
	const theirs = measurements.find(({ side }) => side === "TensorStore");
	if (theirs !== undefined) rows.push(memoryRow(storage, ours, theirs));
	return rows;
}

function memoryRow(storage: string, ours: Measurement, theirs: Measurement): Row {
	return {
		name: `${storage}, ${ours.task}: peak memory`,
		ours: mebibytes(ours.peak),
		other: `TensorStore: ${mebibytes(theirs.peak)}`,
		ratio: undefined,
		cpuRatio: undefined,
		goal: `≤ ${mebibytes(theirs.peak + MORE_MEMORY)}`,
		met: ours.peak <= theirs.peak + MORE_MEMORY,
	};
}

export function milliseconds(figure: number): string {
	return `${Number(figure.toPrecision(3))} ms`;
}

export function mebibytes(figure: number): string {
	return `${Math.round(figure)} MiB`;
}
