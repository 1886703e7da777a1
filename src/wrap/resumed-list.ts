import type { Backend, ListEntry, ListOptions } from "../backend.js";
import { StoreError } from "../errors.js";
import { type Attempts, passes } from "./attempts.js";
import { Deadline } from "./deadline.js";

/** Keys that a listing without order remembers, so that it can begin again and leave them out. */
const REMEMBERED = 100_000;

/**
 * A listing that goes on where it broke off: behind the last key, where the store lists in order; elsewhere from the beginning, leaving out what it
 * gave already. A listing without order that breaks off after 100,000 entries fails, for that many keys are remembered and no more.
 */
export async function* resumedList(
	backend: Backend,
	attempts: Attempts,
	prefix: string,
	options: ListOptions | undefined,
): AsyncGenerator<ListEntry> {
	const given = backend.supports.listsInOrder ? new LastKey(options?.after) : new Keys();
	const series = attempts.series({ operation: "list", key: undefined, signal: options?.signal });
	for (;;) {
		const steps = entriesOf(backend, attempts.patience.attemptTimeout, prefix, { ...options, after: given.last });
		try {
			for await (const entry of steps) {
				if (!given.add(entry.key)) continue;
				series.progressed();
				yield entry;
			}
			series.succeeded();
			return;
		} catch (error) {
			if (!given.canResume) throw endOf(error);
			await series.failed(error);
		}
	}
}

/** The failure of a listing that cannot be resumed. */
function endOf(error: unknown): unknown {
	if (!passes(error)) return error;
	const { code, message, key, retryAfter } = error;
	const why = `a listing of more than ${REMEMBERED} keys in no order cannot be resumed`;
	return new StoreError(code, `${message} (${why}: list it in parts)`, { key, retryAfter, cause: error });
}

/** One listing; each step has the time of an attempt. */
async function* entriesOf(
	backend: Backend,
	timeout: number | undefined,
	prefix: string,
	options: ListOptions,
): AsyncGenerator<ListEntry> {
	const deadline = new Deadline(timeout, options.signal);
	const entries = backend.list(prefix, { ...options, signal: deadline.signal })[Symbol.asyncIterator]();
	try {
		for (;;) {
			const step = await deadline.within(() => entries.next());
			if (step.done) return;
			yield step.value;
		}
	} finally {
		await entries.return?.();
	}
}

/** What was given so far. */
interface Given {
	/** Where to go on. */
	readonly last: string | undefined;
	readonly canResume: boolean;
	/** False where the key was given before. */
	add(key: string): boolean;
}

class LastKey implements Given {
	readonly canResume = true;
	last: string | undefined;

	constructor(after: string | undefined) {
		this.last = after;
	}

	add(key: string): boolean {
		this.last = key;
		return true;
	}
}

class Keys implements Given {
	readonly last = undefined;
	readonly #keys = new Set<string>();
	canResume = true;

	add(key: string): boolean {
		if (!this.canResume) return true;
		if (this.#keys.has(key)) return false;
		if (this.#keys.size === REMEMBERED) {
			this.canResume = false;
			this.#keys.clear();
		} else this.#keys.add(key);
		return true;
	}
}
