import { covers, encodeChunk } from "../chunk-write.js";
import type { Job } from "../engine.js";
import { type AxisSelection, planSelection } from "../selection/plan.js";
import type { StridedView } from "../selection/region.js";
import type { StoredArray } from "../stored-array.js";

export interface EncodeDescription {
	readonly axes: readonly AxisSelection[];
	/** Seen along the axes of the dataset. */
	readonly source: StridedView;
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
	const plan = planSelection(axes, array.metadata.chunkShape);
	return {
		count: plan.count,
		spec: { operation: "encode", arrays, description },
		cost: () => 2 * array.chunkBytes,
		async run(n) {
			const [coords, region] = [plan.coords(n), plan.region(n)];
			if (!covers(array, coords, region)) return undefined;
			return { bytes: await encodeChunk(array, coords, { region, source }) };
		},
		settle,
	};
}
