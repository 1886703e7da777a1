/** How stored elements become entries of the typed array they are presented in, and back. */
import type { FloatFormat } from "./floats.js";

/** For data types whose presented entries are not the stored words bit for bit. Both in the byte order of the machine. */
export interface Storage {
	/** The entries of stored words, which begin at a multiple of the size of a word: perhaps over the same memory. */
	present(stored: Uint8Array): Uint8Array | Int8Array | Float32Array;
	/** The stored words of entries, which wrap or are rounded as the data type does: perhaps over the same memory. */
	store(values: ArrayBufferView): Uint8Array;
}

/** A float type that JavaScript has no numbers of. */
export interface StoredFloat {
	readonly format: FloatFormat;
	readonly storage: Storage;
}

/** The specification stores bool as 0 and 1; another writer's other byte counts as true, as it does to NumPy, and is presented as 1. */
export const truths: Storage = {
	present: (stored) => (isWithin(stored, 0xfe) ? stored : stored.map((byte) => (byte === 0 ? 0 : 1))),
	store: bytesOf,
};

/** Integers of fewer bits than a byte, whose upper bits are ignored when read, and written as a wider integer has them. */
export function fewBits(bits: 2 | 4, signed: boolean): Storage {
	const extend = (stored: Uint8Array): Uint8Array => {
		const shift = 32 - bits;
		if (signed) return stored.map((byte) => (byte << shift) >> shift);
		return isWithin(stored, 0xff << bits) ? stored : stored.map((byte) => (byte << shift) >>> shift);
	};
	return {
		present(stored) {
			const extended = extend(stored);
			return signed ? new Int8Array(extended.buffer, extended.byteOffset, extended.length) : extended;
		},
		store: (values) => extend(bytesOf(values)),
	};
}

/** Whether no byte has one of the bits of `others`. */
function isWithin(stored: Uint8Array, others: number): boolean {
	let i = 0;
	let seen = 0;
	if (stored.byteOffset % 4 === 0) {
		const words = new Int32Array(stored.buffer, stored.byteOffset, stored.length >>> 2);
		for (let w = 0; w < words.length; w++) seen |= words[w] as number;
		i = words.length * 4;
	}
	for (; i < stored.length; i++) seen |= stored[i] as number;
	return ((seen | (seen >>> 8) | (seen >>> 16) | (seen >>> 24)) & others & 0xff) === 0;
}

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
	return new Uint8Array(buffer, byteOffset, byteLength);
}
