/** A worker: takes batches from a queue and has threads do them (`tesserae worker`). */
import { randomUUID } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { hostname } from "node:os";
import type { Worker } from "bullmq";
import type { Redis } from "ioredis";
import { StoreError } from "../../src/errors.js";
import type { Logger } from "../../src/log.js";
import { type BatchJob, BatchRun, type Outcome } from "./batch-run.js";
import { KeptRuns, slotFor } from "./kept-runs.js";
import { type Keys, keysOf, PREFIX, queueNameOf } from "./keys.js";
import { pathOf, placeOfQueue, type QueueOptions, type QueuePlace } from "./options.js";
import { loadBull } from "./packages.js";
import { openRedis } from "./redis.js";
import { ReferenceCache } from "./reference-cache.js";
import { announceWorker, forgetWorker } from "./registry.js";
import { beginBatch, noteLostThread, type Step, tellCaller } from "./scripts.js";
import { deadly, Slot } from "./slot.js";
import { VERSION } from "./version.js";
import type { BatchData } from "./wire.js";

export interface WorkerOptions extends QueueOptions {
	/** Batches at once, each on a thread of its own. Default 1. */
	readonly concurrency?: number | undefined;
	/** Directory of this host's kernels; without it only those of packages are found. */
	readonly kernels?: string | URL | undefined;
	/** How long a worker may give no sign of life before others take its batches (ms). Default 4000. */
	readonly lockDuration?: number | undefined;
	readonly log: Logger;
	/** Ends the worker: what it has at hand it finishes in a few seconds, or gives back. */
	readonly signal: AbortSignal;
}

const DEFAULT_LOCK = 4000;
/** What is at hand when the worker is to end may take so long (ms), before it is given back. */
const FAREWELL = 3000;
/** Times that a batch may lose its worker, whatever the reason; a thread is ended by nothing but its kernel. */
const MOST_LOSSES = 10;
const MOST_THREADS = 3;
/** Batches that took less (ms) are short. */
const SHORT = 500;
/** BullMQ would count for itself, and without a word to the caller. */
const NEVER = 1_000_000;

/**
 * Works until `signal` is aborted.
 * @throws StoreError INVALID_ARGUMENT, or UNAVAILABLE, FORBIDDEN and UNSUPPORTED where Redis is not there or will not do
 */
export async function work(options: WorkerOptions): Promise<void> {
	const { concurrency = 1, lockDuration = DEFAULT_LOCK } = options;
	if (!Number.isSafeInteger(concurrency) || concurrency < 1) throw invalid("concurrency is a whole number ≥ 1");
	if (!Number.isFinite(lockDuration) || lockDuration < 1000) throw invalid("lockDuration is at least 1000 ms");
	const place = placeOfQueue(options);
	const kernels = options.kernels === undefined ? undefined : directoryOf(pathOf(options.kernels));
	if (options.signal.aborted) return;
	const redis = await openRedis(place, options.log);
	const host = new WorkerHost({ place, redis, concurrency, lockDuration, kernels, log: options.log });
	await host.run(options.signal);
}

function directoryOf(path: string): string {
	if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return realpathSync(path);
	throw invalid(`the directory of kernels ${path} is not there`);
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}

/** Resolves with false. */
function aWhile(): Promise<false> {
	return new Promise((resolve) => setTimeout(resolve, 100, false));
}

/** Every further connection that is made of this one, by BullMQ as well: each would keep the process alive. */
function withDuplicates(redis: Redis): ReadonlySet<Redis> {
	const made = new Set<Redis>();
	const duplicate = redis.duplicate.bind(redis);
	redis.duplicate = (options) => {
		const one = duplicate(options);
		one.on("error", () => {});
		made.add(one);
		return one;
	};
	return made;
}

interface HostParts {
	readonly place: QueuePlace;
	readonly redis: Redis;
	readonly concurrency: number;
	readonly lockDuration: number;
	readonly kernels: string | undefined;
	readonly log: Logger;
}

