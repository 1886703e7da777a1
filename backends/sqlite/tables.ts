import type { SqliteDatabase, SqliteStatement } from "../shared/sqlite-library.js";

/** Identifies a file as a store: the `application_id` of its header, the letters "tess". */
const APPLICATION_ID = 0x74657373;
/** The `user_version` of its header: the layout below. */
const FORMAT = 1;

/**
 * Bytes of one row of `pieces`. An object up to this size is one row, which is read in one step; the rows of a larger one are read, written
 * and removed in turns, so that nothing else waits long, and a range reads no more than the rows it touches. Part of the format.
 */
export const PIECE: number = 4 * 2 ** 20;

/** Measured: chunks of 1 MiB are read a third faster than with 4 KiB, and small objects still cost one page each. */
const PAGE_SIZE = 16_384;

/**
 * The bytes lie apart from the names: these are then one small tree, which lists and heads are read from, and an ordinary table reads blobs
 * of 1 MiB five times as fast as one WITHOUT ROWID. An object's generation is the id of its first piece. Ids are given once and never
 * again, and rows of `pieces` never change, so who reads an object's rows one after the other sees one version or misses a row.
 * `loose` are ranges of ids that no object refers to: what is being written or was replaced. From `kept_until` on (ms since 1970) anyone removes them.
 */
const SCHEMA = `
	CREATE TABLE objects (
		key TEXT NOT NULL PRIMARY KEY,
		generation INTEGER NOT NULL,
		size INTEGER NOT NULL,
		modified INTEGER NOT NULL
	) WITHOUT ROWID, STRICT;
	CREATE TABLE pieces (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
	CREATE TABLE loose (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, kept_until INTEGER NOT NULL) STRICT;
	CREATE TABLE sequence (next INTEGER NOT NULL) STRICT;
`;

/** What is known of an object beside its bytes. */
export interface ObjectRow {
	readonly generation: number;
	/** Bytes. */
	readonly size: number;
	/** Milliseconds since 1970. */
	readonly modified: number;
}

export interface ObjectRowWithPiece extends ObjectRow {
	/** The first of its pieces; null where the file is damaged. */
	readonly bytes: Uint8Array | null;
}

export interface NameRow {
	readonly key: string;
	readonly size: number;
}

export interface LooseRow {
	readonly first: number;
	readonly count: number;
}

/** Whose file it is, by its header: `blank` has no tables yet. */
export function identify(database: SqliteDatabase): "ours" | "blank" | "newer" | "foreign" {
	const number = (sql: string): number => Number(Object.values(database.prepare(sql).get() as object)[0]);
	const [application, format] = [number("PRAGMA application_id"), number("PRAGMA user_version")];
	if (application === APPLICATION_ID) return format > FORMAT ? "newer" : "ours";
	return application === 0 && number("SELECT count(*) FROM sqlite_schema") === 0 ? "blank" : "foreign";
}

/** Sets the size of the pages of a file that is still empty. */
export function setPageSize(database: SqliteDatabase): void {
	database.exec(`PRAGMA page_size = ${PAGE_SIZE}`);
}

/** Makes the tables, in one step, unless another was faster. */
export function createTables(database: SqliteDatabase): void {
	database.exec("BEGIN IMMEDIATE");
	try {
		if (identify(database) === "blank") {
			database.exec(`${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}`);
			// Generations go on from the time in µs, so that they do not come back either when the file is deleted and made again.
			database.exec(`INSERT INTO sequence VALUES (${Date.now() * 1000})`);
		}
		database.exec("COMMIT");
	} catch (error) {
		rollBack(database);
		throw error;
	}
}

/** Ends a transaction that failed. SQLite may have ended it itself. */
export function rollBack(database: SqliteDatabase): void {
	try {
		database.exec("ROLLBACK");
	} catch {
		// There was none any more.
	}
}

/** Sorts after every text. */
const AFTER_ALL_TEXT: Uint8Array = new Uint8Array(1);

/** The statements on a store's tables, prepared. Every method is one step of SQLite's and throws its errors as they are. */
export class Tables {
	readonly database: SqliteDatabase;
	readonly #unused: SqliteStatement;
	readonly #head: SqliteStatement;
	readonly #open: SqliteStatement;
	readonly #names: SqliteStatement;
	readonly #piece: SqliteStatement;
	readonly #partOfPiece: SqliteStatement;
	readonly #lengthOfPiece: SqliteStatement;
	readonly #addPiece: SqliteStatement;
	readonly #removePiece: SqliteStatement;
	readonly #point: SqliteStatement;
	readonly #forget: SqliteStatement;
	readonly #reserve: SqliteStatement;
	readonly #loosen: SqliteStatement;
	readonly #fasten: SqliteStatement;
	readonly #isLoose: SqliteStatement;
	readonly #oldestLoose: SqliteStatement;
	readonly #givenUp: SqliteStatement;

