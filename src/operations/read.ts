import { type ReadOptions, readChunk, Scratch } from "../chunk-read.js";
import { type CallOptions, type Job, runJob } from "../engine.js";
import { StoreError } from "../errors.js";
import type { TypedArray } from "../format/data-types.js";
import { copyStrided } from "../selection/copy.js";
import { type AxisSelection, planSelection } from "../selection/plan.js";
import type { StridedView } from "../selection/region.js";
import type { NormalSelection } from "../selection/selection.js";
import type { StoredArray } from "../stored-array.js";
import { empty, type NdArray } from "../values/nd-array.js";
import type { Runtime } from "./runtime.js";

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
	const { name } = array.spec.dtype;
	const remote = !runtime.engine.supports.closures;
	const out = options.out ?? empty(selection.shape, name, { shared: remote && options.shared !== false });
	// Tasks that run elsewhere see shared memory only.
	const landing = remote && !isShared(out.data) ? empty(selection.shape, name, { shared: true }) : out;
	const job = readJob([array], {
		axes: selection.axes,
		target: targetView(landing, selection),
		missingIsError: options.onMissing === "error",
		zeroed: landing !== options.out,
	});
	await runJob(runtime.engine, job, runtime.limits, options);
	if (landing !== out) copyArray(landing, out);
	return out;
}

interface ReadDescription extends ReadOptions {
	readonly axes: readonly AxisSelection[];
	/** Seen along the axes of the dataset. */
	readonly target: StridedView;
}

/** One task per stored object: fetch, decode, copy into the target. */
export function readJob(arrays: readonly StoredArray[], description: ReadDescription): Job<void> {
	const array = arrays[0] as StoredArray;
	const { axes, target, ...options } = description;
	const plan = planSelection(axes, array.metadata.chunkShape);
	const cost = 2 * array.chunkBytes;
	const scratch = array.backend.supports.readsInto ? new Scratch() : undefined;
	return {
		count: plan.count,
		spec: { operation: "read", arrays, description },
		cost: () => cost,
		run: (n, signal) =>
			readChunk(array, plan.coords(n), { region: plan.region(n), target }, { ...options, signal, scratch }),
		settle: () => undefined,
	};
}

/** True for memory that other threads can see. */
export function isShared(data: TypedArray): boolean {
	return typeof SharedArrayBuffer !== "undefined" && data.buffer instanceof SharedArrayBuffer;
}

function copyArray(from: NdArray, to: NdArray): void {
	const walks = from.shape.map((count, d) => ({
		count,
		dstStart: 0,
		dstStep: to.stride[d] as number,
		srcStart: 0,
		srcStep: from.stride[d] as number,
	}));
	const start = { count: 1, dstStart: to.offset, dstStep: 0, srcStart: from.offset, srcStep: 0 };
	copyStrided(to.data, from.data, [...walks, start]);
}

/** An array of the selection's shape, seen along the axes of the dataset: an axis that the result lacks has stride 0. */
export function targetView(out: Pick<NdArray, "data" | "stride" | "offset">, selection: NormalSelection): StridedView {
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
