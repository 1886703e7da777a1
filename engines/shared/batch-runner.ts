import { objectLimit } from "../../src/chunk-source.js";
import type { Job, JobSpec, Runner } from "../../src/engine.js";
import { aborted, errorFromPlain } from "../../src/errors.js";
import type { StoredArray } from "../../src/stored-array.js";
import { absorb } from "../../src/wrap/meter.js";
import type { Crew, CrewJob, Loss, LostTask } from "./crew.js";
import type { Batch, BatchResult, KnownObject } from "./messages.js";
import type { ArrayReference, TaskResult } from "./references.js";
import { nextRun, RUN_WAITS, TaskQueue } from "./task-queue.js";

/** Batches at a worker: one that it works on, and one that is there when that ends. */
export const BATCHES_PER_WORKER = 2;
/** How long a batch should take (ms): long against what a message costs, short against what a person or another call waits. */
const BATCH_TIME = 5;
/** What the tasks of a batch hold at once, where that is more than one of them: large objects fill a connection or a disk by themselves. */
const BATCH_BYTES = 32 * 2 ** 20;
/** Tasks of a batch before it is known how long they take. */
const FIRST_BATCH = 4;
/** Tasks that wait here for a worker, so that the next batch is as large as it should be. */
const QUEUED_PER_WORKER = 16;

let lastJob = 0;

interface Pending<Result> {
	readonly task: number;
	readonly resolve: (result: Result) => void;
	readonly reject: (error: unknown) => void;
	/** Workers that ended while they had it, perhaps because of it. */
	losses: number;
}

type BatchedJob<Result = unknown> = Job<Result> & { readonly spec: JobSpec };

interface Sending {
	/** To a worker that has nothing else. */
	readonly isAlone: boolean;
	readonly run?: number;
}

/** Deals the tasks out in batches, so that a message carries many where they are short, and again where a worker is lost. */
export class BatchRunner<Result> implements Runner<Result> {
	readonly window: number;
	readonly settles: boolean;
	readonly #crew: Crew;
	readonly #atWork: CrewJob;
	readonly #number = ++lastJob;
	readonly #count: number;
	readonly #spec: JobSpec;
	/** Runs a task in this thread, where no worker would be any faster. */
	readonly #runHere: Job<Result>["run"] | undefined;
	readonly #arrays: readonly ArrayReference[];
	readonly #abort = new AbortController();
	readonly #queue = new TaskQueue<Pending<Result>>();
	/** In which tasks are dealt out. */
	readonly #runs: number;
	/** The run of each batch that is at a worker. */
	readonly #underWay = new Set<{ readonly run: number }>();
	/** Tasks whose worker was lost. Each goes out by itself, to a worker that has nothing else: what ends its worker is found, and ends nothing else. */
	readonly #suspects: Pending<Result>[] = [];
	/** Rejections of tasks that were cancelled because another one had failed, whose failure may still be on its way. */
	readonly #cancelled: (() => void)[] = [];
	/** One entry for each batch that may be sent now: how many of its tasks may wait for the store at once. */
	readonly #lanes: number[];
	readonly #batches: number;
	#isBegun = false;
	/** Suspects that are at workers. */
	#alone = 0;
	#dealt = 0;
	#retries = 0;
	/** How long one task keeps a worker at work (ms), as far as is known; that it waits for the store does not keep others from theirs. */
	#taskTime: number | undefined;
	/** Workers wait for the store most of the time. */
	#waits = false;

