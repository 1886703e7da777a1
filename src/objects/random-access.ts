import type { Etag } from "../backend.js";
import type { CallOptions } from "../engine.js";
import type { Session } from "../session.js";
import { ObjectVersion } from "./object-version.js";
import { ownCopy } from "./read-object.js";

/**
 * An object read here and there, as readers of Parquet, Arrow or Zip files want it. All of it is of one version: a read after the object
 * was replaced or deleted rejects with CONFLICT. Nothing is held open, so there is nothing to close.
 */
export interface RandomAccess {
	/** Bytes. */
	readonly byteLength: number;
	readonly etag: Etag;
	/**
	 * Bytes `start` to `end`, as `ArrayBuffer.prototype.slice` counts: negatives from the end, cut at both ends. One request, none for no bytes.
	 * @throws StoreError CONFLICT, UNAVAILABLE where too little came, TOO_LARGE beyond 4 GiB
	 */
	slice(start?: number, end?: number, options?: Pick<CallOptions, "signal">): Promise<ArrayBuffer>;
}

/** @returns undefined where there is no such object */
export async function openRandomAccess(
	session: Session,
	key: string,
	options: Pick<CallOptions, "signal">,
): Promise<RandomAccess | undefined> {
	const info = await session.call(options, ({ signal }) => session.backend.head(key, { signal }));
	if (info === undefined) return undefined;
	const version = new ObjectVersion(session, key, info);
	const { size, etag } = version;
	return {
		byteLength: size,
		etag,
		async slice(start = 0, end = size, call = {}) {
			return ownCopy(await version.read(placeOf(start, size), placeOf(end, size), call)).buffer;
		},
	};
}

/** Whole numbers within 0 to `size`, as ECMAScript's relative indices. */
function placeOf(index: number, size: number): number {
	const whole = Math.trunc(index) || 0;
	return whole < 0 ? Math.max(0, size + whole) : Math.min(whole, size);
}
