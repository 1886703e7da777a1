/**
 * The innermost loops of every copy. The same few lines stand here once per word size on purpose: V8 compiles a loop over one kind
 * of typed array several times faster than one that has seen three, and closures of one source text share what they have seen.
 *
 * `| 0` after each sum tells the compiler that positions fit 32 bits, which saves an overflow check per access; who calls keeps to that.
 */

/**
 * Words of 8 bytes. Engines may change the bits of a NaN that passes through a Float64Array, and what looks like a NaN may be half of
 * something else. V8 does not, in any of its tiers (`tests/selection/copy.test.ts` holds it to that), and is a fifth faster with them than
 * with BigUint64Array, which takes their place elsewhere.
 */
export const Words64: Float64ArrayConstructor = keepsBits() ? Float64Array : (BigUint64Array as never);

function keepsBits(): boolean {
	const bits = Uint32Array.of(1, 0x7ff00000, 0xffffffff, 0xffffffff, 0xfff7ffff, 0xfff7ffff, 2, 0xfff80000);
	const words = new Float64Array(bits.buffer);
	const copies = new Float64Array(words.length);
	for (let i = 0; i < words.length; i++) copies[i] = words[i] as number;
	return new Uint32Array(copies.buffer).every((half, i) => half === bits[i]);
}

/** Two nested axes of a copy; positions and steps count words, and stay below 2^31. */
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

export function copyPlane64(dst: Float64Array, src: Float64Array, plane: Plane): void {
	const { rows, columns, dstRow, srcRow } = plane;
	const unit = plane.dstColumn === 1 && plane.srcColumn === 1;
	for (let row = 0, d = plane.dst, s = plane.src; row < rows; row++, d += dstRow, s += srcRow) {
		if (unit) copyRow64(dst, d, src, s, columns);
		else copySteps64(dst, d, src, s, plane);
	}
}

/** Unrolled sixteenfold, then fourfold: a longer body is too long for V8, which then leaves checks inside the loop that it hoists else. */
function copyRow64(dst: Float64Array, d: number, src: Float64Array, s: number, count: number): void {
	d |= 0;
	s |= 0;
	const end = (s + count) | 0;
	for (const last = (end - 15) | 0; s < last; s = (s + 16) | 0, d = (d + 16) | 0) {
		dst[d] = src[s] as number;
		dst[(d + 1) | 0] = src[(s + 1) | 0] as number;
		dst[(d + 2) | 0] = src[(s + 2) | 0] as number;
		dst[(d + 3) | 0] = src[(s + 3) | 0] as number;
		dst[(d + 4) | 0] = src[(s + 4) | 0] as number;
		dst[(d + 5) | 0] = src[(s + 5) | 0] as number;
		dst[(d + 6) | 0] = src[(s + 6) | 0] as number;
		dst[(d + 7) | 0] = src[(s + 7) | 0] as number;
		dst[(d + 8) | 0] = src[(s + 8) | 0] as number;
		dst[(d + 9) | 0] = src[(s + 9) | 0] as number;
		dst[(d + 10) | 0] = src[(s + 10) | 0] as number;
		dst[(d + 11) | 0] = src[(s + 11) | 0] as number;
		dst[(d + 12) | 0] = src[(s + 12) | 0] as number;
		dst[(d + 13) | 0] = src[(s + 13) | 0] as number;
		dst[(d + 14) | 0] = src[(s + 14) | 0] as number;
		dst[(d + 15) | 0] = src[(s + 15) | 0] as number;
	}
	for (const last = (end - 3) | 0; s < last; s = (s + 4) | 0, d = (d + 4) | 0) {
		dst[d] = src[s] as number;
		dst[(d + 1) | 0] = src[(s + 1) | 0] as number;
		dst[(d + 2) | 0] = src[(s + 2) | 0] as number;
		dst[(d + 3) | 0] = src[(s + 3) | 0] as number;
	}
	for (; s < end; s = (s + 1) | 0, d = (d + 1) | 0) dst[d] = src[s] as number;
}

