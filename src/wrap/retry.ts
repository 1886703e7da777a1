import {
	type Backend,
	type BackendSpec,
	type CallOptions,
	type Capabilities,
	checkWrites,
	conflict,
	type Etag,
	type Fetched,
	type GetOptions,
	type ListEntry,
	type ListOptions,
	type ObjectInfo,
	type PutOptions,
	type Usage,
	type UsageOptions,
	type Write,
} from "../backend.js";
import { isStoreError, StoreError } from "../errors.js";
import { type OptionNames, refuseUnknown } from "../unknown-options.js";
import { Attempts, leavesDoubt, type Retry, type Task } from "./attempts.js";
import { Deadline } from "./deadline.js";
import { fateById, isAsWritten, named } from "./doubt.js";
import { LONGEST } from "./pause.js";
import { resumedList } from "./resumed-list.js";
import { wrapperSpec } from "./spec.js";
import { checkWhole } from "./whole-numbers.js";

export interface RetryOptions {
	/** Attempts of one call, the first included. Default 10. */
	readonly attempts?: number | undefined;
	/** Milliseconds that the first pause lasts at most; each one after it lasts up to twice as long. Default 100. */
	readonly base?: number | undefined;
	/** Milliseconds that no pause exceeds, even if the store asks for more. Default 20,000. */
	readonly cap?: number | undefined;
	/** Milliseconds after which an attempt is cancelled and counts as TIMEOUT; of a listing, each step. Default: any. */
	readonly attemptTimeout?: number | undefined;
	/**
	 * What retries may cost before calls succeed again: a retry costs 5, or 10 after TIMEOUT; a call that succeeds gives back what its last retry cost, or 1.
	 * Default 500. `Infinity` lifts the bound.
	 */
	readonly budget?: number | undefined;
	/** Called before each pause. Not for what worker threads or processes do. */
	readonly onRetry?: ((retry: Retry) => void) | undefined;
}

const OPTIONS: OptionNames<RetryOptions> = {
	attempts: true,
	base: true,
	cap: true,
	attemptTimeout: true,
	budget: true,
	onRetry: true,
};

/**
 * The same store, where what fails with UNAVAILABLE, TIMEOUT or THROTTLED is tried again. Retries of retries would multiply: there is one such layer
 * around a store, the outermost that knows its failures (`retry(limit(store))`).
 *
 * A write on condition whose answer was lost is not mistaken for the write of another. Where `supports.remembersWrites` it has an id by which it is
 * found, also below what others have put on top of it since; the etag that it then returns matches no version, so that whoever goes on with it gets CONFLICT. Where the
 * store does not remember, and the retry meets a conflict, equal bytes are taken for its own: two writers who create one object with the same bytes may
 * then both be told that they did. Writes and deletes without a condition are repeated, and may so undo what another writer did in between.
 * @throws StoreError INVALID_ARGUMENT where `backend` tries again by itself
 */
export function retry(backend: Backend, options: RetryOptions = {}): Backend {
	refuseUnknown(options, OPTIONS, "retry");
	if (backend.supports.retries)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`${backend.location} tries again by itself: leave out the outer retry, for the attempts of both would multiply`,
		);
	const { attempts = 10, base = 100, cap = 20_000, attemptTimeout, budget = 500, onRetry } = options;
	checkWhole("attempts", attempts, 1);
	checkWhole("budget", budget, 0);
	for (const [name, value] of Object.entries({ base, cap, attemptTimeout: attemptTimeout ?? 1 }))
		checkWhole(name, value, name === "attemptTimeout" ? 1 : 0, LONGEST);
	const patience = { attempts, base, cap, attemptTimeout, onRetry };
	return new Retrying(backend, new Attempts(patience, budget, () => backend.location), {
		...options,
		onRetry: undefined,
	});
}

class Retrying implements Backend {
	readonly #backend: Backend;
	readonly #attempts: Attempts;
	readonly #options: RetryOptions;

	constructor(backend: Backend, attempts: Attempts, options: RetryOptions) {
		this.#backend = backend;
		this.#attempts = attempts;
		this.#options = options;
	}

	get name(): string {
		return this.#backend.name;
	}

	get location(): string {
		return this.#backend.location;
	}

	get spec(): BackendSpec | undefined {
		return wrapperSpec(this.#backend.spec, "retry", this.#options);
	}

	get supports(): Capabilities {
		return { ...this.#backend.supports, retries: true };
	}

	get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		return this.#try({ operation: "get", key, signal: options?.signal }, (signal) =>
			this.#backend.get(key, { ...options, signal }),
		);
	}

