import { wholeRegion } from "../selection/plan.js";
import { gather, rowMajorStrides } from "../selection/region.js";
import type { ChunkData } from "./codec.js";

/** The entries of a chunk, one per element, in row-major order. */
export function entriesOf(chunk: ChunkData, count: number): readonly unknown[] {
	const { data, shape, offset } = chunk;
	const stride = rowMajorStrides(shape, 1);
	const isDense = shape.every((length, d) => length === 1 || chunk.stride[d] === stride[d]);
	if (isDense) {
		const isAll = offset === 0 && count === data.length;
		return (isAll ? data : data.slice(offset, offset + count)) as unknown[];
	}
	const entries = data.slice(0, count);
	gather(chunk, wholeRegion(shape), { data: entries, stride, offset: 0 }, 1);
	return entries as unknown[];
}
