import { closeSync, fsync, mkdirSync, opendirSync, rmdirSync, type Stats, unlinkSync } from "node:fs";
import { readdir, stat, unlink } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { promisify } from "node:util";
import { isSystemError } from "./failures.js";
import type { Held } from "./locks.js";
import { isTemporary, LOCK_NAME } from "./names.js";
import { openPatiently } from "./reading.js";

const fsyncAsync = promisify(fsync);

/** A temporary file that nobody has touched for so long (ms) belonged to a writer that was killed. */
const ABANDONED = 3_600_000;

/** Those who may read a file may enter its directory. */
export function directoryModeOf(fileMode: number): number {
	return fileMode | ((fileMode & 0o444) >> 2) | 0o700;
}

/** Makes a directory and those above that are missing; returns the topmost made. Where others remove them again it may not exist. */
export function makeDirectories(directory: string, mode: number): string | undefined {
	try {
		mkdirSync(directory, mode);
		return directory;
	} catch (error) {
		if (isSystemError(error, "EEXIST")) return undefined;
		if (!isSystemError(error, "ENOENT") || dirname(directory) === directory) throw error;
	}
	const above = makeDirectories(dirname(directory), mode);
	const here = makeDirectories(directory, mode);
	return above ?? here;
}

/** Puts what was made, renamed and removed in a directory on the disk. */
export async function syncDirectory(directory: string): Promise<void> {
	const fd = await openPatiently(directory, "r");
	try {
		await fsyncAsync(fd);
	} catch (error) {
		// Some file systems keep directories in step by themselves and say that so.
		if (!isSystemError(error, "EINVAL", "ENOTSUP")) throw error;
	} finally {
		closeSync(fd);
	}
}

/** Removes what killed writers left. Best effort: what cannot be removed now is met again by the next writer. */
export async function sweep(directory: string): Promise<void> {
	const names = await readdir(directory).catch(() => []);
	for (const name of names.filter(isTemporary)) await removeAbandoned(join(directory, name)).catch(() => undefined);
}

/** Removes a temporary file, unless its writer may still be at work. */
export async function removeAbandoned(path: string): Promise<void> {
	const file = await statExisting(path);
	if (file !== undefined && isAbandoned(file)) await unlink(path).catch(ignoreAbsence);
}

/** Temporary files anywhere below `base`, which ends in a separator, whose writers are gone; by name. */
export async function findAbandoned(base: string): Promise<{ readonly name: string; readonly bytes: number }[]> {
	const found: { name: string; bytes: number }[] = [];
	const directories = [""];
	for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
		const entries = await readdir(base + directory, { withFileTypes: true }).catch(ignoreAbsence);
		for (const entry of entries ?? []) {
			const name = directory + entry.name;
			if (entry.isDirectory()) directories.push(`${name}/`);
			if (!entry.isFile() || !isTemporary(entry.name)) continue;
			const file = await statExisting(base + name);
			if (file !== undefined && isAbandoned(file)) found.push({ name, bytes: file.size });
		}
	}
	return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function statExisting(path: string): Promise<Stats | undefined> {
	return stat(path).catch(ignoreAbsence);
}

function ignoreAbsence(error: unknown): undefined {
	if (!isSystemError(error, "ENOENT", "ENOTDIR")) throw error;
}

function isAbandoned({ mtimeMs }: Stats): boolean {
	return mtimeMs < Date.now() - ABANDONED;
}

/** Removes a directory that holds nothing, or nothing but the lock that is held. */
export function removeEmpty(directory: string, held: Held | undefined): boolean {
	try {
		rmdirSync(directory);
		return true;
	} catch (error) {
		if (held === undefined || !isSystemError(error, "ENOTEMPTY", "EEXIST")) return false;
	}
	return removeWithLock(directory, held);
}

function removeWithLock(directory: string, held: Held): boolean {
	const lock = join(directory, LOCK_NAME);
	try {
		if (!held.isLockFile(lock) || holdsMoreThanOne(directory)) return false;
		unlinkSync(lock);
		rmdirSync(directory);
		return true;
	} catch {
		return false;
	}
}

/** Looks at two entries, however many there are. */
function holdsMoreThanOne(directory: string): boolean {
	const entries = opendirSync(directory, { bufferSize: 2 });
	try {
		return entries.readSync() !== null && entries.readSync() !== null;
	} finally {
		entries.closeSync();
	}
}

export function isWithin(path: string, root: string): boolean {
	return path.length > root.length && path.startsWith(root.endsWith(sep) ? root : root + sep);
}
