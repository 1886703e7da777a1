import { writeChunk } from "../chunk-io.js";
import { type CallOptions, type Job, runJob } from "../engine.js";
import { StoreError } from "../errors.js";
import { planSelection, wholeRegion } from "../selection/plan.js";
import { type StoredArray, validShape } from "../stored-array.js";
import type { Casting } from "../values/cast.js";
import { toView } from "../values/input.js";
import type { NdArray } from "../values/nd-array.js";
import { BlockReader } from "./map.js";
import type { Runtime } from "./runtime.js";

export interface LoadOptions extends CallOptions {
	/** `"unsafe"` truncates and wraps values that do not fit, as NumPy's `astype` does. */
	readonly casting?: Casting | undefined;
}

/** Copies all values of one array into another of the same shape, chunk by chunk, whatever their chunks, codecs and types. */
export async function copyValues(
	runtime: Runtime,
	source: StoredArray,
	target: StoredArray,
	options: LoadOptions,
): Promise<void> {
	const { shape, chunkShape, dtype } = target.metadata;
	const from = source.metadata.shape;
	if (from.length !== shape.length || from.some((length, d) => length !== shape[d]))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`the source has shape [${from.join(", ")}], the dataset [${shape.join(", ")}]: resize or select first`,
		);
	const plan = planSelection(
		shape.map((count) => ({ kind: "range", start: 0, step: 1, count })),
		chunkShape,
	);
	const blocks = { halo: shape.map(() => 0), boundary: "nearest" as const, boundaryValue: undefined };
	const reader = new BlockReader(source, blocks, runtime.limits.budget.limit / 2);
	const job: Job<void> = {
		count: plan.count,
		spec: undefined,
		cost: () => 3 * target.chunkBytes + source.chunkBytes,
		async run(n, signal) {
			const coords = plan.coords(n);
			const valid = validShape(target, coords);
			const block = await reader.read(
				coords.map((c, d) => c * (chunkShape[d] as number)),
				valid,
				signal,
			);
			const values = toView(
				dtype.kind === "c" && source.spec.dtype.components === 1 ? asComplex(block) : block,
				dtype,
				options,
			);
			await writeChunk(target, coords, { region: wholeRegion(valid), source: values }, signal);
		},
		settle: () => undefined,
	};
	await runJob(runtime.engine, job, runtime.limits, options);
}

/** Real values with imaginary parts of 0. */
function asComplex(block: NdArray): { readonly data: Float64Array; readonly shape: readonly number[] } {
	const data = new Float64Array(2 * block.size);
	for (let i = 0; i < block.size; i++) data[2 * i] = Number(block.data[i]);
	return { data, shape: [...block.shape, 2] };
}
