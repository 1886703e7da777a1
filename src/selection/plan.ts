/**
 * The plan of a selection over a chunk grid: plain data and arithmetic, no bytes. Item `n` is one stored object
 * with the part of it that is selected and the place where that lands. Nothing is built ahead, so a selection within
 * a grid of 10^9 chunks costs what it touches.
 */
import { type EdgeRun, type Edges, runAt } from "./edges.js";
import { type AxisGrid, type ChunkGrid, chunkAt, chunkStart } from "./grid.js";

/** What is selected along one axis of an array: checked and clipped, all indices within the axis. */
export type AxisSelection =
	/** `start, start + step, …`, `count` of them; `step` ≠ 0, negative where the axis is walked backwards. */
	| { readonly kind: "range"; readonly start: number; readonly step: number; readonly count: number }
	/** Any indices in any order, repeated or not. */
	| { readonly kind: "list"; readonly indices: Float64Array };

/**
 * The part of one chunk along one axis, and where it lands. Position `i` of `count` is `start + i × step` within the chunk and
 * `out + i` along the selection; where `indices` and `outs` are given (an index list), these say both instead.
 */
export interface Segment {
	readonly start: number;
	readonly step: number;
	readonly count: number;
	readonly out: number;
	readonly indices: Int32Array | undefined;
	readonly outs: Float64Array | undefined;
}

/** The part of one chunk: a segment per axis. */
export type Region = readonly Segment[];

/** One axis of a plan: the chunks it touches, in ascending order for ranges with a positive step. */
interface AxisPlan {
	readonly count: number;
	chunkAt(k: number): number;
	segmentAt(k: number): Segment;
}

export interface Plan {
	/** Number of chunks that the selection touches. */
	readonly count: number;
	/** Chunk coordinates of item `n`, last axis fastest. */
	coords(n: number): number[];
	region(n: number): Region;
}

/** Segments beyond this are computed at each use rather than kept. */
const KEPT_SEGMENTS = 1 << 16;

export function planSelection(axes: readonly AxisSelection[], grid: ChunkGrid): Plan {
	const plans = axes.map((axis, d) => planAxis(axis, grid[d] ?? 1));
	const count = plans.reduce((product, plan) => product * plan.count, 1);
	return {
		count,
		coords: (n) => mapDigits(n, plans, (plan, k) => plan.chunkAt(k)),
		region: (n) => mapDigits(n, plans, (plan, k) => plan.segmentAt(k)),
	};
}

/** The plan of everything: every chunk of the grid, in row-major order. */
export function planWhole(shape: readonly number[], grid: ChunkGrid): Plan {
	return planSelection(
		shape.map((count) => ({ kind: "range", start: 0, step: 1, count })),
		grid,
	);
}

/** Splits `n` into one digit per axis (last axis fastest) and maps each. */
function mapDigits<T>(n: number, plans: readonly AxisPlan[], map: (plan: AxisPlan, k: number) => T): T[] {
	const result = new Array<T>(plans.length);
	for (let d = plans.length - 1; d >= 0; d--) {
		const plan = plans[d] as AxisPlan;
		const rest = Math.floor(n / plan.count);
		result[d] = map(plan, n - rest * plan.count);
		n = rest;
	}
	return result;
}

function planAxis(axis: AxisSelection, grid: AxisGrid): AxisPlan {
	if (axis.kind === "list") return planList(axis.indices, grid);
	const plan = axis.step < 0 ? planBackwards(axis, grid) : planForwards(axis, grid);
	return plan.count > KEPT_SEGMENTS ? plan : keepSegments(plan);
}

interface Progression {
	readonly start: number;
	readonly step: number;
	readonly count: number;
}

function planForwards(progression: Progression, grid: AxisGrid): AxisPlan {
	return typeof grid === "number" ? planRegular(progression, grid) : planRuns(progression, grid);
}

function planRegular({ start, step, count }: Progression, chunk: number): AxisPlan {
	if (step > chunk) return planSparse({ start, step, count }, chunk);
	const first = Math.floor(start / chunk);
	const last = count === 0 ? first - 1 : Math.floor((start + (count - 1) * step) / chunk);
	return {
		count: last - first + 1,
		chunkAt: (k) => first + k,
		segmentAt(k) {
			const origin = (first + k) * chunk;
			const out = Math.max(0, Math.ceil((origin - start) / step));
			const end = Math.min(count, Math.ceil((origin + chunk - start) / step));
			return rangeSegment(start + out * step - origin, step, end - out, out);
		},
	};
}

