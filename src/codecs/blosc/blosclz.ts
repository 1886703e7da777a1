import { copyLiterals, copyMatch, viewed } from "../lempel-ziv/copy.js";

const LONG_MATCH = 6;
const LEAST_MATCH = 3;
/** A distance that begins like this goes on with 16 bits, counted from there. */
const FAR = 31 * 256 + 255;

/**
 * Fills `target` from a BloscLZ stream: runs of literals (5 bits of length) and matches (3 bits of length, 13 of distance), the last a run
 * of literals. False where the stream does not make exactly `target`.
 */
export function decompressBloscLz(stream: Uint8Array, target: Uint8Array): boolean {
	const source = viewed(stream);
	const filled = viewed(target);
	const end = stream.length;
	const size = target.length;
	let from = 0;
	let to = 0;
	while (from < end) {
		const control = from === 0 ? (stream[from++] as number) & 31 : (stream[from++] as number);
		if (control < 32) {
			const length = control + 1;
			if (length > end - from || length > size - to) return false;
			copyLiterals(source, from, filled, to, length);
			from += length;
			to += length;
			if (from === end) return to === size;
			continue;
		}
		let length = (control >> 5) - 1;
		if (length === LONG_MATCH)
			for (let more = 255; more === 255 && from < end; length += more) more = stream[from++] as number;
		length += LEAST_MATCH;
		let distance = (control & 31) * 256 + (stream[from++] ?? 0);
		if (distance === FAR) {
			distance += (stream[from] ?? 0) * 256 + (stream[from + 1] ?? 0);
			from += 2;
		}
		distance += 1;
		if (distance > to || length > size - to) return false;
		copyMatch(filled, to, distance, length);
		to += length;
	}
	return false;
}
