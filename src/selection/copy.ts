import type { TypedArray, Values } from "../format/data-types.js";
import { copyPlane8, copyPlane16, copyPlane32, copyPlane64, type Plane, Words64 } from "./copy-kernels.js";

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

/** A {@link Walk} without its starts. */
interface Axis {
	count: number;
	dst: number;
	src: number;
	dstTable: Float64Array | undefined;
	srcTable: Float64Array | undefined;
}

/** A copy as it is carried out: outermost axis first, all positions in words. */
interface Copy {
	readonly dst: Words;
	readonly src: Words;
	readonly axes: readonly Axis[];
	readonly dstStart: number;
	readonly srcStart: number;
}

/** Values by their bits. */
type Words = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/**
 * From this many words on a row goes through the runtime's own memory copy. Below, the call costs more than it saves: 30 ns, and some
 * 200 ns for rows of 1 to 2 KiB, which C libraries copy by an instruction that is slow to start.
 */
const bulkWords = (wordSize: number): number => (wordSize < 4 ? 64 : 512);

/** What the kernels can count to. */
const LARGEST_POSITION = 2 ** 31 - 1;

/**
 * Copies `src` to `dst` (two typed arrays of one class, or two plain arrays, which do not overlap) along the product of `walks`, in no particular order, except
 * that of positions which a table repeats the last one wins.
 */
export function copyStrided(dst: Values, src: Values, walks: readonly Walk[]): void {
	let [dstStart, srcStart] = [0, 0];
	const axes: Axis[] = [];
	for (const walk of walks) {
		if (walk.count === 0) return;
		dstStart += walk.dstStart;
		srcStart += walk.srcStart;
		const { count, dstTable, srcTable } = walk;
		const axis = { count, dst: walk.dstStep, src: walk.srcStep, dstTable, srcTable };
		if (count === 1 && !hasTable(axis)) continue;
		axes.push(axis);
		if (axis.src >= 0 || hasTable(axis)) continue;
		// Backwards in the destination instead: a source that is read forwards comes out of the caches in time.
		dstStart += (count - 1) * axis.dst;
		srcStart += (count - 1) * axis.src;
		axis.dst = -axis.dst;
		axis.src = -axis.src;
	}
	sortBySpan(axes);
	mergeAxes(axes);
	if (axes.length === 0) axes.push({ count: 1, dst: 1, src: 1, dstTable: undefined, srcTable: undefined });
	const entries = { axes, dstStart, srcStart };
	if (Array.isArray(dst)) copyEntries(dst, src, entries);
	else carryOut(inWords(dst, src as TypedArray, entries));
}

/** Between plain arrays, one by one. */
function copyEntries(dst: unknown[], src: Values, entries: Omit<Copy, "dst" | "src">): void {
	const copy = { ...entries, dst: dst as never, src: src as never };
	copyElements(copy, copy.axes.at(-1) as Axis);
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
		if (hasTable(inner) || hasTable(outer)) continue;
		if (outer.dst !== inner.dst * inner.count || outer.src !== inner.src * inner.count) continue;
		outer.count *= inner.count;
		outer.dst = inner.dst;
		outer.src = inner.src;
		axes.splice(i, 1);
	}
}

function hasTable(axis: Axis): boolean {
	return axis.dstTable !== undefined || axis.srcTable !== undefined;
}

/** The same copy in the widest words, of 8 bytes at most, that divide every row and every step on both sides. */
function inWords(dst: TypedArray, src: TypedArray, entries: Omit<Copy, "dst" | "src">): Copy {
	const size = dst.BYTES_PER_ELEMENT;
	const inner = entries.axes.at(-1) as Axis;
	let scale = inner.dst === 1 && inner.src === 1 && !hasTable(inner) ? 8 / size : 1;
	while (scale > 1 && !divides(scale, entries, (dst.byteOffset | src.byteOffset) / size)) scale /= 2;
	const { axes, dstStart, srcStart } = entries;
	return {
		dst: wordsOf(dst, size * scale),
		src: wordsOf(src, size * scale),
		axes:
			scale === 1
				? axes
				: axes.map((axis) => (axis === inner ? { ...axis, count: axis.count / scale } : narrow(axis, scale))),
		dstStart: dstStart / scale,
		srcStart: srcStart / scale,
	};
}

