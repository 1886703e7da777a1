import type { Engine, Job } from "../../src/engine.js";
import { nextTurn } from "../time.js";

/** One sentence of the contract in `src/engine.ts`, and what shows that it is kept. */
export interface EngineClause {
	readonly name: string;
	check(engine: Engine): Promise<void>;
}

/** What happened to the tasks of a job, in order. */
export interface Log {
	readonly begun: number[];
	readonly settled: [n: number, result: unknown][];
	running: number;
	/** The most that ran at once, in tasks and in bytes. */
	mostTasks: number;
	mostBytes: number;
}

export interface Tasks {
	readonly count: number;
	readonly cost?: ((n: number) => number) | undefined;
	/** The work; by default a task is done after a turn of the event loop, with ten times its number. */
	readonly work?: ((n: number, signal: AbortSignal) => Promise<unknown>) | undefined;
	readonly settle?: ((n: number) => Promise<void> | undefined) | undefined;
}

/** A job of this thread that keeps a log. */
export function logged({ count, cost = () => 1, work = later, settle }: Tasks): { job: Job; log: Log } {
	const log: Log = { begun: [], settled: [], running: 0, mostTasks: 0, mostBytes: 0 };
	let bytes = 0;
	const job: Job = {
		count,
		spec: undefined,
		cost,
		async run(n, signal) {
			log.begun.push(n);
			bytes += cost(n);
			log.mostTasks = Math.max(log.mostTasks, ++log.running);
			log.mostBytes = Math.max(log.mostBytes, bytes);
			try {
				return await work(n, signal);
			} finally {
				log.running--;
				bytes -= cost(n);
			}
		},
		settle(n, result) {
			log.settled.push([n, result]);
			return settle?.(n);
		},
	};
	return { job, log };
}

async function later(n: number): Promise<number> {
	await nextTurn();
	return 10 * n;
}

/** Never ends by itself; rejects with the signal's reason. */
export function untilAborted(signal: AbortSignal): Promise<never> {
	return new Promise((_, reject) => {
		if (signal.aborted) reject(signal.reason);
		signal.addEventListener("abort", () => reject(signal.reason));
	});
}
