import type { Backend } from "../../src/backend.js";
import { giveWay } from "../../src/engine.js";
import { parseChunkKey } from "../../src/format/chunk-keys.js";
import type { ArrayMetadata } from "../../src/format/metadata.js";
import { chunkPrefix } from "../../src/format/names.js";
import { chunkShapeAt, gridShape } from "../../src/selection/grid.js";

/** What a dataset takes on the store. */
export interface Stored {
	readonly chunks: number;
	/** Bytes of these, as they are encoded. */
	readonly bytes: number;
	/** The same, decoded. */
	readonly decodedBytes: number;
}

/** Counts the stored chunks of a dataset's grid by listing them; undefined where the store cannot list. */
export async function countStored(
	backend: Backend,
	{ name, array }: { readonly name: string; readonly array: ArrayMetadata },
	signal: AbortSignal,
): Promise<Stored | undefined> {
	if (!backend.supports.list) return undefined;
	const prefix = chunkPrefix(name);
	const grid = gridShape(array.grid, array.shape);
	let [chunks, bytes, decodedBytes] = [0, 0, 0];
	for await (const entry of backend.list(prefix, { signal })) {
		await giveWay();
		if (entry.kind !== "object") continue;
		const coords = parseChunkKey(entry.key, prefix, array.chunkKeyEncoding, array.shape.length);
		if (coords?.every((c, d) => c < (grid[d] as number)) !== true) continue;
		chunks++;
		bytes += entry.size;
		decodedBytes += chunkShapeAt(array.grid, coords).reduce((n, length) => n * length, array.dtype.itemSize);
	}
	return { chunks, bytes, decodedBytes };
}
