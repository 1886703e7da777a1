/** Where root tells the others how to reach it. */
import { createHash, randomUUID } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { Backend } from "../../src/backend.js";
import { isStoreError, StoreError } from "../../src/errors.js";
import type { RankPlace } from "../../src/rank-environment.js";

export interface Rendezvous {
	/** For messages. */
	readonly name: string;
	/** Puts the text there, in the place of what an earlier job may have left. */
	publish(text: string): Promise<void>;
	/** What is there, which may be of an earlier job. */
	look(): Promise<string | undefined>;
	/** Removes what was published. */
	withdraw(): Promise<void>;
}

/**
 * `TESSERAE_RENDEZVOUS`, a file or a directory; else, of ranks on one host, a file in a directory of the user's own; else the store.
 * @throws StoreError INVALID_ARGUMENT where ranks on several hosts have none of these in common
 */
export async function rendezvousFor(place: RankPlace, backend: Backend): Promise<Rendezvous> {
	const named = process.env.TESSERAE_RENDEZVOUS;
	const job = place.job ?? jobOfParent();
	if (named) return inFile(await fileOf(resolve(named), job));
	if (place.isOneHost) return inFile(join(ownDirectory(), `${digest(job)}.json`));
	if (place.job !== undefined && backend.supports.write) return inStore(backend, `.tesserae-ranks-${digest(job)}`);
	const why = place.job === undefined ? "nothing names their job" : `${backend.location} cannot be written to`;
	throw new StoreError(
		"INVALID_ARGUMENT",
		`ranks on several hosts have no place to meet, for ${why}: set TESSERAE_RENDEZVOUS to a file that all of them see`,
	);
}

/** What ranks have in common that one process of this host has started, where it gives them no name. */
function jobOfParent(): string {
	return `${process.ppid} ${process.argv[1]}`;
}

function digest(job: string): string {
	return createHash("sha256").update(job).digest("hex").slice(0, 24);
}

async function fileOf(path: string, job: string): Promise<string> {
	const isDirectory = await stat(path).then(
		(found) => found.isDirectory(),
		() => false,
	);
	return isDirectory ? join(path, `ranks-${digest(job)}.json`) : path;
}

/**
 * A directory below that of temporary files which nobody else can read or write.
 * @throws StoreError FORBIDDEN where somebody else has made it
 */
function ownDirectory(): string {
	const { uid } = userInfo();
	const path = join(tmpdir(), `tesserae-ranks-${uid}`);
	mkdirSync(path, { mode: 0o700, recursive: true });
	const found = lstatSync(path);
	if (found.isDirectory() && (uid < 0 || (found.uid === uid && (found.mode & 0o077) === 0))) return path;
	throw new StoreError(
		"FORBIDDEN",
		`${path} is not this user's alone, so ranks cannot meet there: remove it, or set TESSERAE_RENDEZVOUS`,
	);
}

function inFile(path: string): Rendezvous {
	let published: string | undefined;
	return {
		name: path,
		async publish(text) {
			published = text;
			await mkdir(dirname(path), { recursive: true });
			const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
			await writeFile(temporary, text, { mode: 0o600 });
			await rename(temporary, path);
		},
		look: () => readFile(path, "utf8").catch(unlessMissing),
		async withdraw() {
			// Another job may have come to the same place.
			if ((await readFile(path, "utf8").catch(unlessMissing)) === published) await rm(path, { force: true });
		},
	};
}

function unlessMissing(error: unknown): undefined {
	if ((error as { code?: unknown }).code !== "ENOENT") throw error;
}

/** An object beside the datasets, which no name of a dataset leads to. */
function inStore(backend: Backend, key: string): Rendezvous {
	let etag: string | undefined;
	return {
		name: `${key} in ${backend.location}`,
		async publish(text) {
			const bytes = new TextEncoder().encode(text);
			const stale = await backend.head(key);
			const can = stale === undefined ? backend.supports.createIfAbsent : backend.supports.compareAndSwap;
			const when = stale === undefined ? ({ absent: true } as const) : { etag: stale.etag };
			etag = await backend.put(key, bytes, can ? { when } : {});
		},
		async look() {
			const found = await backend.get(key, { fresh: true });
			return found && new TextDecoder().decode(found.parts[0]);
		},
		async withdraw() {
			if (etag === undefined) return;
			const when = backend.supports.conditionalDelete ? { when: { etag } } : {};
			await backend.commit([{ key, bytes: undefined, ...when }]).catch((error) => {
				if (!isStoreError(error, "CONFLICT")) throw error;
			});
		},
	};
}
