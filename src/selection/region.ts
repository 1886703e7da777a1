import type { Values } from "../format/data-types.js";
import { copyStrided, type Walk } from "./copy.js";
import type { Region, Segment } from "./plan.js";

/**
 * Values laid out for copying: a typed array with a stride per axis of the array they belong to. Strides and offset count entries;
 * a stride of 0 repeats a value (broadcasting) or belongs to an axis that the layout does not have.
 */
export interface StridedView {
	readonly data: Values;
	readonly offset: number;
	readonly stride: readonly number[];
}

/** Copies the part of a chunk that `region` selects to where it lands in `target`. */
export function gather(chunk: StridedView, region: Region, target: StridedView, components: number): void {
	copyStrided(
		target.data,
		chunk.data,
		region
			.map((segment, d) => walkOut(segment, chunk.stride[d] as number, target.stride[d] as number))
			.concat(base(target.offset, chunk.offset, components)),
	);
}

/** The reverse of {@link gather}: copies from `source` into the part of a chunk that `region` selects. */
export function scatter(source: StridedView, region: Region, chunk: StridedView, components: number): void {
	copyStrided(
		chunk.data,
		source.data,
		region
			.map((segment, d) => swap(walkOut(segment, chunk.stride[d] as number, source.stride[d] as number)))
			.concat(base(chunk.offset, source.offset, components)),
	);
}

/** Writes one element, `fill`, all over the place where `region` lands in `target`. */
export function fillRegion(target: StridedView, region: Region, fill: Values): void {
	copyStrided(
		target.data,
		fill,
		region
			.map((segment, d) => walkOut(segment, 0, target.stride[d] as number))
			.concat(base(target.offset, 0, fill.length)),
	);
}

/** The innermost walk, over the components of one element; it carries the offsets of the two views. */
function base(dstStart: number, srcStart: number, components: number): Walk {
	return { count: components, dstStart, dstStep: 1, srcStart, srcStep: 1 };
}

function walkOut(segment: Segment, chunkStride: number, targetStride: number): Walk {
	const { indices, outs } = segment;
	return {
		count: segment.count,
		dstStart: segment.out * targetStride,
		dstStep: targetStride,
		srcStart: segment.start * chunkStride,
		srcStep: segment.step * chunkStride,
		dstTable: outs?.map((out) => out * targetStride),
		srcTable: indices && Float64Array.from(indices, (index) => index * chunkStride),
	};
}

function swap(walk: Walk): Walk {
	return {
		count: walk.count,
		dstStart: walk.srcStart,
		dstStep: walk.srcStep,
		srcStart: walk.dstStart,
		srcStep: walk.dstStep,
		dstTable: walk.srcTable,
		srcTable: walk.dstTable,
	};
}

/** Row-major strides of `shape`, in entries; elements have `components` entries side by side. */
export function rowMajorStrides(shape: readonly number[], components: number): number[] {
	const stride = new Array<number>(shape.length);
	let step = components;
	for (let d = shape.length - 1; d >= 0; d--) {
		stride[d] = step;
		step *= shape[d] as number;
	}
	return stride;
}
