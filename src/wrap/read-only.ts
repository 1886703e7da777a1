import {
	type Backend,
	type BackendSpec,
	type CallOptions,
	type Capabilities,
	checkKey,
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
import { aborted, StoreError } from "../errors.js";

/** The same store, of which every write is refused with READ_ONLY before it reaches `backend`. Closing it closes `backend`. */
export function readOnly(backend: Backend): Backend {
	return new ReadOnly(backend);
}

class ReadOnly implements Backend {
	readonly #backend: Backend;
	#closed = false;

	constructor(backend: Backend) {
		this.#backend = backend;
	}

	get name(): string {
		return this.#backend.name;
	}

	get location(): string {
		return this.#backend.location;
	}

	/** That of the backend itself: workers write only what the owner of the connection lets through. */
	get spec(): BackendSpec | undefined {
		return this.#backend.spec;
	}

	get supports(): Capabilities {
		return withoutWrites(this.#backend.supports);
	}

	get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		return this.#backend.get(key, options);
	}

	head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		return this.#backend.head(key, options);
	}

	put(key: string, _bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		return this.#refuse([key], options);
	}

	commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		return this.#refuse(
			writes.map(({ key }) => key),
			options,
		);
	}

	delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		return this.#refuse(keys, options);
	}

	list(prefix: string, options?: ListOptions): AsyncIterable<ListEntry> {
		return this.#backend.list(prefix, options);
	}

	/** A probe of a store that can be written would write to it, and could only measure what is refused here. */
	async probe(options?: CallOptions): Promise<Capabilities> {
		if (!this.#backend.supports.write) return withoutWrites(await this.#backend.probe(options));
		this.#checkCall(options);
		return this.supports;
	}

	usage(options?: UsageOptions): Promise<Usage> {
		return this.#backend.usage(options);
	}

	compact(options?: CallOptions): Promise<void> {
		return this.#refuse([], options);
	}

	close(): Promise<void> {
		this.#closed = true;
		return this.#backend.close();
	}

	async #refuse(keys: readonly string[], options: CallOptions | undefined): Promise<never> {
		this.#checkCall(options);
		keys.forEach(checkKey);
		throw new StoreError(
			"READ_ONLY",
			`${this.location} was opened for reading only: open it with mode "r+" or "a" to write to it`,
			{ key: keys[0] },
		);
	}

	#checkCall(options: CallOptions | undefined): void {
		if (this.#closed) throw new StoreError("CLOSED", `${this.location} was closed; open it again to go on using it`);
		if (options?.signal?.aborted) throw aborted(options.signal);
	}
}

function withoutWrites(supports: Capabilities): Capabilities {
	return {
		...supports,
		write: false,
		createIfAbsent: false,
		compareAndSwap: false,
		conditionalDelete: false,
		atomicMultiPut: false,
	};
}