	head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		return this.#try({ operation: "head", key, signal: options?.signal }, (signal) =>
			this.#backend.head(key, { signal }),
		);
	}

	async put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<Etag> {
		const { signal, ...write } = options;
		const task: Task = { operation: "put", key, signal };
		const put = (options: PutOptions): Promise<Etag> => this.#backend.put(key, bytes, options);
		if (write.when === undefined) return this.#try(task, (signal) => put({ ...write, signal }));
		const [etag] = await this.#write(task, [{ key, bytes, ...write }], async ([own], signal) => [
			await put({ ...write, writeId: own?.writeId, signal }),
		]);
		return etag as Etag;
	}

	async commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		checkWrites(writes);
		if (writes.length <= 1 || this.#backend.supports.atomicMultiPut) return this.#commit(writes, options?.signal);
		const etags: (Etag | undefined)[] = [];
		for (const write of writes) etags.push(...(await this.#commit([write], options?.signal)));
		return etags;
	}

	delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		return this.#try({ operation: "delete", key: keys[0], signal: options?.signal }, (signal) =>
			this.#backend.delete(keys, { signal }),
		);
	}

	list(prefix: string, options?: ListOptions): AsyncIterable<ListEntry> {
		return resumedList(this.#backend, this.#attempts, prefix, options);
	}

	/** Takes as long as it takes, as do `usage` and `compact`. */
	async probe(options?: CallOptions): Promise<Capabilities> {
		const task: Task = { operation: "probe", signal: options?.signal };
		return { ...(await this.#attempts.run(task, () => this.#backend.probe(options))), retries: true };
	}

	usage(options?: UsageOptions): Promise<Usage> {
		return this.#attempts.run({ operation: "usage", signal: options?.signal }, () => this.#backend.usage(options));
	}

	compact(options?: CallOptions): Promise<void> {
		return this.#attempts.run({ operation: "compact", signal: options?.signal }, () => this.#backend.compact(options));
	}

	close(): Promise<void> {
		const closed = this.#backend.close();
		this.#attempts.close();
		return closed;
	}

	#try<T>(task: Task, call: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
		return this.#attempts.run(task, () => this.#once(task.signal, call));
	}

	#once<T>(signal: AbortSignal | undefined, call: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
		const deadline = new Deadline(this.#attempts.patience.attemptTimeout, signal);
		return deadline.within(() => call(deadline.signal));
	}

	/** A commit that is all or nothing, or one write. */
	#commit(writes: readonly Write[], signal: AbortSignal | undefined): Promise<(Etag | undefined)[]> {
		const task: Task = { operation: "commit", key: writes[0]?.key, signal };
		const commit: Send = (writes, signal) => this.#backend.commit(writes, { signal });
		if (writes.some(({ when }) => when !== undefined)) return this.#write(task, writes, commit);
		return this.#try(task, (signal) => commit(writes, signal));
	}

	/** Writes on condition, as one. */
	#write(task: Task, writes: readonly Write[], send: Send): Promise<(Etag | undefined)[]> {
		const remembers = this.#backend.supports.remembersWrites === true;
		const own = remembers ? named(writes) : writes;
		let doubt = false;
		return this.#attempts.run({ ...task, inDoubt: () => doubt }, async () => {
			try {
				return await this.#once(task.signal, (signal) => send(own, signal));
			} catch (error) {
				if (leavesDoubt(error)) doubt = true;
				else if (!doubt || !isStoreError(error, "CONFLICT")) throw error;
				if (remembers) return await this.#findById(own, task.signal, error);
				return await this.#findByBytes(own, task.signal, error);
			}
		});
	}

	/**
	 * @param failure what the write failed with: in a way that leaves doubt, or with a conflict that may be one with itself
	 * @throws `failure`, unless the writes were stored; the conflict at once where there is one, for a further attempt could only run into it
	 */
	async #findById(
		writes: readonly Write[],
		signal: AbortSignal | undefined,
		failure: unknown,
	): Promise<(Etag | undefined)[]> {
		const isConflict = isStoreError(failure, "CONFLICT");
		const fate = await this.#once(signal, (signal) => fateById(this.#backend, writes, { signal })).catch((error) => {
			// Not known yet. Another attempt is safe: it has the same condition.
			throw isConflict || isStoreError(error, "ABORTED") ? error : failure;
		});
		if (fate.kind === "stored") return fate.etags;
		throw fate.kind === "conflict" && !isConflict ? conflict(fate.key) : failure;
	}

	async #findByBytes(
		writes: readonly Write[],
		signal: AbortSignal | undefined,
		failure: unknown,
	): Promise<(Etag | undefined)[]> {
		if (!isStoreError(failure, "CONFLICT")) throw failure;
		const etags = await this.#once(signal, (signal) => isAsWritten(this.#backend, writes, { signal }));
		if (etags === undefined) throw failure;
		return etags;
	}
}

type Send = (writes: readonly Write[], signal: AbortSignal | undefined) => Promise<(Etag | undefined)[]>;
