/** What is compressed by blosc's own module (`wasm.ts`), known without loading it. */

/** Compressors that exist only there. */
export function needsModule(cname: string): boolean {
	return cname === "blosclz" || cname === "lz4hc" || cname === "snappy";
}

interface Range {
	readonly least: number;
	readonly most: number;
}

/** Bytes of parts that it compresses four at a time. */
export const MODULE_PARTS: Range = { least: 16 * 1024, most: 64 * 1024 };

/** It takes less than four such parts in one. */
const MOST_IN_ONE = 4 * MODULE_PARTS.most;

/** Bytes of blocks of so many parts, so that also a shorter last block, which is not cut, is not too much for it. */
export function moduleBlocks(parts: number): Range {
	return { least: parts * MODULE_PARTS.least, most: Math.min(parts * MODULE_PARTS.most, MOST_IN_ONE) };
}
