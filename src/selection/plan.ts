/**
 * The plan of a selection over a regular chunk grid: plain data and arithmetic, no bytes. Item `n` is one stored object
 * with the part of it that is selected and the place where that lands. Nothing is built ahead, so a selection within
 * a grid of 10^9 chunks costs what it touches.
 */

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

export function planSelection(axes: readonly AxisSelection[], chunkShape: readonly number[]): Plan {
	const plans = axes.map((axis, d) => planAxis(axis, chunkShape[d] ?? 1));
	const count = plans.reduce((product, plan) => product * plan.count, 1);
	return {
		count,
		coords: (n) => mapDigits(n, plans, (plan, k) => plan.chunkAt(k)),
		region: (n) => mapDigits(n, plans, (plan, k) => plan.segmentAt(k)),
	};
}

/** The plan of everything: every chunk of the grid, in row-major order. */
export function planWhole(shape: readonly number[], chunkShape: readonly number[]): Plan {
	return planSelection(
		shape.map((count) => ({ kind: "range", start: 0, step: 1, count })),
		chunkShape,
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

function planAxis(axis: AxisSelection, chunk: number): AxisPlan {
	if (axis.kind === "list") return planList(axis.indices, chunk);
	const plan = axis.step < 0 ? planBackwards(axis, chunk) : planForwards(axis, chunk);
	return plan.count > KEPT_SEGMENTS ? plan : keepSegments(plan);
}

interface Progression {
	readonly start: number;
	readonly step: number;
	readonly count: number;
}

function planForwards({ start, step, count }: Progression, chunk: number): AxisPlan {
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

/** The mirror image of the forward plan, so that chunks are still visited in ascending order. */
function planBackwards({ start, step, count }: Progression, chunk: number): AxisPlan {
	const forwards = planForwards({ start: start + (count - 1) * step, step: -step, count }, chunk);
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

function planList(indices: Float64Array, chunk: number): AxisPlan {
	const groups = new Map<number, number[]>();
	indices.forEach((index, out) => {
		const coordinate = Math.floor(index / chunk);
		const group = groups.get(coordinate);
		if (group === undefined) groups.set(coordinate, [out]);
		else group.push(out);
	});
	const chunks = [...groups.keys()].sort((a, b) => a - b);
	const segments = chunks.map((coordinate) => {
		const outs = Float64Array.from(groups.get(coordinate) as number[]);
		const within = Int32Array.from(outs, (out) => (indices[out] as number) - coordinate * chunk);
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
