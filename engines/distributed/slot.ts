/** A thread of a worker. A kernel that does not end takes only its thread with it: that is ended, and another one begun. */
import { Worker } from "node:worker_threads";
import { StoreError } from "../../src/errors.js";
import { Control, type FromThread, type ThreadData, type ToThread } from "./thread-messages.js";
import type { CallReference, Ended, TaskOutcome } from "./wire.js";

/** What was told to stop gets so long (ms) before its thread is ended. */
const GRACE = 1000;

export interface SlotBatch {
	readonly call: string;
	readonly reference: CallReference;
	readonly tasks: readonly number[];
	hear(outcome: TaskOutcome, bytes: number): void;
}

/** How a batch came to its end: by itself, by being stopped, or because its thread was lost. */
export type SlotEnd =
	| { readonly ended: Omit<Ended, "overhead"> }
	| { readonly stopped: true }
	| { readonly lost: string };

export class Slot {
	readonly control: Control = new Control();
	readonly #data: Omit<ThreadData, "control">;
	readonly #known = new Set<string>();
	#thread: Worker | undefined;
	#hear: SlotBatch["hear"] = () => {};
	#end: ((end: SlotEnd) => void) | undefined;

	constructor(data: Omit<ThreadData, "control">) {
		this.#data = data;
	}

	/** Runs a batch; one at a time. */
	run({ call, reference, tasks, hear }: SlotBatch): Promise<SlotEnd> {
		const thread = this.#alive();
		this.control.isStopped = false;
		this.#hear = hear;
		const message: ToThread = { kind: "run", call, tasks, reference: this.#known.has(call) ? undefined : reference };
		this.#known.add(call);
		return new Promise((resolve) => {
			this.#end = (end) => {
				this.#end = undefined;
				if (!("ended" in end)) this.#known.delete(call);
				resolve(end);
			};
			thread.postMessage(message);
		});
	}

	/** Stops what runs, within a second whatever it is. */
	stop(): void {
		const thread = this.#thread;
		if (thread === undefined || this.#end === undefined || this.control.isStopped) return;
		this.control.isStopped = true;
		thread.postMessage({ kind: "stop" } satisfies ToThread);
		setTimeout(() => {
			if (this.#end !== undefined && this.control.isStopped && this.#thread === thread) void this.#replace();
		}, GRACE);
	}

	forget(call: string): void {
		if (this.#known.delete(call)) this.#thread?.postMessage({ kind: "forget", call } satisfies ToThread);
	}

	async close(): Promise<void> {
		const thread = this.#thread;
		this.#thread = undefined;
		await thread?.terminate();
	}

	async #replace(): Promise<void> {
		await this.close();
		this.#known.clear();
		this.#end?.({ stopped: true });
	}

	#alive(): Worker {
		if (this.#thread !== undefined) return this.#thread;
		const workerData: ThreadData = { ...this.#data, control: this.control.memory };
		const thread = new Worker(new URL("./thread.js", import.meta.url), { workerData });
		let error: unknown;
		thread.on("message", (message: FromThread) => this.#take(message));
		thread.on("error", (thrown) => {
			error = thrown;
		});
		thread.on("exit", (code) => {
			if (this.#thread !== thread) return;
			this.#thread = undefined;
			this.#known.clear();
			this.#end?.({ lost: error instanceof Error ? error.message : `it ended with ${code}` });
		});
		this.#thread = thread;
		return thread;
	}

	#take(message: FromThread): void {
		if (message.kind === "outcome") {
			this.#hear(message.outcome, message.bytes);
			return;
		}
		if (message.forgot) this.#known.clear();
		this.#end?.(this.control.isStopped ? { stopped: true } : { ended: message.ended });
	}
}

/** The error of a batch that ends the thread whenever it is tried. */
export function deadly(times: number, why: string, host: string): StoreError {
	return new StoreError(
		"WORKER_LOST",
		`workers were lost ${times} times over the same chunks, the last one on ${host} (${why}): the kernel ends its thread, or needs more memory than there is`,
	);
}
