import { chunkStart } from "../../selection/grid.js";
import { planWhole } from "../../selection/plan.js";
import type { StoredArray } from "../../stored-array.js";
import { storedChunks } from "../resize.js";

/**
 * Where an interrupted load goes on: at a row of chunks. Rows of chunks are written in their order, but for those that one slab fills
 * whole, of which some chunks may be missing; so everything before the last one that was begun is done, unless a chunk is missing.
 */
export async function firstUnfinishedRow(array: StoredArray, signal: AbortSignal | undefined): Promise<number> {
	const { shape, grid } = array.metadata;
	const chunksPerRow = planWhole(shape.slice(1), grid.slice(1)).count;
	const stored = new Map<number, number>();
	let last = 0;
	for await (const [row = 0] of storedChunks(array, signal)) {
		stored.set(row, (stored.get(row) ?? 0) + 1);
		last = Math.max(last, row);
	}
	let row = 0;
	while (row < last && stored.get(row) === chunksPerRow) row++;
	return chunkStart(grid[0] ?? 1, row);
}