/** A step larger than the chunk: every selected index has a chunk of its own. */
function planSparse({ start, step, count }: Progression, chunk: number): AxisPlan {
	return {
		count,
		chunkAt: (k) => Math.floor((start + k * step) / chunk),
		segmentAt: (k) => rangeSegment((start + k * step) % chunk, step, 1, k),
	};
}

/** What is selected within one run of chunks of one length. */
interface RunPlan {
	readonly plan: AxisPlan;
	readonly run: EdgeRun;
	/** Position of its first element along the selection. */
	readonly out: number;
	/** Chunks of the runs before it. */
	readonly before: number;
}

/** Each run is a regular grid of its own; only those that the selection reaches are looked at. */
function planRuns({ start, step, count }: Progression, { runs }: Edges): AxisPlan {
	const parts: RunPlan[] = [];
	let before = 0;
	let out = 0;
	for (let r = runAt(runs, "start", start); out < count; r++) {
		const run = runs[r] as EdgeRun;
		const end = Math.min(count, Math.ceil(((runs[r + 1]?.start ?? Number.POSITIVE_INFINITY) - start) / step));
		if (end <= out) continue;
		const plan = planRegular({ start: start + out * step - run.start, step, count: end - out }, run.length);
		parts.push({ plan, run, out, before });
		before += plan.count;
		out = end;
	}
	return {
		count: before,
		chunkAt(k) {
			const { plan, run, before } = partAt(parts, k);
			return run.first + plan.chunkAt(k - before);
		},
		segmentAt(k) {
			const { plan, out, before } = partAt(parts, k);
			const segment = plan.segmentAt(k - before);
			return rangeSegment(segment.start, segment.step, segment.count, out + segment.out);
		},
	};
}

function partAt(parts: readonly RunPlan[], k: number): RunPlan {
	let [low, high] = [0, parts.length - 1];
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if ((parts[middle] as RunPlan).before <= k) low = middle;
		else high = middle - 1;
	}
	return parts[low] as RunPlan;
}

/** The mirror image of the forward plan, so that chunks are still visited in ascending order. */
function planBackwards({ start, step, count }: Progression, grid: AxisGrid): AxisPlan {
	const forwards = planForwards({ start: start + (count - 1) * step, step: -step, count }, grid);
	return {
		count: forwards.count,
		chunkAt: forwards.chunkAt,
		segmentAt(k) {
			const segment = forwards.segmentAt(k);
			const last = segment.start + (segment.count - 1) * segment.step;
			return rangeSegment(last, step, segment.count, count - segment.out - segment.count);
		},
	};
}

function planList(indices: Float64Array, grid: AxisGrid): AxisPlan {
	const groups = new Map<number, number[]>();
	indices.forEach((index, out) => {
		const coordinate = chunkAt(grid, index);
		const group = groups.get(coordinate);
		if (group === undefined) groups.set(coordinate, [out]);
		else group.push(out);
	});
	const chunks = [...groups.keys()].sort((a, b) => a - b);
	const segments = chunks.map((coordinate) => {
		const outs = Float64Array.from(groups.get(coordinate) as number[]);
		const start = chunkStart(grid, coordinate);
		const within = Int32Array.from(outs, (out) => (indices[out] as number) - start);
		return listSegment(within, outs);
	});
	return {
		count: chunks.length,
		chunkAt: (k) => chunks[k] as number,
		segmentAt: (k) => segments[k] as Segment,
	};
}

function keepSegments(plan: AxisPlan): AxisPlan {
	const kept: (Segment | undefined)[] = [];
	return {
		count: plan.count,
		chunkAt: plan.chunkAt,
		segmentAt(k) {
			let segment = kept[k];
			if (segment === undefined) {
				segment = plan.segmentAt(k);
				kept[k] = segment;
			}
			return segment;
		},
	};
}

export function rangeSegment(start: number, step: number, count: number, out: number): Segment {
	return { start, step, count, out, indices: undefined, outs: undefined };
}

/** Runs that are really ranges become ranges, which copy faster. */
function listSegment(indices: Int32Array, outs: Float64Array): Segment {
	const step = indices.length > 1 ? (indices[1] as number) - (indices[0] as number) : 1;
	const regular =
		step !== 0 &&
		indices.every(
			(index, i) => i === 0 || (index - (indices[i - 1] as number) === step && outs[i] === (outs[i - 1] as number) + 1),
		);
	if (regular) return rangeSegment(indices[0] as number, step, indices.length, outs[0] as number);
	return { start: 0, step: 0, count: indices.length, out: 0, indices, outs };
}

/** All of a box, landing at its own place. */
export function wholeRegion(shape: readonly number[]): Region {
	return shape.map((length) => rangeSegment(0, 1, length, 0));
}
