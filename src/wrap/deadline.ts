import { isStoreError, StoreError } from "../errors.js";

/** The signal of one attempt: that of the caller, which a step that takes too long aborts as well. */
export class Deadline {
	readonly signal: AbortSignal | undefined;
	readonly #caller: AbortSignal | undefined;
	readonly #milliseconds: number | undefined;
	readonly #attempt: AbortController | undefined;
	#expired = false;

	/** @param milliseconds undefined: any */
	constructor(milliseconds: number | undefined, caller: AbortSignal | undefined) {
		this.#caller = caller;
		this.#milliseconds = milliseconds;
		this.#attempt = milliseconds === undefined ? undefined : new AbortController();
		this.signal = this.#attempt?.signal ?? caller;
	}

	/**
	 * Waits for the step to end also where it is late: memory that it was given to read into is in use until then.
	 * @throws StoreError TIMEOUT where it ended because it took too long
	 */
	async within<T>(step: () => Promise<T>): Promise<T> {
		const attempt = this.#attempt;
		if (attempt === undefined) return step();
		const cancel = (): void => attempt.abort(this.#caller?.reason);
		if (this.#caller?.aborted) cancel();
		this.#caller?.addEventListener("abort", cancel, { once: true });
		const timer = setTimeout(() => {
			this.#expired = true;
			attempt.abort();
		}, this.#milliseconds);
		try {
			return await step();
		} catch (error) {
			throw this.#expired && isStoreError(error, "ABORTED") ? this.#late(error) : error;
		} finally {
			clearTimeout(timer);
			this.#caller?.removeEventListener("abort", cancel);
		}
	}

	#late(cause: StoreError): StoreError {
		return new StoreError("TIMEOUT", `an attempt took longer than its ${this.#milliseconds} ms`, {
			key: cause.key,
			cause,
		});
	}
}
