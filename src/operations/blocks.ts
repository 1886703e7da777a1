import type { CallOptions } from "../engine.js";
import { StoreError } from "../errors.js";
import type { DType, NumericName } from "../format/data-types.js";
import { planWhole } from "../selection/plan.js";
import type { NormalSelection } from "../selection/selection.js";
import type { StoredArray } from "../stored-array.js";
import type { NdArray } from "../values/nd-array.js";

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
	const { shape, chunkShape } = array.metadata;
	const blockShape = options.shape ?? chunkShape;
	if (blockShape.length !== shape.length || blockShape.some((length) => !Number.isSafeInteger(length) || length < 1))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`a block shape holds ${shape.length} whole numbers ≥ 1, not [${blockShape.join(", ")}]`,
		);
	const grid = planWhole(shape, blockShape);
	const readBlock = async (n: number): Promise<Block> => {
		const origin = grid.coords(n).map((c, d) => c * (blockShape[d] as number));
		const selection = boxSelection(origin, blockShape, shape);
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

/** The box that begins at `origin`, cut at the array's border. */
function boxSelection(origin: readonly number[], box: readonly number[], shape: readonly number[]): NormalSelection {
	const counts = origin.map((start, d) => Math.min(box[d] as number, (shape[d] as number) - start));
	return {
		axes: origin.map((start, d) => ({ kind: "range", start, step: 1, count: counts[d] as number })),
		shape: counts,
		resultAxis: origin.map((_, d) => d),
	};
}
