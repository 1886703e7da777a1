import type { Backend } from "./backend.js";
import type { CallOptions } from "./engine.js";
import { aborted, isStoreError, StoreError } from "./errors.js";
import type { Runtime } from "./operations/runtime.js";

/** What datasets and groups use of the connection they belong to. */
export interface Session {
	readonly backend: Backend;
	readonly runtime: Runtime;
	/** The caller vouched for being the only writer. */
	readonly singleWriter: boolean;
	/**
	 * Runs one call of the user: refuses it once the connection is closed, counts it as running, and joins the user's signal with the
	 * connection's own and its timeout. What `work` calls in turn with the signal it was given is a part of the same call, so that
	 * closing the connection lets a call of several steps end.
	 */
	call<T, O extends CallOptions>(options: O | undefined, work: (options: O) => Promise<T>): Promise<T>;
}

/** The calls of one connection. */
export class Calls {
	readonly #timeout: number | undefined;
	readonly #signal: AbortSignal | undefined;
	readonly #close = new AbortController();
	readonly #running = new Set<Promise<unknown>>();
	/** The signals that running calls were given. */
	readonly #given = new WeakSet<AbortSignal>();
	#closed = false;

	constructor(timeout: number | undefined, signal: AbortSignal | undefined) {
		this.#timeout = timeout;
		this.#signal = signal;
	}

	/** See {@link Session.call}. */
	async run<T, O extends CallOptions>(options: O | undefined, work: (options: O) => Promise<T>): Promise<T> {
		const isPart = options?.signal !== undefined && this.#given.has(options.signal);
		if (isPart) return work(options);
		if (this.#closed) throw new StoreError("CLOSED", "the connection is closed: connect again");
		const { signal, expired } = this.#join(options?.signal);
		this.#given.add(signal);
		const running = work({ ...options, signal } as O);
		this.#running.add(running);
		try {
			return await running;
		} catch (error) {
			if (expired?.aborted && isStoreError(error, "ABORTED"))
				throw new StoreError("TIMEOUT", `the call took longer than its timeout of ${this.#timeout} ms`, {
					cause: error,
				});
			throw error;
		} finally {
			this.#running.delete(running);
		}
	}

	#join(own: AbortSignal | undefined): { signal: AbortSignal; expired: AbortSignal | undefined } {
		const expired = this.#timeout === undefined ? undefined : AbortSignal.timeout(this.#timeout);
		const signals = [this.#close.signal, own, this.#signal, expired].filter((signal) => signal !== undefined);
		const signal = signals.length === 1 ? this.#close.signal : AbortSignal.any(signals);
		if (signal.aborted) throw aborted(signal);
		return { signal, expired };
	}

	/** Cancels the running calls. */
	abort(): void {
		this.#close.abort(new StoreError("CLOSED", "the connection was closed"));
	}

	/** Refuses new calls and waits for the running ones. */
	async close(): Promise<void> {
		this.#closed = true;
		await Promise.allSettled(this.#running);
	}
}
