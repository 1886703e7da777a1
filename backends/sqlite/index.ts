import { statSync } from "node:fs";
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
	type Write,
} from "../../src/backend.js";
import { aborted, StoreError } from "../../src/errors.js";
import { checkOptionNames } from "../shared/options.js";
import { absolutePathOf, realPathOf } from "../shared/paths.js";
import { lookUp, STEP, store as storeAll } from "./changes.js";
import { library } from "./database-file.js";
import { refuseOther } from "./failures.js";
import { isWellFormed, listObjects } from "./listing.js";
import { readObject } from "./reading.js";
import { commit } from "./staging.js";
import { acquireStore, type ReadSettings, releaseStore, type Store } from "./store.js";
import type { Tables } from "./tables.js";
import type { WriteSettings } from "./writer.js";

export { describeSqlite } from "../shared/sqlite-library.js";

export interface SqliteOptions {
	/** The file, or its `file:` URL. Made by the first write. */
	readonly path: string | URL;
	/** `fsync` (default): a write is on the disk when it returns. `none`: power loss may undo the last writes, each whole. */
	readonly durability?: "fsync" | "none" | undefined;
	/** Mode of the file, default 0o640, if it has to be made. Less the process's umask. */
	readonly fileMode?: number | undefined;
	/** Milliseconds to wait for other processes that write, default 60 000; this process goes on meanwhile. */
	readonly busyTimeout?: number | undefined;
}

const OPTIONS = ["durability", "fileMode", "busyTimeout"] as const;
const DEFAULT_MODE = 0o640;
const DEFAULT_TIMEOUT = 60_000;
/** Keys deleted in one step. */
const DELETED_AT_ONCE = 1000;

/**
 * Objects in one SQLite file. A commit is one transaction, also to readers; any number of processes on one machine may read and write.
 * @throws StoreError INVALID_ARGUMENT, UNSUPPORTED where no SQLite can be loaded
 */
export function sqlite(options: SqliteOptions): Backend {
	library();
	return new FileOfObjects(checkOptions(options));
}

/**
 * Opens `sqlite:PATH`: a relative or absolute path as it is, or a URL (`sqlite:///scans/my%20data.sqlite`).
 * @throws StoreError INVALID_ARGUMENT on an unknown option, listing the known ones
 */
export function open(target: string, options: Record<string, unknown> = {}): Backend {
	checkOptionNames("sqlite", options, OPTIONS);
	if (target === "" || target === ":memory:")
		throw invalid('"sqlite:" takes a file, as in sqlite:./data.sqlite; for memory use ram:');
	return sqlite({ ...options, path: target.startsWith("//") ? new URL(`file:${target}`) : target });
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}

interface Settings {
	/** Absolute, links resolved as far as it exists. */
	readonly path: string;
	readonly durability: "fsync" | "none";
	readonly fileMode: number;
	readonly busyTimeout: number;
}

function checkOptions(options: SqliteOptions): Settings {
	const { path, durability = "fsync", fileMode = DEFAULT_MODE, busyTimeout = DEFAULT_TIMEOUT } = options;
	if (durability !== "fsync" && durability !== "none")
		throw invalid(`durability is "fsync" or "none", not ${JSON.stringify(durability)}`);
	if (!Number.isInteger(fileMode) || fileMode < 0 || fileMode > 0o777)
		throw invalid(`fileMode is a number from 0 to 0o777, not ${String(fileMode)}`);
	if (!Number.isFinite(busyTimeout) || busyTimeout < 0)
		throw invalid(`busyTimeout is a number of milliseconds ≥ 0, not ${String(busyTimeout)}`);
	if (!(path instanceof URL) && (typeof path !== "string" || path === "" || path.includes("\0")))
		throw invalid("path is that of a file, or its file: URL");
	const real = realPathOf(absolutePathOf(path));
	refuseOther(real);
	return { path: real, durability, fileMode, busyTimeout };
}

const SUPPORTS: Capabilities = {
	write: true,
	list: true,
	ranges: true,
	readsInto: false,
	createIfAbsent: true,
	compareAndSwap: true,
	conditionalDelete: true,
	atomicMultiPut: true,
	persistent: true,
	sharedBetweenProcesses: true,
	listsInOrder: true,
};

class FileOfObjects implements Backend {
	readonly name = "sqlite";
	readonly supports = SUPPORTS;
	readonly location: string;
	readonly spec: BackendSpec;
	readonly #store: Store;
	readonly #settings: WriteSettings;
	readonly #running = new Set<Promise<unknown>>();
	#closing: Promise<void> | undefined;

	constructor(settings: Settings) {
		const { path, durability, fileMode, busyTimeout } = settings;
		this.location = `sqlite:${path}`;
		this.spec = { module: "tesserae/backends/sqlite", factory: "sqlite", options: settings };
		this.#settings = { durable: durability === "fsync", fileMode, busyTimeout };
		this.#store = acquireStore(path);
	}

