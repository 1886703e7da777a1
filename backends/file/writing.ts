import {
	type BigIntStats,
	closeSync,
	fstatSync,
	fsync,
	futimesSync,
	linkSync,
	readdirSync,
	renameSync,
	rmdirSync,
	rmSync,
	unlinkSync,
	write,
	writeSync,
} from "node:fs";
import { mkdir, readdir, stat, unlink } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { promisify } from "node:util";
import { conflict, type Etag, type Precondition } from "../../src/backend.js";
import { freshStamp, secondsOf } from "./clock.js";
import { directoryInTheWay, isSystemError } from "./failures.js";
import type { Held, Locks } from "./locks.js";
import { isTemporary, temporaryName } from "./names.js";
import { etagOf, MAX_TRANSFER, openPatiently, SMALL, statFile } from "./reading.js";

const fsyncAsync = promisify(fsync);
const writeAsync = promisify(write);

/** Directories remembered as visited; beyond that they are visited again. */
const MAX_SETTLED = 10_000;
/** A temporary file that nobody has touched for so long (ms) belonged to a writer that was killed. */
const ABANDONED = 3_600_000;
/** Steps (ns) by which a new time is set off from the old one: most file systems keep the first, some only seconds. */
const STEPS = [0n, 2_000_000n, 2_000_000_000n];

export interface WriterOptions {
	/** Absolute real path; directories below it are made and, when empty, removed. */
	readonly root: string;
	/** Every write is on the disk when it returns. */
	readonly durable: boolean;
	/** Mode of new files, less the process's umask. */
	readonly fileMode: number;
	readonly locks: Locks;
}

/** One object to be written or removed. */
export interface Target {
	readonly key: string;
	readonly path: string;
	readonly when?: Precondition | undefined;
	readonly signal?: AbortSignal | undefined;
}

interface Temporary {
	readonly fd: number;
	readonly path: string;
	/** The topmost directory that had to be made for it. */
	readonly made: string | undefined;
}

/** Makes, replaces and removes the files of a store, each in one step. */
export class Writer {
	readonly #options: WriterOptions;
	readonly #settled = new Set<string>();

	constructor(options: WriterOptions) {
		this.#options = options;
	}

	async put(target: Target, bytes: Uint8Array): Promise<Etag> {
		if (target.when !== undefined) checkPrecondition(target);
		const directory = dirname(target.path);
		const temporary = await this.#createTemporary(directory);
		let etag: Etag;
		try {
			await writeAll(temporary.fd, bytes);
			stamp(temporary.fd, 0n);
			if (this.#options.durable) await fsyncAsync(temporary.fd);
			etag = await this.#options.locks.run(directory, (held) => install(temporary, target, held), target.signal);
		} catch (error) {
			rmSync(temporary.path, { force: true });
			throw error;
		} finally {
			closeSync(temporary.fd);
		}
		await this.#settle(directory, temporary.made);
		return etag;
	}

	/** Removes the object's file, then directories left empty; returns the directory to be synced, undefined where nothing was there. */
	async remove(target: Target): Promise<string | undefined> {
		if (checkPrecondition(target) === undefined) return undefined;
		try {
			return await this.#options.locks.run(
				dirname(target.path),
				(held) => this.#removeUnder(held, target),
				target.signal,
			);
		} catch (error) {
			// The directory itself is gone: another removed its last object.
			if (isSystemError(error, "ENOENT") && checkPrecondition(target) === undefined) return undefined;
			throw error;
		}
	}

