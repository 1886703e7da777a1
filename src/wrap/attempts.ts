import { type ErrorCode, isStoreError, StoreError } from "../errors.js";
import type { Operation } from "./counts.js";
import { pause } from "./pause.js";

/** How often and how patiently a call is tried. */
export interface Patience {
	/** Of one call, in all. */
	readonly attempts: number;
	/** What the first pause lasts at most; each one after it up to twice as long (ms). */
	readonly base: number;
	/** What no pause exceeds (ms). */
	readonly cap: number;
	/** After which an attempt is cancelled (ms). */
	readonly attemptTimeout: number | undefined;
	readonly onRetry: ((retry: Retry) => void) | undefined;
}

/** A call that failed and will be tried again. */
export interface Retry {
	readonly operation: Operation | "usage" | "compact";
	/** The object concerned, where it is one. */
	readonly key: string | undefined;
	/** The attempt that failed, from 1. */
	readonly attempt: number;
	/** Milliseconds until the next one. */
	readonly delay: number;
	readonly error: StoreError;
}

/** What is being tried, in the words of messages. */
export interface Task {
	readonly operation: Retry["operation"];
	readonly key?: string | undefined;
	readonly signal: AbortSignal | undefined;
	/** True where a write may have been stored although it failed. */
	readonly inDoubt?: (() => boolean) | undefined;
}

const PASSING: readonly ErrorCode[] = ["UNAVAILABLE", "TIMEOUT", "THROTTLED"];

/** A failure that may pass by itself. */
export function passes(error: unknown): error is StoreError {
	return isStoreError(error) && PASSING.includes(error.code);
}

/** True where the store may have done what it was asked, although no answer came. One that is throttled did nothing. */
export function leavesDoubt(error: unknown): boolean {
	return isStoreError(error, "UNAVAILABLE") || isStoreError(error, "TIMEOUT");
}

/** Costs of the budget, as those of the standard mode of the AWS SDKs: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const COST = 5;
const COST_OF_TIMEOUT = 10;

/**
 * Tries again what failed for a while. Pauses are random, up to a bound that doubles ("full jitter"), so that those who failed together do not come back together. A budget
 * bounds what a store that does not recover is asked again: every retry costs, every call that succeeds gives something back.
 */
export class Attempts {
	readonly patience: Patience;
	readonly #location: () => string;
	readonly #capacity: number;
	#budget: number;
	/** Ends the pauses of those who wait. */
	readonly #waiting = new Set<() => void>();
	#closed = false;

	constructor(patience: Patience, budget: number, location: () => string) {
		this.patience = patience;
		this.#capacity = budget;
		this.#budget = budget;
		this.#location = location;
	}

	/** @throws what the last attempt threw, with the number of attempts in its message; ABORTED at once where a pause is cancelled */
	async run<T>(task: Task, attempt: () => Promise<T>): Promise<T> {
		const series = this.series(task);
		for (;;) {
			try {
				const result = await attempt();
				series.succeeded();
				return result;
			} catch (error) {
				await series.failed(error);
			}
		}
	}

	/** The attempts of one call, for whoever makes them by himself. */
	series(task: Task): Series {
		let failures = 0;
		let paid = 0;
		return {
			succeeded: () => {
				this.#budget = Math.min(this.#capacity, this.#budget + (paid === 0 ? 1 : paid));
			},
			progressed: () => {
				failures = 0;
			},
			failed: async (error) => {
				if (!passes(error)) throw error;
				failures++;
				const cost = error.code === "TIMEOUT" ? COST_OF_TIMEOUT : COST;
				if (failures >= this.patience.attempts) throw gaveUp(error, failures, task);
				if (this.#budget < cost) throw gaveUp(error, failures, task, this.#location());
				this.#budget -= cost;
				paid = cost;
				const delay = this.#delay(error, failures);
				const { operation, key } = task;
				this.patience.onRetry?.({ operation, key, attempt: failures, delay, error });
				if (!this.#closed) await pause(delay, task.signal, this.#waiting);
			},
		};
	}

	/** Ends all pauses: the attempts that follow learn from the store that it is closed. */
	close(): void {
		this.#closed = true;
		for (const wake of this.#waiting) wake();
	}

	#delay({ retryAfter = 0 }: StoreError, failures: number): number {
		const { base, cap } = this.patience;
		// What the store asked for is a minimum; the jitter on top of it keeps those apart who were told the same.
		return Math.min(cap, retryAfter + Math.random() * Math.min(cap, base * 2 ** (failures - 1)));
	}
}

export interface Series {
	/** The call is over. */
	succeeded(): void;
	/** Part of it is done: what fails from now on counts anew. */
	progressed(): void;
	/** Resolves when it is time for another attempt; rejects where there shall be none. */
	failed(error: unknown): Promise<void>;
}

/** @param exhausted the store whose budget is used up, where it is that */
function gaveUp(error: StoreError, attempts: number, { inDoubt }: Task, exhausted?: string): StoreError {
	const { code, key, dataset, chunk, retryAfter } = error;
	const count = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
	const why =
		exhausted === undefined ? "" : `: too many calls to ${exhausted} failed of late, its budget of retries is used up`;
	const doubt = inDoubt?.() ? "; whether it was stored is not known" : "";
	const context = { key, dataset, chunk, retryAfter, cause: error };
	return new StoreError(code, `${error.message} (gave up after ${count}${why}${doubt})`, context);
}
