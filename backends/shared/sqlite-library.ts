import { createRequire } from "node:module";

/** What better-sqlite3 and `node:sqlite` have in common. Blobs come as memory of their own, numbers as doubles. */
export interface SqliteStatement {
	run(...values: unknown[]): { readonly changes: number | bigint };
	get(...values: unknown[]): unknown;
	all(...values: unknown[]): unknown[];
}

export interface SqliteDatabase {
	exec(sql: string): unknown;
	prepare(sql: string): SqliteStatement;
	close(): unknown;
}

/** Opens a file that exists, for reading only where it may not be written. A database that is busy is never waited for. */
export type OpenSqlite = (path: string) => SqliteDatabase;

interface BetterSqlite3 {
	new (path: string, options: { timeout: number; fileMustExist: boolean }): SqliteDatabase;
}

interface NodeSqlite {
	DatabaseSync: new (path: string) => SqliteDatabase;
}

const require = createRequire(import.meta.url);
let loaded: OpenSqlite | false | undefined;
let resolved: boolean | undefined;

/** True where a library is installed; it is not loaded, so pure readers of files never pay for it. Once loaded, whether that worked. */
export function sqliteAvailable(): boolean {
	if (loaded !== undefined) return loaded !== false;
	resolved ??= hasNodeSqlite() || resolves("better-sqlite3");
	return resolved;
}

/**
 * Loads better-sqlite3, or the `node:sqlite` of Node ≥ 22.13; from Node 24 on that first, for better-sqlite3 12 aborts the process there when a thread that used
 * it ends, and better-sqlite3 13 does not run on Node 20. Which of them is the same for all threads of a process: POSIX locks belong
 * to the process, and only within one library do two handles know of each other.
 */
export function loadSqlite(): OpenSqlite | undefined {
	const [major = 0] = nodeVersion();
	loaded ??= (major >= 24 ? loadNodeSqlite() : undefined) ?? loadBetterSqlite3() ?? loadNodeSqlite() ?? false;
	return loaded === false ? undefined : loaded;
}

function resolves(name: string): boolean {
	try {
		require.resolve(name);
		return true;
	} catch {
		return false;
	}
}

function nodeVersion(): number[] {
	return process.versions.node.split(".").map(Number);
}

function hasNodeSqlite(): boolean {
	const [major = 0, minor = 0] = nodeVersion();
	return major > 22 || (major === 22 && minor >= 13);
}

function loadBetterSqlite3(): OpenSqlite | undefined {
	try {
		const Database = require("better-sqlite3") as BetterSqlite3;
		// The binary is loaded by the first database, not by the module: one in memory shows whether it works.
		new Database(":memory:", { timeout: 0, fileMustExist: false }).close();
		return (path) => new Database(path, { timeout: 0, fileMustExist: true });
	} catch {
		return undefined;
	}
}

function loadNodeSqlite(): OpenSqlite | undefined {
	if (!hasNodeSqlite()) return undefined;
	const { DatabaseSync } = process.getBuiltinModule("node:sqlite") as unknown as NodeSqlite;
	return (path) => new DatabaseSync(path);
}

/** Primary result codes (https://www.sqlite.org/rescode.html) by number. */
const NAMES: readonly string[] =
	"OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB".split(
		" ",
	);

/**
 * The primary result code of an error, such as `BUSY`; undefined where it is not SQLite's. better-sqlite3 gives names
 * (`SQLITE_IOERR_LOCK`), `node:sqlite` numbers, whose low byte is the primary code.
 */
export function sqliteCode(error: unknown): string | undefined {
	const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
	if (typeof errcode === "number") return NAMES[errcode & 0xff];
	return typeof code === "string" && code.startsWith("SQLITE_") ? code.split("_")[1] : undefined;
}
