import { type ReadOptions, readChunk } from "../chunk-io.js";
import { type CallOptions, type Job, runJob } from "../engine.js";
import { StoreError } from "../errors.js";
import { planSelection } from "../selection/plan.js";
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
	const { dtype } = array.spec;
	const out = options.out ?? empty(selection.shape, dtype.name, { shared: false });
	if (options.out !== undefined) checkOut(options.out, selection, array);
	const job = readJob(array, selection, targetView(out, selection), {
		missingIsError: options.onMissing === "error",
		zeroed: options.out === undefined,
	});
	await runJob(runtime.engine, job, runtime.limits, options);
	return out;
}

/** One task per stored object: fetch, decode, copy into the target. */
function readJob(array: StoredArray, selection: NormalSelection, target: StridedView, options: ReadOptions): Job<void> {
	const plan = planSelection(selection.axes, array.metadata.chunkShape);
	const cost = 2 * array.chunkBytes;
	return {
		count: plan.count,
		spec: undefined,
		cost: () => cost,
		run: (n, signal) => readChunk(array, plan.coords(n), { region: plan.region(n), target }, { ...options, signal }),
		settle: () => undefined,
	};
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
