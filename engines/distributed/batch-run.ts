/** One batch at a worker, from its beginning to its end. */
import type { Job } from "bullmq";
import { errorToPlain, StoreError } from "../../src/errors.js";
import type { TaskResult } from "../shared/references.js";
import { giveBackBatch, type Step, tellCaller } from "./scripts.js";
import type { Slot, SlotBatch, SlotEnd } from "./slot.js";
import type { BatchData, CallReference, Ended, TaskOutcome } from "./wire.js";

/** Results wait so long for others before they are told (ms), and so many bytes of them. */
const FLUSH_EVERY = 200;
const FLUSH_BYTES = 2 ** 20;
/** Failures of a store that may pass by themselves. */
const PASSING: readonly (string | undefined)[] = ["UNAVAILABLE", "THROTTLED", "TIMEOUT"];

export type BatchJob = Job<BatchData, void, string>;

/** What became of a batch: `later` where the store failed in a way that passes; `lost` where its thread was, or the batch itself. */
export type Outcome =
	| { readonly kind: "stopped" | "taken" }
	/** @see Ended.took */
	| { readonly kind: "done"; readonly took: number }
	| { readonly kind: "later"; readonly error: Error }
	| { readonly kind: "lost"; readonly why: string };

interface Parts {
	readonly step: Step;
	readonly job: BatchJob;
	readonly slot: Slot;
	readonly reference: CallReference;
	/** Of the caller. */
	readonly caller: string;
	/** What it took to learn what it is (ms). */
	readonly took: number;
	/** Until when it is this worker's (ms since 1970). */
	readonly until: number;
}

export class BatchRun {
	readonly #parts: Parts;
	readonly #left: Set<number>;
	readonly #batch: SlotBatch;
	#waiting: TaskOutcome[] = [];
	#bytes = 0;
	#timer: NodeJS.Timeout | undefined;
	#telling: Promise<void> = Promise.resolve();
	#passing: Error | undefined;

	constructor(parts: Parts) {
		this.#parts = parts;
		const { job, reference, until } = parts;
		const { call, run, tasks } = job.data;
		this.#left = new Set(tasks);
		this.#batch = { call, run, tasks, reference, until, hear: (outcome, bytes) => this.#hear(outcome, bytes) };
	}

	get data(): BatchData {
		return this.#parts.job.data;
	}

	/** Until when the batch is this worker's (ms since 1970). */
	set until(time: number) {
		this.#parts.slot.renew(this.#batch, time);
	}

	get job(): BatchJob {
		return this.#parts.job;
	}

	stop(): void {
		this.#parts.slot.stop(this.#batch);
	}

	async run(): Promise<Outcome> {
		const end = await this.#parts.slot.run(this.#batch);
		clearTimeout(this.#timer);
		if (Date.now() >= this.#batch.until) return { kind: "taken" };
		if ("lost" in end) {
			await this.#flush();
			return { kind: "lost", why: end.lost };
		}
		return this.#conclude(end);
	}

	async #conclude(end: Exclude<SlotEnd, { readonly lost: string }>): Promise<Outcome> {
		if (this.#passing !== undefined) {
			await this.#flush();
			return { kind: "later", error: this.#passing };
		}
		if (!("ended" in end)) return { kind: "stopped" };
		await this.#flush(end.ended);
		return { kind: "done", took: end.ended.took };
	}

	/** Those that were stopped, told as such. */
	async tellStopped(): Promise<void> {
		await this.#flush({ took: 0, counts: [], times: [] });
	}

	async tellFailed(error: Error): Promise<void> {
		const { step, caller } = this.#parts;
		const { call, batch } = this.data;
		await tellCaller(step, caller, { call, batch, failed: errorToPlain(error) });
	}

	/** As if the worker had never had what is left of it. */
	async giveBack(): Promise<void> {
		await this.#flush();
		await this.job.updateData({ ...this.data, tasks: [...this.#left] });
		await giveBackBatch(this.#parts.step, this.data);
	}

	#hear(outcome: TaskOutcome, bytes: number): void {
		const [task, result] = outcome;
		if (this.#passing !== undefined && "error" in result) return;
		if (this.#isPassing(result)) return;
		if ("error" in result && result.error.code === "ABORTED") return;
		this.#left.delete(task);
		this.#waiting.push(outcome);
		this.#bytes += bytes;
		if (this.#bytes >= FLUSH_BYTES) void this.#flush();
		else this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_EVERY);
	}

	/** Such a failure is not told, while there are attempts left: the batch is done again later. */
	#isPassing(result: TaskResult): boolean {
		const { job } = this.#parts;
		if (!("error" in result) || !PASSING.includes(result.error.code)) return false;
		if (job.attemptsMade + 1 >= (job.opts.attempts ?? 1)) return false;
		this.#passing = new Error(`${result.error.code}: ${result.error.message}`);
		return true;
	}

	/** Without what it waited for its turn, when others were done. */
	#overhead(took: number): number {
		const now = performance.now();
		const { took: fetched } = this.#parts;
		return fetched + Math.max(0, now - (this.#batch.begun ?? now) - took);
	}

	/** Tells what there is to tell, in order. */
	#flush(last?: Omit<Ended, "overhead">): Promise<void> {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const { step, caller } = this.#parts;
		const { call, batch } = this.data;
		const results = this.#waiting;
		this.#waiting = [];
		this.#bytes = 0;
		if (last !== undefined) for (const task of this.#left) results.push([task, { error: aborted() }]);
		const ended = last && { ...last, overhead: this.#overhead(last.took) };
		if (results.length === 0 && ended === undefined) return this.#telling;
		this.#telling = this.#telling.then(() => tellCaller(step, caller, { call, batch, results, ended }));
		// Where it cannot be told, the batch cannot be ended either, which whoever awaits the last one hears of.
		this.#telling.catch(() => {});
		return this.#telling;
	}
}

function aborted(): ReturnType<typeof errorToPlain> {
	return errorToPlain(new StoreError("ABORTED", "the call was cancelled"));
}