	async get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		this.#enter([key], options);
		return await this.#track(readObject(this.#store, key, { ...options, ...this.#reading(options, key) }));
	}

	async head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		this.#enter([key], options);
		const row = await this.#read((tables) => tables?.head(key), options, key);
		return row && { etag: String(row.generation), size: row.size, modified: new Date(row.modified) };
	}

	async put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		const [etag] = await this.commit([{ key, bytes, when: options?.when }], options);
		return etag as Etag;
	}

	async commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		checkWrites(writes);
		this.#enter(
			writes.map(({ key }) => key),
			options,
		);
		const { path } = this.#store;
		if (await this.#deletesFromNothing(writes, options)) return writes.map(() => undefined);
		const all = { writes, path, settings: this.#settings, signal: options?.signal };
		return await this.#track(commit(this.#store.writer, all));
	}

	async delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		this.#enter(keys, options);
		const writes = [...new Set(keys)].map((key) => ({ key, bytes: undefined }));
		if (await this.#deletesFromNothing(writes, options)) return;
		await this.#track(this.#delete(writes, options?.signal));
	}

	async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListEntry> {
		this.#enter([], options);
		const entries = listObjects(this.#store, prefix, options ?? {}, this.#reading(options));
		for await (const entry of entries) {
			yield entry;
			this.#enter([], options);
		}
	}

	async probe(options?: CallOptions): Promise<Capabilities> {
		this.#enter([], options);
		return SUPPORTS;
	}

	/** The file with its log; its unused pages, and what is still to be removed. */
	async usage(options?: CallOptions): Promise<Usage> {
		this.#enter([], options);
		const unused = (tables: Tables): number => tables.unused() + tables.givenUp(Date.now());
		const reclaimable = await this.#read((tables) => (tables === undefined ? 0 : unused(tables)), options);
		const sizes = ["", "-wal"].map((end) => statSync(this.#store.path + end, { throwIfNoEntry: false })?.size ?? 0);
		return { bytes: sizes.reduce((sum, size) => sum + size), reclaimable };
	}

	/** Rewrites the file, so it needs its size in free space, and keeps this thread and other writers waiting meanwhile. */
	async compact(options?: CallOptions): Promise<void> {
		this.#enter([], options);
		await this.#track(this.#rewrite(options?.signal));
	}

	close(): Promise<void> {
		this.#closing ??= Promise.allSettled(this.#running).then(() => releaseStore(this.#store));
		return this.#closing;
	}

	async #delete(writes: readonly Write[], signal: AbortSignal | undefined): Promise<void> {
		for (let n = 0; n < writes.length; n += DELETED_AT_ONCE) {
			const some = writes.slice(n, n + DELETED_AT_ONCE);
			const run = (tables: Tables): unknown => storeAll(tables, some);
			await this.#store.writer.submit({ run, bytes: STEP, settings: this.#settings, signal });
		}
	}

	async #rewrite(signal: AbortSignal | undefined): Promise<void> {
		if (await this.#read((tables) => tables === undefined)) return;
		const { writer, file } = this.#store;
		// Any write has what was given up removed, by other processes, too.
		await writer.submit({ run() {}, bytes: 0, settings: this.#settings, signal });
		await writer.idle();
		await this.#read(() => {
			const { database } = file.writable(this.#settings.fileMode);
			database.exec("VACUUM");
			database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
		});
	}

	/** Where there is no store yet, a delete makes none. */
	async #deletesFromNothing(writes: readonly Write[], options: CallOptions | undefined): Promise<boolean> {
		if (writes.some(({ bytes }) => bytes !== undefined)) return false;
		return await this.#read((tables) => {
			if (tables === undefined) lookUp({ head: () => undefined }, writes);
			return tables === undefined;
		}, options);
	}

	#read<T>(body: (tables: Tables | undefined) => T, options?: CallOptions, key?: string): Promise<T> {
		return this.#track(this.#store.read(body, this.#reading(options, key)));
	}

	#reading(options: CallOptions | undefined, key?: string): ReadSettings {
		return { busyTimeout: this.#settings.busyTimeout, signal: options?.signal, key };
	}

	#enter(keys: readonly string[], options?: CallOptions): void {
		if (this.#closing !== undefined)
			throw new StoreError("CLOSED", `${this.location} was closed; open it again to go on using it`);
		if (options?.signal?.aborted) throw aborted(options.signal);
		keys.forEach(checkSqliteKey);
	}

	/** Lets `close` wait for what runs. */
	#track<T>(running: Promise<T>): Promise<T> {
		const settled = running.finally(() => this.#running.delete(settled));
		this.#running.add(settled);
		return settled;
	}
}

function checkSqliteKey(key: string): void {
	checkKey(key);
	if (isWellFormed(key)) return;
	throw new StoreError("INVALID_ARGUMENT", `${JSON.stringify(key)} holds half a surrogate pair, which is no text`, {
		key,
	});
}
