import type { TypedArray } from "../format/data-types.js";
import { copyPlane8, copyPlane16, copyPlane32, copyPlane64, type Plane } from "./copy-kernels.js";

/**
 * One axis of a copy: position `i` reads `srcStart + i × srcStep` and writes `dstStart + i × dstStep`, in entries of the two arrays; a
 * table, where given, says the positions instead (before the start is added).
 */
export interface Walk {
	readonly count: number;
	readonly dstStart: number;
	readonly dstStep: number;
	readonly srcStart: number;
	readonly srcStep: number;
	readonly dstTable?: Float64Array | undefined;
	readonly srcTable?: Float64Array | undefined;
}

/** A {@link Walk} while it is being simplified. */
interface Axis {
	count: number;
	dst: number;
	src: number;
	dstTable: Float64Array | undefined;
	srcTable: Float64Array | undefined;
}

/** Rows at least this long go through the runtime's own memory copy; below, its call costs more than it saves. */
const BULK_BYTES = 4096;

/** Copies `src` to `dst` (two typed arrays of one class, which do not overlap) along the product of `walks`. */
export function copyStrided(dst: TypedArray, src: TypedArray, walks: readonly Walk[]): void {
	const [to, from] = [integersFor(dst), integersFor(src)];
	let [dstStart, srcStart] = [0, 0];
	const axes: Axis[] = [];
	for (const walk of walks) {
		if (walk.count === 0) return;
		dstStart += walk.dstStart;
		srcStart += walk.srcStart;
		const { count, dstTable, srcTable } = walk;
		if (count > 1 || dstTable !== undefined || srcTable !== undefined)
			axes.push({ count, dst: walk.dstStep, src: walk.srcStep, dstTable, srcTable });
	}
	sortBySpan(axes);
	mergeAxes(axes);
	if (axes.some((axis) => axis.dstTable !== undefined || axis.srcTable !== undefined))
		copyByTables(to, from, axes, dstStart, srcStart);
	else copyPlanes(to, from, axes, dstStart, srcStart);
}

/** Entries of 4 bytes as integers: a float32 that is a signalling NaN comes out quiet where it passes through a number. */
function integersFor(entries: TypedArray): TypedArray {
	if (entries.BYTES_PER_ELEMENT !== 4) return entries;
	return new Uint32Array(entries.buffer, entries.byteOffset, entries.length);
}

/** The axis with the smallest step in the destination goes innermost, whatever the layout of the source. */
function sortBySpan(axes: Axis[]): void {
	for (let i = 1; i < axes.length; i++) {
		const axis = axes[i] as Axis;
		let at = i;
		for (; at > 0 && Math.abs((axes[at - 1] as Axis).dst) < Math.abs(axis.dst); at--) axes[at] = axes[at - 1] as Axis;
		axes[at] = axis;
	}
}

/** Two axes that are contiguous on both sides become one. */
function mergeAxes(axes: Axis[]): void {
	for (let i = axes.length - 1; i > 0; i--) {
		const inner = axes[i] as Axis;
		const outer = axes[i - 1] as Axis;
		if (inner.dstTable ?? inner.srcTable ?? outer.dstTable ?? outer.srcTable) continue;
		if (outer.dst !== inner.dst * inner.count || outer.src !== inner.src * inner.count) continue;
		outer.count *= inner.count;
		outer.dst = inner.dst;
		outer.src = inner.src;
		axes.splice(i, 1);
	}
}

function copyPlanes(dst: TypedArray, src: TypedArray, axes: readonly Axis[], dstStart: number, srcStart: number): void {
	const inner = axes.at(-1);
	if (inner === undefined) {
		dst[dstStart] = src[srcStart] as never;
		return;
	}
	if (inner.dst === 1 && inner.src === 0) {
		forEachOuter(axes, 1, dstStart, srcStart, (d, s) => dst.fill(src[s] as never, d, d + inner.count));
		return;
	}
	const unit = inner.dst === 1 && inner.src === 1;
	if (unit && inner.count * dst.BYTES_PER_ELEMENT >= BULK_BYTES) {
		forEachOuter(axes, 1, dstStart, srcStart, (d, s) =>
			(dst as Uint8Array).set((src as Uint8Array).subarray(s, s + inner.count), d),
		);
		return;
	}
	const words = unit ? widestWords(dst, src, axes, dstStart, srcStart) : 1;
	const scaled = words === 1 ? axes : scaleAxes(axes, words);
	const copyPlane = planeCopier(dst, src, words);
	const plane = firstPlane(scaled);
	forEachOuter(scaled, 2, dstStart / words, srcStart / words, (d, s) => {
		plane.dst = d;
		plane.src = s;
		copyPlane(plane);
	});
}

