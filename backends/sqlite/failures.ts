import { accessSync, constants, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type ErrorCode, isStoreError, StoreError } from "../../src/errors.js";
import { sqliteCode } from "../shared/sqlite-library.js";

const FAILURES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
	BUSY: [
		"UNAVAILABLE",
		"another process holds its lock: see whether it was stopped, and continue or end it, or set busyTimeout",
	],
	FULL: ["NO_SPACE", "the disk is full: free some space and write again; nothing of this write was stored"],
	CORRUPT: [
		"CORRUPT",
		'the file is damaged: restore it from a copy, or save what is left with "sqlite3 FILE .recover"',
	],
	NOTADB: ["CORRUPT", "the file is no SQLite database, or its beginning is damaged: restore it, or name another file"],
	ERROR: ["CORRUPT", "the file lacks a table of the store, or has another of that name: restore it from a copy"],
	READONLY: ["READ_ONLY", "the user may not write the file or its directory, or its disk is mounted read only"],
	PERM: ["FORBIDDEN", "the file system does not allow it: check the owner and mode of the file and its directory"],
	CANTOPEN: ["UNAVAILABLE", "the file cannot be opened: see whether fewer files are open than `ulimit -n` allows"],
	DIRECTORY: [
		"FORBIDDEN",
		"its last writer is still at work or was killed, and then reading it takes the right to write to its directory: let its owner open and close it once",
	],
	IOERR: ["UNAVAILABLE", "the disk reports an error: look into the system's log before trying again"],
	PROTOCOL: ["UNAVAILABLE", "its locks could not be taken: see whether the file system has any, and try again"],
	TOOBIG: ["TOO_LARGE", "SQLite holds no key of that length: use shorter names"],
	NOMEM: ["TOO_LARGE", "there is not enough memory: use smaller chunks"],
	EACCES: ["FORBIDDEN", "the file system does not allow it: check the owner and mode of the file and its directories"],
	EPERM: ["FORBIDDEN", "the file system does not allow it: check the owner and mode of the file and its directories"],
	EROFS: ["READ_ONLY", 'the disk is mounted read only: open the store with mode "r", or remount it'],
	ENOSPC: ["NO_SPACE", "the disk is full: free some space and write again"],
	EDQUOT: ["NO_SPACE", "the disk quota is used up: free some space and write again"],
	ENOTDIR: ["INVALID_ARGUMENT", "a part of the path before a slash is no directory: name another file"],
	EEXIST: ["INVALID_ARGUMENT", "a part of the path before a slash is no directory: name another file"],
	ELOOP: ["INVALID_ARGUMENT", "symbolic links on the way to it lead in a circle: remove one of them"],
	ENAMETOOLONG: ["INVALID_ARGUMENT", "the name is longer than the file system allows: use a shorter one"],
};

/** True where another holds a lock that is wanted: the same may be tried again. */
export function isBusy(error: unknown): boolean {
	const code = sqliteCode(error);
	return code === "BUSY" || code === "LOCKED";
}

/** The StoreError of what SQLite, or the file system at the file's making, threw. */
export function failureOf(error: unknown, path: string, key?: string): StoreError {
	if (isStoreError(error)) return error;
	const code = codeOf(error, path);
	const [kind, advice] = FAILURES[code] ?? ["INTERNAL", `SQLite answered ${code || String(error)}`];
	return new StoreError(kind, `sqlite:${path}: ${advice}`, { key, cause: error });
}

function codeOf(error: unknown, path: string): string {
	const code = sqliteCode(error) ?? (error as NodeJS.ErrnoException | undefined)?.code ?? "";
	if (code === "LOCKED") return "BUSY";
	if (code === "IOERR" && isFull(path)) return "FULL";
	if (code === "CANTOPEN") return whyNotOpened(path);
	return code;
}

/** SQLite calls a full disk an I/O error where the index of its log does not fit any more. */
function isFull(path: string): boolean {
	try {
		const { bavail, bsize } = statfsSync(dirname(path));
		return bavail * bsize < 64 * 1024;
	} catch {
		return false;
	}
}

/**
 * Refuses what the disk has no room for, so that it is not filled with what will be undone.
 * @param bytes that the file would grow by, at most
 * @throws StoreError NO_SPACE
 */
export function requireRoom(path: string, bytes: number): void {
	const { bavail, bsize, blocks } = statfsSync(dirname(path));
	// Some file systems do not tell their size.
	if (blocks === 0 || bytes <= bavail * bsize) return;
	throw failureOf(Object.assign(new Error("the disk is nearly full"), { code: "ENOSPC" }), path);
}

function whyNotOpened(path: string): string {
	try {
		accessSync(path, constants.R_OK);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code ?? "CANTOPEN";
	}
	try {
		// The log and its index, which SQLite makes beside the file.
		accessSync(dirname(path), constants.W_OK);
		return isFull(path) ? "FULL" : "CANTOPEN";
	} catch {
		return "DIRECTORY";
	}
}

/** @throws StoreError INVALID_ARGUMENT where `path` is there and cannot be a database */
export function refuseOther(path: string): void {
	const found = statSync(path, { throwIfNoEntry: false });
	// One byte SQLite takes for an empty file, and would write over it.
	if (found === undefined || (found.isFile() && found.size !== 1)) return;
	const advice = found.isDirectory()
		? `a directory: open it as file:${path}, or name another file`
		: "no SQLite database: name another file";
	throw new StoreError("INVALID_ARGUMENT", `sqlite:${path}: this is ${advice}`);
}
