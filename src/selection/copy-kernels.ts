/**
 * The innermost loops of every copy. The same few lines stand here once per word size on purpose: V8 compiles a loop over one kind
 * of typed array several times faster than one that has seen three, and closures of one source text share what they have seen.
 */

/** Two nested axes of a copy; positions and steps count words. */
export interface Plane {
	dst: number;
	src: number;
	rows: number;
	dstRow: number;
	srcRow: number;
	columns: number;
	dstColumn: number;
	srcColumn: number;
}

/** 8-byte words. Copies bits, also of signalling NaNs: `tests/selection/copy.test.ts` holds every V8 tier to that. */
export function copyPlane64(dst: Float64Array, src: Float64Array, plane: Plane): void {
	const { rows, columns, dstRow, srcRow, dstColumn, srcColumn } = plane;
	for (let row = 0, d = plane.dst, s = plane.src; row < rows; row++, d += dstRow, s += srcRow) {
		if (dstColumn === 1 && srcColumn === 1) copyRow64(dst, d, src, s, columns);
		else for (let i = 0, p = d, q = s; i < columns; i++, p += dstColumn, q += srcColumn) dst[p] = src[q] as number;
	}
}

/** Unrolled eightfold: this is what reaches the speed of C's memcpy on rows of a few hundred bytes. */
function copyRow64(dst: Float64Array, d: number, src: Float64Array, s: number, count: number): void {
	const end = s + count;
	for (const last = end - 7; s < last; s += 8, d += 8) {
		dst[d] = src[s] as number;
		dst[d + 1] = src[s + 1] as number;
		dst[d + 2] = src[s + 2] as number;
		dst[d + 3] = src[s + 3] as number;
		dst[d + 4] = src[s + 4] as number;
		dst[d + 5] = src[s + 5] as number;
		dst[d + 6] = src[s + 6] as number;
		dst[d + 7] = src[s + 7] as number;
	}
	for (; s < end; s++, d++) dst[d] = src[s] as number;
}

export function copyPlane32(dst: Uint32Array, src: Uint32Array, plane: Plane): void {
	const { rows, columns, dstRow, srcRow, dstColumn, srcColumn } = plane;
	for (let row = 0, d = plane.dst, s = plane.src; row < rows; row++, d += dstRow, s += srcRow) {
		for (let i = 0, p = d, q = s; i < columns; i++, p += dstColumn, q += srcColumn) dst[p] = src[q] as number;
	}
}

export function copyPlane16(dst: Uint16Array, src: Uint16Array, plane: Plane): void {
	const { rows, columns, dstRow, srcRow, dstColumn, srcColumn } = plane;
	for (let row = 0, d = plane.dst, s = plane.src; row < rows; row++, d += dstRow, s += srcRow) {
		for (let i = 0, p = d, q = s; i < columns; i++, p += dstColumn, q += srcColumn) dst[p] = src[q] as number;
	}
}

export function copyPlane8(dst: Uint8Array, src: Uint8Array, plane: Plane): void {
	const { rows, columns, dstRow, srcRow, dstColumn, srcColumn } = plane;
	for (let row = 0, d = plane.dst, s = plane.src; row < rows; row++, d += dstRow, s += srcRow) {
		for (let i = 0, p = d, q = s; i < columns; i++, p += dstColumn, q += srcColumn) dst[p] = src[q] as number;
	}
}
