import type { CallOptions } from "../../engine.js";
import { StoreError } from "../../errors.js";
import type { DType, NumericName } from "../../format/data-types.js";
import { type ChunkGrid, chunkOrigin, chunkShapeAt } from "../../selection/grid.js";
import { planWhole } from "../../selection/plan.js";
import type { NormalSelection } from "../../selection/selection.js";
import type { StoredArray } from "../../stored-array.js";
import type { NdArray } from "../../values/nd-array.js";

export interface BlocksOptions extends CallOptions {
	/** Shape of the blocks, those at the far borders being smaller; by default one chunk each. */
	readonly shape?: readonly number[] | undefined;
}

/** One block of an array: all blocks together are the array, in row-major order. */
export interface Block<D extends DType = NumericName> {
	/** Index of its first element. */
	readonly origin: readonly number[];
	readonly shape: readonly number[];
	readonly values: NdArray<D>;
}

/** Reads an array block by block, the next one while the caller works on the last: two blocks are in memory at once. */
export async function* readBlocks(
	array: StoredArray,
	options: BlocksOptions,
	read: (selection: NormalSelection) => Promise<NdArray>,
): AsyncGenerator<Block, void, undefined> {
	const { shape } = array.metadata;
	if (options.shape !== undefined) checkBlockShape(options.shape, shape.length);
	const blocks: ChunkGrid = options.shape ?? array.metadata.grid;
	const grid = planWhole(shape, blocks);
	const readBlock = async (n: number): Promise<Block> => {
		const coords = grid.coords(n);
		const origin = chunkOrigin(blocks, coords);
		const selection = boxSelection(origin, chunkShapeAt(blocks, coords), shape);
		return { origin, shape: selection.shape, values: await read(selection) };
	};
	let next = grid.count > 0 ? readBlock(0) : undefined;
	for (let n = 0; next !== undefined; n++) {
		const block = await next;
		next = n + 1 < grid.count ? readBlock(n + 1) : undefined;
		// Whoever stops iterating never awaits the block that was read ahead.
		next?.catch(() => {});
		options.onProgress?.({ done: n + 1, total: grid.count, bytes: (n + 1) * array.chunkBytes });
		yield block;
	}
}

function checkBlockShape(shape: readonly number[], rank: number): void {
	if (shape.length === rank && shape.every((length) => Number.isSafeInteger(length) && length >= 1)) return;
	throw new StoreError("INVALID_ARGUMENT", `a block shape holds ${rank} whole numbers ≥ 1, not [${shape.join(", ")}]`);
}

/** The box that begins at `origin`, cut at the array's border. */
function boxSelection(origin: readonly number[], box: readonly number[], shape: readonly number[]): NormalSelection {
	const counts = origin.map((start, d) => Math.min(box[d] as number, (shape[d] as number) - start));
	return {
		axes: origin.map((start, d) => ({ kind: "range", start, step: 1, count: counts[d] as number })),
		shape: counts,
		resultAxis: origin.map((_, d) => d),
	};
}
