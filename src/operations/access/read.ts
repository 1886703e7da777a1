import type { ReadOptions } from "../../chunk-parts.js";
import { readChunk } from "../../chunk-read.js";
import type { ReadRanges } from "../../codecs/codec.js";
import { type CallOptions, type Engine, type Job, type JobSpec, runJob, sharesMemory } from "../../engine.js";
import { StoreError } from "../../errors.js";
import type { DType, TypedArray } from "../../format/data-types.js";
import { asBox, intoBox, outOfBox } from "../../selection/box.js";
import { partsIn } from "../../selection/parts.js";
import { type AxisSelection, type Plan, planSelection, type Region } from "../../selection/plan.js";
import { gather, type StridedView } from "../../selection/region.js";
import type { NormalSelection } from "../../selection/selection.js";
import { isShared } from "../../shared-memory.js";
import { chunkSizes, type StoredArray } from "../../stored-array.js";
import { emptyOf, type NdArray } from "../../values/nd-array.js";
import type { Runtime } from "../runtime.js";
import { bytesOfParts, isLittle, readTogether } from "./decode-together.js";
import { Exchange } from "./exchange.js";

export interface GetOptions extends CallOptions {
	/** Is filled and returned: of the selection's shape and the dataset's type, with any strides. */
	readonly out?: NdArray | undefined;
	/** What a chunk that is not stored means: `"fill"` (default) its fill value, `"error"` NOT_FOUND. */
	readonly onMissing?: "fill" | "error" | undefined;
	/** False asks for plain memory where the engine would return shared memory. */
	readonly shared?: boolean | undefined;
}

/** Reads a selection into a new array, or into `options.out`. */
export async function read(
	runtime: Runtime,
	array: StoredArray,
	selection: NormalSelection,
	options: GetOptions,
): Promise<NdArray> {
	if (options.out !== undefined) checkOut(options.out, selection, array);
	const isBoxed = array.spec.dtype.boxing !== undefined;
	const canShare = sharesMemory(runtime.engine) && !isBoxed;
	const shared = canShare && options.shared !== false;
	const out = options.out ?? emptyOf(selection.shape, array.spec.dtype, { shared });
	const description = {
		axes: selection.axes,
		target: targetView(out, selection),
		missingIsError: options.onMissing === "error",
		zeroed: out !== options.out,
		ranges: array.tuner.ranges,
	};
	const boxes = !canShare || isShared(out.data) ? undefined : new Exchange(array);
	const job = readJob([array], description, { boxes, engine: runtime.engine });
	await runJob(runtime.engine, job, runtime.limits, options);
	return out;
}

interface ReadDescription extends Pick<ReadOptions, "missingIsError" | "zeroed" | "ranges"> {
	readonly axes: readonly AxisSelection[];
	/** Seen along the axes of the dataset. Undefined where it is memory that only the caller sees: each task then fills a box. */
	readonly target: StridedView | undefined;
}

/** What only the caller's thread has. */
interface CallersSide {
	/** Through which tasks that run elsewhere fill a target that only this thread sees. */
	readonly boxes?: Exchange | undefined;
	/** Where what was fetched here may be decoded. */
	readonly engine?: Engine | undefined;
}

/** One task per stored object: fetch, decode, copy into the target. */
export function readJob(
	arrays: readonly StoredArray[],
	description: ReadDescription,
	{ boxes, engine }: CallersSide = {},
): Job<void> {
	const array = arrays[0] as StoredArray;
	const { components } = array.spec.dtype;
	const { axes, target, ...options } = description;
	const plan = planSelection(axes, array.metadata.grid);
	const together = engine && readTogether(engine, array, plan);
	const boxBytes = boxes === undefined ? 0 : array.chunkBytes;
	return {
		count: plan.count,
		spec: together ? undefined : specOf(arrays, description, plan, boxes),
		cost: (n) => boxBytes + bytesToRead(array, plan.region(n), options.ranges, together?.decoders),
		weigh: weights(array, plan),
		run(n, signal, lent) {
			const region = plan.region(n);
			const box = (together ? boxes?.lend(n) : lent) as TypedArray | undefined;
			const place =
				box === undefined
					? { region, target: target as StridedView }
					: { region: intoBox(region), target: asBox(box, region, components) };
			const zeroed = options.zeroed && box === undefined;
			return (together?.read ?? readChunk)(array, plan.coords(n), place, { ...options, zeroed, signal });
		},
		settle(n) {
			const box = boxes?.takeBack(n);
			if (box === undefined) return;
			const region = plan.region(n);
			gather(asBox(box, region, components), outOfBox(region), target as StridedView, components);
		},
	};
}

/** Bytes that reading a part of one chunk holds, at most. */
function bytesToRead(array: StoredArray, region: Region, ranges: ReadRanges | undefined, decoders?: number): number {
	const { parts, isRaw } = array.largest.pipeline;
	if (parts === undefined) return isRaw ? array.chunkBytes : 2 * array.chunkBytes;
	return bytesOfParts(array, parts.costOf(partsIn(region, parts.shape), ranges), decoders);
}

/** What there is to decode of each object; undefined where it is the same of all. */
function weights(array: StoredArray, plan: Plan): Job["weigh"] {
	const { parts } = array.largest.pipeline;
	if (parts !== undefined) return (n) => partsIn(plan.region(n), parts.shape);
	const sizeOf = array.isUniform ? undefined : chunkSizes(array);
	return sizeOf && ((n) => sizeOf(plan.coords(n)));
}

/** Plain memory is filled through boxes; where there is nothing to decode, that would only be a second copy. */
function specOf(
	arrays: readonly StoredArray[],
	description: ReadDescription,
	plan: Plan,
	boxes: Exchange | undefined,
): JobSpec | undefined {
	const array = arrays[0] as StoredArray;
	if (boxes !== undefined && array.largest.pipeline.isRaw) return undefined;
	// Text, bytes and records cannot be shared, and to send them takes longer than to decode them.
	if (array.spec.dtype.boxing !== undefined) return undefined;
	if (isLittle(array, plan)) return undefined;
	return {
		operation: "read",
		needsSharedMemory: true,
		arrays,
		description: boxes === undefined ? description : { ...description, target: undefined },
		objects: (n) => [array.keyOf(plan.coords(n))],
		attach: boxes && ((n) => boxes.lend(n)),
	};
}

/** An array of the selection's shape, seen along the axes of the dataset: an axis that the result lacks has stride 0. */
export function targetView(
	out: Pick<NdArray<DType>, "data" | "stride" | "offset">,
	selection: NormalSelection,
): StridedView {
	const stride = selection.resultAxis.map((axis) => (axis < 0 ? 0 : (out.stride[axis] as number)));
	return { data: out.data, offset: out.offset, stride };
}

function checkOut(out: NdArray, selection: NormalSelection, array: StoredArray): void {
	const { dtype } = array.spec;
	const shape = dtype.components === 1 ? selection.shape : [...selection.shape, dtype.components];
	const same = out.shape.length === shape.length && shape.every((length, d) => out.shape[d] === length);
	if (!same)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`out has shape [${out.shape.join(", ")}], the selection [${shape.join(", ")}]`,
		);
	if (out.data.constructor.name !== dtype.Array.name)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`out is a ${out.data.constructor.name}; ${dtype.name} needs a ${dtype.Array.name}`,
		);
	if (dtype.components > 1 && out.stride.at(-1) !== 1)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`the last axis of out holds the parts of one ${dtype.name}: its stride must be 1`,
		);
}