/** True where words of `scale` entries divide the rows and all positions. Entries are a power of two, so bits tell. */
function divides(scale: number, { axes, dstStart, srcStart }: Omit<Copy, "dst" | "src">, offsets: number): boolean {
	const whole = (position: number): boolean => position % scale === 0;
	return (
		whole(offsets) &&
		whole(dstStart) &&
		whole(srcStart) &&
		axes.every(({ count, dst, src, dstTable, srcTable }, d) => {
			if (d === axes.length - 1) return whole(count);
			return (dstTable?.every(whole) ?? whole(dst)) && (srcTable?.every(whole) ?? whole(src));
		})
	);
}

function narrow({ count, dst, src, dstTable, srcTable }: Axis, scale: number): Axis {
	const divide = (position: number): number => position / scale;
	return {
		count,
		dst: dst / scale,
		src: src / scale,
		dstTable: dstTable?.map(divide),
		srcTable: srcTable?.map(divide),
	};
}

/** The bytes of `view` as words of `size` bytes. */
function wordsOf({ buffer, byteOffset, byteLength }: TypedArray, size: number): Words {
	const length = Math.floor(byteLength / size);
	if (size === 8) return new Words64(buffer, byteOffset, length);
	if (size === 4) return new Uint32Array(buffer, byteOffset, length);
	return size === 2 ? new Uint16Array(buffer, byteOffset, length) : new Uint8Array(buffer, byteOffset, length);
}

function carryOut(copy: Copy): void {
	const inner = copy.axes.at(-1) as Axis;
	if (hasTable(inner)) copyElements(copy, inner);
	else if (inner.dst === 1 && inner.src === 0) fillRows(copy, inner);
	else if (inner.dst === 1 && inner.src === 1 && inner.count >= bulkWords(copy.dst.BYTES_PER_ELEMENT))
		copyRows(copy, inner);
	else if (Math.max(copy.dst.length, copy.src.length) > LARGEST_POSITION) copyElements(copy, inner);
	else copyPlanes(copy, inner);
}

function fillRows(copy: Copy, { count }: Axis): void {
	const { dst, src } = copy;
	forEachOuter(copy, 1, (d, s) => dst.fill(src[s] as never, d, d + count));
}

function copyRows(copy: Copy, { count }: Axis): void {
	const [dst, src] = [copy.dst as Uint8Array, copy.src as Uint8Array];
	forEachOuter(copy, 1, (d, s) => dst.set(src.subarray(s, s + count), d));
}

function copyPlanes(copy: Copy, columns: Axis): void {
	const last = copy.axes.at(-2);
	const rows = last === undefined || hasTable(last) ? undefined : last;
	const plane: Plane = {
		dst: 0,
		src: 0,
		rows: rows?.count ?? 1,
		dstRow: rows?.dst ?? 0,
		srcRow: rows?.src ?? 0,
		columns: columns.count,
		dstColumn: columns.dst,
		srcColumn: columns.src,
	};
	const copyPlane = kernelOf(copy.dst);
	forEachOuter(copy, rows === undefined ? 1 : 2, (d, s) => {
		plane.dst = d;
		plane.src = s;
		copyPlane(copy.dst as never, copy.src as never, plane);
	});
}

function kernelOf(words: Words): (dst: never, src: never, plane: Plane) => void {
	const size = words.BYTES_PER_ELEMENT;
	if (size === 8) return copyPlane64;
	if (size === 4) return copyPlane32;
	return size === 2 ? copyPlane16 : copyPlane8;
}

/** One by one: rows along an index list, and arrays too large for the kernels. */
function copyElements(copy: Copy, { count, dst, src, dstTable, srcTable }: Axis): void {
	const [to, from] = [copy.dst, copy.src];
	forEachOuter(copy, 1, (d, s) => {
		for (let i = 0; i < count; i++) to[d + stepTo(dstTable, i, dst)] = from[s + stepTo(srcTable, i, src)] as never;
	});
}

/** Calls `visit` with the positions of every combination of all axes but the last `inner`. */
function forEachOuter(copy: Copy, inner: number, visit: (dst: number, src: number) => void): void {
	const outer = copy.axes.length - inner;
	const descend = (depth: number, dst: number, src: number): void => {
		if (depth === outer) {
			visit(dst, src);
			return;
		}
		const axis = copy.axes[depth] as Axis;
		for (let i = 0; i < axis.count; i++)
			descend(depth + 1, dst + stepTo(axis.dstTable, i, axis.dst), src + stepTo(axis.srcTable, i, axis.src));
	};
	descend(0, copy.dstStart, copy.srcStart);
}

function stepTo(table: Float64Array | undefined, i: number, step: number): number {
	return table === undefined ? i * step : (table[i] as number);
}
