/** One job among the workers of a queue, as its caller sees it. */
import type { Job, JobSpec, Runner } from "../../src/engine.js";
import { errorFromPlain, isStoreError, StoreError } from "../../src/errors.js";
import type { StoredArray } from "../../src/stored-array.js";
import { absorb } from "../../src/wrap/meter.js";
import { nextRun, RUN_WAITS, TaskQueue } from "../shared/task-queue.js";
import { BatchSizer } from "./batch-size.js";
import type { Hub, WaitingCall } from "./hub.js";
import { batchId } from "./keys.js";
import { NoWorkers } from "./no-workers.js";
import { queueBatches } from "./queue-batches.js";
import type { MadeReference } from "./reference.js";
import type { KnownWorker } from "./registry.js";
import {
	batchesAtWork,
	type CallFields,
	type CallState,
	cancelCall,
	finishCall,
	publishCall,
	touchCall,
} from "./scripts.js";
import { cancelledLast, type Ended, type News, packReference, type TaskOutcome } from "./wire.js";

interface Pending<Result> {
	readonly task: number;
	readonly resolve: (result: Result) => void;
	readonly reject: (error: unknown) => void;
}

interface Batch<Result> {
	readonly tasks: readonly number[];
	/** Tasks whose results are not here. */
	readonly pending: Map<number, Pending<Result>>;
	/** Of the queue. */
	readonly run: number;
	/** How often results of its tasks were lost. */
	readonly losses: number;
}

/** Batches for each slot of a worker: one that it works on, one that waits there, and one for whoever is the next to have none. */
const BATCHES_PER_SLOT = 3;
/** How long workers may take to end what was cancelled (ms), beyond which nobody waits for them. */
const CANCEL_WAIT = 8000;
const MOST_WAITING = 16_384;
/** Times that results of a task may be lost, which takes a Redis that is started anew each time. */
const MOST_LOSSES = 10;

interface CallParts<Result> {
	readonly hub: Hub;
	readonly id: string;
	readonly job: Job<Result> & { readonly spec: JobSpec };
	readonly concurrency: number;
	readonly made: MadeReference;
	readonly fields: CallFields;
}

export class Call<Result> implements Runner<Result>, WaitingCall {
	readonly id: string;
	readonly settles: boolean;
	readonly #parts: CallParts<Result>;
	readonly #sizer: BatchSizer;
	readonly #queue = new TaskQueue<Pending<Result>>();
	readonly #batches = new Map<number, Batch<Result>>();
	readonly #noWorkers: NoWorkers;
	#last = 0;
	#done = 0;
	#retries = 0;
	#isDealing = false;
	/** Nothing more is sent; set before what is under way is ended. */
	#isOver = false;
	#cancelling: Promise<void> | undefined;
	/** What the call failed with first. */
	#failure: unknown;
	#signal: AbortSignal | undefined;
	#whenEmpty: (() => void) | undefined;

	constructor(parts: CallParts<Result>) {
		this.id = parts.id;
		this.settles = parts.made.reference.stores;
		this.#parts = parts;
		this.#sizer = new BatchSizer(parts.job.count);
		this.#noWorkers = new NoWorkers(parts.hub);
		this.#noWorkers.look(parts.hub.workers);
	}

	/** Puts what all batches share where workers find it. */
	async publish(): Promise<void> {
		const { hub, made, fields } = this.#parts;
		await publishCall(hub, this.id, { fields, reference: packReference(made.reference) });
		hub.add(this);
	}

	get retries(): number {
		return this.#retries;
	}

	/** Batches that may be under way. */
	get #most(): number {
		return BATCHES_PER_SLOT * Math.max(1, this.#parts.hub.slots);
	}

