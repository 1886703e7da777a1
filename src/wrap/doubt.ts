import type { Backend, CallOptions, Etag, ObjectInfo, Write } from "../backend.js";

/**
 * What became of writes on condition whose answer was lost. `stored` may be so in a version that others have replaced since; `conflict`: they were
 * not stored, and cannot be; `open`: they were not stored yet.
 */
export type Fate =
	| { readonly kind: "stored"; readonly etags: (Etag | undefined)[] }
	| { readonly kind: "conflict"; readonly key: string }
	| { readonly kind: "open" };

/** A write that can be told from all others afterwards: what it puts has an id of 48 random bits. */
export function named(writes: readonly Write[]): readonly Write[] {
	const id = newId();
	return writes.map((write) => (write.bytes === undefined ? write : { ...write, writeId: write.writeId ?? id }));
}

function newId(): string {
	const bits = crypto.getRandomValues(new Uint8Array(6));
	return btoa(String.fromCharCode(...bits))
		.replaceAll("+", "-")
		.replaceAll("/", "_");
}

/**
 * Looks for the ids of `writes`, which are one write, or a commit that is all or nothing: one of its ids then tells of them all. Deletes have none: where
 * there is nothing else, they are done if nothing is there.
 */
export async function fateById(backend: Backend, writes: readonly Write[], options: CallOptions): Promise<Fate> {
	const infos = await inBatches(writes, ({ key }) => backend.head(key, options));
	const puts = writes.some(({ bytes }) => bytes !== undefined);
	const isStored = puts ? writes.some((write, i) => placeOf(write, infos[i]) >= 0) : infos.every((info) => !info);
	if (isStored) return { kind: "stored", etags: writes.map((write, i) => etagOf(write, infos[i])) };
	const missed = writes.find(({ when }, i) => when !== undefined && !holds(when, infos[i]));
	return missed === undefined ? { kind: "open" } : { kind: "conflict", key: missed.key };
}

/** Compares what is there with what was to be written: all that can be done where the store does not remember writes. */
export async function isAsWritten(
	backend: Backend,
	writes: readonly Write[],
	options: CallOptions,
): Promise<(Etag | undefined)[] | undefined> {
	const etags: (Etag | undefined)[] = [];
	for (const { key, bytes } of writes) {
		const stored =
			bytes === undefined ? await backend.head(key, options) : await sameAs(backend, { key, bytes }, options);
		if ((stored === undefined) !== (bytes === undefined)) return undefined;
		etags.push(stored?.etag);
	}
	return etags;
}

async function sameAs(
	backend: Backend,
	{ key, bytes }: { readonly key: string; readonly bytes: Uint8Array },
	options: CallOptions,
): Promise<{ readonly etag: Etag } | undefined> {
	const info = await backend.head(key, options);
	if (info?.size !== bytes.byteLength) return undefined;
	const fetched = await backend.get(key, { ...options, fresh: true });
	const part = fetched?.parts[0];
	const isSame = part?.byteLength === bytes.byteLength && part.every((byte, i) => byte === bytes[i]);
	return isSame ? fetched : undefined;
}

/** How many versions ago an object was that of `write`; −1 where it never was, as far as is known. */
function placeOf({ writeId }: Write, info: ObjectInfo | undefined): number {
	return writeId === undefined ? -1 : (info?.writes?.indexOf(writeId) ?? -1);
}

/** The etag of what was written. That of a version which is gone matches none: whoever goes on with it is told of the conflict then. */
function etagOf(write: Write, info: ObjectInfo | undefined): Etag | undefined {
	if (write.bytes === undefined) return undefined;
	return info !== undefined && placeOf(write, info) === 0 ? info.etag : `replaced-${write.writeId}`;
}

function holds(when: NonNullable<Write["when"]>, info: ObjectInfo | undefined): boolean {
	return "absent" in when ? info === undefined : info?.etag === when.etag;
}

/** Requests on their way at once, for a commit of many objects. */
const BATCH = 32;

async function inBatches<T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> {
	const results: U[] = [];
	for (let i = 0; i < items.length; i += BATCH)
		results.push(...(await Promise.all(items.slice(i, i + BATCH).map(work))));
	return results;
}
