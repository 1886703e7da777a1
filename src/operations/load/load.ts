import { encodeChunk, putChunk } from "../../chunk-write.js";
import type { CallOptions, Job } from "../../engine.js";
import { StoreError } from "../../errors.js";
import type { DataType } from "../../format/data-types.js";
import { chunkOrigin } from "../../selection/grid.js";
import { narrowSelection } from "../../selection/narrow.js";
import { planSelection, planWhole, type Segment, wholeRegion } from "../../selection/plan.js";
import type { NormalSelection, Selection } from "../../selection/selection.js";
import { chunkSizes, type StoredArray, validShape } from "../../stored-array.js";
import { type Casting, checkTimes } from "../../values/cast.js";
import { type InputOptions, toView } from "../../values/input.js";
import { emptyOf, type NdArray } from "../../values/nd-array.js";
import type { View } from "../../values/view.js";
import { fromRoot } from "../../world.js";
import { targetView } from "../access/read.js";
import { runCaching } from "../blocks/caching.js";
import { type CacheRoom, type ChunkCopier, openCache } from "../blocks/chunk-cache.js";
import type { Runtime } from "../runtime.js";
import { missingNumbers } from "../stored-keys.js";
import { copyChunks, sharesChunks } from "./copy-chunks.js";
import { recodeChunk } from "./recode.js";

export interface LoadOptions extends CallOptions {
	/** `"unsafe"` truncates and wraps values that do not fit, as NumPy's `astype` does. */
	readonly casting?: Casting | undefined;
	/** What of another dataset is loaded, by default everything. Of other sources everything is. */
	readonly selection?: Selection | undefined;
	/**
	 * Goes on with a load, of the same source into the same dataset, that was interrupted and that nobody wrote to since: chunks that are
	 * stored are kept as they are. Of slabs, whole rows of chunks are. Values in memory are loaded anew.
	 */
	readonly resume?: boolean | undefined;
}

/** The part of an array that is copied. */
export interface CopiedPart {
	readonly array: StoredArray;
	readonly selection: NormalSelection;
}

/**
 * Copies a part of one array, into another of that shape, chunk by chunk, whatever their chunks, codecs and types. Where all is copied and
 * chunks of both are the same bytes, they are not decoded.
 */
export async function copyValues(
	runtime: Runtime,
	{ array, selection }: CopiedPart,
	target: StoredArray,
	options: LoadOptions,
): Promise<void> {
	const { shape } = target.metadata;
	if (String(selection.shape) !== String(shape))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`the source has shape [${selection.shape.join(", ")}], the dataset [${shape.join(", ")}]: resize or select first`,
		);
	if (isEverything(selection, array) && sharesChunks(array, target)) return copyChunks(runtime, array, target, options);
	const [from, to] = [array.spec.dtype, target.spec.dtype];
	if (from.kind === "c" && to.kind !== "c")
		throw new StoreError("INVALID_ARGUMENT", `${from.name} has imaginary parts, which ${to.name} cannot hold`);
	checkTimes(from, to, options.casting);
	const { signal } = options;
	const chunks = options.resume ? await fromRoot(signal, () => missingNumbers(target, signal)) : undefined;
	const description = { selection, chunks, casting: options.casting };
	const makeJob = ([cache]: readonly CacheRoom[]): Job =>
		copyJob([array, target], { ...description, cache: cache as CacheRoom }) as Job;
	await runCaching(runtime, [array], makeJob, options);
}

function isEverything({ axes, resultAxis }: NormalSelection, { metadata }: StoredArray): boolean {
	return axes.every(
		(axis, d) =>
			axis.kind === "range" &&
			axis.start === 0 &&
			axis.step === 1 &&
			axis.count === metadata.shape[d] &&
			resultAxis[d] === d,
	);
}

interface CopyDescription {
	/** Of the source. */
	readonly selection: NormalSelection;
	/** Numbers of the chunks of the target to write; undefined for all. */
	readonly chunks: Float64Array | undefined;
	readonly casting: Casting | undefined;
	/** For decoded chunks of the source, to be kept for the next chunks of the target. */
	readonly cache: CacheRoom;
}