	/** In which tasks are dealt out: one for each slot of a worker where they overlap. */
	get #runs(): number {
		return this.#parts.job.spec.overlaps ? this.#most / BATCHES_PER_SLOT : 1;
	}

	get window(): number {
		const { job, concurrency } = this.#parts;
		const wanted = this.#most * (this.#sizer.timely + 1);
		// Where runs begin is to be there from the beginning.
		const apart = job.spec.overlaps ? this.#runs * RUN_WAITS : 0;
		return Math.min(MOST_WAITING, Math.max(concurrency, wanted, apart));
	}

	submit(task: number, signal: AbortSignal): Promise<Result> {
		if (this.#signal === undefined) {
			this.#signal = signal;
			signal.addEventListener("abort", () => this.#cancel(), { once: true });
		}
		return new Promise((resolve, reject) => {
			this.#queue.push({ task, resolve, reject });
			if (signal.aborted || this.#failure !== undefined) this.#cancel();
			else if (!this.#isDealing) {
				this.#isDealing = true;
				// After everything that is submitted in this turn.
				setImmediate(() => {
					this.#isDealing = false;
					this.#deal();
				});
			}
		});
	}

	async finish(): Promise<void> {
		const { hub, made } = this.#parts;
		await this.#cancelling;
		hub.remove(this);
		const outcome = { ...this.#outcome(), done: this.#done };
		// What Redis does not hear of expires there.
		if (hub.redis.status === "ready") await finishCall(hub, this.id, outcome).catch(() => {});
		await made.unmark();
		const why = (this.#signal?.reason as Error | undefined)?.cause;
		const isTimeout = why instanceof DOMException && why.name === "TimeoutError";
		if (outcome.state !== "done" && isTimeout) this.#noWorkers.refuseTimeout(why);
	}

	#outcome(): { readonly state: CallState; readonly error: string } {
		if (this.#done === this.#parts.job.count) return { state: "done", error: "" };
		const failure = this.#failure;
		if (failure === undefined || isStoreError(failure, "ABORTED")) return { state: "cancelled", error: "" };
		return { state: "failed", error: failure instanceof Error ? failure.message : String(failure) };
	}

	/** Sends what waits, as far as more may be under way. */
	#deal(): void {
		if (this.#isOver) return;
		const most = this.#most;
		const runs = this.#runs;
		const sent: number[] = [];
		while (this.#queue.length > 0 && this.#batches.size < most) {
			const size = this.#sizer.next(this.#queue.length, most - this.#batches.size, most);
			const run = nextRun(this.#batches.values(), runs);
			const some = this.#queue.take(size, { run, runs });
			this.#sizer.dealt(some.length);
			sent.push(this.#batch(some, run));
		}
		if (sent.length > 0) this.#send(sent).catch((error) => this.fail(error));
	}

	/** @returns its number */
	#batch(some: readonly Pending<Result>[], run: number, losses = 0): number {
		const pending = new Map(some.map((one) => [one.task, one]));
		this.#batches.set(++this.#last, { tasks: [...pending.keys()], pending, run, losses });
		return this.#last;
	}

	async #send(numbers: readonly number[]): Promise<void> {
		const { hub, fields, job } = this.#parts;
		const data = numbers.map((batch) => {
			const { run, tasks } = this.#batches.get(batch) as Batch<Result>;
			return { call: this.id, run: job.spec.overlaps ? run : undefined, batch, tasks };
		});
		await queueBatches(hub, fields.operation, data);
	}

	hear(news: News): void {
		const batch = this.#batches.get(news.batch);
		if (batch === undefined) return;
		if ("again" in news) this.#retries += batch.pending.size;
		else if ("failed" in news) this.#end(news.batch, batch, errorFromPlain(news.failed));
		else {
			this.#take(batch, news.results);
			if (news.ended !== undefined) this.#ended(news.batch, batch, news.ended);
		}
	}

	#take(batch: Batch<Result>, results: readonly TaskOutcome[]): void {
		for (const [task, result] of cancelledLast(results)) {
			const pending = batch.pending.get(task);
			batch.pending.delete(task);
			if (pending === undefined) continue;
			if ("value" in result) {
				this.#done++;
				pending.resolve(result.value as Result);
			} else {
				const error = errorFromPlain(result.error);
				this.#failure ??= error;
				pending.reject(error);
			}
		}
	}

	#ended(number: number, batch: Batch<Result>, { took, overhead, counts, times }: Ended): void {
		const { arrays } = this.#parts.job.spec;
		this.#sizer.measured(batch.tasks.length, took, overhead);
		for (const [i, count] of counts.entries()) if (count) absorb((arrays[i] as StoredArray).backend, count);
		for (const [i, time] of times.entries()) if (time) (arrays[i] as StoredArray).tuner.add(time);
		if (batch.pending.size > 0 && batch.losses < MOST_LOSSES && !this.#isOver) this.#doAgain(batch);
		this.#end(number, batch, new StoreError("INTERNAL", "a batch ended without all its results"));
	}

	/** What is not here was told to a Redis that has forgotten it since. */
	#doAgain({ pending, run, losses }: Batch<Result>): void {
		this.#retries += pending.size;
		this.#send([this.#batch([...pending.values()], run, losses + 1)]).catch((error) => this.fail(error));
		pending.clear();
	}

	#end(number: number, batch: Batch<Result>, error: Error): void {
		this.#batches.delete(number);
		if (batch.pending.size > 0) this.#failure ??= error;
		for (const { reject } of batch.pending.values()) reject(error);
		if (this.#batches.size === 0) this.#whenEmpty?.();
		this.#deal();
	}

	async tick(workers: readonly KnownWorker[]): Promise<void> {
		const { hub } = this.#parts;
		if (this.#isOver) return;
		const refusal = this.#noWorkers.look(workers);
		if (refusal !== undefined) return this.fail(refusal);
		const far = { done: this.#done, retries: this.#retries, caller: hub.id };
		const state = await touchCall(hub, this.id, far);
		if (state === "cancelled") this.fail(new StoreError("ABORTED", "the call was cancelled by tesserae queue cancel"));
		else if (state === "gone") await this.#again();
		this.#deal();
	}

	/** Redis has forgotten the call, as where it was started anew: everything that is under way is sent again. */
	async #again(): Promise<void> {
		const { hub, made, fields } = this.#parts;
		hub.log.warn(`the Redis at ${hub.settings.shown} has lost what was queued: it is sent again`);
		await publishCall(hub, this.id, { fields, reference: packReference(made.reference) });
		await this.#send([...this.#batches.keys()]);
	}

	fail(error: unknown): void {
		this.#failure ??= error;
		const [first] = this.#batches.values();
		const one = first?.pending.values().next().value ?? this.#queue.some;
		if (one !== undefined) {
			first?.pending.delete(one.task);
			one.reject(error);
		}
		this.#cancel();
	}

	/** Nothing more begins; what workers have at hand is waited for, so that nothing is stored after the call, though not for ever. */
	#cancel(): void {
		this.#isOver = true;
		this.#cancelling ??= this.#endAll();
		const error = this.#failure ?? new StoreError("ABORTED", "the call was cancelled");
		for (const { reject } of this.#queue.clear()) reject(error);
	}

	async #endAll(): Promise<void> {
		const { hub } = this.#parts;
		this.#failure ??= new StoreError("ABORTED", "the call was cancelled");
		const empty = new Promise<void>((resolve) => {
			this.#whenEmpty = resolve;
		});
		const isOut = new Promise<void>((resolve) => setTimeout(resolve, CANCEL_WAIT).unref());
		if (hub.redis.status === "ready") await Promise.race([this.#withdraw(), isOut]).catch(() => {});
		if (this.#batches.size > 0 && hub.redis.status === "ready") await Promise.race([empty, isOut]);
		for (const [number, batch] of this.#batches) this.#end(number, batch, this.#failure as Error);
	}

	/** Takes back the batches that no worker has. */
	async #withdraw(): Promise<void> {
		const { hub } = this.#parts;
		await cancelCall(hub, this.id, "by its caller");
		const atWork = new Set(await batchesAtWork(hub, this.id));
		for (const [number, batch] of [...this.#batches]) {
			if (atWork.has(number)) continue;
			await hub.batches.remove(batchId(this.id, number)).catch(() => {});
			this.#end(number, batch, this.#failure as Error);
		}
	}
}
