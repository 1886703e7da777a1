import type { Write } from "../../backend.js";
import type { Edit } from "../../chunk-edit.js";
import { editChunk, mergeEdits, storeEdited } from "../../chunk-write.js";
import type { ChunkData } from "../../codecs/codec.js";
import { type CallOptions, type Job, runJob } from "../../engine.js";
import { isStoreError } from "../../errors.js";
import { type BlockContext, type Kernel, type KernelFunction, type LoadedKernel, loadKernel } from "../../kernel.js";
import { chunkOrigin } from "../../selection/grid.js";
import { planWhole, wholeRegion } from "../../selection/plan.js";
import { gather, scatter } from "../../selection/region.js";
import { chunkSizes, newChunk, type StoredArray, validShape } from "../../stored-array.js";
import { type NdArray, ndArray } from "../../values/nd-array.js";
import { callOf } from "../../world.js";
import { runKernel } from "../map/map.js";
import type { Runtime } from "../runtime.js";
import { ChunkRecords, type OnChanged } from "./chunk-records.js";
import type { LedgerReference } from "./ledger.js";

export interface ApplyDescription {
	readonly kernel: Kernel | KernelFunction;
	readonly ledger: LedgerReference;
	/** Numbers of the chunks to change; undefined for all. */
	readonly chunks: Float64Array | undefined;
	/** Those among them of which there may be a record, so that it has to be looked whether they are changed already; undefined for any. */
	readonly begun: Float64Array | undefined;
	readonly onChanged: OnChanged;
}

/** Replaces chunks by what the kernel makes of them, each once, whatever was done to it under this ledger before. */
export async function applyToChunks(
	runtime: Runtime,
	array: StoredArray,
	description: ApplyDescription,
	options: CallOptions,
): Promise<void> {
	const records = new ChunkRecords(array, description.ledger, {
		onChanged: description.onChanged,
		strict: callOf(options.signal) !== undefined,
	});
	const job = await jobOf({ array, records }, description);
	try {
		// Without compare-and-swap only the chunk's own lane, here, keeps other writers of this process away.
		const isPortable = array.backend.supports.compareAndSwap === true;
		await runJob<Write | undefined>(runtime.engine, isPortable ? job : inLanes(job), runtime.limits, options);
	} catch (error) {
		await records.flush().catch(() => {});
		throw error;
	}
}

/**
 * One task per chunk: read it, run the kernel, encode. It is stored, with its record, by whoever settles the task, if nobody changed it meanwhile. Where
 * that is not the caller, tasks may be begun again while the first attempt still runs.
 */
export function applyJob(
	arrays: readonly StoredArray[],
	description: ApplyDescription,
): Promise<Job<Write | undefined>> {
	const array = arrays[0] as StoredArray;
	const records = new ChunkRecords(array, description.ledger, { onChanged: description.onChanged, strict: true });
	return jobOf({ array, records }, description);
}

/** Bytes that the change of one chunk holds. */
export function applyCost({ chunkBytes }: StoredArray): number {
	return 4 * chunkBytes;
}

interface Target {
	readonly array: StoredArray;
	readonly records: ChunkRecords;
}

interface ApplyJob extends Job<Write | undefined> {
	/** Does a task as a whole, in the lane of its chunk. */
	inLane(n: number, signal: AbortSignal): Promise<undefined>;
}

async function jobOf({ array, records }: Target, description: ApplyDescription): Promise<ApplyJob> {
	const { chunks } = description;
	const kernel = await loadKernel(description.kernel);
	const plan = planWhole(array.metadata.shape, array.metadata.grid);
	const sizeOf = chunkSizes(array);
	const begun = description.begun && new Set(description.begun);
	const place = (n: number): Place => {
		const number = chunks?.[n] ?? n;
		return { number, coords: plan.coords(number) };
	};
	const editOf = ({ number, coords }: Place, signal: AbortSignal): Edit => ({
		...kernelEdit({ array, kernel, signal }, coords),
		store: (write) => records.store(number, coords, write),
	});
	const isDone = async ({ number, coords }: Place): Promise<boolean> =>
		(begun === undefined || begun.has(number)) && records.isDone(number, coords);
	return {
		count: chunks?.length ?? plan.count,
		sharing: "tasks",
		spec: { operation: "apply", stores: true, arrays: [array], description, chunk: (n) => place(n).coords },
		cost: () => applyCost(array),
		weigh: sizeOf && ((n) => sizeOf(place(n).coords)),
		async run(n, signal) {
			const at = place(n);
			if (await isDone(at)) return undefined;
			try {
				return await mergeEdits(array, at.coords, [kernelEdit({ array, kernel, signal }, at.coords)]);
			} catch (error) {
				// A kernel may fail on what it has made, if another attempt at the same task was faster.
				if (isStoreError(error, "KERNEL_FAILED") && (await isMadeElsewhere(records, at))) return undefined;
				throw error;
			}
		},
		settle(n, write, signal) {
			const at = place(n);
			if (write === undefined) return records.noteDone(at.number);
			return storeEdited({ array, coords: at.coords, write }, editOf(at, signal), signal);
		},
		async inLane(n, signal) {
			const at = place(n);
			if (!(await isDone(at))) await editChunk(array, at.coords, editOf(at, signal), signal);
			return undefined;
		},
	};
}

function inLanes(job: ApplyJob): Job<Write | undefined> {
	return { ...job, spec: undefined, run: job.inLane, settle: () => undefined };
}

interface Place {
	/** Of the chunk, in row-major order. */
	readonly number: number;
	readonly coords: readonly number[];
}

async function isMadeElsewhere(records: ChunkRecords, { number, coords }: Place): Promise<boolean> {
	try {
		return await records.isDone(number, coords);
	} catch {
		return false;
	}
}

interface KernelRun {
	readonly array: StoredArray;
	readonly kernel: LoadedKernel;
	readonly signal: AbortSignal;
}

function kernelEdit({ array, kernel, signal }: KernelRun, coords: readonly number[]): Edit {
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
