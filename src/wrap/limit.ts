import type {
	Backend,
	BackendSpec,
	CallOptions,
	Capabilities,
	Etag,
	Fetched,
	GetOptions,
	ListEntry,
	ListOptions,
	ObjectInfo,
	PutOptions,
	Usage,
	UsageOptions,
	Write,
} from "../backend.js";
import { aborted, StoreError } from "../errors.js";
import { type OptionNames, refuseUnknown } from "../unknown-options.js";
import { Gate } from "./gate.js";
import { wrapperSpec } from "./spec.js";
import { checkWhole } from "./whole-numbers.js";

export interface LimitOptions {
	/** Calls on their way at once, at most; fewer where the store says THROTTLED. Default 32. */
	readonly concurrency?: number | undefined;
	/** A line of its own for `head`, `list`, `delete` and `usage`: so many at once, at least `concurrency`. Default: they wait in the same line. */
	readonly metadataConcurrency?: number | undefined;
}

const OPTIONS: OptionNames<LimitOptions> = { concurrency: true, metadataConcurrency: true };
const CONCURRENCY = 32;

/**
 * The same store, asked for no more than so much at once; the rest waits in line, first come, first served. A call counts as one, however many
 * requests a backend makes of it. Where the store says THROTTLED the limit is halved; it grows again by one for every round of calls that
 * succeed. Belongs inside of `retry`, so that whoever pauses before another attempt is not in the way. Each thread and process has a limit
 * of its own.
 * @throws StoreError INVALID_ARGUMENT
 */
export function limit(backend: Backend, options: LimitOptions = {}): Backend {
	refuseUnknown(options, OPTIONS, "limit");
	const { concurrency = CONCURRENCY, metadataConcurrency } = options;
	checkWhole("concurrency", concurrency, 1);
	if (metadataConcurrency !== undefined) checkWhole("metadataConcurrency", metadataConcurrency, 1);
	if (metadataConcurrency !== undefined && metadataConcurrency < concurrency)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`metadataConcurrency (${metadataConcurrency}) must be at least concurrency (${concurrency})`,
		);
	return new Limited(backend, { concurrency, metadataConcurrency });
}

/** Entries that a listing takes while it has its turn: about what one request brings. */
const PAGE = 1000;

interface Page {
	readonly page: readonly ListEntry[];
	readonly isLast: boolean;
	/** What ended it; the entries before that count. */
	readonly failure: { readonly error: unknown } | undefined;
}

class Limited implements Backend {
	readonly #backend: Backend;
	readonly #options: LimitOptions;
	readonly #data: Gate;
	readonly #metadata: Gate;

	constructor(backend: Backend, options: LimitOptions & { readonly concurrency: number }) {
		this.#backend = backend;
		this.#options = options;
		this.#data = new Gate(options.concurrency);
		this.#metadata = options.metadataConcurrency === undefined ? this.#data : new Gate(options.metadataConcurrency);
	}

	get name(): string {
		return this.#backend.name;
	}

	get location(): string {
		return this.#backend.location;
	}

	get spec(): BackendSpec | undefined {
		return wrapperSpec(this.#backend.spec, "limit", this.#options);
	}

	get supports(): Capabilities {
		return this.#backend.supports;
	}

	get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		return this.#data.run(options?.signal, () => this.#backend.get(key, options));
	}

	head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		return this.#metadata.run(options?.signal, () => this.#backend.head(key, options));
	}

	put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		return this.#data.run(options?.signal, () => this.#backend.put(key, bytes, options));
	}

	commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		return this.#data.run(options?.signal, () => this.#backend.commit(writes, options));
	}

	delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		return this.#metadata.run(options?.signal, () => this.#backend.delete(keys, options));
	}

	/** Takes its turn page by page, and has none while its caller looks at the entries: that one may need a turn itself. */
	async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListEntry> {
		const signal = options?.signal;
		const entries = this.#backend.list(prefix, options)[Symbol.asyncIterator]();
		try {
			for (;;) {
				const { page, isLast, failure } = await this.#page(entries, signal);
				for (const entry of page) {
					if (signal?.aborted) throw aborted(signal);
					yield entry;
				}
				if (failure !== undefined) throw failure.error;
				if (isLast) return;
			}
		} finally {
			await entries.return?.();
		}
	}

	async #page(entries: AsyncIterator<ListEntry>, signal: AbortSignal | undefined): Promise<Page> {
		const page: ListEntry[] = [];
		try {
			const isLast = await this.#metadata.run(signal, () => fill(page, entries));
			return { page, isLast, failure: undefined };
		} catch (error) {
			return { page, isLast: true, failure: { error } };
		}
	}

	probe(options?: CallOptions): Promise<Capabilities> {
		return this.#data.run(options?.signal, () => this.#backend.probe(options));
	}

	usage(options?: UsageOptions): Promise<Usage> {
		return this.#metadata.run(options?.signal, () => this.#backend.usage(options));
	}

	/** Waits for nobody, and nobody for it: it may take long. */
	compact(options?: CallOptions): Promise<void> {
		return this.#backend.compact(options);
	}

	close(): Promise<void> {
		return this.#backend.close();
	}
}

/** Appends the next entries to `page`; true where there are no more. */
async function fill(page: ListEntry[], entries: AsyncIterator<ListEntry>): Promise<boolean> {
	while (page.length < PAGE) {
		const { done, value } = await entries.next();
		if (done) return true;
		page.push(value);
	}
	return false;
}
