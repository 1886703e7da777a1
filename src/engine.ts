import type { CallOptions } from "./call-options.js";
import { aborted } from "./errors.js";
import type { Job, Runner } from "./job.js";
import { largestFirst } from "./largest-first.js";
import type { Logger } from "./log.js";
import type { MemoryBudget } from "./memory-budget.js";
import { type Part, runShared } from "./shared-job.js";
import type { StoredArray } from "./stored-array.js";
import { afterTurn, expectListeners, isTimeToGiveWay } from "./turns.js";
import { callOf, type World } from "./world.js";

export type { CallOptions, Progress } from "./call-options.js";
export type { Job, JobSpec, Runner } from "./job.js";
export { expectListeners, giveWay } from "./turns.js";

/** Runs the tasks of a job in this thread, `concurrency` at once. */
export function runHere<Result>(job: Job<Result>, concurrency: number): Runner<Result> {
	const submit = (n: number, signal: AbortSignal): Promise<Result> => job.run(n, signal);
	return { window: concurrency, settles: false, retries: 0, submit, finish: async () => {} };
}

export interface EngineCapabilities {
	/** Tasks run in this thread. Plain functions run as kernels; elsewhere they must be made by `kernel(…)`. */
	readonly closures: boolean;
	/** Tasks write straight into the caller's memory, which is shared memory where they run in another thread. */
	readonly sharedMemory: boolean;
	/** Tasks run on several cores. */
	readonly parallel: boolean;
}

/**
 * Where tasks run. The loop that feeds it ({@link runJob}) is the same for all; `submit` is the only place where the road leaves this
 * thread.
 */
export interface Engine {
	readonly name: string;
	readonly supports: EngineCapabilities;
	/** Threads, processes or hosts that work at once. */
	readonly workers: number;
	/** The processes that run this program together: this one alone, but for `ranks`. */
	readonly world: World;
	/**
	 * Called with the store of a connection before anything is done with that: reaches what the engine needs.
	 * @throws StoreError UNSUPPORTED where the engine cannot work on it, with the reason, or what reaching failed with
	 */
	admit(backend: StoredArray["backend"], log: Logger): Promise<void>;
	/** @param concurrency tasks that may wait for the store at once, in all */
	start<Result>(job: Job<Result>, concurrency: number): Promise<Runner<Result>>;
	close(): Promise<void>;
}

/** True where tasks run in other threads that see shared memory of this one. */
export function sharesMemory({ supports }: Engine): boolean {
	return supports.sharedMemory && !supports.closures;
}

export interface Limits {
	/** Tasks that may wait for the store at once. */
	readonly concurrency: number;
	readonly budget: MemoryBudget;
}

/**
 * Runs every task of a job: as many at once as the engine and the memory budget allow. The first failure wins: nothing more is
 * started, the signal that running tasks were given is aborted, and the call rejects once they have ended, so that nothing is
 * written after it.
 *
 * @throws StoreError ABORTED where `signal` was; a write handed to the store by then may have been stored. OUT_OF_BUDGET, before anything is done,
 * where a task is larger than a strict budget
 */
export async function runJob<Result>(
	engine: Engine,
	job: Job<Result>,
	limits: Limits,
	options: CallOptions,
): Promise<void> {
	if (options.signal?.aborted) throw aborted(options.signal);
	if (job.count === 0) return;
	const { sharing } = job;
	const { signal, onProgress } = options;
	if (sharing === undefined || signal === undefined || callOf(signal) === undefined)
		return runPart(engine, job, limits, { ...options, begin: 0, end: job.count });
	const run = (part: Part<Result>, stop: AbortSignal): Promise<void> =>
		runPart(engine, { ...job, settle: part.settle ?? job.settle }, limits, { ...part, signal: stop });
	await runShared({ ...job, sharing }, { run, memory: limits.budget.limit, signal, onProgress });
}

type PartOptions = CallOptions & Pick<Part<unknown>, "begin" | "end">;
type LoopOptions = PartOptions & Pick<Engine, "workers">;

async function runPart<Result>(engine: Engine, job: Job<Result>, limits: Limits, options: PartOptions): Promise<void> {
	if (options.begin === options.end) return;
	const leave = await limits.budget.enter(limits.budget.largestOf(job), options.signal);
	try {
		const runner = await engine.start(job, limits.concurrency);
		try {
			await new Loop(runner, job, limits, { ...options, workers: engine.workers }).run();
		} finally {
			await runner.finish();
		}
	} finally {
		leave();
	}
}

