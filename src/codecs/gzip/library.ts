import type { EncodedSize, MaybePromise } from "../codec.js";

/** Something that compresses as RFC 1952 says. */
export interface Gzip {
	/** @param level 0 (stored) to 9 (smallest) */
	compress(bytes: Uint8Array, level: number): MaybePromise<Uint8Array>;
	/**
	 * Verifies checksums, and stops beyond `size.limit`.
	 *
	 * @throws StoreError CORRUPT
	 */
	decompress(bytes: Uint8Array, size: EncodedSize): MaybePromise<Uint8Array>;
}
