import { createRequire } from "node:module";
import { StoreError } from "../../src/errors.js";

/** An empty SQLite database, used for nothing but its lock. */
export interface LockDatabase {
	/** Takes the lock; false where another process or thread holds it. Never waits. */
	begin(): boolean;
	end(): void;
	close(): void;
}

type Open = (path: string) => LockDatabase;

interface Statement {
	run(): unknown;
}

/** What both libraries have in common. */
interface Database {
	exec(sql: string): unknown;
	prepare(sql: string): Statement;
	close(): unknown;
}

interface BetterSqlite3 {
	new (path: string, options: { timeout: number; fileMustExist: boolean }): Database;
}

interface NodeSqlite {
	DatabaseSync: new (path: string) => Database;
}

const require = createRequire(import.meta.url);
let loaded: Open | false | undefined;
let resolved: boolean | undefined;

/** True where a library is installed; it is not loaded, so pure readers never pay for it. Once loaded, whether that worked. */
export function driverAvailable(): boolean {
	if (loaded !== undefined) return loaded !== false;
	resolved ??= hasNodeSqlite() || resolves("better-sqlite3");
	return resolved;
}

/**
 * Loads better-sqlite3, or the `node:sqlite` of Node ≥ 22.13. Which of them is the same for all threads of a process: POSIX locks belong
 * to the process, and only within one library do two handles know of each other.
 */
export function loadDriver(): Open | undefined {
	loaded ??= loadBetterSqlite3() ?? loadNodeSqlite() ?? false;
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

function hasNodeSqlite(): boolean {
	const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
	return major > 22 || (major === 22 && minor >= 13);
}

function loadBetterSqlite3(): Open | undefined {
	try {
		const Database = require("better-sqlite3") as BetterSqlite3;
		// The binary is loaded by the first database, not by the module: one in memory shows whether it works.
		new Database(":memory:", { timeout: 0, fileMustExist: false }).close();
		return (path) => lockDatabase(new Database(path, { timeout: 0, fileMustExist: true }));
	} catch {
		return undefined;
	}
}

function loadNodeSqlite(): Open | undefined {
	if (!hasNodeSqlite()) return undefined;
	const { DatabaseSync } = process.getBuiltinModule("node:sqlite") as unknown as NodeSqlite;
	return (path) => lockDatabase(new DatabaseSync(path));
}

function lockDatabase(database: Database): LockDatabase {
	// Nothing is ever written, so no journal is needed; with one in memory SQLite does not look for one on disk at each turn.
	database.exec("PRAGMA journal_mode = memory");
	const begin = database.prepare("BEGIN IMMEDIATE");
	const end = database.prepare("ROLLBACK");
	return {
		begin() {
			try {
				begin.run();
				return true;
			} catch (error) {
				if (primaryCode(error) === "BUSY") return false;
				throw lockFailure(error);
			}
		},
		end: () => void end.run(),
		close: () => void database.close(),
	};
}

const NAMES: Readonly<Record<number, string>> = { 5: "BUSY", 8: "READONLY", 10: "IOERR" };

/** better-sqlite3 gives names (`SQLITE_IOERR_LOCK`), `node:sqlite` numbers; the low byte is the primary code. */
function primaryCode(error: unknown): string | undefined {
	const { code, errcode } = error as { code?: unknown; errcode?: unknown };
	if (typeof errcode === "number") return NAMES[errcode & 0xff];
	return String(code).split("_")[1];
}

function lockFailure(error: unknown): StoreError {
	const code = primaryCode(error);
	if (code === "READONLY")
		return new StoreError(
			"FORBIDDEN",
			"the lock file of this directory belongs to a user who does not let others write: change its mode or owner",
			{ cause: error },
		);
	if (code === "IOERR")
		return new StoreError(
			"UNSUPPORTED",
			"this file system has no locks: set lockDir to a directory of a local disk, if every writer runs on this machine",
			{ cause: error },
		);
	return new StoreError("UNAVAILABLE", "the lock of this directory could not be taken: try again", { cause: error });
}
