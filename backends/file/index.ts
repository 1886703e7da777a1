import { statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import {
	type Backend,
	type BackendSpec,
	type CallOptions,
	type Capabilities,
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
} from "../../src/backend.js";
import { aborted, StoreError } from "../../src/errors.js";
import { checkOptionNames } from "../shared/options.js";
import { absolutePathOf, nearestExisting, realPathOf } from "../shared/paths.js";
import { breather } from "../shared/pauses.js";
import { loadSqlite, sqliteAvailable } from "../shared/sqlite-library.js";
import { capabilities } from "./capabilities.js";
import { findAbandoned, removeAbandoned } from "./directories.js";
import { type Disk, diskOf } from "./disks.js";
import { failureOf } from "./failures.js";
import { listFiles } from "./listing.js";
import { Locks } from "./locks.js";
import { checkFileKey } from "./names.js";
import { headFile, readFile } from "./reading.js";
import { Writer } from "./writing.js";

export interface FileOptions {
	/** The directory, or its `file:` URL. Made by the first write. */
	readonly path: string | URL;
	/** `fsync` (default): a write is on the disk when it returns. `none`: when the system gets to it; whole in either case. */
	readonly durability?: "fsync" | "none" | undefined;
	/** Mode of new files, default 0o640; directories let the same people in. Less the process's umask. */
	readonly fileMode?: number | undefined;
	/**
	 * A directory for the locks in place of the arrays' own. On network file systems, whose locks cannot be trusted, it makes
	 * compare-and-swap possible where every writer runs on this machine and names the same local directory.
	 */
	readonly lockDir?: string | undefined;
}

const OPTIONS = ["durability", "fileMode", "lockDir"] as const;
const DEFAULT_MODE = 0o640;

/**
 * Objects as files of a directory, which is a Zarr store that other programs open as it is. Each write is a new file that takes the
 * old one's place in one step, so killed writers leave every object whole.
 * @throws StoreError INVALID_ARGUMENT
 */
export function file(options: FileOptions): Backend {
	return new FileBackend(checkOptions(options));
}

/**
 * Opens `file:DIR`: a relative or absolute path as it is, or a URL (`file:///scans/my%20data`).
 * @throws StoreError INVALID_ARGUMENT on an unknown option, listing the known ones
 */
export function open(target: string, options: Record<string, unknown> = {}): Backend {
	checkOptionNames("file", options, OPTIONS);
	if (target === "")
		throw invalid('"file:" lacks the directory: write file:./data, file:/abs/data or file:///abs/data');
	return file({ ...options, path: target.startsWith("//") ? new URL(`file:${target}`) : target });
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}

interface Settings {
	/** Absolute, links resolved as far as it exists. */
	readonly root: string;
	readonly durability: "fsync" | "none";
	readonly fileMode: number;
	readonly lockDir: string | undefined;
}

function checkOptions({ path, durability = "fsync", fileMode = DEFAULT_MODE, lockDir }: FileOptions): Settings {
	if (durability !== "fsync" && durability !== "none")
		throw invalid(`durability is "fsync" or "none", not ${JSON.stringify(durability)}`);
	if (!Number.isInteger(fileMode) || fileMode < 0 || fileMode > 0o777)
		throw invalid(`fileMode is a number from 0 to 0o777, not ${String(fileMode)}`);
	if (lockDir !== undefined && (typeof lockDir !== "string" || lockDir === ""))
		throw invalid("lockDir is the path of a directory");
	return { root: rootOf(path), durability, fileMode, lockDir: lockDir && resolve(lockDir) };
}

function rootOf(path: string | URL): string {
	if (!(path instanceof URL) && (typeof path !== "string" || path === "" || path.includes("\0")))
		throw invalid("path is that of a directory, or its file: URL");
	const absolute = absolutePathOf(path);
	const existing = nearestExisting(absolute);
	if (!statSync(existing).isDirectory()) throw invalid(`${existing} is no directory, so it cannot hold a store`);
	return realPathOf(absolute);
}

class FileBackend implements Backend {
	readonly name = "file";
	readonly location: string;
	readonly spec: BackendSpec;
	readonly #base: string;
	readonly #locks: Locks;
	readonly #writer: Writer;
	readonly #writing = new Set<Promise<unknown>>();
	readonly #root: string;
	#disk: Disk | undefined;
	#closed = false;

	constructor(settings: Settings) {
		const { root, durability, fileMode, lockDir } = settings;
		this.location = `file:${root}`;
		this.spec = {
			module: "tesserae/backends/file",
			factory: "file",
			options: { path: root, durability, fileMode, ...(lockDir === undefined ? {} : { lockDir }) },
		};
		this.#root = root;
		this.#base = root.endsWith(sep) ? root : root + sep;
		this.#locks = new Locks({ directory: lockDir, mode: fileMode | 0o600, trusted: () => this.#place().locks });
		this.#writer = new Writer({ root, fileMode, durable: durability === "fsync", locks: this.#locks });
	}

	get supports(): Capabilities {
		return capabilities(this.#locks.available(), this.#place().links);
	}

	async get(key: string, options?: GetOptions): Promise<Fetched | undefined> {
		const path = this.#enter(key, options);
		return await readFile(path, key, options).catch((error: unknown) => {
			throw failureOf(error, key, "read");
		});
	}

	async head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		const path = this.#enter(key, options);
		try {
			return headFile(path);
		} catch (error) {
			throw failureOf(error, key, "read");
		}
	}

	async put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		this.#enter(key, options);
		const write = { key, bytes, when: options?.when };
		this.#checkSupported(write);
		return await this.#track(this.#put(write, options?.signal));
	}

	async commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		this.#check(options);
		checkWrites(writes);
		for (const write of writes) {
			checkFileKey(write.key);
			this.#checkSupported(write);
		}
		return await this.#track(this.#commit(writes, options?.signal));
	}

	async delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		this.#check(options);
		keys.forEach(checkFileKey);
		await this.#track(
			this.#commit(
				keys.map((key) => ({ key, bytes: undefined })),
				options?.signal,
			),
		);
	}

	async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListEntry> {
		this.#check(options);
		try {
			for await (const entry of listFiles(this.#base, prefix, options?.delimiter !== undefined)) {
				yield entry;
				this.#check(options);
			}
		} catch (error) {
			throw failureOf(error, prefix, "listed");
		}
	}

	/** Loads the library whose locks are used; nothing is written. */
	async probe(options?: CallOptions): Promise<Capabilities> {
		this.#check(options);
		loadSqlite();
		return this.supports;
	}

	async usage(options?: UsageOptions): Promise<Usage> {
		this.#check(options);
		const leftovers = options?.thorough ? await findAbandoned(this.#base) : undefined;
		return { bytes: undefined, reclaimable: 0, ...(leftovers && { leftovers }) };
	}

	async compact(options?: CallOptions): Promise<void> {
		this.#check(options);
		for (const { name } of await findAbandoned(this.#base)) await removeAbandoned(this.#base + name);
	}

	async close(): Promise<void> {
		this.#closed = true;
		await Promise.allSettled(this.#writing);
		for (const directory of this.#locks.close()) this.#writer.prune(directory);
	}

	async #commit(writes: readonly Write[], signal: AbortSignal | undefined): Promise<(Etag | undefined)[]> {
		const etags: (Etag | undefined)[] = [];
		const changed = new Map<string, string>();
		const breathe = breather();
		try {
			for (const write of writes) {
				etags.push(write.bytes ? await this.#put(write, signal) : await this.#remove(write, changed, signal));
				await breathe();
			}
		} finally {
			for (const [directory, key] of changed) await this.#tidy(directory, key);
		}
		return etags;
	}

	async #put({ key, bytes, when }: Write, signal: AbortSignal | undefined): Promise<Etag> {
		try {
			return await this.#writer.put({ key, path: this.#base + key, when, signal }, bytes ?? new Uint8Array());
		} catch (error) {
			throw failureOf(error, key, "written");
		}
	}

	async #remove(
		{ key, when }: Write,
		changed: Map<string, string>,
		signal: AbortSignal | undefined,
	): Promise<undefined> {
		const path = this.#base + key;
		try {
			if (await this.#writer.remove({ key, path, when, signal })) changed.set(dirname(path), key);
		} catch (error) {
			throw failureOf(error, key, "deleted");
		}
	}

	async #tidy(directory: string, key: string): Promise<void> {
		await this.#writer.tidy(directory).catch((error: unknown) => {
			throw failureOf(error, key, "deleted for good");
		});
	}

	/** A precondition that cannot be checked in one step with the write is refused. */
	#checkSupported({ key, bytes, when }: Write): void {
		if (when === undefined) return;
		const creates = bytes !== undefined && "absent" in when;
		if (creates ? this.#place().links : this.#locks.ready()) return;
		throw new StoreError("UNSUPPORTED", `${this.location} cannot write conditionally: ${this.#lack()}`, { key });
	}

	#lack(): string {
		if (!this.#place().links) return "its file system has neither links nor exact times; use another";
		if (!sqliteAvailable()) return "that takes a lock, so install better-sqlite3 or use Node 22.13 or later";
		return 'locks of network file systems cannot be trusted; set lockDir to a local directory if every writer runs on this machine, or be its only writer (writeSafety: "single-writer")';
	}

	#place(): Disk {
		this.#disk ??= diskOf(this.#root);
		return this.#disk;
	}

	#enter(key: string, options: CallOptions | undefined): string {
		this.#check(options);
		checkFileKey(key);
		return this.#base + key;
	}

	#check(options: CallOptions | undefined): void {
		if (this.#closed) throw new StoreError("CLOSED", `${this.location} was closed; open it again to go on using it`);
		if (options?.signal?.aborted) throw aborted(options.signal);
	}

	/** Lets `close` wait for what it writes. */
	#track<T>(writing: Promise<T>): Promise<T> {
		const settled = writing.finally(() => this.#writing.delete(settled));
		this.#writing.add(settled);
		return settled;
	}
}
