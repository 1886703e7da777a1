/** What a worker of any kind does: makes jobs again from what the owner sent, and runs their tasks by number. */
import { errorToPlain, StoreError } from "../../src/errors.js";
import { inLanes } from "./in-lanes.js";
import type { Batch, BatchResult, ObjectAnswer } from "./messages.js";
import { type OpenJob, openJob } from "./open-job.js";
import type { JobReference, TaskResult } from "./references.js";
import { type OwnerLine, servedBackend } from "./served-backend.js";

interface KnownJob<Shared> extends OpenJob {
	readonly shared: Shared;
	/** Objects of the first array's store that came along with the batches at work. */
	readonly known: Map<string, ObjectAnswer>;
}

const NONE: ReadonlyMap<string, ObjectAnswer> = new Map();

/** The jobs that a worker has open. */
export class OpenJobs<Shared extends JobReference> {
	readonly #jobs = new Map<number, Promise<KnownJob<Shared>>>();
	readonly #owner: OwnerLine;
	readonly #isStopped: (shared: Shared) => boolean | Promise<boolean>;

	/**
	 * @param owner by which stores are read that it serves
	 * @param isStopped asked before each task: whether its job was cancelled, in case that is known before {@link cancel} is called
	 */
	constructor(owner: OwnerLine, isStopped: (shared: Shared) => boolean | Promise<boolean>) {
		this.#owner = owner;
		this.#isStopped = isStopped;
	}

	has(job: number): boolean {
		return this.#jobs.has(job);
	}

	open(job: number, shared: Shared): void {
		this.#jobs.set(job, this.#open(shared));
	}

	/** Stops what runs of it. */
	cancel(job: number): void {
		void this.#jobs.get(job)?.then(
			({ abort }) => abort.abort(),
			() => {},
		);
	}

	/** It is over: forgets it, and the memory of its result. */
	forget(job: number): void {
		this.#jobs.delete(job);
	}

	/** Runs a batch of an open job at once, so that waiting for the store overlaps. Failures are results: they belong to their task. */
	async run({ job: number, tasks, lanes, attached, objects }: Batch): Promise<BatchResult> {
		const [began, before] = [performance.now(), performance.eventLoopUtilization()];
		const results = new Array<TaskResult>(tasks.length);
		let job: KnownJob<Shared>;
		try {
			job = await (this.#jobs.get(number) as Promise<KnownJob<Shared>>);
		} catch (error) {
			return { results: results.fill({ error: errorToPlain(error) }), counts: [], times: [], took: 0, busy: 0 };
		}
		for (const [key, answer] of objects) job.known.set(key, answer);
		await inLanes(tasks.length, lanes, async (i) => {
			results[i] = await this.#runTask(job, tasks[i] as number, attached?.[i]);
		});
		for (const [key] of objects) job.known.delete(key);
		const [counts, times] = [job.takeCounts(), job.takeTimes()];
		return {
			results,
			counts,
			times,
			took: performance.now() - began,
			busy: performance.eventLoopUtilization(before).active,
		};
	}

	/** A task that fails takes the others of its job with it, for the job has failed. */
	async #runTask({ job, shared, abort }: KnownJob<Shared>, task: number, attached: unknown): Promise<TaskResult> {
		try {
			const stopped = this.#isStopped(shared);
			if (typeof stopped === "boolean" ? stopped : await stopped) abort.abort();
			if (abort.signal.aborted) throw new StoreError("ABORTED", "the call was cancelled");
			const value = await job.run(task, abort.signal, attached);
			if (!shared.stores) return { value };
			await job.settle(task, value, abort.signal);
			return { value: undefined };
		} catch (error) {
			abort.abort();
			return { error: errorToPlain(error) };
		}
	}

	async #open(shared: Shared): Promise<KnownJob<Shared>> {
		const known = new Map<string, ObjectAnswer>();
		const open = await openJob(shared, (served, i) => servedBackend(this.#owner, served, i === 0 ? known : NONE));
		return { ...open, shared, known };
	}
}
