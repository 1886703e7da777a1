import { StoreError } from "./errors.js";

/**
 * The contract between the library and a store of objects. A backend keeps byte strings under string keys
 * and knows nothing of arrays. Every clause below is checked by the suite that `tesserae/conformance` exports.
 *
 * Clauses that hold for every method:
 * - Absence is a value (`undefined`, an empty listing); every failure is a thrown StoreError. A failure is
 *   never reported as absence.
 * - A key is a non-empty string of segments separated by `/`; one that could leave the store (an empty segment,
 *   `.`, `..`, NUL, a leading `/`) is refused with INVALID_ARGUMENT before anything is touched. A backend may refuse others that
 *   its place cannot hold. A key that is also the directory of another (`a` beside `a/b`) is no part of the contract:
 *   directories cannot keep it, and Zarr never writes it.
 * - Each object is atomic: a reader sees the bytes of one whole write, never a mixture and never a part.
 * - What was written is seen at once by every later call through the same backend object.
 * - Nobody keeps a caller's buffer: `put` and `commit` have copied (or stored) `bytes` when they return, unless
 *   the caller gave them away with `owned`. Bytes returned by `get` are borrowed: they are never written to,
 *   by either side.
 * - After `close` every method rejects with CLOSED.
 * - An aborted `signal` rejects with ABORTED; a write that had not begun by then does not happen.
 */

/** Names one version of one object. Opaque; equal etags of one key mean equal bytes. */
export type Etag = string;

/** A part of an object, in bytes: from `offset` (to the end where `length` is left out), or the last `suffix`. */
export type ByteRange = { readonly offset: number; readonly length?: number } | { readonly suffix: number };

/**
 * What must hold of the stored object at the moment of a write, else the write fails with CONFLICT. Where `supports` has no such
 * check the write is refused with UNSUPPORTED; a precondition is never ignored.
 */
export type Precondition = { readonly absent: true } | { readonly etag: Etag };

export interface CallOptions {
	readonly signal?: AbortSignal | undefined;
}

export interface GetOptions extends CallOptions {
	/** The parts wanted, all of one version. A range that reaches past the end is cut there, never padded. */
	readonly ranges?: readonly ByteRange[] | undefined;
	/** Rejects with CONFLICT where the object exists in another version. */
	readonly ifMatch?: Etag | undefined;
	/** Read past every cache: what comes back is what a conditional write would be compared with. */
	readonly fresh?: boolean | undefined;
	/** With `fresh`: caches on the way put what comes back in the place of what they hold. */
	readonly refresh?: boolean | undefined;
	/** Other threads will read the bytes: a backend that keeps objects in memory keeps this one in shared memory from now on. */
	readonly shared?: boolean | undefined;
	/** Memory that the backend may fill and return views of, where that saves a copy: of the whole object, or of the ranges one after the other. */
	readonly into?: Uint8Array | undefined;
	/**
	 * Rejects with TOO_LARGE, before it is in memory, where the object has more bytes. Ranges of a larger one are read, unless the store can only
	 * bring it whole.
	 */
	readonly limit?: number | undefined;
}

export interface Fetched {
	/** One byte string per range, in the order asked; the whole object as one where no ranges were given. */
	readonly parts: readonly Uint8Array[];
	readonly etag: Etag;
	/** The size of the whole object, in bytes. */
	readonly size: number;
}

export interface PutOptions extends CallOptions {
	readonly when?: Precondition | undefined;
	/** The caller gives `bytes` away and will never write to them again, so the backend may keep them. */
	readonly owned?: boolean | undefined;
	/**
	 * Names this write among all others, in up to 16 characters of `A-Z a-z 0-9 - _`. Where `supports.remembersWrites` it is stored with the
	 * object, so that a writer whose answer was lost can find out what became of it; elsewhere it is ignored.
	 */
	readonly writeId?: string | undefined;
	/** The media type (RFC 6838) that those get told who ask by HTTP. A store that keeps none ignores it. */
	readonly contentType?: string | undefined;
	/** What caches on the way do: forget the object (`invalidate`, the default), hold the new bytes (`refresh`), or go on with what they hold (`leave`). */
	readonly cache?: "invalidate" | "refresh" | "leave" | undefined;
}

/** One write of a commit; `bytes: undefined` deletes the object. */
export interface Write {
	readonly key: string;
	readonly bytes: Uint8Array | undefined;
	readonly when?: Precondition | undefined;
	readonly owned?: boolean | undefined;
	/** See {@link PutOptions.writeId}. */
	readonly writeId?: string | undefined;
}

