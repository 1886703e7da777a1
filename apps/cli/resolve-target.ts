import { type FileHandle, open, stat } from "node:fs/promises";
import { StoreError } from "../../src/errors.js";
import { hasScheme } from "../../src/target-text.js";

const SQLITE_ENDING = /\.(sqlite3?|db)$/i;
/** What every SQLite file begins with (https://www.sqlite.org/fileformat.html). */
const SQLITE_MAGIC = "SQLite format 3\0";

/**
 * The target as `connect` takes it. Where a path without a scheme is there, what is there tells: a directory is a `file:` store, an SQLite
 * file (or an empty or damaged one of that ending) an `sqlite:` store. What is not there yet is left to the rule of `connect`.
 * @throws StoreError INVALID_ARGUMENT where it is a file of another kind
 */
export async function resolveTarget(target: string): Promise<string> {
	if (hasScheme(target)) return target;
	const found = await stat(target).catch(() => undefined);
	if (found === undefined) return target;
	if (found.isDirectory()) return `file:${target}`;
	if (SQLITE_ENDING.test(target) || (await isSqlite(target))) return `sqlite:${target}`;
	throw new StoreError("INVALID_ARGUMENT", `${target} is a file, but no store: "tesserae cp" reads array files`);
}

async function isSqlite(path: string): Promise<boolean> {
	let file: FileHandle | undefined;
	try {
		file = await open(path);
		const { buffer } = await file.read({ buffer: Buffer.alloc(SQLITE_MAGIC.length), position: 0 });
		return buffer.toString("latin1") === SQLITE_MAGIC;
	} catch {
		return false;
	} finally {
		await file?.close();
	}
}
