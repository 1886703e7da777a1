import type { Backend } from "./backend.js";
import type { CallOptions } from "./engine.js";
import { aborted, isStoreError, StoreError } from "./errors.js";
import type { Runtime } from "./operations/runtime.js";
import type { RangeTuner } from "./range-tuner.js";

/** What datasets and groups use of the connection they belong to. */
export interface Session {
	readonly backend: Backend;
	readonly runtime: Runtime;
	/** The caller vouched for being the only writer. */
	readonly singleWriter: boolean;
	/** Which ranges of objects are worth a request of their own. */
	readonly tuner: RangeTuner;
	/** Requests in flight at once where the metadata of many nodes is read. */
	readonly metadataConcurrency: number;
	/**
	 * Runs one call of the user: refuses it once the connection is closed, counts it as running, and joins the user's signal with the
	 * connection's own and its timeout. What `work` calls in turn with the signal it was given is a part of the same call, so that
	 * closing the connection lets a call of several steps end.
	 */
	call<T, O extends CallOptions>(options: O | undefined, work: (options: O) => Promise<T>): Promise<T>;
	/** The same for a call that writes: refused with READ_ONLY, before any request, where the store cannot be written to. */
	change<T, O extends CallOptions>(options: O | undefined, work: (options: O) => Promise<T>): Promise<T>;
	/** A call that all ranks make, in the same order: what the signal is passed on to takes part in it. See `world.ts`. */
	together<T, O extends CallOptions>(
		what: string,
		options: O | undefined,
		work: (options: O) => Promise<T>,
	): Promise<T>;
}

/** What `source` gives, each step a call of the session's: none begins once the connection is closed, and closing waits for the last. */
export async function* inSteps<T>(
	session: Session,
	source: AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
	try {
		for (;;) {
			const step = await session.call({}, () => source.next());
			if (step.done) return;
			yield step.value;
		}
	} finally {
		await source.return();
	}
}

/** The calls of one connection. */
export class Calls {
	readonly #timeout: number | undefined;
	readonly #signal: AbortSignal | undefined;
	/** The running calls, and what cancels each. */
	readonly #running = new Map<AbortController, Promise<unknown>>();
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
		const call = new AbortController();
		const expired = this.#timeout === undefined ? undefined : new AbortController();
		const signal = this.#join([call.signal, options?.signal, expired?.signal]);
		this.#given.add(signal);
		const running = work({ ...options, signal } as O);
		this.#running.set(call, running);
		// Not `AbortSignal.timeout`: where nothing but this call is left, that would let the process end before the time is over.
		const timer =
			expired && setTimeout(() => expired.abort(new DOMException("the time is over", "TimeoutError")), this.#timeout);
		try {
			return await running;
		} catch (error) {
			if (expired?.signal.aborted && isStoreError(error, "ABORTED"))
				throw new StoreError("TIMEOUT", `the call took longer than its timeout of ${this.#timeout} ms`, {
					cause: error,
				});
			throw error;
		} finally {
			clearTimeout(timer);
			this.#running.delete(call);
		}
	}

	#join(given: readonly (AbortSignal | undefined)[]): AbortSignal {
		const signals = [...given, this.#signal].filter((signal) => signal !== undefined);
		const signal = signals.length === 1 ? (signals[0] as AbortSignal) : AbortSignal.any(signals);
		if (signal.aborted) throw aborted(signal);
		return signal;
	}

	/** Cancels the running calls. */
	abort(): void {
		for (const call of this.#running.keys()) call.abort(new StoreError("CLOSED", "the connection was closed"));
	}

	/** Refuses new calls and waits for the running ones. */
	async close(): Promise<void> {
		this.#closed = true;
		await Promise.allSettled(this.#running.values());
	}
}
