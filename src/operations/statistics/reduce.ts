import type { CallOptions, Job } from "../../engine.js";
import { StoreError } from "../../errors.js";
import type { DType, NumericName } from "../../format/data-types.js";
import { type BlockContext, type Kernel, type KernelFunction, loadKernel } from "../../kernel.js";
import { planWhole } from "../../selection/plan.js";
import { isNdArray } from "../../selection/selection.js";
import type { StoredArray } from "../../stored-array.js";
import type { NdArray } from "../../values/nd-array.js";
import { fromPortable, type Portable, portable } from "../../values/portable.js";
import { BlockReader, type Blocks, boxOf } from "../blocks/block-reader.js";
import { runCaching } from "../blocks/caching.js";
import type { CacheRoom } from "../blocks/chunk-cache.js";
import { callKernel, kernelFailed } from "../map/map.js";
import type { BlockOptions } from "../map/map-options.js";
import type { Runtime } from "../runtime.js";
import { InOrder } from "./in-order.js";

/** Where a partial result comes from. */
export type PartialContext = Omit<BlockContext, "inputs">;

/** A kernel that makes any cloneable value of one block. The block is its own copy. */
export type ReduceFunction<D extends DType = NumericName, Partial = unknown> = (
	block: NdArray<D>,
	parameters: never,
	ctx: BlockContext,
) => Partial | Promise<Partial>;

/** Takes the partial result of one chunk into what was accumulated so far. */
export type Combine<Total, Partial> = (
	accumulated: Total,
	partial: Partial,
	ctx: PartialContext,
) => Total | Promise<Total>;

export interface ReduceOptions<Total = unknown> extends BlockOptions, CallOptions {
	/** What the first partial result is combined with; left out, the first partial result is what is accumulated. */
	readonly initial?: Total | undefined;
}

interface ReduceDescription {
	readonly kernel: Kernel | KernelFunction;
	readonly blocks: Blocks;
	/** For decoded chunks, to be kept for the next blocks. */
	readonly cache: CacheRoom;
}

/**
 * Runs a kernel once per chunk and combines what it returns, in this thread and in C order of the chunk coordinates.
 * @throws StoreError INVALID_ARGUMENT where there is no chunk and no initial value
 */
export async function reduceChunks<Total, Partial>(
	runtime: Runtime,
	array: StoredArray,
	work: Pick<ReduceDescription, "kernel" | "blocks"> & { readonly combine: Combine<Total, Partial> },
	options: ReduceOptions<Total>,
): Promise<Total> {
	const { combine, ...description } = work;
	const { coords } = chunksOf(array);
	let total = options.initial as Total;
	let isFirst = options.initial === undefined;
	const order = new InOrder<Portable>(async (n, travelled) => {
		const partial = fromPortable(travelled) as Partial;
		total = isFirst ? (partial as unknown as Total) : await combine(total, partial, contextOf(work, array, coords(n)));
		isFirst = false;
	}, 0);
	const settle = (n: number, partial: Portable, signal: AbortSignal): Promise<void> => order.settle(n, partial, signal);
	const makeJob = async ([cache]: readonly CacheRoom[]): Promise<Job> =>
		({ ...(await reduceJob([array], { ...description, cache: cache as CacheRoom })), settle }) as Job;
	await runCaching(runtime, [array], makeJob, options);
	if (!isFirst) return total;
	throw new StoreError(
		"INVALID_ARGUMENT",
		`${JSON.stringify(array.name)} is empty: reduce needs an initial value then`,
	);
}

/** One task per chunk: read a block, call the kernel. */
export async function reduceJob(
	arrays: readonly StoredArray[],
	description: ReduceDescription,
): Promise<Job<Portable>> {
	const array = arrays[0] as StoredArray;
	const kernel = await loadKernel(description.kernel);
	const reader = new BlockReader(array, description.blocks, description.cache);
	const plan = chunksOf(array);
	const cost = 2 * array.chunkBytes + reader.blockBytes(array);
	return {
		count: plan.count,
		sharing: "results",
		spec: { operation: "reduce", arrays, description, chunk: plan.coords },
		cost: () => cost,
		async run(n, signal) {
			const ctx = { ...contextOf(description, array, plan.coords(n)), inputs: {} };
			const block = await reader.read(ctx, signal);
			const partial = await callKernel<unknown>(array, () => kernel(block, ctx), ctx.coords, signal);
			return pack(partial, array, ctx.coords);
		},
		settle: () => undefined,
	};
}

function chunksOf({ metadata }: StoredArray): { readonly count: number; coords(n: number): number[] } {
	return planWhole(metadata.shape, metadata.grid);
}

function contextOf(
	{ blocks }: Pick<ReduceDescription, "blocks">,
	array: StoredArray,
	coords: number[],
): PartialContext {
	return { coords, ...boxOf(array, coords), halo: blocks.halo, datasetShape: array.metadata.shape };
}

/**
 * Copied on every engine, and not only where it must travel, so that `combine` sees the same everywhere.
 * @throws StoreError KERNEL_FAILED where it cannot be copied
 */
function pack(partial: unknown, array: StoredArray, coords: readonly number[]): Portable {
	if (isNdArray(partial)) return portable(partial);
	if (typeof partial !== "object" && typeof partial !== "function" && typeof partial !== "symbol")
		return { value: partial };
	try {
		return { value: structuredClone(partial) };
	} catch (cause) {
		const advice = "return numbers, typed arrays, ndarrays, and plain objects of these";
		throw kernelFailed(array, coords, `what it returned cannot be copied to the caller: ${advice}`, cause);
	}
}
