export type Endian = "little" | "big";

/** The order in which this machine's typed arrays hold bytes. */
export const HOST_ENDIAN: Endian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? "little" : "big";

/**
 * Reverses the bytes of every word, in place.
 *
 * @param bytes aligned to `wordSize`, a whole number of words
 * @param wordSize 1, 2, 4 or 8 bytes
 */
export function swapWords(bytes: Uint8Array, wordSize: number): void {
	const { buffer, byteOffset, byteLength } = bytes;
	if (wordSize === 2) swap16(new Uint16Array(buffer, byteOffset, byteLength / 2));
	else if (wordSize === 4) swap32(new Uint32Array(buffer, byteOffset, byteLength / 4));
	else if (wordSize === 8) swap64(new Uint32Array(buffer, byteOffset, byteLength / 4));
}

function swap16(words: Uint16Array): void {
	for (let i = 0; i < words.length; i++) {
		const word = words[i] as number;
		words[i] = (word << 8) | (word >>> 8);
	}
}

function swap32(words: Uint32Array): void {
	for (let i = 0; i < words.length; i++) words[i] = swapped32(words[i] as number);
}

/** As halves: both are swapped, and they change places. */
function swap64(halves: Uint32Array): void {
	for (let i = 0; i < halves.length; i += 2) {
		const first = halves[i] as number;
		halves[i] = swapped32(halves[i + 1] as number);
		halves[i + 1] = swapped32(first);
	}
}

function swapped32(word: number): number {
	return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
