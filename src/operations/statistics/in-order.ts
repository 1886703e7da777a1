/**
 * Hands the results of tasks on in the order of the tasks, whatever the order in which they come: what is combined from them is the
 * same on every engine.
 */
export class InOrder<Result> {
	readonly #take: (n: number, result: Result) => void | Promise<void>;
	readonly #capacity: number;
	readonly #kept = new Map<number, Result>();
	readonly #turns = new Map<number, () => void>();
	#next = 0;

	/**
	 * @param take is called with one result after the other
	 * @param capacity results to keep that came too early. Beyond these, a task counts as running until it is its turn, and the loop
	 * starts no further ones: so few results are in memory at once, however long the first task takes.
	 */
	constructor(take: (n: number, result: Result) => void | Promise<void>, capacity: number) {
		this.#take = take;
		this.#capacity = capacity;
	}

	/** To be called as a job's `settle`. */
	async settle(n: number, result: Result, signal: AbortSignal): Promise<void> {
		if (n !== this.#next) {
			if (this.#kept.size < this.#capacity) {
				this.#kept.set(n, result);
				return;
			}
			await this.#turn(n, signal);
			if (signal.aborted) return;
		}
		await this.#hand(n, result);
	}

	async #hand(n: number, result: Result): Promise<void> {
		await this.#take(n, result);
		this.#next = n + 1;
		while (this.#kept.has(this.#next)) {
			const kept = this.#kept.get(this.#next) as Result;
			this.#kept.delete(this.#next);
			await this.#take(this.#next, kept);
			this.#next++;
		}
		this.#turns.get(this.#next)?.();
	}

	async #turn(n: number, signal: AbortSignal): Promise<void> {
		let leave = (): void => {};
		await new Promise<void>((go) => {
			leave = go;
			this.#turns.set(n, go);
			signal.addEventListener("abort", leave);
		});
		signal.removeEventListener("abort", leave);
		this.#turns.delete(n);
	}
}
