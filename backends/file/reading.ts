import { type BigIntStats, closeSync, constants, fstatSync, openSync, read, readSync, statSync } from "node:fs";
import { promisify } from "node:util";
import {
	checkLimit,
	conflict,
	type Etag,
	type Fetched,
	type GetOptions,
	type ObjectInfo,
	spanOf,
} from "../../src/backend.js";
import { StoreError } from "../../src/errors.js";
import { backOff } from "../shared/pauses.js";
import { isSystemError } from "./failures.js";

const readAsync = promisify(read);

/** Up to so many bytes a synchronous call is cheaper than a turn of the thread pool (3 µs against 36 µs at 4 KiB). */
export const SMALL: number = 64 * 1024;
/** Node passes the system no larger lengths. */
export const MAX_TRANSFER: number = 1 << 30;
/** Reading a pipe somebody left in the store must not wait for its other end. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** About a second in all. */
const OPEN_ATTEMPTS = 64;

/** Inode, size and time: writers see to it that no two versions of an object agree in all three. */
export function etagOf(file: BigIntStats): Etag {
	return `${file.ino.toString(36)}-${file.size.toString(36)}-${file.mtimeNs.toString(36)}`;
}

/** The regular file at `path`; undefined where there is none, or a directory, or no such directory. */
export function statFile(path: string): BigIntStats | undefined {
	const file = absentAsUndefined(() => statSync(path, { bigint: true }));
	return file?.isFile() ? file : undefined;
}

export function headFile(path: string): ObjectInfo | undefined {
	const file = statFile(path);
	return file && { etag: etagOf(file), size: Number(file.size), modified: new Date(Number(file.mtimeMs)) };
}

/** Opens a file, waiting a little where the process has as many open as it may. */
export async function openPatiently(path: string, flags: string | number, mode?: number): Promise<number> {
	for (let attempt = 0; ; attempt++) {
		try {
			return openSync(path, flags, mode);
		} catch (error) {
			if (!isSystemError(error, "EMFILE", "ENFILE") || attempt === OPEN_ATTEMPTS) throw error;
			await backOff(attempt);
		}
	}
}

export async function readFile(
	path: string,
	key: string,
	options: GetOptions | undefined,
): Promise<Fetched | undefined> {
	const fd = await openExisting(path);
	if (fd === undefined) return undefined;
	try {
		const file = fstatSync(fd, { bigint: true });
		if (!file.isFile()) return undefined;
		const etag = etagOf(file);
		if (options?.ifMatch !== undefined && options.ifMatch !== etag) throw conflict(key);
		const size = Number(file.size);
		if (options?.ranges === undefined) checkLimit(key, size, options?.limit);
		const parts = options?.ranges
			? await readSpans(
					fd,
					options.ranges.map((range) => spanOf(range, size)),
					options.into,
				)
			: [await readWhole(fd, size, options?.into)];
		return { parts, etag, size };
	} finally {
		closeSync(fd);
	}
}

async function openExisting(path: string): Promise<number | undefined> {
	try {
		return await openPatiently(path, READ);
	} catch (error) {
		if (isAbsence(error)) return undefined;
		throw error;
	}
}

interface Span {
	readonly start: number;
	readonly end: number;
}

async function readSpans(fd: number, spans: readonly Span[], into: Uint8Array | undefined): Promise<Uint8Array[]> {
	const total = spans.reduce((sum, { start, end }) => sum + end - start, 0);
	const room = into !== undefined && total <= into.byteLength ? into : undefined;
	let at = 0;
	const parts = spans.map(({ start, end }) => {
		at += end - start;
		return room?.subarray(at - (end - start), at) ?? allocate(end - start);
	});
	const starts = spans.map(({ start }) => start);
	if (total <= SMALL) parts.forEach((part, i) => void fillSync(fd, part, starts[i] ?? 0));
	else await all(parts.map((part, i) => fill(fd, part, starts[i] ?? 0)));
	return parts;
}

/** Waits for every one, also after a failure: the memory that they fill may be used for something else then. */
async function all(fills: readonly Promise<void>[]): Promise<void> {
	for (const outcome of await Promise.allSettled(fills)) if (outcome.status === "rejected") throw outcome.reason;
}

async function readWhole(fd: number, size: number, into: Uint8Array | undefined): Promise<Uint8Array> {
	const bytes = into !== undefined && into.byteLength >= size ? into.subarray(0, size) : allocate(size);
	if (size <= SMALL) fillSync(fd, bytes, 0);
	else await fill(fd, bytes, 0);
	return bytes;
}

/** Memory of its own, not part of Node's pool: what is read may live long. Not zeroed where that would cost. */
function allocate(size: number): Uint8Array {
	return size <= SMALL ? new Uint8Array(size) : new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
}

function fillSync(fd: number, bytes: Uint8Array, position: number): void {
	for (let done = 0; done < bytes.byteLength; ) {
		const count = readSync(fd, bytes, done, bytes.byteLength - done, position + done);
		if (count === 0) throw cutShort();
		done += count;
	}
}

async function fill(fd: number, bytes: Uint8Array, position: number): Promise<void> {
	for (let done = 0; done < bytes.byteLength; ) {
		const length = Math.min(MAX_TRANSFER, bytes.byteLength - done);
		const { bytesRead } = await readAsync(fd, bytes, done, length, position + done);
		if (bytesRead === 0) throw cutShort();
		done += bytesRead;
	}
}

function cutShort(): StoreError {
	return new StoreError("UNAVAILABLE", "the file was cut short by another program while it was read: try again");
}

function absentAsUndefined<T>(look: () => T): T | undefined {
	try {
		return look();
	} catch (error) {
		if (isAbsence(error)) return undefined;
		throw error;
	}
}

function isAbsence(error: unknown): boolean {
	return isSystemError(error, "ENOENT", "ENOTDIR");
}
