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

export interface SqliteLibrary {
	readonly name: "better-sqlite3" | "node:sqlite";
	readonly open: OpenSqlite;
}

interface BetterSqlite3 {
	new (path: string, options: { timeout: number; fileMustExist: boolean }): SqliteDatabase;
}

interface NodeSqlite {
	DatabaseSync: new (path: string) => SqliteDatabase;
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const hasNodeSqlite = major > 22 || (major === 22 && minor >= 13);
/** better-sqlite3 12 aborts the process there when a thread that used it ends, and better-sqlite3 13 does not run on Node 20. */
const prefersNodeSqlite = major >= 24;

const require = createRequire(import.meta.url);
let loaded: SqliteLibrary | false | undefined;
let resolved: boolean | undefined;

/** True where a library is installed; it is not loaded, so pure readers of files never pay for it. Once loaded, whether that worked. */
export function sqliteAvailable(): boolean {
	if (loaded !== undefined) return loaded !== false;
	resolved ??= hasNodeSqlite || resolves("better-sqlite3");
	return resolved;
}

/**
 * Loads better-sqlite3, or the `node:sqlite` of Node ≥ 22.13, from Node 24 on the other way round. Which of them is the same for all threads of a process:
 * POSIX locks belong to the process, and only within one library do two handles know of each other.
 */
export function loadSqlite(): SqliteLibrary | undefined {
	loaded ??= (prefersNodeSqlite ? loadNodeSqlite() : undefined) ?? loadBetterSqlite3() ?? loadNodeSqlite() ?? false;
	return loaded === false ? undefined : loaded;
}

/** What SQLite it is, in words; undefined where none can be loaded. */
export function describeSqlite(): string | undefined {
	const library = loadSqlite();
	if (library === undefined) return undefined;
	const database = library.open(":memory:");
	const { version } = database.prepare("SELECT sqlite_version() AS version").get() as { version: string };
	database.close();
	return `${library.name}, SQLite ${version}`;
}

function resolves(name: string): boolean {
	try {
		require.resolve(name);
		return true;
	} catch {
		return false;
	}
}

function loadBetterSqlite3(): SqliteLibrary | undefined {
	try {
		const Database = require("better-sqlite3") as BetterSqlite3;
		// The binary is loaded by the first database, not by the module: one in memory shows whether it works.
		new Database(":memory:", { timeout: 0, fileMustExist: false }).close();
		const open = (path: string): SqliteDatabase => new Database(path, { timeout: 0, fileMustExist: true });
		return { name: "better-sqlite3", open };
	} catch {
		return undefined;
	}
}

function loadNodeSqlite(): SqliteLibrary | undefined {
	if (!hasNodeSqlite) return undefined;
	const { DatabaseSync } = process.getBuiltinModule("node:sqlite") as unknown as NodeSqlite;
	return { name: "node:sqlite", open: (path) => new DatabaseSync(path) };
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
