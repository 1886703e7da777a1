import { encodeChunk, putChunk } from "../chunk-write.js";
import { type CallOptions, type Job, runJob } from "../engine.js";
import { StoreError } from "../errors.js";
import type { DataType } from "../format/data-types.js";
import { planWhole, wholeRegion } from "../selection/plan.js";
import { type StoredArray, validShape } from "../stored-array.js";
import type { Casting } from "../values/cast.js";
import { toView } from "../values/input.js";
import type { NdArray } from "../values/nd-array.js";
import type { View } from "../values/view.js";
import { BlockReader, cacheShare } from "./map.js";
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
	const { shape } = target.metadata;
	const from = source.metadata.shape;
	if (from.length !== shape.length || from.some((length, d) => length !== shape[d]))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`the source has shape [${from.join(", ")}], the dataset [${shape.join(", ")}]: resize or select first`,
		);
	const cacheBytes = cacheShare(runtime, 1);
	const job = copyJob([source, target], { casting: options.casting, cacheBytes });
	await runJob(runtime.engine, job, runtime.limits, options);
}

interface CopyDescription {
	readonly casting: Casting | undefined;
	/** Bytes of decoded chunks of the source to keep for the next chunks of the target. */
	readonly cacheBytes: number;
}

/** One task per chunk of the target: read its block of the source, convert, encode. Stored by the caller. */
export function copyJob(arrays: readonly StoredArray[], description: CopyDescription): Job<Uint8Array | undefined> {
	const [source, target] = arrays as [StoredArray, StoredArray];
	const { shape, chunkShape } = target.metadata;
	const plan = planWhole(shape, chunkShape);
	const blocks = { halo: shape.map(() => 0), boundary: "nearest" as const, boundaryValue: undefined };
	const reader = new BlockReader(source, blocks, description.cacheBytes);
	return {
		count: plan.count,
		spec: { operation: "copy", arrays, description },
		cost: () => 3 * target.chunkBytes + source.chunkBytes,
		async run(n, signal) {
			const coords = plan.coords(n);
			const valid = validShape(target, coords);
			const origin = coords.map((c, d) => c * (chunkShape[d] as number));
			const block = await reader.read(origin, valid, signal);
			const values = convert(block, source.spec.dtype, target.spec.dtype, description.casting);
			return encodeChunk(target, coords, { region: wholeRegion(valid), source: values });
		},
		settle: (n, bytes, signal) => putChunk(target, plan.coords(n), bytes, signal),
	};
}

function convert(block: NdArray, from: DataType, to: DataType, casting: Casting | undefined): View {
	const promoted = to.kind === "c" && from.components === 1 ? asComplex(block) : block;
	return toView(promoted, to, { casting });
}

/** Real values with imaginary parts of 0. */
function asComplex(block: NdArray): { readonly data: Float64Array; readonly shape: readonly number[] } {
	const data = new Float64Array(2 * block.size);
	for (let i = 0; i < block.size; i++) data[2 * i] = Number(block.data[i]);
	return { data, shape: [...block.shape, 2] };
}
