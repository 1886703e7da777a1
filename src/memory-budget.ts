import { aborted, StoreError } from "./errors.js";

/**
 * Bytes that may be in flight at once, shared by all calls of a connection: what their tasks hold, and what they keep of decoded chunks. Whoever
 * asks for more than is free waits in line.
 */
export class MemoryBudget {
	readonly limit: number;
	/** What is larger than the limit is refused; else it is let through alone, since nothing would ever make room for it. */
	readonly isStrict: boolean;
	#used = 0;
	#kept = 0;
	/** Of each job, its largest task. */
	readonly #jobs = new Set<{ readonly largest: number }>();
	readonly #waitingTasks: { readonly bytes: number; readonly admit: () => void }[] = [];
	readonly #waitingJobs: (() => void)[] = [];

	constructor(limit: number, { strict = false }: { readonly strict?: boolean } = {}) {
		this.limit = limit;
		this.isStrict = strict;
	}

	/** Bytes in flight now. */
	get used(): number {
		return this.#used;
	}

	/**
	 * Room for a cache of a job that begins, given back by {@link giveBack}: half of the limit. In a strict budget it counts as used, and is a quarter for all, since
	 * V8 holds on to what tasks let go of for a while; and there is no more than leaves room for the largest task of every job, of this one `tasks` bytes.
	 */
	keep(tasks: number): number {
		if (!this.isStrict) return this.limit / 2;
		const reserved = Math.max(tasks, ...[...this.#jobs].map(({ largest }) => largest));
		const granted = Math.max(0, Math.min(this.limit / 4 - this.#kept, this.limit - this.#kept - reserved));
		this.#kept += granted;
		return granted;
	}

	giveBack(kept: number): void {
		if (!this.isStrict) return;
		this.#kept -= kept;
		for (const lookAgain of this.#waitingJobs.splice(0)) lookAgain();
		this.#admitTasks();
	}

	/**
	 * Lets a job in once its largest task has room beside what others keep, and returns what ends it.
	 * @throws StoreError OUT_OF_BUDGET where that can never be; ABORTED
	 */
	async enter(largest: number, signal: AbortSignal | undefined): Promise<() => void> {
		if (!this.isStrict) return () => {};
		if (largest > this.limit) throw outOfBudget(largest, this.limit);
		while (largest > this.limit - this.#kept) await this.#keptLess(signal);
		const job = { largest };
		this.#jobs.add(job);
		return () => void this.#jobs.delete(job);
	}

	/** Bytes of the largest task of a job. Tasks are many, so it is looked only where it matters. */
	largestOf({ count, cost }: { readonly count: number; cost(n: number): number }): number {
		let largest = 0;
		if (this.isStrict) for (let n = 0; n < count; n++) largest = Math.max(largest, cost(n));
		return largest;
	}

	#keptLess(signal: AbortSignal | undefined): Promise<void> {
		return new Promise((resolve, reject) => {
			const stop = (): void => reject(aborted(signal as AbortSignal));
			signal?.addEventListener("abort", stop, { once: true });
			this.#waitingJobs.push(() => {
				signal?.removeEventListener("abort", stop);
				resolve();
			});
		});
	}

	/** Takes `bytes` if they are free and nobody waits for them. */
	tryTake(bytes: number): boolean {
		if (this.#waitingTasks.length > 0 || !this.#fits(bytes)) return false;
		this.#used += bytes;
		return true;
	}

	/** Calls `admit` once `bytes` were taken; returns a function that leaves the line instead. */
	wait(bytes: number, admit: () => void): () => void {
		const place = { bytes, admit };
		this.#waitingTasks.push(place);
		return () => {
			const at = this.#waitingTasks.indexOf(place);
			if (at < 0) return;
			this.#waitingTasks.splice(at, 1);
			this.#admitTasks();
		};
	}

	release(bytes: number): void {
		this.#used -= bytes;
		if (this.#waitingTasks.length > 0) this.#admitTasks();
	}

	#fits(bytes: number): boolean {
		return this.#used === 0 || this.#used + bytes <= this.limit - this.#kept;
	}

	#admitTasks(): void {
		const line = this.#waitingTasks;
		for (let first = line[0]; first !== undefined && this.#fits(first.bytes); first = line[0]) {
			line.shift();
			this.#used += first.bytes;
			first.admit();
		}
	}
}

/** The error of what a budget can never hold. */
export function outOfBudget(bytes: number, limit: number): StoreError {
	return new StoreError(
		"OUT_OF_BUDGET",
		`one chunk of this takes ${size(bytes)} at once, more than the memory budget of ${size(limit)}: ` +
			"connect with a larger memory option, or use smaller chunks",
	);
}

function size(bytes: number): string {
	return bytes < 2 ** 20 ? `${bytes} bytes` : `${Math.ceil(bytes / 2 ** 20)} MiB (${bytes} bytes)`;
}
