import type { Allocate, EncodedSize, MaybePromise } from "../codec.js";

export interface ZstdSettings {
	/** −131072 (fastest) to 22 (smallest); 0 is the library's default. */
	readonly level: number;
	/** Adds a checksum to the frame. */
	readonly checksum: boolean;
}

/** Something that compresses as RFC 8878 says. */
export interface Zstd {
	/** One frame that tells its content size, in memory of its own. */
	compress(bytes: Uint8Array, settings: ZstdSettings): MaybePromise<Uint8Array>;
	/**
	 * Any number of frames, with and without content size. Verifies checksums where there are any, and stops beyond `size.limit`.
	 *
	 * @param allocate where the result goes, where the library can be told
	 * @throws StoreError CORRUPT
	 */
	decompress(bytes: Uint8Array, size: EncodedSize, allocate?: Allocate): MaybePromise<Uint8Array>;
}
