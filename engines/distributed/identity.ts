/** Whether what a worker finds behind a path is the caller's store (decisions/031). */
import type { Backend, Etag } from "../../src/backend.js";
import { isStoreError, StoreError } from "../../src/errors.js";
import { metadataKeys } from "../../src/format/names.js";
import type { StoredArray } from "../../src/stored-array.js";

/** What a worker must find in the caller's store. */
export type Identity =
	/** An object that the caller has put there for this call. */
	| { readonly kind: "mark"; readonly key: string; readonly value: string }
	/** The metadata of an array, in the versions that the caller sees. */
	| { readonly kind: "documents"; readonly etags: readonly (readonly [key: string, etag: Etag])[] };

const MARK = ".tesserae-call-";
/** Marks of callers that were killed are removed after so long (ms). */
const OLD = 24 * 3_600_000;

/** Marks a store for the time of a call. */
export async function markStore(backend: Backend, call: string): Promise<Extract<Identity, { kind: "mark" }>> {
	const mark = { kind: "mark", key: MARK + call, value: call } as const;
	await backend.put(mark.key, new TextEncoder().encode(mark.value), { cache: "leave" });
	return mark;
}

/** Removes what killed callers have left, where the store can be listed. */
export async function removeOldMarks(backend: Backend): Promise<void> {
	if (!backend.supports.list) return;
	for await (const { kind, key } of backend.list(MARK, { delimiter: "/" })) {
		const found = kind === "object" ? await backend.head(key) : undefined;
		if (found !== undefined && Date.now() - found.modified.getTime() > OLD) await backend.delete([key]);
	}
}

/** For a store that is only read from. */
export async function documentsOf({ backend, name }: StoredArray): Promise<Identity> {
	const found = await Promise.all(
		metadataKeys(name).map(async (key) => {
			const info = await backend.head(key);
			return info === undefined ? [] : [[key, info.etag] as const];
		}),
	);
	return { kind: "documents", etags: found.flat() };
}

/** @throws StoreError NOT_FOUND where no store is there, CONFLICT where it is another */
export async function checkIdentity(array: StoredArray, identity: Identity, host: string): Promise<void> {
	const { backend } = array;
	if (await isSame(backend, identity)) return;
	const isThere = await hasMetadata(array);
	const [code, found] = isThere
		? (["CONFLICT", "finds another store, or another version of the array,"] as const)
		: (["NOT_FOUND", "finds nothing"] as const);
	throw new StoreError(
		code,
		`the worker on ${host} ${found} at ${backend.location}, where the caller has ${JSON.stringify(array.name)}: every worker must reach the caller's store by the same path`,
		{ dataset: array.name },
	);
}

async function isSame(backend: Backend, identity: Identity): Promise<boolean> {
	if (identity.kind === "mark") {
		const found = await backend.get(identity.key, { fresh: true, limit: 1024 }).catch(unlessMissing);
		return found !== undefined && new TextDecoder().decode(found.parts[0]) === identity.value;
	}
	const found = await Promise.all(identity.etags.map(([key]) => backend.head(key).catch(unlessMissing)));
	return identity.etags.length > 0 && identity.etags.every(([, etag], i) => found[i]?.etag === etag);
}

async function hasMetadata({ backend, name }: StoredArray): Promise<boolean> {
	for (const key of metadataKeys(name)) if ((await backend.head(key).catch(unlessMissing)) !== undefined) return true;
	return false;
}

/** A place that is not there holds nothing. */
function unlessMissing(error: unknown): undefined {
	if (isStoreError(error, "NOT_FOUND")) return undefined;
	throw error;
}