export interface ObjectInfo {
	readonly etag: Etag;
	/** Bytes. */
	readonly size: number;
	readonly modified: Date;
	/**
	 * Where `supports.remembersWrites`: the id of the write that made this version, then those of the versions before it, each replaced on condition of its
	 * etag, newest first, at least 64 of them as far as there are any. An empty string stands for a write without an id; at the end of the list it may be left out.
	 */
	readonly writes?: readonly string[] | undefined;
}

export interface ListOptions extends CallOptions {
	/** With `"/"`, keys that go on after the next `/` are folded into one entry of kind `prefix`. */
	readonly delimiter?: "/" | undefined;
	/** Leaves out entries up to this key. Asked for only where `supports.listsInOrder`. */
	readonly after?: string | undefined;
}

export type ListEntry =
	| { readonly kind: "object"; readonly key: string; readonly size: number }
	/** Ends in `/`. */
	| { readonly kind: "prefix"; readonly key: string };

/**
 * What a store can do. `undefined` means: not known until `probe` has measured it.
 * The library asks these, never who the backend is.
 */
export interface Capabilities {
	/** False: every write is refused with READ_ONLY before any request. */
	readonly write: boolean;
	/** `list` works. */
	readonly list: boolean;
	/** `get` with `ranges` transfers no more than asked. (It is right in every case.) */
	readonly ranges: boolean | undefined;
	/** `get` reads into memory that it is given (`into`), so that reading many objects needs no new memory for each. */
	readonly readsInto: boolean;
	/** `{ absent: true }` is honoured, atomically. */
	readonly createIfAbsent: boolean | undefined;
	/** `{ etag }` is honoured by writes, atomically, between processes too where `sharedBetweenProcesses`. */
	readonly compareAndSwap: boolean | undefined;
	/**
	 * `{ etag }` is honoured by deletes within `commit`. Where false, a delete may come to nothing where a conditional write to the same object
	 * lands at the same moment.
	 */
	readonly conditionalDelete: boolean | undefined;
	/** `commit` is all or nothing. */
	readonly atomicMultiPut: boolean;
	/** What was written outlives the process. */
	readonly persistent: boolean;
	/** Another process can open the same store. */
	readonly sharedBetweenProcesses: boolean;
	/** Requests travel a network, so that one more is worth many bytes. Default false. */
	readonly remote?: boolean | undefined;
	/** `list` gives its entries in ascending order of their keys' code points (that of their UTF-8 bytes), and can begin `after` one. Default false. */
	readonly listsInOrder?: boolean | undefined;
	/** The ids of writes are stored with objects, and `head` tells them. Default false. */
	readonly remembersWrites?: boolean | undefined;
	/** Failures that pass by themselves are tried again within: nobody around it does so too. Default false. */
	readonly retries?: boolean | undefined;
}

/** What another thread or process needs to open the same store: plain, cloneable, free of secrets. */
export interface BackendSpec {
	/** The module that exports the factory, e.g. `tesserae/backends/file`. */
	readonly module: string;
	/** The factory's name in it. */
	readonly factory: string;
	/** The factory's only argument. It may answer with a promise. */
	readonly options: unknown;
}

/** What a store takes where it lies, in bytes; undefined where only a look at every object would tell. */
export interface Usage {
	readonly bytes: number | undefined;
	/** How many of these `compact` gives back. */
	readonly reclaimable: number | undefined;
	/** Where `thorough` was asked for: what writers that were killed have left beside the objects, if anything; `compact` removes it. */
	readonly leftovers?: readonly { readonly name: string; readonly bytes: number }[] | undefined;
}

export interface UsageOptions extends CallOptions {
	/** Also look for what no request finds, though it takes a walk through all there is. */
	readonly thorough?: boolean | undefined;
}

export interface Backend {
	/** What the user calls it: `ram`, `file`, … */
	readonly name: string;
	/**
	 * The same for any two backend objects over the same place, in any process (`file:/data/scan`): it names
	 * the store in messages, and writers within a process queue by it.
	 */
	readonly location: string;
	/** Undefined where only this thread can reach the store; its owner then serves the bytes to others. */
	readonly spec: BackendSpec | undefined;
	readonly supports: Capabilities;

