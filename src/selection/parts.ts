/** A chunk that is divided into parts of equal shape: which of them a region touches, and where what it selects of each lands. */
import { type AxisSelection, type Plan, planSelection, type Region, rangeSegment, type Segment } from "./plan.js";

/** Chooses parts by their position in the grid of parts. */
export type PartChoice = (coords: readonly number[]) => boolean;

/** What a change of a chunk does to its parts. */
export interface ChangedParts {
	/** Parts of which something changes. */
	readonly touches: PartChoice;
	/** Parts of which everything does, so that what they hold need not be known. */
	readonly replaces: PartChoice;
}

/** The plan of a region over the parts of its chunk; what is selected of a part lands where the region says. */
export function planParts(region: Region, partShape: readonly number[]): Plan {
	const plan = planSelection(region.map(asSelection), partShape);
	return {
		count: plan.count,
		coords: plan.coords,
		region: (n) => plan.region(n).map((segment, d) => landing(region[d] as Segment, segment)),
	};
}

/** How many parts of a chunk a region touches. */
export function partsIn(region: Region, partShape: readonly number[]): number {
	return planParts(region, partShape).count;
}

function asSelection({ start, step, count, indices }: Segment): AxisSelection {
	if (indices !== undefined) return { kind: "list", indices: Float64Array.from(indices) };
	return { kind: "range", start, step: count === 1 ? 1 : step, count };
}

/** `segment` was planned along the positions of `outer`: lets it land where those do. */
function landing(outer: Segment, segment: Segment): Segment {
	const { outs } = outer;
	if (outs === undefined) {
		const moved = segment.outs?.map((out) => out + outer.out);
		return { ...segment, out: segment.out + outer.out, outs: moved };
	}
	const { start, step, count, out } = segment;
	const positions = segment.outs ?? Float64Array.from({ length: count }, (_, i) => out + i);
	return {
		...rangeSegment(0, 0, count, 0),
		indices: segment.indices ?? Int32Array.from({ length: count }, (_, i) => start + i * step),
		outs: positions.map((position) => outs[position] as number),
	};
}

/** What a write to a region changes. */
export function partsOfRegion(region: Region, partShape: readonly number[]): ChangedParts {
	const axes = region.map((segment, d) => {
		const length = partShape[d] as number;
		const plan = planParts([segment], [length]);
		const counts = new Map<number, number>();
		for (let k = 0; k < plan.count; k++)
			counts.set(plan.coords(k)[0] as number, distinct(plan.region(k)[0] as Segment));
		return { counts, length };
	});
	return {
		touches: (coords) => axes.every(({ counts }, d) => counts.has(coords[d] as number)),
		replaces: (coords) => axes.every(({ counts, length }, d) => counts.get(coords[d] as number) === length),
	};
}

/** How many indices a segment selects, repetitions not counted. */
function distinct({ indices, count }: Segment): number {
	return indices === undefined ? count : new Set(indices).size;
}

/** What a write to single elements changes: per axis, one index each. */
export function partsOfPoints(within: readonly (readonly number[])[], partShape: readonly number[]): ChangedParts {
	const touched = new Set<string>();
	const count = within[0]?.length ?? 1;
	for (let i = 0; i < count; i++)
		touched.add(String(within.map((list, d) => Math.floor((list[i] as number) / (partShape[d] as number)))));
	return { touches: (coords) => touched.has(String(coords)), replaces: () => false };
}

/** What a change of everything outside a box at the origin changes. */
export function partsBeyond(shape: readonly number[], partShape: readonly number[]): ChangedParts {
	return {
		touches: (coords) => coords.some((c, d) => (c + 1) * (partShape[d] as number) > (shape[d] as number)),
		replaces: () => false,
	};
}
