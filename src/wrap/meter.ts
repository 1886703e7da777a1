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
import { type OptionNames, refuseUnknown } from "../unknown-options.js";
import {
	add,
	bookTime,
	type Counter,
	type Counts,
	type CountsByOperation,
	copyOf,
	emptyCounters,
	type Operation,
	totalOf,
} from "./counts.js";
import { prometheusText } from "./prometheus.js";
import { Report, type ReportOptions } from "./report.js";
import { type Tracer, traced, tracedEach } from "./tracing.js";

export interface MeterSnapshot extends Counts {
	readonly byOperation: CountsByOperation;
	readonly cacheHits: number;
	readonly cacheMisses: number;
}

export interface Meter {
	/** The same store, counted. Closing it closes the store; calls of other processes are not seen. */
	readonly backend: Backend;
	/** The counts of this moment, a copy. */
	snapshot(): MeterSnapshot;
	/** The same as text for Prometheus, with a histogram of how long calls took. Its media type is `text/plain; version=0.0.4`. */
	prometheus(): string;
}

export interface MeterOptions {
	/** A line every so many calls: how many they were, hits and misses of a cache, failures, time, bytes, and the ratio of hits. */
	readonly report?: ReportOptions | undefined;
	/** Makes a span of OpenTelemetry of every call. */
	readonly tracer?: Tracer | undefined;
}

const OPTIONS: OptionNames<MeterOptions> = { report: true, tracer: true };

/**
 * Counts the calls and bytes that pass through to `backend`, and how long they took. Around `retry` it counts what was asked for, within it every attempt.
 * @throws StoreError INVALID_ARGUMENT
 */
export function meter(backend: Backend, options: MeterOptions = {}): Meter {
	refuseUnknown(options, OPTIONS, "meter");
	const book = new Book(backend.location, options.report);
	const metered = new Metered(backend, book, options.tracer);
	bookOf.set(metered, book);
	return {
		backend: metered,
		snapshot: () => book.snapshot(),
		prometheus: () => prometheusText(backend.location, book.counters, book),
	};
}

/** Books by metered backend, so that what workers did for one is counted too. */
const bookOf = new WeakMap<Backend, Book>();

/** Adds what a worker did in the name of `backend`, which a meter may have made. */
export function absorb(backend: Backend, counts: Partial<CountsByOperation>): void {
	const book = bookOf.get(backend);
	if (book !== undefined) add(book.counters, counts);
}

class Book {
	readonly counters = emptyCounters();
	readonly cacheHits = 0;
	readonly cacheMisses = 0;
	readonly #report: Report | undefined;
	#ended = 0;

	constructor(location: string, report: ReportOptions | undefined) {
		this.#report = report && new Report(location, this, report);
	}

	snapshot(): MeterSnapshot {
		const { counters, cacheHits, cacheMisses } = this;
		return { ...totalOf(counters), byOperation: copyOf(counters), cacheHits, cacheMisses };
	}

	/** @param time what the call took (ms) */
	end(counter: Counter, time: number): void {
		bookTime(counter, time);
		this.#report?.look(++this.#ended);
	}
}

class Metered implements Backend {
	readonly #backend: Backend;
	readonly #book: Book;
	readonly #tracer: Tracer | undefined;

	constructor(backend: Backend, book: Book, tracer: Tracer | undefined) {
		this.#backend = backend;
		this.#book = book;
		this.#tracer = tracer;
	}

	get name(): string {
		return this.#backend.name;
	}

	get location(): string {
		return this.#backend.location;
	}

	get spec(): BackendSpec | undefined {
		return this.#backend.spec;
	}

	get supports(): Capabilities {
		return this.#backend.supports;
	}

	get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		return this.#call("get", key, () => this.#backend.get(key, options), bookRead);
	}

	head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		return this.#call("head", key, () => this.#backend.head(key, options));
	}

	put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		const size = bytes.byteLength;
		return this.#call("put", key, () => this.#backend.put(key, bytes, options), bookWritten(size));
	}

	commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		const size = writes.reduce((sum, { bytes }) => sum + (bytes?.byteLength ?? 0), 0);
		return this.#call("commit", writes[0]?.key, () => this.#backend.commit(writes, options), bookWritten(size));
	}

	delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		return this.#call("delete", keys[0], () => this.#backend.delete(keys, options));
	}

	/** One operation, however many entries or requests it takes. */
	list(prefix: string, options?: ListOptions): AsyncIterable<ListEntry> {
		const entries = this.#countedEach(this.#backend.list(prefix, options));
		const { location } = this.#backend;
		return this.#tracer === undefined ? entries : tracedEach(this.#tracer, "list", { location, key: prefix }, entries);
	}

	probe(options?: CallOptions): Promise<Capabilities> {
		return this.#call("probe", undefined, () => this.#backend.probe(options));
	}

	/** Not counted, as `compact`: they ask for no object. */
	usage(options?: UsageOptions): Promise<Usage> {
		return this.#backend.usage(options);
	}

	compact(options?: CallOptions): Promise<void> {
		return this.#backend.compact(options);
	}

	close(): Promise<void> {
		return this.#backend.close();
	}

	#call<T>(
		operation: Operation,
		key: string | undefined,
		call: () => Promise<T>,
		bookBytes?: (counter: Counter, result: T) => void,
	): Promise<T> {
		const counted = (): Promise<T> => this.#counted(this.#book.counters[operation], call, bookBytes);
		if (this.#tracer === undefined) return counted();
		return traced(this.#tracer, operation, { location: this.#backend.location, key }, counted);
	}

	#counted<T>(
		counter: Counter,
		call: () => Promise<T>,
		bookBytes: ((counter: Counter, result: T) => void) | undefined,
	): Promise<T> {
		counter.operations++;
		const began = performance.now();
		return call().then(
			(result) => {
				bookBytes?.(counter, result);
				this.#book.end(counter, performance.now() - began);
				return result;
			},
			(error) => {
				counter.errors++;
				this.#book.end(counter, performance.now() - began);
				throw error;
			},
		);
	}

	async *#countedEach(entries: AsyncIterable<ListEntry>): AsyncGenerator<ListEntry> {
		const counter = this.#book.counters.list;
		counter.operations++;
		const steps = entries[Symbol.asyncIterator]();
		let time = 0;
		try {
			for (;;) {
				const began = performance.now();
				const step = await steps.next().finally(() => {
					time += performance.now() - began;
				});
				if (step.done) return;
				yield step.value;
			}
		} catch (error) {
			counter.errors++;
			throw error;
		} finally {
			await steps.return?.();
			this.#book.end(counter, time);
		}
	}
}

function bookRead(counter: Counter, fetched: Fetched | undefined): void {
	for (const part of fetched?.parts ?? []) counter.bytesRead += part.byteLength;
}

function bookWritten(size: number): (counter: Counter) => void {
	return (counter) => {
		counter.bytesWritten += size;
	};
}