	/** Reads an object, or parts of it, in one version; undefined where there is none. */
	get(key: string, options?: GetOptions): Promise<Fetched | undefined>;
	/** Size and version of an object; undefined where there is none. */
	head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined>;
	/** Writes an object whole. With `when` it is one step with the check: of several racers one wins, the others get CONFLICT. */
	put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Etag>;
	/**
	 * Writes and deletes several objects. Where `supports.atomicMultiPut`, all or none, also to readers; elsewhere each on its own,
	 * stopping at the first failure. Returns the new etags, undefined for deletes. A key may occur once.
	 */
	commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]>;
	/** Deletes objects; a key that is not there is no error. */
	delete(keys: readonly string[], options?: CallOptions): Promise<void>;
	/**
	 * Every key that begins with `prefix` (a plain string prefix; `""` for all), each once, in no particular order unless
	 * `supports.listsInOrder`. What is written or deleted meanwhile may or may not be seen; everything else is.
	 */
	list(prefix: string, options?: ListOptions): AsyncIterable<ListEntry>;
	/** Measures what `supports` leaves undefined, on a scratch key, and returns the completed capabilities. */
	probe(options?: CallOptions): Promise<Capabilities>;
	/** What the store takes, found without a listing unless `thorough` is asked for. */
	usage(options?: UsageOptions): Promise<Usage>;
	/** Gives back what deleted objects still take, where the store keeps it; elsewhere there is nothing to do. Changes no object. */
	compact(options?: CallOptions): Promise<void>;
	/** Frees what the backend holds; idempotent. */
	close(): Promise<void>;
}

/**
 * Refuses keys that could leave the store.
 * @throws StoreError INVALID_ARGUMENT
 */
export function checkKey(key: string): void {
	if (typeof key === "string" && key !== "" && !UNSAFE_KEY.test(key)) return;
	throw new StoreError(
		"INVALID_ARGUMENT",
		`${JSON.stringify(key)} is not a key: keys are segments separated by "/", none of them empty, "." or "..", without NUL`,
		{ key: String(key) },
	);
}

/**
 * Refuses a commit that names a bad key, or one key twice.
 * @throws StoreError INVALID_ARGUMENT
 */
export function checkWrites(writes: readonly Write[]): void {
	const keys = new Set<string>();
	for (const { key } of writes) {
		checkKey(key);
		if (keys.has(key))
			throw new StoreError("INVALID_ARGUMENT", `a commit names each key once, not ${JSON.stringify(key)} twice`, {
				key,
			});
		keys.add(key);
	}
}

/** The order of `supports.listsInOrder`: by code points, which is that of UTF-8 and not that of `<`. Negative where `a` comes first. */
export function compareKeys(a: string, b: string): number {
	const length = Math.min(a.length, b.length);
	for (let i = 0; i < length; i++)
		if (a.charCodeAt(i) !== b.charCodeAt(i)) return (a.codePointAt(i) ?? 0) - (b.codePointAt(i) ?? 0);
	return a.length - b.length;
}

/** The error of a precondition that does not hold. */
export function conflict(key: string): StoreError {
	return new StoreError(
		"CONFLICT",
		`${JSON.stringify(key)} is not stored in the version expected: read it again and retry`,
		{ key },
	);
}

/**
 * Refuses an object of more bytes than the reader takes.
 * @param size undefined where only this is known: that it is more than `limit`
 * @throws StoreError TOO_LARGE
 */
export function checkLimit(key: string, size: number | undefined, limit: number | undefined): void {
	if (limit === undefined || (size !== undefined && size <= limit)) return;
	const bytes = size === undefined ? "" : `${size} bytes, `;
	throw new StoreError("TOO_LARGE", `${JSON.stringify(key)} takes ${bytes}more than the ${limit} that were expected`, {
		key,
	});
}

const UNSAFE_KEY = /\0|^\/|\/$|\/\/|(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * The half-open span of `range` within an object of `size` bytes, cut at its end.
 * @throws StoreError INVALID_ARGUMENT where a member is not a whole number ≥ 0
 */
export function spanOf(range: ByteRange, size: number): { start: number; end: number } {
	const [from, length] = "suffix" in range ? [0, range.suffix] : [range.offset, range.length ?? 0];
	if (!Number.isSafeInteger(from) || !Number.isSafeInteger(length) || from < 0 || length < 0)
		throw new StoreError("INVALID_ARGUMENT", `a byte range takes whole numbers ≥ 0, not ${JSON.stringify(range)}`);
	if ("suffix" in range) return { start: Math.max(0, size - length), end: size };
	const start = Math.min(from, size);
	return { start, end: range.length === undefined ? size : Math.min(size, start + length) };
}
