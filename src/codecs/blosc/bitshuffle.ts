/**
 * The filter of blosc that brings bits of equal significance together. It goes by groups of 32 elements, whose equal bits make a word, in
 * two steps: squares of bytes are turned over their diagonals into a tile, and there squares of bits (Warren, Hacker's Delight, 7–3), four
 * of them in eight words at once.
 */
import type { Filter } from "./shuffle.js";

/**
 * Bit `k` of byte `b` of element `i` goes to bit `i % 8` of byte `(8 * b + k) * elements / 8 + i / 8`. A block whose number of elements is
 * no multiple of 8 stays as it is, as in c-blosc; so do bytes after the last whole element.
 */
export const bitshuffle: Filter = (source, target, typesize) => {
	const elements = wholeElements(source, typesize);
	if (elements < GROUP) eachBit(elements, typesize, (bit, place) => moveBit(source, bit, target, place));
	else {
		const { words, planes, groups } = tilesOf(typesize);
		const [from, to] = [viewOf(source), viewOf(target)];
		eachTile(elements, groups, (first, count) => {
			turnBytes({ ...words, view: from, start: first * typesize }, { ...planes, view: tile, start: 0 }, count);
			for (let b = 0; b < typesize; b++) turnBits(tilePlane(b, groups), bitRows(to, b, first, elements), count);
		});
	}
	target.set(source.subarray(elements * typesize), elements * typesize);
};

/** Undoes {@link bitshuffle}. */
export const bitunshuffle: Filter = (source, target, typesize) => {
	const elements = wholeElements(source, typesize);
	if (elements < GROUP) eachBit(elements, typesize, (bit, place) => moveBit(source, place, target, bit));
	else {
		const { words, planes, groups } = tilesOf(typesize);
		const [from, to] = [viewOf(source), viewOf(target)];
		eachTile(elements, groups, (first, count) => {
			for (let b = 0; b < typesize; b++) turnBits(bitRows(from, b, first, elements), tilePlane(b, groups), count);
			turnBytes({ ...planes, view: tile, start: 0 }, { ...words, view: to, start: first * typesize }, count);
		});
	}
	target.set(source.subarray(elements * typesize), elements * typesize);
};

/** So many are shuffled. */
function wholeElements(source: Uint8Array, typesize: number): number {
	const elements = Math.floor(source.length / typesize);
	return elements % 8 === 0 ? elements : 0;
}

/** Elements that are worked on together. */
const GROUP = 32;
/** In a tile, a group has so many bytes for each byte of an element. */
const GROUP_BYTES = 32;

/** Between the two steps; it stays in the processor's nearest cache. A group of elements of 255 bytes needs 8160. */
const tile = new DataView(new ArrayBuffer(32768));

/** Where the bytes of four words, a square, lie in one group, and how far it is to the next: entry `4 * s + k` is word `k` of square `s`. */
interface Squares {
	readonly places: Int32Array;
	readonly next: number;
}

interface Tiles {
	readonly typesize: number;
	/** Groups in a tile, at most. */
	readonly groups: number;
	/** The elements of a group: byte `i` of a quarter, which is 8 elements, with those at the same place in the other three. */
	readonly words: Squares;
	/** In a tile: plane by plane, byte by byte of a quarter, a word of those in all four. */
	readonly planes: Squares;
}

let latest: Tiles | undefined;

function tilesOf(typesize: number): Tiles {
	if (latest?.typesize === typesize) return latest;
	const quarter = 8 * typesize;
	const groups = Math.floor(tile.byteLength / (GROUP_BYTES * typesize));
	const plane = GROUP_BYTES * groups;
	const words = Int32Array.from({ length: quarter }, (_, i) => (i & ~3) + (i & 3) * quarter);
	const planes = Int32Array.from(words, (_, i) => (i % typesize) * plane + 4 * Math.floor(i / typesize));
	latest = {
		typesize,
		groups,
		words: { places: words, next: 4 * quarter },
		planes: { places: planes, next: GROUP_BYTES },
	};
	return latest;
}

/** All elements by groups, at most so many at a time; the last group overlaps the one before where it would be short. */
function eachTile(elements: number, most: number, work: (first: number, groups: number) => void): void {
	for (let at = 0; at < elements; ) {
		const first = Math.min(at, elements - GROUP);
		const count = Math.min(most, Math.floor((elements - first) / GROUP));
		work(first, count);
		at = first + GROUP * count;
	}
}

interface PlacedSquares extends Squares {
	readonly view: DataView;
	readonly start: number;
}

function turnBytes(from: PlacedSquares, to: PlacedSquares, groups: number): void {
	for (let i = 0; i < from.places.length; i += 4) turnSquares(squareOf(from, i), squareOf(to, i), groups);
}

/** Where the words of a square are in the first group. */
interface Square {
	readonly view: DataView;
	readonly first: number;
	readonly second: number;
	readonly third: number;
	readonly fourth: number;
	readonly next: number;
}

function squareOf({ view, start, places, next }: PlacedSquares, i: number): Square {
	const at = (k: number): number => start + (places[i + k] as number);
	return { view, first: at(0), second: at(1), third: at(2), fourth: at(3), next };
}

