/** Attempts at changing a chunk, and what became of them (decisions/032). */
import type { Etag, Write } from "../../backend.js";
import { chunkContext, describeChunk } from "../../chunk-errors.js";
import { fetchObject, objectLimit } from "../../chunk-source.js";
import { digestOf } from "../../digest.js";
import { StoreError } from "../../errors.js";
import { randomId } from "../../random-id.js";
import type { StoredArray } from "../../stored-array.js";

/** An attempt at changing a chunk, recorded before it is made. */
export interface Attempt {
	/** The version that it replaces; null: there is none. */
	readonly old: Etag | null;
	/** A digest of what it stores; null: it deletes. */
	readonly new: string | null;
	/** Its id among writes. */
	readonly write: string;
}

export async function attemptOf({ bytes, when }: Write): Promise<Attempt> {
	return {
		old: when !== undefined && "etag" in when ? when.etag : null,
		new: bytes === undefined ? null : await digestOf(bytes),
		write: randomId(),
	};
}

/** What became of recorded attempts. `unknown`: somebody else has written to the chunk since. */
export interface Fate {
	readonly kind: "done" | "open" | "unknown";
	/** The version that is there now; null: none. */
	readonly etag: Etag | null;
}

export async function fateOf(
	array: StoredArray,
	coords: readonly number[],
	attempts: readonly Attempt[],
): Promise<Fate> {
	const key = array.keyOf(coords);
	const isOurs = array.backend.supports.remembersWrites ? await isRemembered(array, key, attempts) : false;
	const limit = objectLimit(array.formOf(coords).pipeline);
	const fetched = await fetchObject(array, key, { fresh: true, limit });
	const etag = fetched?.etag ?? null;
	if (isOurs) return { kind: "done", etag };
	const digest = fetched === undefined ? null : await digestOf(fetched.parts[0] as Uint8Array);
	if (attempts.some((attempt) => attempt.old === etag)) return { kind: "open", etag };
	return { kind: attempts.some((attempt) => attempt.new === digest) ? "done" : "unknown", etag };
}

/** Whether one of the attempts made this version of the chunk, or one that was replaced since. */
async function isRemembered({ backend }: StoredArray, key: string, attempts: readonly Attempt[]): Promise<boolean> {
	const info = await backend.head(key);
	return info?.writes?.some((id) => attempts.some(({ write }) => write === id)) ?? false;
}

export function changedByOthers(array: StoredArray, coords: readonly number[]): StoreError {
	return new StoreError(
		"CONFLICT",
		`chunk ${describeChunk(array, coords)} was written to by others since an apply that was interrupted began to change it, so nobody can tell whether ` +
			'the kernel was applied to it: look at it, then go on with { resume: true, onChanged: "keep" } where it is as it should be, or "apply" where the kernel is still to be applied',
		chunkContext(array, coords),
	);
}
