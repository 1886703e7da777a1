/** Boxes: memory that holds what a region selects and nothing else. */
import type { Values } from "../format/data-types.js";
import { type Region, rangeSegment, type Segment } from "./plan.js";
import { rowMajorStrides, type StridedView } from "./region.js";

/** Memory seen as a box that holds the elements of a region and nothing else. */
export function asBox(data: Values, region: Region, components: number): StridedView {
	const lengths = region.map(({ count }) => count);
	return { data, offset: 0, stride: rowMajorStrides(lengths, components) };
}

/** The same part of a chunk, landing in a box of its own. */
export function intoBox(region: Region): Region {
	return region.map((segment) => ({ ...segment, out: 0, outs: segment.outs && positions(segment) }));
}

/** The box that {@link intoBox} filled, landing where the region does. */
export function outOfBox(region: Region): Region {
	return region.map((segment) => ({
		...rangeSegment(0, 1, segment.count, segment.out),
		...(segment.outs && { indices: Int32Array.from(positions(segment)), outs: segment.outs }),
	}));
}

function positions({ count }: Segment): Float64Array {
	return Float64Array.from({ length: count }, (_, i) => i);
}
