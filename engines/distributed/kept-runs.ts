/**
 * Which runs of a call's tasks a worker keeps to, where these overlap: those that it met first, one for each of its threads. What it does next then lies beside what
 * it did last, and decoded chunks serve again.
 */

import { exchangeBatch, type Step } from "./scripts.js";
import type { Slot } from "./slot.js";
import type { BatchData } from "./wire.js";

/** A batch that this worker has taken from the queue. */
interface TakenJob {
	readonly id?: string | undefined;
	data: BatchData;
}

interface Queue extends Step {
	/** Of what BullMQ keeps of the queue: with a name added, a key. */
	readonly prefix: string;
}

export class KeptRuns {
	readonly #most: number;
	readonly #runs = new Map<string, number[]>();

	/** @param most threads there are */
	constructor(most: number) {
		this.#most = most;
	}

	/** Makes a batch that belongs to others one of this worker's, where one waits. */
	async adopt(job: TakenJob, token: string, queue: Queue): Promise<void> {
		const { call, run } = job.data;
		if (run === undefined || this.#keeps(call, run)) return;
		const runs = this.#runs.get(call) ?? [];
		const other = await exchangeBatch(queue, { prefix: queue.prefix, id: job.id as string, token, call, runs });
		if (other !== undefined) job.data = other;
	}

	forget(call: string): void {
		this.#runs.delete(call);
	}

	#keeps(call: string, run: number): boolean {
		const runs = this.#runs.get(call) ?? [];
		if (runs.includes(run)) return true;
		if (runs.length === this.#most) return false;
		this.#runs.set(call, [...runs, run]);
		return true;
	}
}

/** The thread that has least to do; of several, the one that had the run before. */
export function slotFor(slots: readonly Slot[], { call, run }: BatchData): Slot {
	const least = Math.min(...slots.map(({ load }) => load));
	const free = slots.filter(({ load }) => load === least);
	return free.find((slot) => run !== undefined && slot.runOf(call) === run) ?? (free[0] as Slot);
}
