/** Files of this machine that objects come from and go to. */
import { randomUUID } from "node:crypto";
import { createReadStream, type Dirent } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { checkKey } from "../../../src/backend.js";
import { type ErrorCode, isStoreError, StoreError } from "../../../src/errors.js";

/** Of new files: as the backend `file` makes them. */
export const FILE_MODE = 0o640;

/**
 * Writes a file through a temporary one beside it, which takes its place when it is complete; directories above it are made.
 * @throws StoreError NO_SPACE, FORBIDDEN …, and what the pieces throw
 */
export async function writeLocalFile(path: string, pieces: AsyncIterable<Uint8Array>, mode: number): Promise<void> {
	const temporary = `${path}.${randomUUID()}.tmp`;
	try {
		await onLocal(path, async () => {
			// Directories let the same people in.
			await mkdir(dirname(path), { recursive: true, mode: mode | ((mode & 0o444) >> 2) | 0o700 });
			const handle = await open(temporary, "wx", mode);
			try {
				for await (const piece of pieces) await handle.writeFile(piece);
			} finally {
				await handle.close();
			}
			await rename(temporary, path);
		});
	} catch (error) {
		await rm(temporary, { force: true }).catch(() => {});
		throw error;
	}
}

/** What is at a path, links followed. */
export async function whatIsAt(
	path: string,
): Promise<{ kind: "file" | "directory" | "other"; size: number } | undefined> {
	return onLocal(path, async () => {
		const found = await stat(path).catch(unlessAbsent);
		if (found === undefined) return undefined;
		const kind = found.isFile() ? "file" : found.isDirectory() ? "directory" : "other";
		return { kind, size: found.size };
	});
}

/** The bytes of a file. */
export async function* localBytes(path: string): AsyncGenerator<Uint8Array, void, undefined> {
	const stream = createReadStream(path, { highWaterMark: 2 ** 20 });
	try {
		for await (const piece of stream) yield piece as Uint8Array;
	} catch (error) {
		throw localError(path, error);
	} finally {
		stream.destroy();
	}
}

export interface LocalFile {
	readonly path: string;
	/** Below the directory, with slashes. */
	readonly name: string;
	readonly size: number;
}

/**
 * The files in a directory and below. Links to files count, links to directories are left out, since they may go round in circles.
 * @param leftOut is told what is neither file nor directory
 */
export async function* filesBelow(
	directory: string,
	leftOut: (path: string) => Promise<void>,
	below = "",
): AsyncGenerator<LocalFile, void, undefined> {
	const entries = await onLocal(directory, () => readdir(join(directory, below), { withFileTypes: true }));
	for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
		const [path, name] = [join(directory, below, entry.name), below + entry.name];
		if (entry.isDirectory()) yield* filesBelow(directory, leftOut, `${name}/`);
		else {
			const found = isPerhapsFile(entry) ? await whatIsAt(path) : undefined;
			if (found?.kind === "file") yield { path, name, size: found.size };
			else await leftOut(path);
		}
	}
}

function isPerhapsFile(entry: Dirent): boolean {
	return entry.isFile() || entry.isSymbolicLink();
}

/**
 * Where an object goes below a directory. A key of a foreign store may be anything, so none leads out of it.
 * @throws StoreError INVALID_ARGUMENT
 */
export function pathBelow(directory: string, key: string): string {
	checkKey(key);
	if (sep === "/" || !/[\\:]/.test(key)) return join(directory, ...key.split("/"));
	throw new StoreError(
		"INVALID_ARGUMENT",
		`${JSON.stringify(key)} cannot be a path here: get it alone, to a name of yours`,
		{
			key,
		},
	);
}

const CODES: { readonly [errno: string]: ErrorCode } = {
	ENOENT: "NOT_FOUND",
	EACCES: "FORBIDDEN",
	EPERM: "FORBIDDEN",
	EROFS: "READ_ONLY",
	ENOSPC: "NO_SPACE",
	EDQUOT: "NO_SPACE",
	EISDIR: "INVALID_ARGUMENT",
	ENOTDIR: "INVALID_ARGUMENT",
	EEXIST: "INVALID_ARGUMENT",
};

async function onLocal<T>(path: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		throw isStoreError(error) ? error : localError(path, error);
	}
}

function localError(path: string, error: unknown): unknown {
	const errno = String((error as { code?: unknown }).code);
	if (!/^E[A-Z]+$/.test(errno)) return error;
	const { message } = error as Error;
	return new StoreError(CODES[errno] ?? "UNAVAILABLE", `${path}: ${message}`, { cause: error });
}

function unlessAbsent(error: unknown): undefined {
	const { code } = error as { code?: unknown };
	if (code === "ENOENT" || code === "ENOTDIR") return undefined;
	throw error;
}
