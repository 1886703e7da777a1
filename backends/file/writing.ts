import {
	type BigIntStats,
	closeSync,
	fstatSync,
	fsync,
	futimesSync,
	linkSync,
	renameSync,
	rmSync,
	unlinkSync,
	write,
	writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { conflict, type Etag, type Precondition } from "../../src/backend.js";
import { freshStamp, secondsOf } from "./clock.js";
import { directoryModeOf, isWithin, makeDirectories, removeEmpty, sweep, syncDirectory } from "./directories.js";
import { directoryInTheWay, isSystemError } from "./failures.js";
import type { Held, Locks } from "./locks.js";
import { temporaryName } from "./names.js";
import { etagOf, MAX_TRANSFER, openPatiently, SMALL, statFile } from "./reading.js";

const fsyncAsync = promisify(fsync);
const writeAsync = promisify(write);

/** Directories remembered as visited; beyond that they are visited again. */
const MAX_SETTLED = 10_000;
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
		try {
			const { etag, made } = await this.#write(directory, target, bytes);
			await this.#settle(directory, made);
			return etag;
		} catch (error) {
			// Nobody finds a directory that was made for an object which did not come to be: it is in no listing.
			this.prune(directory);
			throw error;
		}
	}

	async #write(
		directory: string,
		target: Target,
		bytes: Uint8Array,
	): Promise<{ readonly etag: Etag; readonly made: string | undefined }> {
		const temporary = await this.#createTemporary(directory);
		try {
			await writeAll(temporary.fd, bytes);
			stamp(temporary.fd, 0n);
			if (this.#options.durable) await fsyncAsync(temporary.fd);
			const etag = await this.#options.locks.run(directory, (held) => install(temporary, target, held), target.signal);
			return { etag, made: temporary.made };
		} catch (error) {
			rmSync(temporary.path, { force: true });
			throw error;
		} finally {
			closeSync(temporary.fd);
		}
	}

	/** Removes the object's file; false where there is none. Its directory is left to `tidy`. */
	async remove(target: Target): Promise<boolean> {
		if (checkPrecondition(target) === undefined) return false;
		try {
			return await this.#options.locks.run(dirname(target.path), (held) => removeUnder(held, target), target.signal);
		} catch (error) {
			// The directory itself is gone: another removed its last object.
			if (isSystemError(error, "ENOENT") && checkPrecondition(target) === undefined) return false;
			throw error;
		}
	}

	/** After deletes in `directory`: removes it and those above as far as they are empty, and syncs the first that stays. */
	async tidy(directory: string): Promise<void> {
		let stays = directory;
		try {
			stays = await this.#options.locks.run(directory, (held) => this.prune(directory, held));
		} catch (error) {
			if (!isSystemError(error, "ENOENT")) throw error;
		}
		await this.sync(stays);
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
			made = makeDirectories(directory, directoryModeOf(this.#options.fileMode)) ?? made;
			if (made !== undefined) this.#unsettle(directory, made);
		}
	}

	#unsettle(directory: string, top: string): void {
		for (let current = directory; current.length >= top.length; current = dirname(current))
			this.#settled.delete(current);
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

function removeUnder(held: Held, target: Target): boolean {
	const file = checkPrecondition(target);
	if (file === undefined) return false;
	held.recordDeletion(file.mtimeNs);
	unlinkSync(target.path);
	return true;
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
