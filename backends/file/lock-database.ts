import { StoreError } from "../../src/errors.js";
import { type OpenSqlite, type SqliteDatabase, sqliteCode } from "../shared/sqlite-library.js";

/** An empty SQLite database, used for nothing but its lock. */
export interface LockDatabase {
	/** Takes the lock; false where another process or thread holds it. Never waits. */
	begin(): boolean;
	end(): void;
	close(): void;
}

/** Opens the lock of a file that exists. */
export function openLockDatabase(path: string, open: OpenSqlite): LockDatabase {
	const database: SqliteDatabase = open(path);
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
				if (sqliteCode(error) === "BUSY") return false;
				throw lockFailure(error);
			}
		},
		end: () => void end.run(),
		close: () => void database.close(),
	};
}

function lockFailure(error: unknown): StoreError {
	const code = sqliteCode(error);
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