function firstPlane(axes: readonly Axis[]): Plane {
	const columns = axes.at(-1) as Axis;
	const rows = axes.at(-2);
	return {
		dst: 0,
		src: 0,
		rows: rows?.count ?? 1,
		dstRow: rows?.dst ?? 0,
		srcRow: rows?.src ?? 0,
		columns: columns.count,
		dstColumn: columns.dst,
		srcColumn: columns.src,
	};
}

/** How many entries fit into the widest word (8 bytes at most) by which every row can be copied, on both sides. */
function widestWords(
	dst: TypedArray,
	src: TypedArray,
	axes: readonly Axis[],
	dstStart: number,
	srcStart: number,
): number {
	for (let words = 8 / dst.BYTES_PER_ELEMENT; words > 1; words /= 2) {
		const bytes = words * dst.BYTES_PER_ELEMENT;
		const aligned = (view: TypedArray, start: number): boolean => start % words === 0 && view.byteOffset % bytes === 0;
		if (!aligned(dst, dstStart) || !aligned(src, srcStart)) continue;
		if (
			axes.every(
				(axis, i) =>
					(i === axes.length - 1 ? axis.count : axis.dst) % words === 0 &&
					(i === axes.length - 1 || axis.src % words === 0),
			)
		)
			return words;
	}
	return 1;
}

function scaleAxes(axes: readonly Axis[], words: number): Axis[] {
	return axes.map((axis, i) =>
		i === axes.length - 1
			? { ...axis, count: axis.count / words }
			: { ...axis, dst: axis.dst / words, src: axis.src / words },
	);
}

function planeCopier(dst: TypedArray, src: TypedArray, words: number): (plane: Plane) => void {
	const size = dst.BYTES_PER_ELEMENT * words;
	const span = (view: TypedArray): [ArrayBufferLike, number, number] => [
		view.buffer,
		view.byteOffset,
		Math.floor(view.byteLength / size),
	];
	if (size === 8) {
		const [to, from] = [new Float64Array(...span(dst)), new Float64Array(...span(src))];
		return (plane) => copyPlane64(to, from, plane);
	}
	if (size === 4) {
		const [to, from] = [new Uint32Array(...span(dst)), new Uint32Array(...span(src))];
		return (plane) => copyPlane32(to, from, plane);
	}
	if (size === 2) {
		const [to, from] = [new Uint16Array(...span(dst)), new Uint16Array(...span(src))];
		return (plane) => copyPlane16(to, from, plane);
	}
	const [to, from] = [new Uint8Array(...span(dst)), new Uint8Array(...span(src))];
	return (plane) => copyPlane8(to, from, plane);
}

/** Calls `visit` with the positions of every combination of all axes but the last `inner`. */
function forEachOuter(
	axes: readonly Axis[],
	inner: number,
	dstStart: number,
	srcStart: number,
	visit: (dst: number, src: number) => void,
): void {
	const outer = Math.max(0, axes.length - inner);
	const descend = (d: number, dst: number, src: number): void => {
		if (d === outer) {
			visit(dst, src);
			return;
		}
		const axis = axes[d] as Axis;
		for (let i = 0; i < axis.count; i++)
			descend(d + 1, dst + stepTo(axis.dstTable, i, axis.dst), src + stepTo(axis.srcTable, i, axis.src));
	};
	descend(0, dstStart, srcStart);
}

function stepTo(table: Float64Array | undefined, i: number, step: number): number {
	return table === undefined ? i * step : (table[i] as number);
}

/** Index lists: the innermost axis runs by tables on both sides, the others as they come. */
function copyByTables(
	dst: TypedArray,
	src: TypedArray,
	axes: readonly Axis[],
	dstStart: number,
	srcStart: number,
): void {
	const inner = axes.at(-1) as Axis;
	const dstTable = inner.dstTable ?? progression(inner.count, inner.dst);
	const srcTable = inner.srcTable ?? progression(inner.count, inner.src);
	forEachOuter(axes, 1, dstStart, srcStart, (d, s) => {
		for (let i = 0; i < inner.count; i++) dst[d + (dstTable[i] as number)] = src[s + (srcTable[i] as number)] as never;
	});
}

function progression(count: number, step: number): Float64Array {
	return Float64Array.from({ length: count }, (_, i) => i * step);
}
