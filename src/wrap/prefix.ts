import {
	type Backend,
	type BackendSpec,
	type CallOptions,
	type Capabilities,
	checkKey,
	checkWrites,
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
import { wrapperSpec } from "./spec.js";

/**
 * The part of a store whose keys begin with `path`, as a store of its own: `prefix(backend, "a/b/")` keeps the object `c` where `backend` keeps `a/b/c`.
 * Closing it closes `backend`.
 * @param path segments separated by `/`, with or without one at the end; `""` is the whole store, hence `backend` itself
 * @throws StoreError INVALID_ARGUMENT where it could leave the store
 */
export function prefix(backend: Backend, path: string): Backend {
	if (path === "") return backend;
	const folder = String(path).replace(/\/$/, "");
	checkKey(folder);
	return new Prefixed(backend, folder);
}

class Prefixed implements Backend {
	readonly #backend: Backend;
	readonly #folder: string;
	/** What all keys begin with; ends in a slash. */
	readonly #prefix: string;

	constructor(backend: Backend, folder: string) {
		this.#backend = backend;
		this.#folder = folder;
		this.#prefix = `${folder}/`;
	}

	get name(): string {
		return this.#backend.name;
	}

	/** That of a backend that was opened there, where places lie within each other as directories do. */
	get location(): string {
		return `${this.#backend.location.replace(/\/$/, "")}/${this.#folder}`;
	}

	get spec(): BackendSpec | undefined {
		return wrapperSpec(this.#backend.spec, "prefix", this.#folder);
	}

	get supports(): Capabilities {
		return this.#backend.supports;
	}

	get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		return this.#translated(() => this.#backend.get(this.#inner(key), options));
	}

	head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		return this.#translated(() => this.#backend.head(this.#inner(key), options));
	}

	put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		return this.#translated(() => this.#backend.put(this.#inner(key), bytes, options));
	}

	commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		return this.#translated(() => {
			checkWrites(writes);
			const inner = writes.map((write) => ({ ...write, key: this.#prefix + write.key }));
			return this.#backend.commit(inner, options);
		});
	}

	delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		return this.#translated(() =>
			this.#backend.delete(
				keys.map((key) => this.#inner(key)),
				options,
			),
		);
	}

	async *list(start: string, options?: ListOptions): AsyncGenerator<ListEntry> {
		const { after } = options ?? {};
		const inner = after === undefined ? options : { ...options, after: this.#prefix + after };
		try {
			for await (const entry of this.#backend.list(this.#prefix + start, inner)) {
				const key = entry.key.slice(this.#prefix.length);
				// Some stores show a directory as an empty object of its name.
				if (key !== "") yield { ...entry, key };
			}
		} catch (error) {
			throw this.#outer(error);
		}
	}

	/** On a scratch key of the backend's choice, which may lie outside the prefix. */
	probe(options?: CallOptions): Promise<Capabilities> {
		return this.#translated(() => this.#backend.probe(options));
	}

	/** What lies below the prefix is known only to whoever looks at every object; the rest is about the whole store. */
	async usage(options?: UsageOptions): Promise<Usage> {
		return { ...(await this.#translated(() => this.#backend.usage(options))), bytes: undefined };
	}

	/** The whole store, not only what lies below the prefix. */
	compact(options?: CallOptions): Promise<void> {
		return this.#translated(() => this.#backend.compact(options));
	}

	close(): Promise<void> {
		return this.#backend.close();
	}

	#inner(key: string): string {
		checkKey(key);
		return this.#prefix + key;
	}

	async #translated<T>(call: () => Promise<T>): Promise<T> {
		try {
			return await call();
		} catch (error) {
			throw this.#outer(error);
		}
	}

	/** The error in terms of this store's keys. */
	#outer(error: unknown): unknown {
		if (!isStoreError(error) || error.key === undefined || !error.key.startsWith(this.#prefix)) return error;
		const { code, message, key: inner, dataset, chunk, retryAfter, cause, stack } = error;
		const key = inner.slice(this.#prefix.length);
		const translated = new StoreError(code, message.replaceAll(JSON.stringify(inner), JSON.stringify(key)), {
			key,
			dataset,
			chunk,
			retryAfter,
			cause,
		});
		if (stack !== undefined) translated.stack = stack.replace(message, () => translated.message);
		return translated;
	}
}