/** The same square of every group. */
function turnSquares(from: Square, to: Square, groups: number): void {
	const { view: source, first: s0, second: s1, third: s2, fourth: s3, next: fromNext } = from;
	const { view: target, first: t0, second: t1, third: t2, fourth: t3, next: toNext } = to;
	for (let g = 0, f = 0, d = 0; g < groups; g++, f += fromNext, d += toNext) {
		const w0 = source.getInt32(f + s0, true);
		const w1 = source.getInt32(f + s1, true);
		const w2 = source.getInt32(f + s2, true);
		const w3 = source.getInt32(f + s3, true);
		const even01 = (w0 & 0x00ff00ff) | ((w1 & 0x00ff00ff) << 8);
		const even23 = (w2 & 0x00ff00ff) | ((w3 & 0x00ff00ff) << 8);
		const odd01 = ((w0 >>> 8) & 0x00ff00ff) | (w1 & 0xff00ff00);
		const odd23 = ((w2 >>> 8) & 0x00ff00ff) | (w3 & 0xff00ff00);
		target.setInt32(d + t0, (even01 & 0xffff) | (even23 << 16), true);
		target.setInt32(d + t1, (odd01 & 0xffff) | (odd23 << 16), true);
		target.setInt32(d + t2, (even01 >>> 16) | (even23 & 0xffff0000), true);
		target.setInt32(d + t3, (odd01 >>> 16) | (odd23 & 0xffff0000), true);
	}
}

/** Eight words of each group: word `k` of group `g` is at `start + g * next + k * step`. */
interface Octets {
	readonly view: DataView;
	readonly start: number;
	readonly step: number;
	readonly next: number;
}

/** Of byte `b` of the elements. */
function tilePlane(b: number, groups: number): Octets {
	return { view: tile, start: b * GROUP_BYTES * groups, step: 4, next: GROUP_BYTES };
}

/** The same from element `first` on, bit by bit. */
function bitRows(view: DataView, b: number, first: number, elements: number): Octets {
	const row = elements / 8;
	return { view, start: 8 * b * row + first / 8, step: row, next: 4 };
}

/** By halves, quarters and eighths. */
function turnBits(from: Octets, to: Octets, groups: number): void {
	const { view: source, step: s, next: fromNext } = from;
	const { view: target, step: d, next: toNext } = to;
	for (let g = 0, f = from.start, t = to.start; g < groups; g++, f += fromNext, t += toNext) {
		let w0 = source.getInt32(f, true);
		let w1 = source.getInt32(f + s, true);
		let w2 = source.getInt32(f + 2 * s, true);
		let w3 = source.getInt32(f + 3 * s, true);
		let w4 = source.getInt32(f + 4 * s, true);
		let w5 = source.getInt32(f + 5 * s, true);
		let w6 = source.getInt32(f + 6 * s, true);
		let w7 = source.getInt32(f + 7 * s, true);
		let swap = ((w0 >>> 4) ^ w4) & 0x0f0f0f0f;
		w0 ^= swap << 4;
		w4 ^= swap;
		swap = ((w1 >>> 4) ^ w5) & 0x0f0f0f0f;
		w1 ^= swap << 4;
		w5 ^= swap;
		swap = ((w2 >>> 4) ^ w6) & 0x0f0f0f0f;
		w2 ^= swap << 4;
		w6 ^= swap;
		swap = ((w3 >>> 4) ^ w7) & 0x0f0f0f0f;
		w3 ^= swap << 4;
		w7 ^= swap;
		swap = ((w0 >>> 2) ^ w2) & 0x33333333;
		w0 ^= swap << 2;
		w2 ^= swap;
		swap = ((w1 >>> 2) ^ w3) & 0x33333333;
		w1 ^= swap << 2;
		w3 ^= swap;
		swap = ((w4 >>> 2) ^ w6) & 0x33333333;
		w4 ^= swap << 2;
		w6 ^= swap;
		swap = ((w5 >>> 2) ^ w7) & 0x33333333;
		w5 ^= swap << 2;
		w7 ^= swap;
		swap = ((w0 >>> 1) ^ w1) & 0x55555555;
		target.setInt32(t, w0 ^ (swap << 1), true);
		target.setInt32(t + d, w1 ^ swap, true);
		swap = ((w2 >>> 1) ^ w3) & 0x55555555;
		target.setInt32(t + 2 * d, w2 ^ (swap << 1), true);
		target.setInt32(t + 3 * d, w3 ^ swap, true);
		swap = ((w4 >>> 1) ^ w5) & 0x55555555;
		target.setInt32(t + 4 * d, w4 ^ (swap << 1), true);
		target.setInt32(t + 5 * d, w5 ^ swap, true);
		swap = ((w6 >>> 1) ^ w7) & 0x55555555;
		target.setInt32(t + 6 * d, w6 ^ (swap << 1), true);
		target.setInt32(t + 7 * d, w7 ^ swap, true);
	}
}

/** Every bit of fewer elements than a group, and its place among the shuffled. */
function eachBit(elements: number, typesize: number, move: (bit: number, place: number) => void): void {
	for (let bit = 0; bit < 8 * typesize; bit++)
		for (let i = 0; i < elements; i++) move(8 * typesize * i + bit, elements * bit + i);
}

function moveBit(source: Uint8Array, from: number, target: Uint8Array, to: number): void {
	const bit = ((source[from >>> 3] as number) >>> (from & 7)) & 1;
	target[to >>> 3] = ((target[to >>> 3] as number) & ~(1 << (to & 7))) | (bit << (to & 7));
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
	return new DataView(buffer, byteOffset, byteLength);
}
