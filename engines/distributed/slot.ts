/** A thread of a worker, and the batches that it has. A kernel that does not end takes only its thread with it: that is ended, and another one begun. */
import { Worker } from "node:worker_threads";
import { StoreError } from "../../src/errors.js";
import { Control, type FromThread, type ThreadData, type ToThread } from "./thread-messages.js";
import type { CallReference, Ended, TaskOutcome } from "./wire.js";

/** What was told to stop gets so long (ms) before its thread is ended. */
const GRACE = 1000;

export interface SlotBatch {
	readonly call: string;
	/** @see BatchData.run */
	readonly run: number | undefined;
	readonly reference: CallReference;
	readonly tasks: readonly number[];
	/** Until when it is this worker's (ms since 1970). */
	until: number;
	/** When its thread began it (as performance.now); it waits for those before it. */
	begun?: number;
	hear(outcome: TaskOutcome, bytes: number): void;
}

/** How a batch came to its end: by itself, by being stopped, or because its thread was lost. */
export type SlotEnd =
	| { readonly ended: Omit<Ended, "overhead"> }
	| { readonly stopped: true }
	| { readonly lost: string };

export class Slot {
	readonly #control = new Control();
	readonly #data: Omit<ThreadData, "control">;
	readonly #known = new Set<string>();
	/** Of each call, the run that it had last. */
	readonly #runs = new Map<string, number>();
	/** The batch that runs, then those that wait for it. */
	readonly #batches: { readonly batch: SlotBatch; readonly end: (end: SlotEnd) => void }[] = [];
	#thread: Worker | undefined;

	constructor(data: Omit<ThreadData, "control">) {
		this.#data = data;
	}

	/** Batches that it has. */
	get load(): number {
		return this.#batches.length;
	}

	/** The run of a call's tasks that it had last. */
	runOf(call: string): number | undefined {
		return this.#runs.get(call);
	}

	/** Runs a batch, after those that it has. */
	run(batch: SlotBatch): Promise<SlotEnd> {
		if (batch.run !== undefined) this.#runs.set(batch.call, batch.run);
		return new Promise((resolve) => {
			this.#batches.push({ batch, end: resolve });
			if (this.#batches.length === 1) this.#begin(batch);
		});
	}

	renew(batch: SlotBatch, until: number): void {
		batch.until = until;
		if (this.#batches[0]?.batch === batch) this.#control.until = until;
	}

	/** Stops a batch, within a second whatever it does; one that waits never begins. */
	stop(batch: SlotBatch): void {
		const place = this.#batches.findIndex((one) => one.batch === batch);
		if (place > 0) this.#batches.splice(place, 1)[0]?.end({ stopped: true });
		if (place !== 0 || this.#control.isStopped) return;
		this.#control.isStopped = true;
		this.#post({ kind: "stop" });
		const thread = this.#thread;
		setTimeout(() => {
			if (this.#batches[0]?.batch === batch && this.#thread === thread) void this.#replace();
		}, GRACE);
	}

	#begin(batch: SlotBatch): void {
		const { call, reference, tasks, until } = batch;
		batch.begun = performance.now();
		this.#control.isStopped = false;
		this.#control.until = until;
		this.#start();
		this.#post({ kind: "run", call, tasks, reference: this.#known.has(call) ? undefined : reference });
		this.#known.add(call);
	}

	#end(end: SlotEnd): void {
		const ended = this.#batches.shift();
		if (ended !== undefined && !("ended" in end)) this.#known.delete(ended.batch.call);
		const next = this.#batches[0];
		// The thread goes on before anything is told.
		if (next !== undefined) this.#begin(next.batch);
		ended?.end(end);
	}

	#post(message: ToThread): void {
		this.#thread?.postMessage(message);
	}

	forget(call: string): void {
		this.#runs.delete(call);
		if (this.#known.delete(call)) this.#post({ kind: "forget", call });
	}

	async close(): Promise<void> {
		const thread = this.#thread;
		this.#thread = undefined;
		await thread?.terminate();
	}

	async #replace(): Promise<void> {
		await this.close();
		this.#known.clear();
		this.#end({ stopped: true });
	}

	#start(): void {
		if (this.#thread !== undefined) return;
		const workerData: ThreadData = { ...this.#data, control: this.#control.memory };
		const thread = new Worker(new URL("./thread.js", import.meta.url), { workerData });
		let error: unknown;
		thread.on("message", (message: FromThread) => {
			if (this.#thread === thread) this.#take(message);
		});
		thread.on("error", (thrown) => {
			error = thrown;
		});
		thread.on("exit", (code) => {
			if (this.#thread !== thread) return;
			this.#thread = undefined;
			this.#known.clear();
			this.#end({ lost: error instanceof Error ? error.message : `it ended with ${code}` });
		});
		this.#thread = thread;
	}

	#take(message: FromThread): void {
		if (message.kind === "outcome") {
			this.#batches[0]?.batch.hear(message.outcome, message.bytes);
			return;
		}
		if (message.forgot) this.#known.clear();
		this.#end(this.#control.isStopped ? { stopped: true } : { ended: message.ended });
	}
}

/** The error of a batch that ends the thread whenever it is tried. */
export function deadly(times: number, why: string, host: string): StoreError {
	return new StoreError(
		"WORKER_LOST",
		`workers were lost ${times} times over the same chunks, the last one on ${host} (${why}): the kernel ends its thread, or needs more memory than there is`,
	);
}