	constructor(crew: Crew, job: BatchedJob<Result>, concurrency: number) {
		const { count, spec, cost } = job;
		if (spec.carries && !isCarriedByWorkers(spec)) this.#runHere = job.run;
		this.#crew = crew;
		this.#runs = crew.keepsRuns && spec.overlaps ? crew.workers : 1;
		const queued = this.#runs > 1 ? RUN_WAITS : QUEUED_PER_WORKER;
		this.window = this.#runHere ? concurrency : concurrency + queued * crew.workers;
		this.#count = count;
		this.#spec = spec;
		this.#batches = Math.min(BATCHES_PER_WORKER * crew.workers, concurrency);
		const most = Math.max(1, Math.floor(BATCH_BYTES / cost(0)));
		this.#lanes = Array.from({ length: this.#batches }, (_, i) =>
			Math.min(most, Math.floor((concurrency + i) / this.#batches)),
		);
		this.#arrays = spec.arrays.map((array) => crew.server.reference(array));
		this.settles = isCarriedByWorkers(spec) || isStoredByWorkers(job);
		const { operation, description } = spec;
		this.#atWork = crew.take(this.#number, { operation, arrays: this.#arrays, description, stores: this.settles });
	}

	get retries(): number {
		return this.#retries;
	}

	submit(task: number, signal: AbortSignal): Promise<Result> {
		if (this.#runHere !== undefined) return this.#runHere(task, signal);
		if (signal.aborted) this.#cancel();
		else if (!this.#isBegun) signal.addEventListener("abort", () => this.#cancel(), { once: true });
		this.#isBegun = true;
		return new Promise((resolve, reject) => {
			this.#queue.push({ task, resolve, reject, losses: 0 });
			if (this.#queue.length === 1) queueMicrotask(() => this.#deal());
		});
	}

	async finish(): Promise<void> {
		for (const array of this.#arrays) this.#crew.server.release(array);
		this.#atWork.finish();
	}

	#cancel(): void {
		if (this.#abort.signal.aborted) return;
		this.#abort.abort();
		this.#atWork.cancel();
		this.#deal();
	}

	#deal(): void {
		if (this.#abort.signal.aborted) {
			for (const reject of this.#cancelled.splice(0)) reject();
			for (const { reject } of [...this.#suspects.splice(0), ...this.#queue.clear()])
				reject(aborted(this.#abort.signal));
		}
		if (this.#cancelled.length > 0) return;
		while (this.#suspects.length > 0 && this.#lanes.length > 0 && this.#alone < this.#crew.workers)
			void this.#send(this.#suspects.splice(0, 1), this.#lanes.pop() as number, { isAlone: true });
		if (this.#suspects.length > 0) return;
		while (this.#queue.length > 0 && this.#lanes.length > 0) {
			const part = { run: nextRun(this.#underWay, this.#runs), runs: this.#runs };
			const tasks = this.#queue.take(this.#batchSize(), part);
			void this.#send(tasks, this.#lanes.pop() as number, { ...part, isAlone: false });
		}
	}

	/**
	 * What takes about the time of a batch, and where the store is slow, enough for all lanes; less where few tasks are there or left, so that no worker is left alone
	 * with the rest. Only whole rounds of all lanes: in an uneven one some would wait for a store that the others do not ask any more.
	 */
	#batchSize(): number {
		const lanes = this.#lanes.at(-1) as number;
		const timely = this.#taskTime === undefined ? FIRST_BATCH : Math.ceil(BATCH_TIME / this.#taskTime);
		const wanted = this.#waits ? Math.max(timely, lanes) : timely;
		const share = Math.ceil((this.#count - this.#dealt) / this.#batches);
		const size = Math.max(1, Math.min(wanted, share, Math.ceil(this.#queue.length / this.#lanes.length)));
		return size > lanes ? size - (size % lanes) : size;
	}

	async #send(pending: readonly Pending<Result>[], lanes: number, { isAlone, run = 0 }: Sending): Promise<void> {
		const underWay = { run };
		if (!isAlone) this.#underWay.add(underWay);
		if (isAlone) this.#alone++;
		else this.#dealt += pending.length;
		try {
			const tasks = pending.map(({ task }) => task);
			const reply = await this.#atWork.run(
				await this.#batch(tasks, lanes, isAlone || this.#runs === 1 ? undefined : run),
				isAlone,
			);
			if ("results" in reply) this.#take(pending, reply);
			else this.#again(pending, reply);
		} catch (error) {
			for (const { reject } of pending) reject(error);
		}
		if (isAlone) this.#alone--;
		this.#underWay.delete(underWay);
		this.#lanes.push(lanes);
		if (this.#cancelled.length > 0 && this.#lanes.length === this.#batches) this.#cancel();
		this.#deal();
	}

	#take(pending: readonly Pending<Result>[], { results, counts, times, took, busy }: BatchResult): void {
		this.#taskTime = busy / pending.length;
		this.#waits = took > 2 * busy;
		const { arrays } = this.#spec;
		for (const [i, count] of counts.entries())
			if (count !== undefined) absorb((arrays[i] as StoredArray).backend, count);
		for (const [i, time] of times.entries()) if (time) (arrays[i] as StoredArray).tuner.add(time);
		this.#settle(pending, results);
	}

	/** The first failure wins, and a cancellation that it caused may come before it: that waits until the failure is here. */
	#settle(pending: readonly Pending<Result>[], results: readonly TaskResult[]): void {
		let failed = false;
		for (const [i, { resolve, reject }] of pending.entries()) {
			const result = results[i] as TaskResult;
			if ("value" in result) resolve(result.value as Result);
			else if (result.error.code === "ABORTED") this.#cancelled.push(() => reject(errorFromPlain(result.error)));
			else {
				reject(errorFromPlain(result.error));
				failed = true;
			}
		}
		if (failed) this.#cancel();
	}

	/** Their worker is lost, and what it had made of them: they are done again, unless they have ended too many workers. */
	#again(pending: readonly Pending<Result>[], loss: Loss): void {
		let failed = false;
		for (const one of pending) {
			if (loss.isSuspect) one.losses++;
			if (one.losses >= this.#crew.attempts) {
				one.reject(loss.error(this.#describe(one.task)));
				failed = true;
			} else if (one.losses > 1) this.#suspects.unshift(one);
			else this.#suspects.push(one);
		}
		if (failed) this.#cancel();
		else if (!this.#abort.signal.aborted) this.#retries += pending.length;
	}

	#describe(task: number): LostTask {
		const { arrays, chunk: chunkOf, operation } = this.#spec;
		const { name } = arrays.at(-1) as StoredArray;
		const chunk = chunkOf?.(task);
		const what = chunk === undefined ? `task ${task} of ${operation}` : `chunk [${chunk.join(", ")}]`;
		return { what: `${what} of ${JSON.stringify(name)}`, dataset: name, chunk };
	}

	async #batch(tasks: readonly number[], lanes: number, run: number | undefined): Promise<Batch> {
		const { attach } = this.#spec;
		const attached = attach && tasks.map(attach);
		return { job: this.#number, run, tasks, lanes, attached, objects: await this.#objects(tasks, lanes) };
	}

	async #objects(tasks: readonly number[], lanes: number): Promise<readonly KnownObject[]> {
		const { objects } = this.#spec;
		const backend = this.#arrays[0]?.backend;
		if (objects === undefined || backend?.kind !== "served") return [];
		const { signal } = this.#abort;
		const limit = objectLimit((this.#spec.arrays[0] as StoredArray).largest.pipeline);
		return this.#crew.server.objects(backend.id, [...new Set(tasks.flatMap(objects))], { lanes, signal, limit });
	}
}

/**
 * Into files of this machine, so that nothing but a number comes back. A database is written fastest by one, and so is a store behind a network, where what a lost
 * process has sent may also arrive after the call.
 */
function isStoredByWorkers({ spec: { storesFreely = false, arrays }, cost }: BatchedJob): boolean {
	const { spec, supports } = (arrays.at(-1) as StoredArray).backend;
	return storesFreely && spec !== undefined && !supports.atomicMultiPut && !supports.remote && cost(0) >= LARGE;
}

/** Smaller tasks spend their time waiting for the lock under which files are put (bytes). */
const LARGE = 2 ** 20;

/**
 * To and from stores behind a network, which take work in JavaScript for each byte. Between those of this machine the system does the work, and a database is
 * written fastest by one.
 */
function isCarriedByWorkers({ carries = false, arrays }: JobSpec): boolean {
	const backends = arrays.map(({ backend }) => backend);
	return (
		carries && backends.some(({ supports }) => supports.remote) && backends.every(({ spec }) => spec !== undefined)
	);
}
