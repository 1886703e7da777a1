/** Which chunks of an array are stored, by their numbers in row-major order. */
import type { Backend } from "../backend.js";
import { giveWay } from "../engine.js";
import { parseChunkKey } from "../format/chunk-keys.js";
import type { ArrayMetadata } from "../format/metadata.js";
import { chunkPrefix } from "../format/names.js";
import { gridShape } from "../selection/grid.js";

interface Named {
	readonly backend: Backend;
	readonly name: string;
	readonly metadata: ArrayMetadata;
}

/** The number of the chunk of a key; undefined for what is no chunk of the grid. */
export function chunkNumbers({ name, metadata }: Omit<Named, "backend">): (key: string) => number | undefined {
	const { shape, grid, chunkKeyEncoding } = metadata;
	const lengths = gridShape(grid, shape);
	const prefix = chunkPrefix(name);
	return (key) => {
		const coords = parseChunkKey(key, prefix, chunkKeyEncoding, shape.length);
		if (coords?.every((c, d) => c < (lengths[d] as number)) !== true) return undefined;
		return coords.reduce((number, c, d) => number * (lengths[d] as number) + c, 0);
	};
}

/** The numbers of the stored chunks of the grid, in no particular order. */
export async function* storedNumbers(
	array: Named,
	signal: AbortSignal | undefined,
): AsyncGenerator<number, void, undefined> {
	const numberOf = chunkNumbers(array);
	for await (const { key } of array.backend.list(chunkPrefix(array.name), { signal })) {
		await giveWay();
		const number = numberOf(key);
		if (number !== undefined) yield number;
	}
}

/** Whether any chunk of the grid is stored. */
export async function hasStoredChunk(array: Named, signal: AbortSignal | undefined): Promise<boolean> {
	for await (const _ of storedNumbers(array, signal)) return true;
	return false;
}
