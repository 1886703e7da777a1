import type { Write } from "../backend.js";
import type { Edit } from "../chunk-edit.js";
import { editChunk, mergeEdits, requireCompareAndSwap, storeEdited } from "../chunk-write.js";
import type { ChunkData } from "../codecs/codec.js";
import { type CallOptions, type Job, type JobSpec, runJob } from "../engine.js";
import { type BlockContext, type Kernel, type KernelFunction, type LoadedKernel, loadKernel } from "../kernel.js";
import { chunkOrigin } from "../selection/grid.js";
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
	work: Kernel | KernelFunction,
	options: CallOptions,
): Promise<void> {
	const kernel = await loadKernel(work);
	const plan = planWhole(array.metadata.shape, array.metadata.grid);
	const { backend } = array;
	const edit = (n: number, signal: AbortSignal): Edit => kernelEdit({ array, kernel, signal }, plan.coords(n));
	if (!array.singleWriter) await requireCompareAndSwap(backend);
	// Without compare-and-swap only the chunk's own lane, here, keeps other writers of this process away.
	const isPortable = backend.supports.compareAndSwap === true;
	const spec: JobSpec = { operation: "apply", arrays: [array], description: { kernel: work }, chunk: plan.coords };
	const job: Job<Write | undefined> = {
		count: plan.count,
		sharing: "tasks",
		spec: isPortable ? spec : undefined,
		cost: () => 4 * array.chunkBytes,
		async run(n, signal) {
			await editChunk(array, plan.coords(n), edit(n, signal), signal);
			return undefined;
		},
		settle: (n, write, signal) =>
			write && storeEdited({ array, coords: plan.coords(n), write }, edit(n, signal), signal),
	};
	await runJob(runtime.engine, job, runtime.limits, options);
}

/** One task per chunk: read it, run the kernel, encode. Stored by the caller, if nobody changed the chunk meanwhile. */
export async function applyJob(
	arrays: readonly StoredArray[],
	description: { readonly kernel: Kernel | KernelFunction },
): Promise<Job<Write>> {
	const array = arrays[0] as StoredArray;
	const kernel = await loadKernel(description.kernel);
	const plan = planWhole(array.metadata.shape, array.metadata.grid);
	return {
		count: plan.count,
		spec: undefined,
		cost: () => 4 * array.chunkBytes,
		run(n, signal) {
			const coords = plan.coords(n);
			return mergeEdits(array, coords, [kernelEdit({ array, kernel, signal }, coords)]);
		},
		settle: () => undefined,
	};
}

interface ApplyJob {
	readonly array: StoredArray;
	readonly kernel: LoadedKernel;
	readonly signal: AbortSignal;
}

function kernelEdit({ array, kernel, signal }: ApplyJob, coords: readonly number[]): Edit {
	const { dtype } = array.spec;
	const shape = validShape(array, coords);
	const region = wholeRegion(shape);
	const ctx: BlockContext = {
		coords,
		origin: chunkOrigin(array.metadata.grid, coords),
		shape,
		halo: shape.map(() => 0),
		datasetShape: array.metadata.shape,
		inputs: {},
	};
	return {
		async change(chunk) {
			const block = contiguousCopy(array, chunk, shape);
			const result = await runKernel(array, () => kernel(block, ctx), ctx, signal);
			scatter(result, region, chunk, dtype.components);
		},
	};
}

/** The valid part of a chunk as an array of its own. */
function contiguousCopy(array: StoredArray, chunk: ChunkData, shape: readonly number[]): NdArray {
	const { dtype } = array.spec;
	const whole = newChunk({ ...array.spec, shape });
	gather(chunk, wholeRegion(shape), whole, dtype.components);
	return ndArray(whole.data as never, dtype.components === 1 ? [...shape] : [...shape, dtype.components]);
}