function copySteps64(dst: Float64Array, d: number, src: Float64Array, s: number, plane: Plane): void {
	const count = plane.columns | 0;
	const dstStep = plane.dstColumn | 0;
	const srcStep = plane.srcColumn | 0;
	d |= 0;
	s |= 0;
	let i = 0;
	for (const last = (count - 3) | 0; i < last; i = (i + 4) | 0) {
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
	}
	for (; i < count; i = (i + 1) | 0, d = (d + dstStep) | 0, s = (s + srcStep) | 0) dst[d] = src[s] as number;
}

export function copyPlane32(dst: Uint32Array, src: Uint32Array, plane: Plane): void {
	const { rows, columns, dstRow, srcRow } = plane;
	const unit = plane.dstColumn === 1 && plane.srcColumn === 1;
	for (let row = 0, d = plane.dst, s = plane.src; row < rows; row++, d += dstRow, s += srcRow) {
		if (unit) copyRow32(dst, d, src, s, columns);
		else copySteps32(dst, d, src, s, plane);
	}
}

function copyRow32(dst: Uint32Array, d: number, src: Uint32Array, s: number, count: number): void {
	d |= 0;
	s |= 0;
	const end = (s + count) | 0;
	for (const last = (end - 7) | 0; s < last; s = (s + 8) | 0, d = (d + 8) | 0) {
		dst[d] = src[s] as number;
		dst[(d + 1) | 0] = src[(s + 1) | 0] as number;
		dst[(d + 2) | 0] = src[(s + 2) | 0] as number;
		dst[(d + 3) | 0] = src[(s + 3) | 0] as number;
		dst[(d + 4) | 0] = src[(s + 4) | 0] as number;
		dst[(d + 5) | 0] = src[(s + 5) | 0] as number;
		dst[(d + 6) | 0] = src[(s + 6) | 0] as number;
		dst[(d + 7) | 0] = src[(s + 7) | 0] as number;
	}
	for (; s < end; s = (s + 1) | 0, d = (d + 1) | 0) dst[d] = src[s] as number;
}

function copySteps32(dst: Uint32Array, d: number, src: Uint32Array, s: number, plane: Plane): void {
	const count = plane.columns | 0;
	const dstStep = plane.dstColumn | 0;
	const srcStep = plane.srcColumn | 0;
	d |= 0;
	s |= 0;
	let i = 0;
	for (const last = (count - 3) | 0; i < last; i = (i + 4) | 0) {
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
	}
	for (; i < count; i = (i + 1) | 0, d = (d + dstStep) | 0, s = (s + srcStep) | 0) dst[d] = src[s] as number;
}

export function copyPlane16(dst: Uint16Array, src: Uint16Array, plane: Plane): void {
	const { rows, dstRow, srcRow } = plane;
	for (let row = 0, d = plane.dst, s = plane.src; row < rows; row++, d += dstRow, s += srcRow)
		copySteps16(dst, d, src, s, plane);
}

function copySteps16(dst: Uint16Array, d: number, src: Uint16Array, s: number, plane: Plane): void {
	const count = plane.columns | 0;
	const dstStep = plane.dstColumn | 0;
	const srcStep = plane.srcColumn | 0;
	d |= 0;
	s |= 0;
	let i = 0;
	for (const last = (count - 3) | 0; i < last; i = (i + 4) | 0) {
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
	}
	for (; i < count; i = (i + 1) | 0, d = (d + dstStep) | 0, s = (s + srcStep) | 0) dst[d] = src[s] as number;
}

export function copyPlane8(dst: Uint8Array, src: Uint8Array, plane: Plane): void {
	const { rows, dstRow, srcRow } = plane;
	for (let row = 0, d = plane.dst, s = plane.src; row < rows; row++, d += dstRow, s += srcRow)
		copySteps8(dst, d, src, s, plane);
}

function copySteps8(dst: Uint8Array, d: number, src: Uint8Array, s: number, plane: Plane): void {
	const count = plane.columns | 0;
	const dstStep = plane.dstColumn | 0;
	const srcStep = plane.srcColumn | 0;
	d |= 0;
	s |= 0;
	let i = 0;
	for (const last = (count - 3) | 0; i < last; i = (i + 4) | 0) {
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
		dst[d] = src[s] as number;
		d = (d + dstStep) | 0;
		s = (s + srcStep) | 0;
	}
	for (; i < count; i = (i + 1) | 0, d = (d + dstStep) | 0, s = (s + srcStep) | 0) dst[d] = src[s] as number;
}
