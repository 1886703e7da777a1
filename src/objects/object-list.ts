import type { Backend, ListEntry } from "../backend.js";
import { type CallOptions, giveWay, type Progress } from "../engine.js";
import { StoreError } from "../errors.js";
import { inSteps, type Session } from "../session.js";

/** What a listing names. */
export type ObjectEntry =
	| { readonly kind: "object"; readonly key: string; readonly size: number }
	/** Keys that go on after this one, which ends in `/`. */
	| { readonly kind: "directory"; readonly key: string };

export interface ListObjectsOptions extends Pick<CallOptions, "signal"> {
	/** Every object, and no directories. Default false: what lies deeper is told as the directory it is in. */
	readonly recursive?: boolean | undefined;
	/** The default, as S3 spells it. */
	readonly delimiter?: "/" | undefined;
}

/** @throws StoreError INVALID_ARGUMENT for options that contradict each other */
export function checkListOptions({ recursive, delimiter }: ListObjectsOptions): void {
	if (delimiter !== undefined && delimiter !== "/")
		throw new StoreError("INVALID_ARGUMENT", `delimiter is "/", not ${JSON.stringify(delimiter)}`);
	if (recursive && delimiter !== undefined)
		throw new StoreError("INVALID_ARGUMENT", "recursive lists every object, delimiter folds them: give one of the two");
}

/** The entries below a prefix, each step a call of the session. */
export function listObjects(
	session: Session,
	prefix: string,
	options: ListObjectsOptions,
): AsyncGenerator<ObjectEntry, void, undefined> {
	return inSteps(session, entries(session.backend, prefix, options));
}

async function* entries(
	backend: Backend,
	prefix: string,
	{ recursive, signal }: ListObjectsOptions,
): AsyncGenerator<ObjectEntry, void, undefined> {
	for await (const entry of backend.list(prefix, { delimiter: recursive ? undefined : "/", signal })) {
		yield named(entry);
		await giveWay();
	}
}

function named(entry: ListEntry): ObjectEntry {
	return entry.kind === "object"
		? { kind: "object", key: entry.key, size: entry.size }
		: { kind: "directory", key: entry.key };
}

/** What stores with bulk deletes take in one request. */
const AT_ONCE = 1000;

/** Deletes every object below a prefix while it lists them, so that memory stays bounded. @returns how many */
export async function deleteBelow(
	backend: Backend,
	prefix: string,
	{ signal, onProgress }: CallOptions,
): Promise<number> {
	let [done, bytes, size] = [0, 0, 0];
	let batch: string[] = [];
	const report = (progress: Progress): void => onProgress?.(progress);
	const flush = async (): Promise<void> => {
		await backend.delete(batch, { signal });
		done += batch.length;
		bytes += size;
		[batch, size] = [[], 0];
		report({ done, total: done, bytes });
	};
	for await (const entry of backend.list(prefix, { signal })) {
		if (entry.kind !== "object") continue;
		size += entry.size;
		if (batch.push(entry.key) === AT_ONCE) await flush();
		await giveWay();
	}
	if (batch.length > 0) await flush();
	return done;
}

/** Whether there is an object below `directory/`. */
export async function holdsObjects(backend: Backend, directory: string, signal?: AbortSignal): Promise<boolean> {
	for await (const _ of backend.list(directory, { delimiter: "/", signal })) return true;
	return false;
}
