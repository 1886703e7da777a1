import { corrupt } from "../corrupt.js";
import { copyLiterals, copyMatch, viewed } from "../lempel-ziv/copy.js";
import type { Lz4 } from "./library.js";

/** LZ4 in plain JavaScript: it cannot leave its memory, and notices every block that is wrong. */
export function portableLz4(): Lz4 {
	return {
		decompress(block, target) {
			if (!decompress(block, target)) throw corrupt("lz4", `this is no block of ${target.length} bytes`);
		},
	};
}

const LEAST_MATCH = 4;
const LONG = 15;

/**
 * Sequences of a token (lengths of both parts, 4 bits each), literals, and a match 16 bits back at most; the last has literals only (LZ4
 * block format description). False where they do not make exactly `target`.
 */
function decompress(block: Uint8Array, target: Uint8Array): boolean {
	const source = viewed(block);
	const filled = viewed(target);
	const end = block.length;
	const size = target.length;
	let from = 0;
	let to = 0;
	while (from < end) {
		const token = block[from++] as number;
		let literals = token >> 4;
		if (literals === LONG)
			for (let more = 255; more === 255 && from < end; literals += more) more = block[from++] as number;
		if (literals > end - from || literals > size - to) return false;
		copyLiterals(source, from, filled, to, literals);
		from += literals;
		to += literals;
		if (from === end) return to === size;
		if (end - from < 2) return false;
		const distance = (block[from] as number) | ((block[from + 1] as number) << 8);
		from += 2;
		let length = (token & 15) + LEAST_MATCH;
		if (length === LONG + LEAST_MATCH)
			for (let more = 255; more === 255 && from < end; length += more) more = block[from++] as number;
		if (distance === 0 || distance > to || length > size - to) return false;
		copyMatch(filled, to, distance, length);
		to += length;
	}
	return false;
}
