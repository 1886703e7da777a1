import { encodeValues } from "../../chunk-edit.js";
import { coverChunk, covers, encodeChunk } from "../../chunk-write.js";
import type { ChunkData } from "../../codecs/codec.js";
import type { Job, JobSpec } from "../../engine.js";
import type { TypedArray } from "../../format/data-types.js";
import { Recycler } from "../../recycler.js";
import { type AxisSelection, type Plan, planSelection } from "../../selection/plan.js";
import type { StridedView } from "../../selection/region.js";
import { isShared } from "../../shared-memory.js";
import { chunkSizes, newChunk, type StoredArray } from "../../stored-array.js";
import { asChunk, Exchange } from "./exchange.js";

export interface EncodeDescription {
	readonly axes: readonly AxisSelection[];
	/** Seen along the axes of the dataset. Undefined where it is memory that only the caller sees: each task then gets its chunk. */
	readonly source: StridedView | undefined;
}

/** A chunk made ready to be stored; `bytes` is undefined where it is only fill value. */
export interface EncodedChunk {
	readonly bytes: Uint8Array | undefined;
}

/**
 * One task per chunk of a write: encode what is covered. A chunk that is written in part gives undefined: it is merged where all of its
 * writers queue, in the caller's thread.
 */
export function encodeJob(
	arrays: readonly StoredArray[],
	description: EncodeDescription,
	settle: Job<EncodedChunk | undefined>["settle"] = () => undefined,
): Job<EncodedChunk | undefined> {
	const array = arrays[0] as StoredArray;
	const { axes, source } = description;
	const plan = planSelection(axes, array.metadata.grid);
	const sizeOf = chunkSizes(array);
	const chunks =
		source === undefined || array.spec.dtype.boxing || isShared(source.data) ? undefined : new Exchange(array);
	// Raw bytes are the chunk's own memory, which the store keeps; all others can use it again.
	const { isRaw } = array.largest.pipeline;
	const scratch = isRaw || !array.isUniform ? undefined : new Recycler(() => newChunk(array.largest.spec));
	return {
		count: plan.count,
		spec: specOf(arrays, description, plan, chunks),
		cost: () => 2 * array.chunkBytes,
		weigh: sizeOf && ((n) => sizeOf(plan.coords(n))),
		async run(n, _signal, memory) {
			const coords = plan.coords(n);
			if (memory !== undefined)
				return { bytes: await encodeValues(array, coords, chunkIn(array, coords, memory), { fresh: true }) };
			const region = plan.region(n);
			if (source === undefined || !covers(array, coords, region)) return undefined;
			return { bytes: await encodeChunk(array, coords, { region, source }, scratch) };
		},
		settle(n, chunk, signal) {
			chunks?.takeBack(n);
			return settle(n, chunk, signal);
		},
	};
}

function chunkIn(array: StoredArray, coords: readonly number[], memory: unknown): ChunkData {
	return asChunk(array.formOf(coords).spec, memory as TypedArray);
}

/** What is stored as it is in memory is made by one copy: there is nothing to be gained elsewhere. */
function specOf(
	arrays: readonly StoredArray[],
	description: EncodeDescription,
	plan: Plan,
	chunks: Exchange | undefined,
): JobSpec | undefined {
	const array = arrays[0] as StoredArray;
	if (array.largest.pipeline.isRaw || array.spec.dtype.boxing !== undefined) return undefined;
	const named = { operation: "encode", needsSharedMemory: true, arrays };
	if (chunks === undefined) return { ...named, description };
	const source = description.source as StridedView;
	return {
		...named,
		description: { ...description, source: undefined },
		attach(n) {
			const region = plan.region(n);
			const coords = plan.coords(n);
			if (!covers(array, coords, region)) return undefined;
			const memory = chunks.lend(n);
			coverChunk(array.formOf(coords), { region, source }, chunkIn(array, coords, memory));
			return memory;
		},
	};
}
