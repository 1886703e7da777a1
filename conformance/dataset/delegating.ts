import type * as store from "../../src/backend.js";

/**
 * Passes every call to another backend: the base of those that fail, wait or count. Closing it leaves the other open. It cannot be
 * opened anew elsewhere, so engines that work in other threads must come back to it.
 */
export class Delegating implements store.Backend {
	protected readonly inner: store.Backend;

	constructor(inner: store.Backend) {
		this.inner = inner;
	}

	get name(): string {
		return this.inner.name;
	}

	get location(): string {
		return this.inner.location;
	}

	get spec(): undefined {
		return undefined;
	}

	get supports(): store.Capabilities {
		return this.inner.supports;
	}

	get(key: string, options?: store.GetOptions): Promise<store.Fetched | undefined> {
		return this.inner.get(key, options);
	}

	head(key: string, options?: store.CallOptions): Promise<store.ObjectInfo | undefined> {
		return this.inner.head(key, options);
	}

	put(key: string, bytes: Uint8Array, options?: store.PutOptions): Promise<store.Etag> {
		return this.inner.put(key, bytes, options);
	}

	commit(writes: readonly store.Write[], options?: store.CallOptions): Promise<(store.Etag | undefined)[]> {
		return this.inner.commit(writes, options);
	}

	delete(keys: readonly string[], options?: store.CallOptions): Promise<void> {
		return this.inner.delete(keys, options);
	}

	list(prefix: string, options?: store.ListOptions): AsyncIterable<store.ListEntry> {
		return this.inner.list(prefix, options);
	}

	probe(options?: store.CallOptions): Promise<store.Capabilities> {
		return this.inner.probe(options);
	}

	usage(options?: store.CallOptions): Promise<store.Usage> {
		return this.inner.usage(options);
	}

	compact(options?: store.CallOptions): Promise<void> {
		return this.inner.compact(options);
	}

	async close(): Promise<void> {}
}
