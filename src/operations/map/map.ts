import { encodeChunk, putChunk } from "../../chunk-write.js";
import type { CallOptions, Job } from "../../engine.js";
import { aborted, isStoreError, StoreError } from "../../errors.js";
import {
	type BlockContext,
	type Kernel,
	type KernelFunction,
	type KernelResult,
	type LoadedKernel,
	loadKernel,
} from "../../kernel.js";
import { planWhole, wholeRegion } from "../../selection/plan.js";
import type { StridedView } from "../../selection/region.js";
import { chunkSizes, type StoredArray } from "../../stored-array.js";
import { toView } from "../../values/input.js";
import type { NdArray } from "../../values/nd-array.js";
import { BlockReader, type Blocks, boxOf } from "../blocks/block-reader.js";
import { runCaching } from "../blocks/caching.js";
import type { CacheRoom } from "../blocks/chunk-cache.js";
import type { Runtime } from "../runtime.js";

/** A map: the source, the further inputs in the order of `inputs`, then the output. */
export interface MapDescription {
	readonly kernel: Kernel | KernelFunction;
	/** Names of the further inputs. */
	readonly inputs: readonly string[];
	readonly blocks: Blocks;
	/** Numbers of the chunks of the output to make; undefined for all. */
	readonly chunks?: Float64Array | undefined;
	/** For the decoded chunks of each input, to be kept for the next blocks. */
	readonly caches: readonly CacheRoom[];
}

/** Runs a kernel once per chunk of the output and stores what it returns. */
export async function mapChunks(
	runtime: Runtime,
	arrays: readonly StoredArray[],
	description: Omit<MapDescription, "caches">,
	options: CallOptions,
): Promise<void> {
	const makeJob = (caches: readonly CacheRoom[]): Promise<Job> => mapJob(arrays, { ...description, caches });
	await runCaching(runtime, arrays.slice(0, -1), makeJob, options);
}

/** One task per chunk of the output: read a block, call the kernel, encode. Stored by the caller. */
export async function mapJob(
	arrays: readonly StoredArray[],
	description: MapDescription,
): Promise<Job<Uint8Array | undefined>> {
	const output = arrays.at(-1) as StoredArray;
	const work = { ...description, output, kernel: await loadKernel(description.kernel) };
	const readers = makeReaders(arrays, description);
	const plan = planWhole(output.metadata.shape, output.metadata.grid);
	const { chunks } = description;
	const coordsOf = (n: number): number[] => plan.coords(chunks?.[n] ?? n);
	const overlaps = description.blocks.halo.some((width) => width > 0);
	const sizeOf = chunkSizes(output);
	const cost = 2 * output.chunkBytes + readers.all.reduce((bytes, reader) => bytes + reader.blockBytes(output), 0);
	return {
		sharing: "tasks",
		count: chunks?.length ?? plan.count,
		spec: { operation: "map", stores: true, storesFreely: true, overlaps, arrays, description, chunk: coordsOf },
		cost: () => cost,
		weigh: sizeOf && ((n) => sizeOf(coordsOf(n))),
		run: (n, signal) => mapChunk(work, readers, coordsOf(n), signal),
		settle: (n, bytes, signal) => putChunk(output, coordsOf(n), bytes, signal),
	};
}

interface MapWork {
	readonly output: StoredArray;
	readonly kernel: LoadedKernel;
	readonly blocks: Blocks;
}

interface Readers {
	readonly source: BlockReader;
	readonly inputs: { readonly [name: string]: BlockReader };
	readonly all: readonly BlockReader[];
}

function makeReaders(arrays: readonly StoredArray[], { inputs, blocks, caches }: MapDescription): Readers {
	const all = arrays.slice(0, -1).map((array, i) => new BlockReader(array, blocks, caches[i] as CacheRoom));
	const named = inputs.map((name, i) => [name, all[i + 1] as BlockReader] as const);
	return { source: all[0] as BlockReader, inputs: Object.fromEntries(named), all };
}

async function mapChunk(
	work: MapWork,
	readers: Readers,
	coords: readonly number[],
	signal: AbortSignal,
): Promise<Uint8Array | undefined> {
	const { output, kernel, blocks } = work;
	const box = boxOf(output, coords);
	const block = await readers.source.read(box, signal);
	const inputs: { [name: string]: NdArray } = {};
	for (const [name, reader] of Object.entries(readers.inputs)) inputs[name] = await reader.read(box, signal);
	const ctx = { coords, ...box, halo: blocks.halo, datasetShape: output.metadata.shape, inputs };
	const source = await runKernel(output, () => kernel(block, ctx), ctx, signal);
	return encodeChunk(output, coords, { region: wholeRegion(box.shape), source });
}

/**
 * Calls a kernel and checks what it returns.
 * @throws StoreError KERNEL_FAILED naming the chunk, with the kernel's own error as `cause`
 */
export async function runKernel(
	output: StoredArray,
	call: () => KernelResult | Promise<KernelResult>,
	ctx: Pick<BlockContext, "coords" | "shape">,
	signal: AbortSignal | undefined,
): Promise<StridedView> {
	const { coords, shape } = ctx;
	const { dtype } = output.spec;
	const result = await callKernel(output, call, coords, signal);
	const expected = dtype.components === 1 ? shape : [...shape, dtype.components];
	const got = (result as Partial<NdArray> | undefined)?.shape;
	if (got === undefined)
		throw kernelFailed(output, coords, "it returned no array: return an ndarray or { data, shape }");
	if (got.length !== expected.length || expected.some((length, d) => got[d] !== length)) {
		const shapes = `shape [${got.join(", ")}], [${expected.join(", ")}] is needed`;
		throw kernelFailed(output, coords, `it returned ${shapes} (ctx.shape, without the halo)`);
	}
	try {
		return toView(result, dtype);
	} catch (error) {
		throw kernelFailed(output, coords, messageOf(error), error);
	}
}

/**
 * Calls a kernel. When `signal` is aborted it is not waited for any longer.
 * @throws StoreError KERNEL_FAILED naming the chunk, with the kernel's own error as `cause`
 */
export async function callKernel<T>(
	array: StoredArray,
	call: () => T | Promise<T>,
	coords: readonly number[],
	signal: AbortSignal | undefined,
): Promise<T> {
	// Where it was aborted while the block was read: a kernel that never gives way would not let this thread hear of it any more.
	if (signal?.aborted) throw aborted(signal);
	try {
		return await unlessAborted(call(), signal);
	} catch (error) {
		if (signal?.aborted || isStoreError(error, "KERNEL_FAILED")) throw error;
		throw kernelFailed(array, coords, messageOf(error), error);
	}
}

export function kernelFailed(
	{ name }: StoredArray,
	coords: readonly number[],
	message: string,
	cause?: unknown,
): StoreError {
	const where = `chunk [${coords.join(", ")}] of ${JSON.stringify(name)}`;
	const context = { cause, chunk: [...coords], dataset: name };
	return new StoreError("KERNEL_FAILED", `the kernel failed on ${where}: ${message}`, context);
}

/** Settles as `work` does, or when the signal is aborted, whichever is earlier. */
function unlessAborted<T>(work: T | Promise<T>, signal: AbortSignal | undefined): T | Promise<T> {
	if (!(work instanceof Promise) || signal === undefined) return work;
	return new Promise((resolve, reject) => {
		const stop = (): void => reject(aborted(signal));
		// It may have been aborted while the block was read, which no listener hears of any more.
		if (signal.aborted) stop();
		signal.addEventListener("abort", stop, { once: true });
		work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
	});
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
