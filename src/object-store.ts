import type { ByteRange, Etag, ObjectInfo } from "./backend.js";
import type { CallOptions } from "./engine.js";
import { StoreError } from "./errors.js";
import { type Json, parseJson } from "./format/json.js";
import { printsAsString } from "./inspect.js";
import { bodyInMemory, collectBody, jsonBody, type ObjectBody } from "./objects/body.js";
import { rangeOf } from "./objects/byte-ranges.js";
import {
	checkListOptions,
	deleteBelow,
	holdsObjects,
	type ListObjectsOptions,
	listObjects,
	type ObjectEntry,
} from "./objects/object-list.js";
import type {
	CopyObjectOptions,
	DeletePrefixOptions,
	GetObjectOptions,
	PutObjectOptions,
	StreamOptions,
} from "./objects/object-options.js";
import * as names from "./objects/object-options.js";
import { openRandomAccess, type RandomAccess } from "./objects/random-access.js";
import { ownCopy, readObject } from "./objects/read-object.js";
import { type Bytes, CHUNK_SIZE, streamObject } from "./objects/stream-object.js";
import type { Session } from "./session.js";
import { refuseUnknown } from "./unknown-options.js";

type Call = Pick<CallOptions, "signal">;

/**
 * The objects of a store, whatever they hold: `connection.store`. Keys are exact, nothing in them is escaped. What is not there is
 * `undefined`; a failure is an error, and so is an object of which less comes than there is. Bytes that are returned are the caller's own.
 *
 * Datasets are objects, too: whoever changes those changes the dataset.
 */
export class ObjectStore {
	readonly #session: Session;

	/** Use `connection.store`. */
	constructor(session: Session) {
		this.#session = session;
	}

	/**
	 * Reads an object, or a part of it; undefined where there is none.
	 * @throws StoreError TOO_LARGE, OUT_OF_BOUNDS for a range that begins behind the end, CORRUPT where it is no such text or JSON
	 */
	get(key: string, options: GetObjectOptions & { readonly as: "text" }): Promise<string | undefined>;
	get(key: string, options: GetObjectOptions & { readonly as: "json" }): Promise<Json | undefined>;
	get(key: string, options?: GetObjectOptions & { readonly as?: "bytes" | undefined }): Promise<Bytes | undefined>;
	async get(key: string, options: GetObjectOptions = {}): Promise<Bytes | string | Json | undefined> {
		refuseUnknown(options, names.GET, "get");
		const { as = "bytes", limit, ifMatch, cache } = options;
		names.oneOf("as", as, ["bytes", "text", "json"]);
		names.checkCount("limit", limit, 0);
		const range = rangeOf(options.range);
		const freshness = names.freshnessOf(cache);
		const found = await this.#session.call(options, ({ signal }) =>
			readObject(this.#session.backend, key, { ...freshness, range, limit, ifMatch, signal }),
		);
		if (found === undefined) return undefined;
		if (as === "bytes") return ownCopy(found.bytes);
		const text = decodeText(key, found.bytes);
		return as === "text" ? text : parseJson(text, key);
	}

	/** The bytes of a range, such as `"0-499"`, `"9500-"`, `"-500"`: short for `get(key, { range })`. */
	range(
		key: string,
		range: ByteRange | string,
		options: Omit<GetObjectOptions, "range" | "as"> = {},
	): Promise<Bytes | undefined> {
		return this.get(key, { ...options, range, as: "bytes" });
	}

	/**
	 * An object as a web stream, read in parts of one version, the next one when the last is taken. Undefined where there is none.
	 * The stream errors with CONFLICT where the object is replaced or deleted meanwhile, UNAVAILABLE where a part comes short.
	 */
	async stream(key: string, options: StreamOptions = {}): Promise<ReadableStream<Bytes> | undefined> {
		refuseUnknown(options, names.STREAM, "stream");
		const { chunkSize = CHUNK_SIZE, ifMatch, cache, signal } = options;
		names.checkCount("chunkSize", chunkSize, 1);
		const range = rangeOf(options.range) ?? { offset: 0 };
		return streamObject(this.#session, key, { range, chunkSize, ifMatch, freshness: names.freshnessOf(cache), signal });
	}

	/** Opens an object to be read here and there, for readers of Parquet, Arrow and the like. Undefined where there is none. */
	async openRandomAccess(key: string, options: Call = {}): Promise<RandomAccess | undefined> {
		refuseUnknown(options, names.CALL, "openRandomAccess");
		return openRandomAccess(this.#session, key, options);
	}

	/**
	 * Writes an object whole: bytes, text (UTF-8), a Blob, a stream, or with `as: "json"` a value. A stream is collected in memory first.
	 * @returns the version that was written
	 * @throws StoreError CONFLICT where `when` does not hold, TOO_LARGE for a stream longer than `limit`, READ_ONLY
	 */
	put(key: string, value: unknown, options: PutObjectOptions & { readonly as: "json" }): Promise<Etag>;
	put(key: string, body: ObjectBody, options?: PutObjectOptions): Promise<Etag>;
	async put(key: string, body: unknown, options: PutObjectOptions = {}): Promise<Etag> {
		refuseUnknown(options, names.PUT, "put");
		const { as, when, contentType, cache, limit } = options;
		names.oneOf("as", as, ["json"]);
		names.checkCount("limit", limit, 0);
		checkWrite(options);
		const present = as === "json" ? jsonBody(body) : bodyInMemory(key, body);
		const { backend, runtime } = this.#session;
		const most = limit ?? runtime.limits.budget.limit;
		return this.#session.change(options, async ({ signal }) => {
			const { bytes, owned } = present ?? (await collectBody(key, body, { limit: most, signal }));
			return backend.put(key, bytes, { when, contentType, cache, owned, signal });
		});
	}

