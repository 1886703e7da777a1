import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { type ErrorCode, isStoreError, StoreError } from "../../src/errors.js";

const CODES: { readonly [errno: string]: ErrorCode } = {
	ENOENT: "NOT_FOUND",
	ENOTDIR: "NOT_FOUND",
	EACCES: "FORBIDDEN",
	EPERM: "FORBIDDEN",
	EROFS: "READ_ONLY",
	EISDIR: "INVALID_ARGUMENT",
	ENOSPC: "NO_SPACE",
	EDQUOT: "NO_SPACE",
};

/** Runs `work` on the file at `path`; what the system refuses becomes a StoreError that names the file. */
export async function onFile<T>(path: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		throw isStoreError(error) ? error : fileError(path, error);
	}
}

function fileError(path: string, error: unknown): unknown {
	const errno = (error as { code?: unknown }).code;
	if (typeof errno !== "string" || !/^E[A-Z]+$/.test(errno)) return error;
	const reason = errno === "ENOENT" ? "there is no such file" : (error as Error).message;
	return new StoreError(CODES[errno] ?? "UNAVAILABLE", `${path}: ${reason}`, { cause: error });
}

/** Bytes of the file. @throws StoreError NOT_FOUND, FORBIDDEN, INVALID_ARGUMENT for a directory */
export async function fileSize(path: string): Promise<number> {
	const { size, isFile } = await onFile(path, async () => {
		const stats = await stat(path);
		return { size: stats.size, isFile: stats.isFile() };
	});
	if (isFile) return size;
	throw new StoreError("INVALID_ARGUMENT", `${path} is no file`);
}

/** Large enough that a system call is cheap beside what it brings. */
const READ_AHEAD = 2 ** 20;

/** The bytes of a file from `start` on, in pieces. */
export async function* fileBytes(path: string, start = 0): AsyncGenerator<Uint8Array, void, undefined> {
	const stream = createReadStream(path, { start, highWaterMark: READ_AHEAD });
	try {
		for await (const piece of stream) yield piece as Uint8Array;
	} catch (error) {
		throw fileError(path, error);
	} finally {
		stream.destroy();
	}
}

/**
 * Writes a file through a temporary one beside it, which takes its place when it is complete: who reads `path` sees the old file or the
 * new one, and a failed or cancelled call leaves nothing.
 */
export async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
	const temporary = `${path}.${randomUUID()}.tmp`;
	try {
		await onFile(path, async () => {
			await write(temporary);
			await rename(temporary, path);
		});
	} catch (error) {
		await rm(temporary, { force: true }).catch(() => {});
		throw error;
	}
}

/** As {@link replaceFile}, from pieces in order. */
export async function writePieces(path: string, pieces: AsyncIterable<Uint8Array | string>): Promise<void> {
	await replaceFile(path, async (temporary) => {
		const handle = await open(temporary, "wx");
		try {
			for await (const piece of pieces) await handle.writeFile(piece);
		} finally {
			await handle.close();
		}
	});
}

/** Fills `target` from the file, beginning at byte `position`. @throws StoreError CORRUPT where the file ends before */
export async function readInto(handle: FileHandle, target: Uint8Array, position: number): Promise<void> {
	for (let done = 0; done < target.length; ) {
		const length = Math.min(target.length - done, 2 ** 30);
		const { bytesRead } = await handle.read(target, done, length, position + done);
		if (bytesRead === 0) throw new StoreError("CORRUPT", "the file became shorter while it was being read");
		done += bytesRead;
	}
}

/** What follows the first `count` bytes. */
export async function* skipBytes(
	pieces: AsyncIterable<Uint8Array>,
	count: number,
): AsyncGenerator<Uint8Array, void, undefined> {
	let left = count;
	for await (const piece of pieces) {
		if (piece.length > left) yield piece.subarray(left);
		left = Math.max(0, left - piece.length);
	}
}

/** The first `count` bytes, or all where there are fewer. */
export async function firstBytes(pieces: AsyncIterable<Uint8Array>, count: number): Promise<Uint8Array<ArrayBuffer>> {
	const head = new Uint8Array(count);
	let length = 0;
	for await (const piece of pieces) {
		head.set(piece.subarray(0, count - length), length);
		length = Math.min(count, length + piece.length);
		if (length === count) break;
	}
	return head.slice(0, length);
}