class Loop<Result> {
	readonly #runner: Runner<Result>;
	readonly #job: Job<Result>;
	readonly #limits: Limits;
	readonly #options: LoopOptions;
	/** Undefined: as they are numbered. */
	readonly #order: Uint32Array | undefined;
	readonly #stop = new AbortController();
	#next: number;
	#running = 0;
	#done = 0;
	#bytes = 0;
	#failure: { readonly error: unknown } | undefined;
	/** True while the loop is waiting for the budget or for a macrotask, which will call it again. */
	#parked = false;
	#leaveLine: (() => void) | undefined;
	#resolve: () => void = () => {};
	#reject: (error: unknown) => void = () => {};

	constructor(runner: Runner<Result>, job: Job<Result>, limits: Limits, options: LoopOptions) {
		this.#next = options.begin;
		this.#order = largestFirst(job.weigh, options);
		this.#runner = runner;
		this.#job = job;
		this.#limits = limits;
		this.#options = options;
		expectListeners(this.#stop.signal);
	}

	async run(): Promise<void> {
		const { signal } = this.#options;
		// It may have been aborted while the engine started, which no listener hears of any more.
		if (signal?.aborted) throw aborted(signal);
		const onAbort = (): void => this.#fail(aborted(signal as AbortSignal));
		signal?.addEventListener("abort", onAbort, { once: true });
		try {
			await new Promise<void>((resolve, reject) => {
				this.#resolve = resolve;
				this.#reject = reject;
				this.#pump();
			});
		} finally {
			signal?.removeEventListener("abort", onAbort);
		}
	}

	/** Starts tasks until something says no. Called again whenever that may have changed. */
	#pump(): void {
		const { end } = this.#options;
		while (!this.#parked && !this.#stop.signal.aborted && this.#next < end && this.#running < this.#runner.window) {
			if (isTimeToGiveWay()) {
				this.#yieldTurn();
				return;
			}
			const task = this.#task();
			const cost = this.#job.cost(task);
			if (!this.#limits.budget.tryTake(cost)) {
				this.#waitForBudget(task, cost);
				return;
			}
			this.#launch(task, cost);
		}
	}

	/** The next one. */
	#task(): number {
		return this.#order?.[this.#next - this.#options.begin] ?? this.#next;
	}

	#yieldTurn(): void {
		this.#parked = true;
		afterTurn(() => {
			this.#parked = false;
			this.#pump();
		});
	}

	#waitForBudget(task: number, cost: number): void {
		this.#parked = true;
		this.#leaveLine = this.#limits.budget.wait(cost, () => {
			this.#parked = false;
			this.#leaveLine = undefined;
			this.#launch(task, cost);
			this.#pump();
		});
	}

	#launch(n: number, cost: number): void {
		this.#next++;
		this.#running++;
		this.#work(n).then(
			() => this.#finished(cost),
			(error) => {
				this.#fail(error);
				this.#ended(cost);
			},
		);
	}

	async #work(n: number): Promise<void> {
		const result = await this.#runner.submit(n, this.#stop.signal);
		if (this.#stop.signal.aborted || this.#runner.settles) return;
		const settled = this.#job.settle(n, result, this.#stop.signal);
		if (settled !== undefined) await settled;
	}

	#ended(cost: number): void {
		this.#limits.budget.release(cost);
		this.#running--;
		if (this.#failure !== undefined && this.#running === 0) this.#reject(this.#failure.error);
	}

	#finished(cost: number): void {
		this.#ended(cost);
		if (this.#stop.signal.aborted) return;
		this.#done++;
		this.#bytes += cost;
		const { begin, end, onProgress } = this.#options;
		const total = end - begin;
		try {
			const { retries } = this.#runner;
			const again = retries === 0 ? {} : { retries };
			onProgress?.({ done: this.#done, total, bytes: this.#bytes, ...again });
		} catch (error) {
			this.#fail(error);
			return;
		}
		if (this.#done === total) this.#resolve();
		else this.#pump();
	}

	#fail(error: unknown): void {
		if (this.#stop.signal.aborted) return;
		this.#failure = { error };
		this.#stop.abort(error);
		this.#leaveLine?.();
		if (this.#running === 0) this.#reject(error);
	}
}
