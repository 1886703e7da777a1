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

export type Operation = "get" | "head" | "put" | "commit" | "delete" | "list" | "probe";

/** What was asked of a store; all counts begin at 0 with the meter. */
export interface Counts {
	/** Calls begun. */
	readonly operations: number;
	/** Calls that failed; an absent object is no failure. */
	readonly errors: number;
	/** Bytes of objects that `get` brought. */
	readonly bytesRead: number;
	/** Bytes of objects that `put` and `commit` wrote. */
	readonly bytesWritten: number;
}

export interface MeterSnapshot extends Counts {
	readonly byOperation: Readonly<Record<Operation, Counts>>;
	readonly cacheHits: number;
	readonly cacheMisses: number;
}

export interface Meter {
	/** The same store, counted. Closing it closes the store; calls of other processes are not seen. */
	readonly backend: Backend;
	/** The counts of this moment, a copy. */
	snapshot(): MeterSnapshot;
}

/** Counts the calls and bytes that pass through to `backend`. */
export function meter(backend: Backend): Meter {
	const counters = emptyCounters();
	const metered = new Metered(backend, counters);
	countersOf.set(metered, counters);
	return { backend: metered, snapshot: () => snapshotOf(counters) };
}

/** Counters by metered backend, so that what workers did for one is counted too. */
const countersOf = new WeakMap<Backend, Counters>();

export type CountsByOperation = MeterSnapshot["byOperation"];

/** Adds what a worker did in the name of `backend`, which a meter may have made. */
export function absorb(backend: Backend, counts: CountsByOperation): void {
	const counters = countersOf.get(backend);
	if (counters === undefined) return;
	for (const operation of Object.keys(counts) as Operation[])
		for (const count of Object.keys(counts[operation]) as (keyof Counts)[])
			counters[operation][count] += counts[operation][count];
}

/** What was counted in `later` and not yet in `earlier`. */
export function difference(later: CountsByOperation, earlier: CountsByOperation): CountsByOperation {
	const result = emptyCounters();
	for (const operation of Object.keys(later) as Operation[])
		for (const count of Object.keys(later[operation]) as (keyof Counts)[])
			result[operation][count] = later[operation][count] - earlier[operation][count];
	return result;
}

type Counter = { -readonly [member in keyof Counts]: Counts[member] };
type Counters = Record<Operation, Counter>;

function emptyCounters(): Counters {
	const counter = (): Counter => ({ operations: 0, errors: 0, bytesRead: 0, bytesWritten: 0 });
	return {
		get: counter(),
		head: counter(),
		put: counter(),
		commit: counter(),
		delete: counter(),
		list: counter(),
		probe: counter(),
	};
}

function snapshotOf(counters: Counters): MeterSnapshot {
	const total: Counter = { operations: 0, errors: 0, bytesRead: 0, bytesWritten: 0 };
	for (const counter of Object.values(counters)) {
		total.operations += counter.operations;
		total.errors += counter.errors;
		total.bytesRead += counter.bytesRead;
		total.bytesWritten += counter.bytesWritten;
	}
	return { ...total, byOperation: structuredClone(counters), cacheHits: 0, cacheMisses: 0 };
}

async function counted<T>(counter: Counter, call: Promise<T>): Promise<T> {
	counter.operations++;
	try {
		return await call;
	} catch (error) {
		counter.errors++;
		throw error;
	}
}

class Metered implements Backend {
	readonly #backend: Backend;
	readonly #counters: Counters;

	constructor(backend: Backend, counters: Counters) {
		this.#backend = backend;
		this.#counters = counters;
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

	async get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		const counter = this.#counters.get;
		const fetched = await counted(counter, this.#backend.get(key, options));
		for (const part of fetched?.parts ?? []) counter.bytesRead += part.byteLength;
		return fetched;
	}

	head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		return counted(this.#counters.head, this.#backend.head(key, options));
	}

	async put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		const counter = this.#counters.put;
		const size = bytes.byteLength;
		const etag = await counted(counter, this.#backend.put(key, bytes, options));
		counter.bytesWritten += size;
		return etag;
	}

	async commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		const counter = this.#counters.commit;
		const size = writes.reduce((sum, { bytes }) => sum + (bytes?.byteLength ?? 0), 0);
		const etags = await counted(counter, this.#backend.commit(writes, options));
		counter.bytesWritten += size;
		return etags;
	}

	delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		return counted(this.#counters.delete, this.#backend.delete(keys, options));
	}

	/** One operation, however many entries or requests it takes. */
	async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListEntry> {
		const counter = this.#counters.list;
		counter.operations++;
		try {
			yield* this.#backend.list(prefix, options);
		} catch (error) {
			counter.errors++;
			throw error;
		}
	}

	probe(options?: CallOptions): Promise<Capabilities> {
		return counted(this.#counters.probe, this.#backend.probe(options));
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
}
