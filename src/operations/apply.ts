import { type Edit, editChunk } from "../chunk-write.js";
import type { ChunkData } from "../codecs/codec.js";
import { type CallOptions, type Job, runJob } from "../engine.js";
import type { BlockContext, LoadedKernel } from "../kernel.js";
import { planWhole, wholeRegion } from "../selection/plan.js";
import { gather, scatter } from "../selection/region.js";
import { newChunk, type StoredArray, validShape } from "../stored-array.js";
import { type NdArray, ndArray } from "../values/nd-array.js";
import { runKernel } from "./map.js";
import type { Runtime } from "./runtime.js";

/** Replaces every chunk by what the kernel makes of it, each in one read-modify-write. */
export async function applyInPlace(
	runtime: Runtime,
	array: StoredArray,
	kernel: LoadedKernel,
	options: CallOptions,
): Promise<void> {
	const plan = planWhole(array.metadata.shape, array.metadata.chunkShape);
	const job: Job<void> = {
		count: plan.count,
		spec: undefined,
		cost: () => 4 * array.chunkBytes,
		run: (n, signal) => editChunk(array, plan.coords(n), kernelEdit({ array, kernel, signal }, plan.coords(n)), signal),
		settle: () => undefined,
	};
	await runJob(runtime.engine, job, runtime.limits, options);
}

interface ApplyJob {
	readonly array: StoredArray;
	readonly kernel: LoadedKernel;
	readonly signal: AbortSignal;
}

function kernelEdit({ array, kernel, signal }: ApplyJob, coords: readonly number[]): Edit {
	const { dtype, shape: chunkShape } = array.spec;
	const shape = validShape(array, coords);
	const region = wholeRegion(shape);
	const ctx: BlockContext = {
		coords,
		origin: coords.map((c, d) => c * (chunkShape[d] as number)),
		shape,
		halo: shape.map(() => 0),
		datasetShape: array.metadata.shape,
		inputs: {},
	};
	return async (chunk) => {
		const block = contiguousCopy(array, chunk, shape);
		const result = await runKernel(array, () => kernel(block, ctx), ctx, signal);
		scatter(result, region, chunk, dtype.components);
	};
}

/** The valid part of a chunk as an array of its own. */
function contiguousCopy(array: StoredArray, chunk: ChunkData, shape: readonly number[]): NdArray {
	const { dtype } = array.spec;
	const whole = newChunk({ ...array, spec: { ...array.spec, shape } });
	gather(chunk, wholeRegion(shape), whole, dtype.components);
	return ndArray(whole.data as never, dtype.components === 1 ? [...shape] : [...shape, dtype.components]);
}
