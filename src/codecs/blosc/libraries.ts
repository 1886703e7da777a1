import type { MaybePromise } from "../codec.js";
import type { Gzip } from "../gzip/library.js";
import type { Lz4 } from "../lz4/library.js";
import type { Zstd } from "../zstd/library.js";

/** What the streams within a chunk are decompressed by, and most of them compressed; each is loaded by the first that needs it. */
export interface BloscLibraries {
	readonly lz4: () => MaybePromise<Lz4>;
	readonly zstd: () => MaybePromise<Zstd>;
	readonly zlib: () => MaybePromise<Gzip>;
}
