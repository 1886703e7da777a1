import type { Etag } from "../../../src/backend.js";

/** The user metadata `x-amz-meta-…` in which the ids of writes are kept. */
const WRITES = "tesserae-writes";

/** Ids kept with an object: its own, and those of the versions before. With blanks 1,360 bytes, of the 2,048 that user metadata may take. */
const KEPT = 80;

const ID = /^[A-Za-z0-9_-]{1,16}$/;
/** Stands for a write without an id. */
const UNNAMED = ".";

/**
 * A version of an object: the store's own etag, and the ids of the writes that led to it. The store's etag is mostly a digest of the bytes, so two
 * writes of equal bytes have the same; the ids are carried along so that a write on condition of this version can pass them on without asking for them.
 */
export interface Version {
	/** Without quotes, which Ceph takes for a part of it. */
	readonly stored: string;
	/** As `ObjectInfo.writes`. */
	readonly writes: readonly string[];
}

/** `5d41402a… id . id`: the etag as the library sees it. */
export function etagOf({ stored, writes }: Version): Etag {
	return [stored, ...writes.map((id) => id || UNNAMED)].join(" ");
}

export function versionOf(etag: Etag): Version {
	const [stored = "", ...writes] = etag.split(" ");
	return { stored, writes: writes.map((id) => (id === UNNAMED ? "" : id)) };
}

/** The version that an answer tells of. */
export function answered(etag: string | undefined, metadata: { readonly [name: string]: string } | undefined): Version {
	const text = metadata?.[WRITES] ?? "";
	const ids = text === "" ? [] : text.split(" ");
	const isOurs = ids.every((id) => id === UNNAMED || ID.test(id));
	return { stored: bare(etag ?? ""), writes: isOurs ? ids.map((id) => (id === UNNAMED ? "" : id)) : [] };
}

/** Without the quotes of a strong entity tag; a weak one stays as it is, and names no version. */
export function bare(etag: string): string {
	return /^"[^"]*"$/.test(etag) ? etag.slice(1, -1) : etag.replaceAll(" ", "");
}

/** The ids of a version that is written: its own first, then those of the version that it replaces on condition. */
export function writesOf(writeId: string | undefined, replaced: Etag | undefined): readonly string[] {
	const before = replaced === undefined ? [] : versionOf(replaced).writes;
	if (writeId === undefined && before.length === 0) return [];
	return [writeId ?? "", ...before].slice(0, KEPT);
}

/** What is stored of them; undefined where there are none. */
export function metadataOf(writes: readonly string[]): Record<string, string> {
	return writes.length === 0 ? {} : { [WRITES]: writes.map((id) => id || UNNAMED).join(" ") };
}