	#removeUnder(held: Held, target: Target): string | undefined {
		const file = checkPrecondition(target);
		if (file === undefined) return undefined;
		held.recordDeletion(file.mtimeNs);
		unlinkSync(target.path);
		return this.prune(dirname(target.path), held);
	}

	/** Removes `directory` and those above it, below the root, as far as they are empty; returns the first that stays. */
	prune(directory: string, held?: Held): string {
		let current = directory;
		while (isWithin(current, this.#options.root) && removeEmpty(current, held)) {
			this.#settled.delete(current);
			current = dirname(current);
		}
		return current;
	}

	/** Puts what happened in `directory` on the disk, or in the nearest above that still exists. */
	async sync(directory: string): Promise<void> {
		if (!this.#options.durable || process.platform === "win32") return;
		for (let current = directory; ; current = dirname(current)) {
			try {
				return await syncDirectory(current);
			} catch (error) {
				if (!isSystemError(error, "ENOENT") || dirname(current) === current) throw error;
			}
		}
	}

	async #createTemporary(directory: string): Promise<Temporary> {
		const path = join(directory, temporaryName());
		for (let made: string | undefined; ; ) {
			try {
				return { fd: await openPatiently(path, "wx", this.#options.fileMode), path, made };
			} catch (error) {
				if (!isSystemError(error, "ENOENT")) throw error;
			}
			// Another may remove the directory, still empty, before the next attempt: then once more.
			made = (await this.#makeDirectory(directory)) ?? made;
		}
	}

	async #makeDirectory(directory: string): Promise<string | undefined> {
		const mode = directoryModeOf(this.#options.fileMode);
		try {
			const made = await mkdir(directory, { recursive: true, mode });
			if (made === undefined) return undefined;
			for (let current = directory; current.length >= made.length; current = dirname(current))
				this.#settled.delete(current);
			return made;
		} catch (error) {
			if (isSystemError(error, "ENOENT")) return undefined;
			throw error;
		}
	}

	/**
	 * Syncs the directory after a write. On the first write in it also those above, which this writer or another may have made a moment
	 * ago, and what killed writers left there is cleared.
	 */
	async #settle(directory: string, made: string | undefined): Promise<void> {
		await this.sync(directory);
		if (this.#settled.has(directory)) return;
		if (made === undefined) await sweep(directory);
		const { root } = this.#options;
		const top = made !== undefined && made.length <= root.length ? dirname(made) : root;
		if (this.#settled.size > MAX_SETTLED) this.#settled.clear();
		for (let current = directory; !this.#settled.has(current) && current.length > top.length; ) {
			this.#settled.add(current);
			current = dirname(current);
			await this.sync(current);
		}
		this.#settled.add(directory);
	}
}

/** Those who may read a file may enter its directory. */
function directoryModeOf(fileMode: number): number {
	return fileMode | ((fileMode & 0o444) >> 2) | 0o700;
}

/** The stored file, undefined where there is none. */
function checkPrecondition({ key, path, when }: Target): BigIntStats | undefined {
	const file = statFile(path);
	if (when === undefined) return file;
	const holds = "absent" in when ? file === undefined : file !== undefined && etagOf(file) === when.etag;
	if (!holds) throw conflict(key);
	return file;
}

/** The step that makes a write visible: synchronous, under the lock. */
function install(temporary: Temporary, target: Target, held: Held): Etag {
	const old = checkPrecondition(target);
	const version = stampLaterThan(temporary.fd, old?.mtimeNs ?? held.deletedUntil);
	if (target.when === undefined || !("absent" in target.when)) renameSync(temporary.path, target.path);
	else linkAbsent(temporary.path, target);
	return etagOf(version);
}

/** link(2) refuses to replace, so it holds also against writers who take no lock. */
function linkAbsent(temporary: string, target: Target): void {
	try {
		linkSync(temporary, target.path);
	} catch (error) {
		if (!isSystemError(error, "EEXIST")) throw error;
		throw statFile(target.path) === undefined ? directoryInTheWay(target.key) : conflict(target.key);
	}
	unlinkSync(temporary);
}

/** Gives the file a time later than `floor`, where it has none yet. */
function stampLaterThan(fd: number, floor: bigint): BigIntStats {
	let version = fstatSync(fd, { bigint: true });
	for (let n = 0; version.mtimeNs <= floor && n < STEPS.length; n++) {
		stamp(fd, floor + (STEPS[n] ?? 0n));
		version = fstatSync(fd, { bigint: true });
	}
	return version;
}

function stamp(fd: number, floor: bigint): void {
	const seconds = secondsOf(freshStamp(floor));
	futimesSync(fd, seconds, seconds);
}

async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
	for (let done = 0; done < bytes.byteLength; ) {
		const length = Math.min(MAX_TRANSFER, bytes.byteLength - done);
		done +=
			length <= SMALL
				? writeSync(fd, bytes, done, length, done)
				: (await writeAsync(fd, bytes, done, length, done)).bytesWritten;
	}
}

async function syncDirectory(directory: string): Promise<void> {
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

/** Best effort: what cannot be removed now is met again by the next writer. */
async function sweep(directory: string): Promise<void> {
	const names = await readdir(directory).catch(() => []);
	for (const name of names.filter(isTemporary)) await removeAbandoned(join(directory, name)).catch(() => undefined);
}

async function removeAbandoned(path: string): Promise<void> {
	if ((await stat(path)).mtimeMs < Date.now() - ABANDONED) await unlink(path);
}

/** Removes a directory that holds nothing, or nothing but the lock that is held. */
function removeEmpty(directory: string, held: Held | undefined): boolean {
	try {
		rmdirSync(directory);
		return true;
	} catch (error) {
		if (held === undefined || !isSystemError(error, "ENOTEMPTY", "EEXIST")) return false;
	}
	return removeWithLock(directory, held);
}

function removeWithLock(directory: string, held: Held): boolean {
	try {
		const [only, ...others] = readdirSync(directory);
		if (only === undefined || others.length > 0 || !held.isLockFile(join(directory, only))) return false;
		unlinkSync(join(directory, only));
		rmdirSync(directory);
		return true;
	} catch {
		return false;
	}
}

function isWithin(path: string, root: string): boolean {
	return path.length > root.length && path.startsWith(root.endsWith(sep) ? root : root + sep);
}
