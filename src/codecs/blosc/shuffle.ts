/**
 * The filter of blosc, and HDF5, that brings bytes of equal significance together, so that a compressor finds them alike. Bytes after the
 * last whole element stay where they are.
 */
import { HOST_ENDIAN } from "../byte-order.js";

/** Fills `target` from `source`, both of the same length. */
export type Filter = (source: Uint8Array, target: Uint8Array, typesize: number) => void;

/** Byte `b` of element `i` goes to `b * elements + i`. */
export const shuffle: Filter = (source, target, typesize) => {
	const elements = Math.floor(source.length / typesize);
	const inWords = goesInWords(elements, source, target);
	if (inWords && typesize === 2) shufflePairs(wordsOf(source), wordsOf(target), elements / 2);
	else if (inWords && typesize % 4 === 0)
		for (let column = 0; column < typesize / 4; column++)
			transposeBytes(elementWords(source, typesize, column), planeWords(target, elements, column), elements / 4);
	else
		for (let b = 0; b < typesize; b++)
			for (let i = 0, from = b, to = b * elements; i < elements; i++, from += typesize)
				target[to + i] = source[from] as number;
	copyRest(source, target, elements * typesize);
};

/** Undoes {@link shuffle}. */
export const unshuffle: Filter = (source, target, typesize) => {
	const elements = Math.floor(source.length / typesize);
	const inWords = goesInWords(elements, source, target);
	if (inWords && typesize === 2) unshufflePairs(wordsOf(source), wordsOf(target), elements / 2);
	else if (inWords && typesize % 4 === 0)
		for (let column = 0; column < typesize / 4; column++)
			transposeBytes(planeWords(source, elements, column), elementWords(target, typesize, column), elements / 4);
	else
		for (let b = 0; b < typesize; b++)
			for (let i = 0, from = b * elements, to = b; i < elements; i++, to += typesize)
				target[to] = source[from + i] as number;
	copyRest(source, target, elements * typesize);
};

function copyRest(source: Uint8Array, target: Uint8Array, start: number): void {
	if (start < source.length) target.set(source.subarray(start), start);
}

/** Four elements at a time: the planes of bytes begin at whole words then. */
function goesInWords(elements: number, source: Uint8Array, target: Uint8Array): boolean {
	const isAligned = source.byteOffset % 4 === 0 && target.byteOffset % 4 === 0;
	return isAligned && elements % 4 === 0 && HOST_ENDIAN === "little";
}

function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint32Array {
	return new Uint32Array(buffer, byteOffset, byteLength >>> 2);
}

/** Groups of items: item `k` of group `g` is at `start + g * next + k * step`. */
interface Groups {
	readonly start: number;
	readonly step: number;
	readonly next: number;
}

interface WordGroups extends Groups {
	readonly words: Uint32Array;
}

/** Of every four elements in a row, the word in `column`. */
function elementWords(bytes: Uint8Array, typesize: number, column: number): WordGroups {
	return { words: wordsOf(bytes), start: column, step: typesize / 4, next: typesize };
}

/** Of the four planes of bytes that the words in `column` become, the words at the same place. */
function planeWords(bytes: Uint8Array, elements: number, column: number): WordGroups {
	return { words: wordsOf(bytes), start: column * elements, step: elements / 4, next: 1 };
}

/** Four words are a square of bytes; each is turned over its diagonal. */
function transposeBytes(from: WordGroups, to: WordGroups, count: number): void {
	const { words: source, step: fromStep, next: fromNext } = from;
	const { words: target, step: toStep, next: toNext } = to;
	for (let g = 0, i = from.start, o = to.start; g < count; g++, i += fromNext, o += toNext) {
		const w0 = source[i] as number;
		const w1 = source[i + fromStep] as number;
		const w2 = source[i + 2 * fromStep] as number;
		const w3 = source[i + 3 * fromStep] as number;
		const low01 = (w0 & 0x00ff00ff) | ((w1 & 0x00ff00ff) << 8);
		const low23 = (w2 & 0x00ff00ff) | ((w3 & 0x00ff00ff) << 8);
		const high01 = ((w0 >>> 8) & 0x00ff00ff) | (w1 & 0xff00ff00);
		const high23 = ((w2 >>> 8) & 0x00ff00ff) | (w3 & 0xff00ff00);
		target[o] = (low01 & 0xffff) | (low23 << 16);
		target[o + toStep] = (high01 & 0xffff) | (high23 << 16);
		target[o + 2 * toStep] = (low01 >>> 16) | (low23 & 0xffff0000);
		target[o + 3 * toStep] = (high01 >>> 16) | (high23 & 0xffff0000);
	}
}

/** Elements of two bytes, four at a time; `words` counts those of the source. */
function shufflePairs(source: Uint32Array, target: Uint32Array, words: number): void {
	const half = words / 2;
	for (let i = 0; i < half; i++) {
		const w0 = source[2 * i] as number;
		const w1 = source[2 * i + 1] as number;
		target[i] = (w0 & 0xff) | ((w0 >>> 8) & 0xff00) | ((w1 & 0xff) << 16) | ((w1 << 8) & 0xff000000);
		target[half + i] = ((w0 >>> 8) & 0xff) | ((w0 >>> 16) & 0xff00) | ((w1 << 8) & 0xff0000) | (w1 & 0xff000000);
	}
}

function unshufflePairs(source: Uint32Array, target: Uint32Array, words: number): void {
	const half = words / 2;
	for (let i = 0; i < half; i++) {
		const low = source[i] as number;
		const high = source[half + i] as number;
		target[2 * i] = (low & 0xff) | ((high & 0xff) << 8) | ((low & 0xff00) << 8) | ((high & 0xff00) << 16);
		target[2 * i + 1] =
			((low >>> 16) & 0xff) | ((high >>> 8) & 0xff00) | ((low >>> 8) & 0xff0000) | (high & 0xff000000);
	}
}