/** One task per chunk of the target: read its part of the source, convert, encode. Stored by the caller. */
export function copyJob(arrays: readonly StoredArray[], description: CopyDescription): Job<Uint8Array | undefined> {
	const [source, target] = arrays as [StoredArray, StoredArray];
	const { shape, grid } = target.metadata;
	const { chunks } = description;
	const plan = planWhole(shape, grid);
	const coordsOf = (n: number): number[] => plan.coords(chunks?.[n] ?? n);
	const sizeOf = chunkSizes(target);
	const sameType = source.spec.dtype.name === target.spec.dtype.name && source.spec.dtype.boxing === undefined;
	const reader = new PartReader({ array: source, selection: description.selection }, description.cache);
	return {
		count: chunks?.length ?? plan.count,
		sharing: "tasks",
		spec: { operation: "copy", stores: true, storesFreely: true, arrays, description, chunk: coordsOf },
		weigh: sizeOf && ((n) => sizeOf(coordsOf(n))),
		cost: () => 3 * target.chunkBytes + source.chunkBytes,
		async run(n, signal) {
			const coords = coordsOf(n);
			const valid = validShape(target, coords);
			const origin = chunkOrigin(grid, coords);
			const chunk = sameType ? reader.wholeChunk(origin, valid) : undefined;
			const recoded = chunk && (await recodeChunk({ array: source, coords: chunk }, { array: target, coords }, signal));
			if (recoded !== undefined) return recoded.bytes;
			const block = await reader.read(origin, valid, signal);
			const values = convert(block, source.spec.dtype, target.spec.dtype, { casting: description.casting, origin });
			return encodeChunk(target, coords, { region: wholeRegion(valid), source: values });
		},
		settle: (n, bytes, signal) => putChunk(target, coordsOf(n), bytes, signal),
	};
}

/** Reads boxes of what is selected of an array, each as a contiguous copy. */
class PartReader {
	readonly #array: StoredArray;
	readonly #selection: NormalSelection;
	readonly #cache: ChunkCopier;

	constructor({ array, selection }: CopiedPart, cache: CacheRoom) {
		this.#array = array;
		this.#selection = selection;
		this.#cache = openCache(array, cache);
	}

	/** The coordinates of the chunk whose valid part is just this box, in the same order of axes; undefined where there is none. */
	wholeChunk(origin: readonly number[], shape: readonly number[]): number[] | undefined {
		if (this.#selection.resultAxis.some((axis, d) => axis !== d)) return undefined;
		const plan = planSelection(narrowSelection(this.#selection, origin, shape), this.#array.metadata.grid);
		const isWhole = ({ start, step, count, indices }: Segment, d: number): boolean =>
			start === 0 && step === 1 && count === shape[d] && indices === undefined;
		return plan.count === 1 && plan.region(0).every(isWhole) ? plan.coords(0) : undefined;
	}

	/** @param origin and `shape` are those of a box of the selection's result */
	async read(origin: readonly number[], shape: readonly number[], signal: AbortSignal): Promise<NdArray> {
		const { spec, metadata } = this.#array;
		const block = emptyOf(shape, spec.dtype);
		const target = targetView(block, this.#selection);
		const plan = planSelection(narrowSelection(this.#selection, origin, shape), metadata.grid);
		for (let n = 0; n < plan.count; n++) await this.#cache.copy(plan.coords(n), plan.region(n), target, signal);
		return block;
	}
}

function convert(block: NdArray, from: DataType, to: DataType, options: InputOptions): View {
	const promoted = to.kind === "c" && from.components === 1 ? asComplex(block) : block;
	return toView(promoted, to, from.time === undefined ? options : { ...options, from });
}

/** Real values with imaginary parts of 0. */
function asComplex(block: NdArray): { readonly data: Float64Array; readonly shape: readonly number[] } {
	const data = new Float64Array(2 * block.size);
	for (let i = 0; i < block.size; i++) data[2 * i] = Number(block.data[i]);
	return { data, shape: [...block.shape, 2] };
}
