import { randomNumbers } from "../random.js";
import type { Box, ReadCommand, WorkCommand } from "./commands.js";
import { STORED_EDGE, type Storage } from "./volume.js";

/** Where a side works. */
export interface Ground {
	/** The volume that all sides read. */
	readonly path: string;
	/** For what this side writes. */
	readonly to: string;
}

/** What every side is timed at. */
export interface Task {
	readonly name: string;
	/** Only sides that can flush take part. */
	readonly flushed: boolean;
	/** `empty`: makes a new array. `copy`: changes a copy of the volume. */
	readonly needs: "nothing" | "empty" | "copy";
	/** Whether there are goals for it. */
	readonly counts: boolean;
	/** What is read, or left, is the volume as it was written. */
	readonly whole: boolean;
	command(ground: Ground): WorkCommand;
}

const BOX_EDGE = 32;

export function tasksFor(storage: Storage, edge: number): Task[] {
	const chunks = storedChunks(edge);
	const boxes = randomBoxes(storage.boxes, edge);
	return [
		reads("read all", [cube(0, edge)], { counts: true, whole: true }),
		reads("chunk by chunk", chunks, { counts: true }),
		reads("chunk by chunk, 8 at once", chunks, { counts: true, concurrency: 8 }),
		roundTrip("round trip", false),
		roundTrip("round trip, flushed", true),
		reads(`${storage.boxes} random boxes of ${BOX_EDGE}³`, boxes),
		reads("[::2, ::2, ::2]", [cube(0, edge, 2)]),
		reads("one plane on each axis", planes(edge)),
		overwrite(edge),
	];
}

function reads(
	name: string,
	selections: readonly Box[],
	{
		concurrency = 1,
		counts = false,
		whole = false,
	}: Partial<Pick<ReadCommand, "concurrency"> & Pick<Task, "counts" | "whole">> = {},
): Task {
	const command: Task["command"] = ({ path }) => ({ what: "read", path, selections, concurrency });
	return { name, flushed: false, needs: "nothing", counts, whole, command };
}

function roundTrip(name: string, flushed: boolean): Task {
	const command: Task["command"] = (ground) => ({ what: "copy", ...ground, flushed });
	return { name, flushed, needs: "empty", counts: true, whole: true, command };
}

/** A box of half the edge that no chunk border meets. What is written is what lies one element further. */
function overwrite(edge: number): Task {
	const [start, stop] = [edge / 4 + 5, (3 * edge) / 4 + 5];
	const [from, box] = [cube(start + 1, stop + 1), cube(start, stop)];
	const command: Task["command"] = (ground) => ({ what: "overwrite", ...ground, from, box, flushed: false });
	const name = `overwrite of ${stop - start}³, not aligned`;
	return { name, flushed: false, needs: "copy", counts: false, whole: false, command };
}

function cube(start: number, stop: number, step = 1): Box {
	return [0, 1, 2].map(() => [start, stop, step]);
}

function storedChunks(edge: number): Box[] {
	const starts = Array.from({ length: Math.ceil(edge / STORED_EDGE) }, (_, i) => i * STORED_EDGE);
	const range = (start: number) => [start, Math.min(edge, start + STORED_EDGE), 1] as const;
	return starts.flatMap((z) => starts.flatMap((y) => starts.map((x) => [z, y, x].map(range))));
}

function randomBoxes(count: number, edge: number): Box[] {
	const random = randomNumbers(1);
	return Array.from({ length: count }, () =>
		[0, 1, 2].map(() => {
			const start = Math.floor(random() * (edge - BOX_EDGE + 1));
			return [start, start + BOX_EDGE, 1] as const;
		}),
	);
}

function planes(edge: number): Box[] {
	const at = edge / 2 + 3;
	return [0, 1, 2].map((axis) => [0, 1, 2].map((d) => (d === axis ? [at, at + 1, 1] : [0, edge, 1])));
}