	/** Size in bytes, version and time of the last change; undefined where there is none. */
	async head(key: string, options: Call = {}): Promise<Pick<ObjectInfo, "size" | "etag" | "modified"> | undefined> {
		refuseUnknown(options, names.CALL, "head");
		const info = await this.#session.call(options, ({ signal }) => this.#session.backend.head(key, { signal }));
		return info && { size: info.size, etag: info.etag, modified: info.modified };
	}

	async has(key: string, options?: Call): Promise<boolean> {
		return (await this.head(key, options)) !== undefined;
	}

	/** Bytes; undefined where there is none. */
	async size(key: string, options?: Call): Promise<number | undefined> {
		return (await this.head(key, options))?.size;
	}

	/**
	 * The objects whose keys begin with `prefix` (any text: end it in `/` for what is in a directory) and the directories among them, or
	 * with `recursive` every object. In no particular order.
	 * @throws StoreError UNSUPPORTED where the store cannot be listed
	 */
	async *list(prefix = "", options: ListObjectsOptions = {}): AsyncGenerator<ObjectEntry, void, undefined> {
		refuseUnknown(options, names.LIST, "list");
		checkListOptions(options);
		yield* listObjects(this.#session, prefix, options);
	}

	/** Whether there are objects below `key/`; `""` is the whole store. */
	async isDirectory(key: string, options: Call = {}): Promise<boolean> {
		refuseUnknown(options, names.CALL, "isDirectory");
		const prefix = key === "" || key.endsWith("/") ? key : `${key}/`;
		return this.#session.call(options, ({ signal }) => holdsObjects(this.#session.backend, prefix, signal));
	}

	/** Deletes objects; one that is not there is no error. */
	async delete(keys: string | Iterable<string>, options: Call = {}): Promise<void> {
		refuseUnknown(options, names.CALL, "delete");
		const list = typeof keys === "string" ? [keys] : [...keys];
		await this.#session.change(options, ({ signal }) => this.#session.backend.delete(list, { signal }));
	}

	/**
	 * Deletes every object whose key begins with `prefix` (`scan` takes `scans/…` along, `scan/` does not). Progress counts those found so far.
	 * @returns how many were deleted
	 * @throws StoreError INVALID_ARGUMENT for `""` without `all`
	 */
	async deletePrefix(prefix: string, options: DeletePrefixOptions = {}): Promise<number> {
		refuseUnknown(options, names.DELETE_PREFIX, "deletePrefix");
		if (prefix === "" && options.all !== true)
			throw new StoreError(
				"INVALID_ARGUMENT",
				'the prefix "" is the whole store: add { all: true } to delete everything',
			);
		return this.#session.change(options, (o) => deleteBelow(this.#session.backend, prefix, o));
	}

	/**
	 * Copies an object, through memory.
	 * @returns the version that was written
	 * @throws StoreError NOT_FOUND, TOO_LARGE, CONFLICT where `when` does not hold
	 */
	async copy(from: string, to: string, options: CopyObjectOptions = {}): Promise<Etag> {
		refuseUnknown(options, names.COPY, "copy");
		names.checkCount("limit", options.limit, 0);
		checkWrite(options);
		if (from === to)
			throw new StoreError("INVALID_ARGUMENT", `${JSON.stringify(from)} cannot be copied onto itself`, { key: from });
		const { backend } = this.#session;
		const { limit, when, contentType, cache } = options;
		return this.#session.change(options, async ({ signal }) => {
			const found = await readObject(backend, from, { limit, signal });
			if (found === undefined)
				throw new StoreError("NOT_FOUND", `there is no object ${JSON.stringify(from)} to copy`, { key: from });
			return backend.put(to, found.bytes, { when, contentType, cache, signal });
		});
	}

	toString(): string {
		return `Objects of ${this.#session.backend.location}`;
	}
}

printsAsString(ObjectStore.prototype);

function checkWrite({ when, cache }: Pick<PutObjectOptions, "when" | "cache">): void {
	names.oneOf("cache", cache, ["invalidate", "refresh", "leave"]);
	names.checkPrecondition(when);
}

const LONG = ["TOO_LARGE", "longer than a string may be"] as const;

/** @throws StoreError CORRUPT where the bytes are not UTF-8, TOO_LARGE */
function decodeText(key: string, bytes: Uint8Array): string {
	try {
		// Browsers decode no shared memory.
		return new TextDecoder("utf-8", { fatal: true }).decode(isShared(bytes) ? ownCopy(bytes) : bytes);
	} catch (cause) {
		const [code, what] = cause instanceof TypeError ? (["CORRUPT", "no text in UTF-8"] as const) : LONG;
		throw new StoreError(code, `${JSON.stringify(key)} is ${what}: get it as bytes`, { key, cause });
	}
}

function isShared({ buffer }: Uint8Array): boolean {
	return typeof SharedArrayBuffer !== "undefined" && buffer instanceof SharedArrayBuffer;
}