class WorkerHost implements Step {
	readonly redis: Redis;
	readonly keys: Keys;
	/** Of what BullMQ keeps of the queue: with a name added, a key. */
	readonly prefix: string;
	readonly #parts: HostParts;
	readonly #id = randomUUID();
	readonly #references: ReferenceCache;
	readonly #slots: readonly Slot[];
	readonly #running = new Map<string, BatchRun>();
	readonly #runs: KeptRuns;
	#worker: Worker<BatchData, void, string> | undefined;
	#isEnding = false;
	#isLooking = false;

	constructor(parts: HostParts) {
		this.#parts = parts;
		this.redis = parts.redis;
		this.keys = keysOf(parts.place.queue);
		this.prefix = `${PREFIX}:${queueNameOf(parts.place.queue, VERSION)}:`;
		this.#references = new ReferenceCache(this);
		const data = { kernels: parts.kernels, host: hostname() };
		this.#runs = new KeptRuns(parts.concurrency);
		this.#slots = Array.from({ length: parts.concurrency }, () => new Slot(data));
	}

	async run(signal: AbortSignal): Promise<void> {
		const { log, place, concurrency, lockDuration } = this.#parts;
		const { redis } = this.#parts;
		const others = withDuplicates(redis);
		const worker = await this.#takeBatches();
		this.#worker = worker;
		const ear = redis.duplicate();
		ear.on("message", () => void this.#look());
		await ear.subscribe(this.keys.channel);
		const beat = setInterval(() => void this.#look(), Math.min(1000, lockDuration / 4));
		await this.#look();
		log.info(`working for the queue ${place.queue} of ${place.shown}, ${concurrency} at once, as ${VERSION}`);
		try {
			await new Promise<void>((resolve) => {
				if (signal.aborted) resolve();
				signal.addEventListener("abort", () => resolve(), { once: true });
			});
			await this.#end(worker);
		} finally {
			clearInterval(beat);
			await Promise.all(this.#slots.map((slot) => slot.close()));
			for (const one of [redis, ...others]) one.disconnect();
		}
	}

	async #takeBatches(): Promise<Worker<BatchData, void, string>> {
		const { Worker } = await loadBull();
		const { redis, place, concurrency, lockDuration, log } = this.#parts;
		const worker = new Worker<BatchData, void, string>(
			queueNameOf(place.queue, VERSION),
			(job, token) => this.#process(job, token as string),
			{
				connection: redis,
				prefix: PREFIX,
				concurrency,
				lockDuration,
				stalledInterval: lockDuration / 4,
				maxStalledCount: NEVER,
				// Renewed here, so that it is known until when a batch is this worker's.
				skipLockRenewal: true,
				runRetryDelay: 500,
			},
		);
		worker.on("error", (error) => log.debug(error.message));
		await worker.waitUntilReady();
		return worker as unknown as Worker<BatchData, void, string>;
	}

	/** Finishes what is at hand, or gives it back, so that others go on with it at once; without Redis neither can be done. */
	async #end(worker: Worker<BatchData, void, string>): Promise<void> {
		const { log } = this.#parts;
		log.info(`ending, with ${this.#running.size} batches at hand`);
		const stop = (): void => {
			this.#isEnding = true;
			for (const run of this.#running.values()) run.stop();
		};
		const late = setTimeout(stop, FAREWELL);
		const closed = worker.close().then(() => true);
		while (!(await Promise.race([closed, aWhile()])) && this.redis.status === "ready");
		clearTimeout(late);
		if (this.redis.status === "ready") await forgetWorker(this, this.#id).catch(() => {});
		else log.warn("Redis is away: what is at hand is left to other workers");
	}

	async #process(job: BatchJob, token: string): Promise<void> {
		const began = performance.now();
		const { log, lockDuration } = this.#parts;
		const until = Date.now() + lockDuration;
		await this.#runs.adopt(job, token, this);
		const { data } = job;
		const times = await beginBatch(this, data);
		const known = typeof times === "number" ? await this.#references.get(data.call) : undefined;
		if (known === undefined) return log.debug(`dropped a batch of the call ${data.call}, which is over`);
		const { reference, caller } = known;
		const slot = slotFor(this.#slots, data);
		const took = performance.now() - began;
		const run = new BatchRun({ step: this, job, slot, reference, caller, took, until });
		this.#running.set(job.id as string, run);
		try {
			// What took so many workers with it would take the next one, too.
			if ((times as number) > MOST_LOSSES)
				return await run.tellFailed(deadly(MOST_LOSSES, "it did not answer any more", hostname()));
			if ((times as number) > 1) await tellCaller(this, caller, { call: data.call, batch: data.batch, again: true });
			log.debug(`${data.tasks.length} tasks of ${reference.operation}, call ${data.call}`);
			await this.#conclude(run, await run.run(), token);
		} finally {
			this.#running.delete(job.id as string);
		}
	}

	/** While batches are short, one more waits at each thread, so that none waits for Redis; behind a long one it would wait for nothing. */
	#fetchAhead(took: number): void {
		const { concurrency } = this.#parts;
		if (this.#worker !== undefined) this.#worker.concurrency = took < SHORT ? 2 * concurrency : concurrency;
	}

	async #conclude(run: BatchRun, outcome: Outcome, token: string): Promise<void> {
		const { log } = this.#parts;
		const { WaitingError } = await loadBull();
		if (outcome.kind === "done") {
			this.#fetchAhead(outcome.took);
			return;
		}
		if (outcome.kind === "later") {
			log.warn(`a batch is tried again later: ${outcome.error.message}`);
			await run.giveBack();
			throw outcome.error;
		}
		if (outcome.kind === "taken") {
			log.warn("a batch was taken from this worker, which did not reach Redis for too long");
			throw new WaitingError();
		}
		if (outcome.kind === "lost") {
			log.error(`a thread was lost: ${outcome.why}`);
			const threads = await noteLostThread(this, run.data);
			if (threads >= MOST_THREADS) return run.tellFailed(deadly(threads, outcome.why, hostname()));
		} else if (!this.#isEnding) return run.tellStopped();
		else await run.giveBack();
		await run.job.moveToWait(token);
		throw new WaitingError();
	}

	/** Says that the worker lives, renews what it has at hand, and stops what nobody waits for. */
	async #look(): Promise<void> {
		if (this.#isLooking) return;
		this.#isLooking = true;
		try {
			const { concurrency } = this.#parts;
			const calls = [...this.#running.values()].map(({ data }) => data.call);
			const identity = { id: this.#id, host: hostname(), pid: process.pid, version: VERSION };
			await Promise.all([announceWorker(this, { ...identity, concurrency, calls }), this.#stopOver(), this.#renew()]);
		} catch (error) {
			this.#parts.log.debug((error as Error).message);
		} finally {
			this.#isLooking = false;
		}
	}

	async #renew(): Promise<void> {
		const { lockDuration } = this.#parts;
		for (const run of this.#running.values()) {
			const until = Date.now() + lockDuration;
			const renewed = await run.job.extendLock(run.job.token as string, lockDuration).catch(() => 0);
			if (renewed === 1) run.until = until;
			else if (this.#running.get(run.job.id as string) === run) {
				run.until = 0;
				run.stop();
			}
		}
	}

	async #stopOver(): Promise<void> {
		const calls = new Set([...this.#running.values()].map(({ data }) => data.call));
		for (const call of calls) {
			if ((await this.redis.hget(this.keys.call(call), "state")) === "open") continue;
			for (const run of this.#running.values()) if (run.data.call === call) run.stop();
		}
		for (const call of await this.#references.forgetOver(calls)) {
			this.#runs.forget(call);
			for (const slot of this.#slots) slot.forget(call);
		}
	}
}