	constructor(database: SqliteDatabase) {
		const prepare = (sql: string): SqliteStatement => database.prepare(sql);
		this.database = database;
		this.#unused = prepare("SELECT freelist_count * page_size AS bytes FROM pragma_freelist_count, pragma_page_size");
		this.#head = prepare("SELECT generation, size, modified FROM objects WHERE key = ?");
		this.#open = prepare(
			"SELECT generation, size, modified, bytes FROM objects LEFT JOIN pieces ON id = generation WHERE key = ?",
		);
		this.#names = prepare("SELECT key, size FROM objects WHERE key >= ? AND key < ? ORDER BY key LIMIT ?");
		this.#piece = prepare("SELECT bytes FROM pieces WHERE id = ?");
		this.#partOfPiece = prepare("SELECT substr(bytes, ?, ?) AS bytes FROM pieces WHERE id = ?");
		this.#lengthOfPiece = prepare("SELECT length(bytes) AS length FROM pieces WHERE id = ?");
		// node:sqlite of Node 22 takes empty bytes for NULL.
		this.#addPiece = prepare("INSERT INTO pieces VALUES (?, ifnull(?, x''))");
		this.#removePiece = prepare("DELETE FROM pieces WHERE id = ?");
		this.#point = prepare("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)");
		this.#forget = prepare("DELETE FROM objects WHERE key = ?");
		this.#reserve = prepare("UPDATE sequence SET next = next + ? RETURNING next");
		this.#loosen = prepare("INSERT OR REPLACE INTO loose VALUES (?, ?, ?)");
		this.#fasten = prepare("DELETE FROM loose WHERE first = ?");
		this.#isLoose = prepare("SELECT 1 FROM loose WHERE first = ? AND count = ?");
		this.#oldestLoose = prepare("SELECT first, count FROM loose WHERE kept_until < ? LIMIT 1");
		this.#givenUp = prepare(
			"SELECT ifnull(sum(length(bytes)), 0) AS bytes FROM loose JOIN pieces ON id >= first AND id < first + count WHERE kept_until < ?",
		);
	}

	/** Bytes of the file that hold nothing. */
	unused(): number {
		const { bytes } = this.#unused.get() as { bytes: number };
		return bytes;
	}

	/** Bytes that no object refers to any more, and which are still to be removed. */
	givenUp(now: number): number {
		const { bytes } = this.#givenUp.get(now) as { bytes: number };
		return bytes;
	}

	head(key: string): ObjectRow | undefined {
		return this.#head.get(key) as ObjectRow | undefined;
	}

	/** With the first piece, in the same version. */
	open(key: string): ObjectRowWithPiece | undefined {
		return this.#open.get(key) as ObjectRowWithPiece | undefined;
	}

	/** Names from `from` on and before `to` (undefined: to the end), in the order of their code points. */
	names(from: string, to: string | undefined, limit: number): NameRow[] {
		return this.#names.all(from, to ?? AFTER_ALL_TEXT, limit) as NameRow[];
	}

	piece(id: number): Uint8Array | undefined {
		return (this.#piece.get(id) as { bytes: Uint8Array } | undefined)?.bytes;
	}

	partOfPiece(id: number, start: number, length: number): Uint8Array | undefined {
		return (this.#partOfPiece.get(start + 1, length, id) as { bytes: Uint8Array } | undefined)?.bytes;
	}

	lengthOfPiece(id: number): number {
		return (this.#lengthOfPiece.get(id) as { length: number } | undefined)?.length ?? 0;
	}

	addPiece(id: number, bytes: Uint8Array): void {
		// node:sqlite of Node 22 takes empty bytes for NULL.
		this.#addPiece.run(id, bytes);
	}

	removePiece(id: number): void {
		this.#removePiece.run(id);
	}

	/** Makes `key` name the pieces from `generation` on. */
	point(key: string, generation: number, size: number): void {
		this.#point.run(key, generation, size, Date.now());
	}

	forget(key: string): void {
		this.#forget.run(key);
	}

	/** The first of `count` ids that were never given before. */
	reserve(count: number): number {
		return (this.#reserve.get(count) as { next: number }).next - count;
	}

	loosen({ first, count }: LooseRow, keptUntil: number): void {
		this.#loosen.run(first, count, keptUntil);
	}

	fasten(first: number): void {
		this.#fasten.run(first);
	}

	isLoose({ first, count }: LooseRow): boolean {
		return this.#isLoose.get(first, count) !== undefined;
	}

	oldestLoose(now: number): LooseRow | undefined {
		return this.#oldestLoose.get(now) as LooseRow | undefined;
	}
}

/** How many rows, hence ids, an object of `size` bytes takes; an empty one has an empty row. */
export function piecesOf(size: number): number {
	return Math.max(1, Math.ceil(size / PIECE));
}
