/** One task, all sides: checked, timed in turns, and their memory measured. */
import { execFile } from "node:child_process";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Contestant, race } from "../measure.js";
import type { Results } from "../results.js";
import { Refusal, SideProcess } from "./side-process.js";
import type { Side } from "./sides.js";
import type { Ground, Task } from "./tasks.js";

export interface Measurement {
	readonly storage: string;
	readonly task: string;
	readonly side: string;
	/** Milliseconds, medians. */
	readonly wall: number;
	readonly cpu: number;
	/** MiB. */
	readonly peak: number;
}

/** A volume, and the processes that work on it. */
export interface Arena {
	readonly storage: string;
	/** Of the volume. */
	readonly path: string;
	/** For what sides write. */
	readonly directory: string;
	/** Of all values of the volume. */
	readonly digest: string;
	readonly sides: ReadonlyMap<Side, SideProcess>;
	readonly rounds: number;
	readonly results: Results;
}

interface Entrant {
	readonly side: Side;
	readonly process: SideProcess;
	readonly ground: Ground;
}

export async function contest(arena: Arena, task: Task): Promise<Measurement[]> {
	const { storage, rounds } = arena;
	const entrants: Entrant[] = [];
	const digests = new Map<string, string>(task.whole ? [["what was written", arena.digest]] : []);
	for (const [side, process] of arena.sides) {
		if (task.flushed && side.flushes === undefined) continue;
		if (task.needs !== "nothing" && side.readsOnly) continue;
		const ground = { path: arena.path, to: join(arena.directory, side.name.replaceAll(/\W/g, "")) };
		const entry = await enter(arena, task, { side, process, ground });
		if (entry === undefined) continue;
		entrants.push({ side, process, ground });
		if (entry.digest !== undefined) digests.set(side.name, entry.digest);
	}
	checkDigests(`${storage}: ${task.name}`, digests);
	const medians = await race(
		entrants.map((entrant) => contestant(task, entrant)),
		rounds,
		0,
	);
	const measurements: Measurement[] = [];
	for (const { side, ground } of entrants) {
		const sample = medians.get(side.name);
		const peak = await peakOf(side, task, ground);
		await rm(ground.to, { recursive: true, force: true });
		if (sample !== undefined) measurements.push({ storage, task: task.name, side: side.name, ...sample, peak });
	}
	return measurements;
}

/**
 * Runs the task once, which also warms it up; the digest is of what it read, if it tells, or of what it left. Undefined where the side cannot
 * do it.
 */
async function enter(
	arena: Arena,
	task: Task,
	{ side, process, ground }: Entrant,
): Promise<{ readonly digest: string | undefined } | undefined> {
	try {
		await prepare(task, ground, true);
		const command = task.command(ground);
		if (command.what === "read") {
			const { digest } = await process.work({ ...command, digest: true });
			if (digest === undefined && side.tellsValues) throw new Error(`${side.name} gives no digest`);
			return { digest };
		}
		await process.work(command);
		return { digest: await digestOf(arena, ground.to) };
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		await rm(ground.to, { recursive: true, force: true });
		arena.results.omissions.push({ name: `${arena.storage}, ${task.name}: ${side.name}`, reason: error.message });
		return undefined;
	}
}

/** Of all values of an array, as the first side reads it. */
async function digestOf({ sides }: Arena, path: string): Promise<string | undefined> {
	const reader = new SideProcess([...sides.keys()][0] as Side);
	const all = { what: "read", path, selections: [[]], concurrency: 1, digest: true } as const;
	const answer = await reader.work(all);
	await reader.stop();
	return answer.digest;
}

function checkDigests(row: string, digests: ReadonlyMap<string, string>): void {
	const [wanted] = digests.values();
	for (const [name, digest] of digests)
		if (digest !== wanted) throw new Error(`${row}: the values of ${name} are others`);
}

/** Before the clock: what the task needs is there. */
async function prepare(task: Task, { path, to }: Ground, first: boolean): Promise<void> {
	if (task.needs === "empty" || first) await rm(to, { recursive: true, force: true });
	if (task.needs !== "copy" || !first) return;
	await cp(path, to, { recursive: true });
	await flushDisk();
}

/** So that nobody's work waits for what was written before. */
export async function flushDisk(): Promise<void> {
	await promisify(execFile)("sync");
}

function contestant(task: Task, { side, process, ground }: Entrant): Contestant {
	return {
		name: side.name,
		async run() {
			await prepare(task, ground, false);
			return process.work(task.command(ground));
		},
	};
}

/** Of a process that does the task and nothing else. */
async function peakOf(side: Side, task: Task, ground: Ground): Promise<number> {
	await prepare(task, ground, false);
	const process = new SideProcess(side);
	await process.work(task.command(ground));
	const peak = await process.peak();
	await process.stop();
	return peak;
}
