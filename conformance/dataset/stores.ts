/** Stores that fail or wait on command. */
import type * as store from "../../src/backend.js";
import { connect } from "../../src/connect.js";
import type { Connection } from "../../src/connection.js";
import type { ConnectOptions } from "../../src/connection-options.js";
import { aborted, type ErrorCode, StoreError } from "../../src/errors.js";
import { Delegating } from "./delegating.js";

/** Another connection to the same store, through a wrapper; on the same engine. */
export function through(con: Connection, backend: store.Backend, options: ConnectOptions = {}): Promise<Connection> {
	const { name, supports } = con.runtime.engine;
	const engine = { ...con.runtime.engine, name, supports, close: async () => {} };
	const writeSafety = con.singleWriter ? "single-writer" : undefined;
	return connect(backend, { engine, writeSafety, ...options });
}

/** Fails every call that `fails` chooses. */
export class Failing extends Delegating {
	fails: (operation: "get" | "head" | "put" | "delete", key: string) => ErrorCode | undefined = () => undefined;

	#check(operation: "get" | "head" | "put" | "delete", key: string): void {
		const code = this.fails(operation, key);
		if (code !== undefined) throw new StoreError(code, "the store is out of order", { key });
	}

	override async get(key: string, options?: store.GetOptions): Promise<store.Fetched | undefined> {
		this.#check("get", key);
		return super.get(key, options);
	}

	override async head(key: string, options?: store.CallOptions): Promise<store.ObjectInfo | undefined> {
		this.#check("head", key);
		return super.head(key, options);
	}

	override async put(key: string, bytes: Uint8Array, options?: store.PutOptions): Promise<store.Etag> {
		this.#check("put", key);
		return super.put(key, bytes, options);
	}

	override async commit(
		writes: readonly store.Write[],
		options?: store.CallOptions,
	): Promise<(store.Etag | undefined)[]> {
		for (const { key } of writes) this.#check("put", key);
		return super.commit(writes, options);
	}

	override async delete(keys: readonly string[], options?: store.CallOptions): Promise<void> {
		for (const key of keys) this.#check("delete", key);
		return super.delete(keys, options);
	}
}

/** Keys of metadata, in either format. */
const METADATA = /(^|\/)(zarr\.json|\.z(array|attrs|group|metadata))$/;

/** Holds every `get` of a chunk until `open` is called; a cancelled one leaves. Counts them, too. */
export class Gate extends Delegating {
	/** How many `get`s wait now, how many ever did, and how many were cancelled. */
	waiting = 0;
	begun = 0;
	cancelled = 0;
	/** The most that waited at once. */
	most = 0;
	#opened = false;
	#closed = false;
	#waiters: (() => void)[] = [];
	#arrivals: { count: number; arrived: () => void }[] = [];

	open(): void {
		this.#opened = true;
		for (const go of this.#waiters.splice(0)) go();
	}

	/** Lets through those that wait now. */
	pulse(): void {
		for (const go of this.#waiters.splice(0)) go();
	}

	/** Until `count` of them have come. */
	arrivals(count: number): Promise<void> {
		if (this.begun >= count) return Promise.resolve();
		return new Promise((arrived) => this.#arrivals.push({ count, arrived }));
	}

	override async get(key: string, options?: store.GetOptions): Promise<store.Fetched | undefined> {
		if (this.#closed) throw new StoreError("CLOSED", "this door to the store is closed");
		if (!METADATA.test(key)) await this.#wait(options?.signal);
		return super.get(key, options);
	}

	override async put(key: string, bytes: Uint8Array, options?: store.PutOptions): Promise<store.Etag> {
		if (this.#closed) throw new StoreError("CLOSED", "this door to the store is closed");
		return super.put(key, bytes, options);
	}

	override async close(): Promise<void> {
		this.#closed = true;
	}

	async #wait(signal: AbortSignal | undefined): Promise<void> {
		this.begun++;
		this.most = Math.max(this.most, ++this.waiting);
		for (const { count, arrived } of this.#arrivals) if (this.begun >= count) arrived();
		const leave = new AbortController();
		try {
			if (!this.#opened)
				await new Promise<void>((go, refuse) => {
					this.#waiters.push(go);
					const cancel = (): void => {
						this.cancelled++;
						refuse(aborted(signal as AbortSignal));
					};
					signal?.addEventListener("abort", cancel, { signal: leave.signal });
				});
		} finally {
			this.waiting--;
			leave.abort();
		}
	}
}
