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
	Write,
} from "../../dist/src/backend.js";

/** Hands every call to `inner`: a right backend, of which a test breaks one method. */
export class PassThrough implements Backend {
	readonly inner: Backend;

	constructor(inner: Backend) {
		this.inner = inner;
	}

	get name(): string {
		return this.inner.name;
	}
	get location(): string {
		return this.inner.location;
	}
	get spec(): BackendSpec | undefined {
		return this.inner.spec;
	}
	get supports(): Capabilities {
		return this.inner.supports;
	}
	get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		return this.inner.get(key, options);
	}
	head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		return this.inner.head(key, options);
	}
	put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		return this.inner.put(key, bytes, options);
	}
	commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		return this.inner.commit(writes, options);
	}
	delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		return this.inner.delete(keys, options);
	}
	list(prefix: string, options?: ListOptions): AsyncIterable<ListEntry> {
		return this.inner.list(prefix, options);
	}
	probe(options?: CallOptions): Promise<Capabilities> {
		return this.inner.probe(options);
	}
	usage(options?: CallOptions): Promise<Usage> {
		return this.inner.usage(options);
	}
	compact(options?: CallOptions): Promise<void> {
		return this.inner.compact(options);
	}
	close(): Promise<void> {
		return this.inner.close();
	}
}

/** Members that replace those of a right backend. */
export type Break = (inner: Backend) => Partial<Backend>;

export function broken(inner: Backend, change: Break): Backend {
	const backend = new PassThrough(inner);
	for (const [name, value] of Object.entries(change(inner))) Object.defineProperty(backend, name, { value });
	return backend;
}
