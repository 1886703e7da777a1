import { createHash } from "node:crypto";
import {
	closeSync,
	linkSync,
	mkdirSync,
	openSync,
	realpathSync,
	rmSync,
	statSync,
	unlinkSync,
	utimesSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { aborted, StoreError } from "../../src/errors.js";
import { backOff } from "../shared/pauses.js";
import { loadSqlite, type OpenSqlite, sqliteAvailable } from "../shared/sqlite-library.js";
import { freshStamp, secondsOf } from "./clock.js";
import { isSystemError } from "./failures.js";
import { type LockDatabase, openLockDatabase } from "./lock-database.js";
import { LOCK_NAME, lockDirectoryOf, temporaryName } from "./names.js";

/**
 * One lock per array directory, held by this thread alone among all threads and processes while a synchronous function runs. It is SQLite's
 * lock on an empty file: the system frees it when its holder is killed. Whoever removes the file does so under the lock, and whoever
 * has got the lock looks whether the file is still the one it opened; so the last to leave can tidy up.
 */

/** What the holder of a lock may ask of it. */
export interface Held {
	/** No object of the directory that was deleted had a later time than this, in ns since 1970. */
	readonly deletedUntil: bigint;
	/** Remembers the time of an object about to be deleted, so that its successor gets a later one. */
	recordDeletion(mtimeNs: bigint): void;
	/** True where `path` is the lock's own file. */
	isLockFile(path: string): boolean;
}

/** Where there is no lock to hold: a lone writer's word is all there is. */
const UNLOCKED: Held = { deletedUntil: 0n, recordDeletion() {}, isLockFile: () => false };

interface Handle {
	readonly path: string;
	readonly database: LockDatabase;
	readonly device: bigint;
	readonly inode: bigint;
	readonly users: Set<Locks>;
}

/** Open locks of all backends of this thread, the least recently used first. */
const handles = new Map<string, Handle>();
const MAX_HANDLES = 64;
/** SQLite takes no longer paths. */
const MAX_PATH = 500;
const PATIENCE_MS = 60_000;

export interface LockOptions {
	/** Holds the lock files in place of the objects' own directories. */
	readonly directory: string | undefined;
	/** False where locks of this file system cannot be trusted. */
	trusted(): boolean;
	/** Mode of new lock files. */
	readonly mode: number;
}

/** The locks that one backend object takes. */
export class Locks {
	readonly #options: LockOptions;

	constructor(options: LockOptions) {
		this.#options = options;
	}

	/** False: `run` runs without a lock. Loads nothing, so a library that is installed but broken is found by `ready`. */
	available(): boolean {
		return sqliteAvailable() && (this.#options.directory !== undefined || this.#options.trusted());
	}

	/** What `available` says once the library was loaded. */
	ready(): boolean {
		loadSqlite();
		return this.available();
	}

	/**
	 * Runs `body` under the lock of the objects in `directory`, which must exist. `body` is synchronous and short.
	 * @throws StoreError UNAVAILABLE where another holds the lock for a minute, ABORTED
	 */
	async run<T>(directory: string, body: (held: Held) => T, signal?: AbortSignal): Promise<T> {
		const giveUp = Date.now() + PATIENCE_MS;
		for (let attempt = 0; ; attempt++) {
			if (signal?.aborted) throw aborted(signal);
			const handle = this.#handle(directory);
			if (handle === undefined) return body(UNLOCKED);
			const outcome = attemptUnder(handle, body);
			if (outcome === "moved") discard(handle);
			else if (outcome !== "busy") return outcome.value;
			else if (Date.now() > giveUp) throw stuck(handle.path);
			else await backOff(attempt);
		}
	}

	/** Closes the locks that no other backend of this thread uses, removes their files and returns the directories these were in. */
	close(): string[] {
		const left: string[] = [];
		for (const handle of [...handles.values()]) {
			if (!handle.users.delete(this) || handle.users.size > 0) continue;
			retire(handle);
			left.push(dirname(handle.path));
		}
		return left;
	}

	#handle(directory: string): Handle | undefined {
		const open = this.available() ? loadSqlite()?.open : undefined;
		if (open === undefined) return undefined;
		const path = this.#pathFor(lockDirectoryOf(realpathSync.native(directory)));
		const handle = handles.get(path) ?? openHandle(path, open, this.#options.mode);
		handle.users.add(this);
		handles.delete(path);
		handles.set(path, handle);
		if (handles.size > MAX_HANDLES) for (const oldest of [...handles.values()].slice(0, 1)) retire(oldest);
		return handle;
	}

	#pathFor(directory: string): string {
		if (this.#options.directory === undefined) return join(directory, LOCK_NAME);
		mkdirSync(this.#options.directory, { recursive: true });
		return join(this.#options.directory, `${createHash("sha256").update(directory).digest("hex").slice(0, 32)}.lock`);
	}
}

function attemptUnder<T>(handle: Handle, body: (held: Held) => T): { value: T } | "busy" | "moved" {
	if (!handle.database.begin()) return "busy";
	try {
		const file = statSync(handle.path, { bigint: true, throwIfNoEntry: false });
		if (file === undefined || file.ino !== handle.inode || file.dev !== handle.device) return "moved";
		return { value: body(heldOf(handle, file.mtimeNs)) };
	} finally {
		handle.database.end();
	}
}

/** The time of the lock's file is the latest of those deleted. Setting it does not open the file: closing it would drop the lock. */
function heldOf(handle: Handle, deletedUntil: bigint): Held {
	return {
		deletedUntil,
		recordDeletion(mtimeNs) {
			if (mtimeNs > deletedUntil) utimesSync(handle.path, secondsOf(mtimeNs), secondsOf(mtimeNs));
		},
		isLockFile(path) {
			const file = statSync(path, { bigint: true, throwIfNoEntry: false });
			return file?.ino === handle.inode && file.dev === handle.device;
		},
	};
}

/** SQLite does not tell which file it has opened: it is the one seen before, where the one seen after is the same. */
function openHandle(path: string, open: OpenSqlite, mode: number): Handle {
	if (Buffer.byteLength(path) > MAX_PATH)
		throw new StoreError("INVALID_ARGUMENT", `${path} is too long for a lock: use shorter names, or set lockDir`);
	for (;;) {
		const before = identityOf(path);
		if (before === undefined) {
			createLockFile(path, mode);
			continue;
		}
		const database = openDatabase(path, open, before);
		if (database === undefined) continue;
		const { dev: device, ino: inode } = before;
		if (isSame(before, identityOf(path))) return { path, database, device, inode, users: new Set() };
		database.close();
	}
}

/** Tells a file from one that took its place. */
interface Identity {
	readonly dev: bigint;
	readonly ino: bigint;
	readonly mtimeNs: bigint;
}

function identityOf(path: string): Identity | undefined {
	return statSync(path, { bigint: true, throwIfNoEntry: false });
}

function isSame(before: Identity, after: Identity | undefined): boolean {
	return after?.dev === before.dev && after.ino === before.ino && after.mtimeNs === before.mtimeNs;
}

/** Undefined where the file that was seen is gone, whether or not another has taken its place since. */
function openDatabase(path: string, open: OpenSqlite, seen: Identity): LockDatabase | undefined {
	try {
		return openLockDatabase(path, open);
	} catch (error) {
		if (!isSame(seen, identityOf(path))) return undefined;
		throw new StoreError(
			"UNAVAILABLE",
			`the lock ${path} cannot be opened: check that this user may write it and that fewer files are open than \`ulimit -n\` allows`,
			{ cause: error },
		);
	}
}

/**
 * Made under another name and linked: the file is never opened under its own but by SQLite (closing it would drop the locks of other
 * threads), and its time is its own from the start.
 */
function createLockFile(path: string, mode: number): void {
	const temporary = join(dirname(path), temporaryName());
	closeSync(openSync(temporary, "wx", mode));
	try {
		const now = secondsOf(freshStamp(0n));
		utimesSync(temporary, now, now);
		linkSync(temporary, path);
	} catch (error) {
		if (!isSystemError(error, "EEXIST")) throw error;
	} finally {
		rmSync(temporary, { force: true });
	}
}

function retire(handle: Handle): void {
	try {
		attemptUnder(handle, () => unlinkSync(handle.path));
	} catch {
		// A lock's file that stays is an empty file that `list` does not show.
	}
	discard(handle);
}

function discard(handle: Handle): void {
	handles.delete(handle.path);
	handle.database.close();
}

function stuck(path: string): StoreError {
	return new StoreError(
		"UNAVAILABLE",
		`another process has held the lock ${path} for a minute: see whether it was stopped, and continue or end it`,
	);
}
