import type { ChunkData } from "../../codecs/codec.js";
import type { DataType, TypedArray } from "../../format/data-types.js";
import type { Region } from "../../selection/plan.js";
import { gather, rowMajorStrides } from "../../selection/region.js";
import { type Extent, isScattered, type Layout, layOut } from "./tiles.js";

/** The selected part of one chunk, and what it is reduced to. */
export interface Block extends Counts {
	readonly data: TypedArray;
	readonly layout: Layout;
}

export interface Counts {
	/** Elements of the result that the block contributes to: the product of the axes that are kept. */
	readonly size: number;
	/** Elements of the block that each of them takes in: the product of the axes that are reduced. */
	readonly repeats: number;
}

/**
 * One kind of statistic. A partial result is plain data, typed arrays with an entry per element of the result, so that it can come from
 * another thread.
 */
export interface Statistic<Partial> {
	/** Bytes of a partial result per element of the result. */
	readonly bytes: number;
	/** The partial result of no values. */
	empty(size: number): Partial;
	ofBlock(block: Block): Partial;
	/** The partial result of a block of one value, from that of the value alone. */
	repeated(one: Partial, counts: Counts): Partial;
	/** Adds `part`, whose entry `i` belongs to element `places[i]` of the total. */
	merge(total: Partial, part: Partial, places: Float64Array): void;
}

export function countsOf(region: Region, kept: readonly boolean[]): Counts {
	let [size, repeats] = [1, 1];
	region.forEach(({ count }, d) => {
		if (kept[d]) size *= count;
		else repeats *= count;
	});
	return { size, repeats };
}

/** The part of a chunk that `region` selects, in place where its elements lie close together, otherwise as a copy. */
export function blockOf(chunk: ChunkData, region: Region, kept: readonly boolean[], { components }: DataType): Block {
	const outs = outSteps(region, kept);
	const counts = countsOf(region, kept);
	if (region.every(({ indices }) => indices === undefined)) {
		const step = (d: number): number => (chunk.stride[d] as number) / components;
		const start = region.reduce((at, segment, d) => at + segment.start * step(d), chunk.offset / components);
		const extents = region.map((segment, d): Extent => {
			return { count: segment.count, step: segment.step * step(d), out: outs[d] as number };
		});
		const layout = layOut(extents, start);
		if (!isScattered(layout)) return { ...counts, data: chunk.data as TypedArray, layout };
	}
	const shape = region.map(({ count }) => count);
	const steps = rowMajorStrides(shape, 1);
	const data = contiguous(chunk, region, shape, components);
	const extents = shape.map((count, d): Extent => ({ count, step: steps[d] as number, out: outs[d] as number }));
	return { ...counts, data, layout: layOut(extents, 0) };
}

/** What one step along each axis means in the partial result, which holds the kept axes in row-major order; 0 for the others. */
function outSteps(region: Region, kept: readonly boolean[]): number[] {
	const steps = rowMajorStrides(
		region.map(({ count }, d) => (kept[d] ? count : 1)),
		1,
	);
	return steps.map((step, d) => (kept[d] ? step : 0));
}

function contiguous(chunk: ChunkData, region: Region, shape: readonly number[], components: number): TypedArray {
	const Entries = chunk.data.constructor as new (length: number) => TypedArray;
	const data = new Entries(shape.reduce((product, length) => product * length, components));
	const landing = region.map((segment) => ({ ...segment, out: 0, outs: undefined }));
	gather(chunk, landing, { data, offset: 0, stride: rowMajorStrides(shape, components) }, components);
	return data;
}

/** For each entry of a chunk's partial result, the element of the whole result it belongs to. */
export function placesOf(region: Region, kept: readonly boolean[], lengths: readonly number[]): Float64Array {
	let places = Float64Array.of(0);
	region.forEach(({ count, out, outs }, d) => {
		if (!kept[d]) return;
		const wider = new Float64Array(places.length * count);
		for (let p = 0, n = 0; p < places.length; p++)
			for (let i = 0; i < count; i++, n++)
				wider[n] =
					(places[p] as number) * (lengths[d] as number) + (outs === undefined ? out + i : (outs[i] as number));
		places = wider;
	});
	return places;
}
