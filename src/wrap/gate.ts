import { aborted, isStoreError } from "../errors.js";

/**
 * Lets so many calls through at once; the others wait in line, first come, first served. The number adapts itself as TCP does (additive
 * increase, multiplicative decrease: RFC 5681): it is halved where the store says THROTTLED, and grows by one each time that as many calls succeeded.
 */
export class Gate {
	readonly #most: number;
	#limit: number;
	#running = 0;
	/** Those who wait, in order. */
	readonly #line = new Set<() => void>();
	#successes = 0;
	/** Calls begun, and how many of them when the limit was last halved: what was on its way by then says nothing about the new limit. */
	#begun = 0;
	#begunAtCut = 0;

	constructor(most: number) {
		this.#most = most;
		this.#limit = most;
	}

	/** @throws StoreError ABORTED where the signal ends the wait; whatever `call` throws */
	async run<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
		// Nobody is in line then: whoever ends lets in as many as there is room for.
		if (this.#running < this.#limit) this.#running++;
		else await this.#wait(signal);
		const number = ++this.#begun;
		try {
			const result = await call();
			if (number > this.#begunAtCut) this.#succeeded();
			return result;
		} catch (error) {
			if (isStoreError(error, "THROTTLED") && number > this.#begunAtCut) this.#cut();
			throw error;
		} finally {
			this.#running--;
			this.#admit();
		}
	}

	/** Resolves once the caller is counted among the running. */
	#wait(signal: AbortSignal | undefined): Promise<void> {
		return new Promise((resolve, reject) => {
			if (signal?.aborted) {
				reject(aborted(signal));
				return;
			}
			const leave = (): void => {
				this.#line.delete(enter);
				reject(aborted(signal as AbortSignal));
			};
			const enter = (): void => {
				signal?.removeEventListener("abort", leave);
				resolve();
			};
			signal?.addEventListener("abort", leave, { once: true });
			this.#line.add(enter);
		});
	}

	#admit(): void {
		for (const enter of this.#line) {
			if (this.#running >= this.#limit) return;
			this.#line.delete(enter);
			this.#running++;
			enter();
		}
	}

	#succeeded(): void {
		if (this.#limit === this.#most || ++this.#successes < this.#limit) return;
		this.#limit++;
		this.#successes = 0;
	}

	#cut(): void {
		this.#limit = Math.max(1, Math.floor(this.#limit / 2));
		this.#successes = 0;
		this.#begunAtCut = this.#begun;
	}
}
