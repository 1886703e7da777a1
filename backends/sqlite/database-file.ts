import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { StoreError } from "../../src/errors.js";
import { loadSqlite, type OpenSqlite, type SqliteDatabase } from "../shared/sqlite-library.js";
import { refuseOther } from "./failures.js";
import { createTables, identify, setPageSize, Tables } from "./tables.js";

/** Bytes of the write-ahead log from which on a commit copies it into the file; it is cut back to that afterwards. */
export const LOG_SIZE: number = 16 * 2 ** 20;
/** Milliseconds for which readers take it that the file was not replaced by another. */
const TRUSTED = 100;

interface Opened {
	readonly tables: Tables;
	readonly device: number;
	readonly inode: number;
	/** This handle has written, or is about to. */
	writes: boolean;
}

/** The file of a store and the handle on it, which is opened when it is needed, and anew where the file was deleted or replaced. */
export class DatabaseFile {
	readonly path: string;
	#opened: Opened | undefined;
	#lookedAt = 0;

	constructor(path: string) {
		this.path = path;
	}

	/** Undefined where there is no store yet. Makes nothing. */
	readable(): Tables | undefined {
		const now = performance.now();
		if (this.#opened === undefined || now - this.#lookedAt > TRUSTED) this.#look();
		this.#lookedAt = now;
		return this.#opened?.tables;
	}

	/** @param fileMode of the file, if it has to be made */
	writable(fileMode: number): Tables {
		this.#look();
		if (this.#opened === undefined) {
			createFile(this.path, fileMode);
			this.#opened = openFile(this.path, setUp);
		}
		if (this.#opened === undefined) throw replaced(this.path);
		if (!this.#opened.writes) useLog(this.#opened.tables.database, this.path);
		this.#opened.writes = true;
		return this.#opened.tables;
	}

	close(): void {
		const opened = this.#opened;
		this.#opened = undefined;
		if (opened?.writes) leaveLog(opened.tables.database);
		opened?.tables.database.close();
	}

	#look(): void {
		const { path } = this;
		if (this.#opened !== undefined && !isSame(this.#opened, statSync(path, { throwIfNoEntry: false }))) this.close();
		this.#opened ??= openFile(path);
	}
}

export function replaced(path: string): StoreError {
	return new StoreError(
		"UNAVAILABLE",
		`sqlite:${path}: the file was deleted or replaced while it was written to: see who did that, and write again`,
	);
}

function isSame(opened: Opened, file: Stats | undefined): boolean {
	return file?.ino === opened.inode && file.dev === opened.device;
}

/**
 * @param setUpBlank makes the tables of a file that is still empty; without it such a file counts as none
 * @throws StoreError where it is no store, SQLite's errors else
 */
function openFile(path: string, setUpBlank?: (database: SqliteDatabase) => void): Opened | undefined {
	const file = statSync(path, { throwIfNoEntry: false });
	if (file === undefined) return undefined;
	refuseOther(path);
	const database = library()(path);
	try {
		if (setUpBlank !== undefined && identify(database) === "blank") setUpBlank(database);
		if (isStore(database, path)) {
			const opened = { tables: new Tables(database), device: file.dev, inode: file.ino, writes: false };
			if (isSame(opened, statSync(path, { throwIfNoEntry: false }))) return opened;
		}
	} catch (error) {
		database.close();
		throw error;
	}
	database.close();
	return undefined;
}

function isStore(database: SqliteDatabase, path: string): boolean {
	const kind = identify(database);
	if (kind === "foreign")
		throw new StoreError(
			"INVALID_ARGUMENT",
			`sqlite:${path}: the file is a database of another program, not a store: name another file`,
		);
	if (kind === "newer")
		throw new StoreError("UNSUPPORTED", `sqlite:${path}: the store was made by a later version: update tesserae`);
	return kind === "ours";
}

/** @throws StoreError UNSUPPORTED, saying what to install */
export function library(): OpenSqlite {
	const open = loadSqlite()?.open;
	if (open !== undefined) return open;
	throw new StoreError(
		"UNSUPPORTED",
		"no SQLite can be loaded: npm install better-sqlite3, use Node 22.13 or later, or keep the data in a directory (file:DIR) or in memory (ram:)",
	);
}

/**
 * Makes an empty file of the mode wanted. Under another name first: a file that SQLite may have open is never opened otherwise, since
 * closing it would drop the locks of the whole process (POSIX).
 */
function createFile(path: string, mode: number): void {
	if (existsSync(path)) return;
	makeDirectory(dirname(path));
	const temporary = `${path}-new-${process.pid}-${Math.random().toString(36).slice(2)}`;
	closeSync(openSync(temporary, "wx", mode));
	try {
		linkSync(temporary, path);
	} catch (error) {
		if (existsSync(path)) return;
		// FAT has no links; there nobody else makes the store at the same moment.
		if (!["EPERM", "ENOTSUP", "ENOSYS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
		closeSync(openSync(path, "a", mode));
	} finally {
		rmSync(temporary, { force: true });
	}
}

/** Those made are put on the disk. */
function makeDirectory(directory: string): void {
	const top = mkdirSync(directory, { recursive: true });
	if (top === undefined || process.platform === "win32") return;
	for (let made = directory; made.length >= top.length; made = dirname(made)) {
		const fd = openSync(join(made, ".."), "r");
		try {
			fsyncSync(fd);
		} finally {
			closeSync(fd);
		}
	}
}

function setUp(database: SqliteDatabase): void {
	setPageSize(database);
	createTables(database);
}

/** From the first write on: readers and a writer do not wait for one another, and a killed writer leaves nothing to undo. */
function useLog(database: SqliteDatabase, path: string): void {
	const { journal_mode } = database.prepare("PRAGMA journal_mode = WAL").get() as { journal_mode: string };
	if (journal_mode !== "wal")
		throw new StoreError(
			"UNSUPPORTED",
			`sqlite:${path}: the file system has no shared memory for a write-ahead log: use a local disk, or the backend file`,
		);
	const pageSize = (database.prepare("PRAGMA page_size").get() as { page_size: number }).page_size;
	database.exec(
		`PRAGMA wal_autocheckpoint = ${Math.ceil(LOG_SIZE / pageSize)}; PRAGMA journal_size_limit = ${LOG_SIZE}`,
	);
}

/** The last to close leaves one file without a log, which can also be read where its directory cannot be written. */
function leaveLog(database: SqliteDatabase): void {
	try {
		database.exec("PRAGMA journal_mode = DELETE");
	} catch {
		// Others have it open.
	}
}
