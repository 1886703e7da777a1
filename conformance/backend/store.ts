import type { Backend, Etag, Fetched, ListEntry, ListOptions } from "../../src/backend.js";
import { check } from "../expect.js";

/** What a test of the suite runs on: made afresh for each test, or a prefix of its own in one that lasts. */
export interface BackendFixture {
	readonly backend: Backend;
	/** Writes to the same store where `backend` cannot: a read-only backend is tested on what this one put there. It may name versions otherwise. */
	readonly writer?: Backend | undefined;
	/** Opens another backend object over the same store. */
	readonly reopen?: (() => Promise<Backend>) | undefined;
	/** Called last, after `backend` and `writer` were closed. */
	readonly dispose?: (() => Promise<void>) | undefined;
}

export interface Store extends BackendFixture {
	/** `backend` itself, where it writes. */
	readonly writer: Backend;
	/** All keys of this test begin so; ends in a slash. */
	readonly prefix: string;
}

/** One sentence of the contract in `src/backend.ts`, and what shows that it is kept. */
export interface Clause {
	readonly name: string;
	check(store: Store): Promise<void>;
}

/** A clause about writing, which a read-only backend has no part in. */
export function writing(name: string, body: (backend: Backend, store: Store) => Promise<void>): Clause {
	return {
		name,
		async check(store) {
			if (store.backend.supports.write) await body(store.backend, store);
		},
	};
}

/** Puts an object; the etag that comes back is that by which `backend` knows it. */
export async function putFor({ backend, writer }: Store, key: string, bytes: Uint8Array): Promise<Etag | undefined> {
	const etag = await writer.put(key, bytes);
	return writer === backend ? etag : (await backend.head(key))?.etag;
}

/** Bytes that differ from place to place and from seed to seed. */
export function pattern(size: number, seed = 0): Uint8Array {
	const bytes = new Uint8Array(size);
	for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed * 101) & 255;
	return bytes;
}

export function text(value: string): Uint8Array {
	return new TextEncoder().encode(value);
}

/** The whole object as text; undefined where there is none. */
export async function textAt(backend: Backend, key: string): Promise<string | undefined> {
	const fetched = await backend.get(key);
	return fetched && new TextDecoder().decode(only(fetched));
}

/** The only part of what was fetched. */
export function only(fetched: Fetched | undefined): Uint8Array {
	check(fetched?.parts.length === 1, "get brings the whole object as one part");
	return fetched.parts[0] as Uint8Array;
}

export async function entriesOf(backend: Backend, prefix: string, options?: ListOptions): Promise<ListEntry[]> {
	const entries: ListEntry[] = [];
	for await (const entry of backend.list(prefix, options)) entries.push(entry);
	return entries;
}

/** The keys that `list` gives, sorted. */
export async function keysOf(backend: Backend, prefix: string, options?: ListOptions): Promise<string[]> {
	return (await entriesOf(backend, prefix, options)).map(({ key }) => key).sort();
}

/** Runs `body` for 0 … count − 1, at most 32 at a time. */
export async function concurrently(count: number, body: (i: number) => Promise<void>): Promise<void> {
	let next = 0;
	const lane = async (): Promise<void> => {
		while (next < count) await body(next++);
	};
	await Promise.all(Array.from({ length: Math.min(32, count) }, lane));
}

/** Calls `look` until `work` is done, with pauses in which also a backend that waits for timers gets on. */
export async function watchWhile(work: Promise<void>, look: () => Promise<void>): Promise<void> {
	let done = false;
	const finished = work.finally(() => {
		done = true;
	});
	const watching = (async () => {
		for (let n = 1; !done; n++) {
			await look();
			if (n % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
		}
	})();
	await Promise.all([finished, watching]);
}
