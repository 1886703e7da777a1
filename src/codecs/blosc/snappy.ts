import { copyMatch } from "../copy-match.js";

const LITERAL = 0;
/** Literal runs longer than this tell their length in 1 to 4 bytes more. */
const SHORT_RUN = 60;

/**
 * Fills `target` from a raw Snappy stream: its length, then literals and copies (google/snappy, format description). False where the
 * stream does not make exactly `target`.
 */
export function decompressSnappy(stream: Uint8Array, target: Uint8Array): boolean {
	const size = target.length;
	let from = 0;
	const number = (bytes: number): number => {
		let value = 0;
		for (let i = 0; i < bytes; i++) value += (stream[from++] ?? 0) * 2 ** (8 * i);
		return value;
	};
	if (varint() !== size) return false;
	let to = 0;
	while (from < stream.length) {
		const tag = stream[from++] as number;
		if ((tag & 3) === LITERAL) {
			const short = (tag >> 2) + 1;
			const length = short > SHORT_RUN ? number(short - SHORT_RUN) + 1 : short;
			if (length > stream.length - from || length > size - to) return false;
			target.set(stream.subarray(from, from + length), to);
			from += length;
			to += length;
			continue;
		}
		const isNear = (tag & 3) === 1;
		const length = isNear ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
		const distance = isNear ? (tag >> 5) * 256 + number(1) : number((tag & 3) === 2 ? 2 : 4);
		if (distance === 0 || distance > to || length > size - to) return false;
		copyMatch(target, to, distance, length);
		to += length;
	}
	return to === size && from === stream.length;

	function varint(): number {
		let value = 0;
		for (let shift = 0; shift < 35; shift += 7) {
			const byte = number(1);
			value += (byte & 127) * 2 ** shift;
			if (byte < 128) return value;
		}
		return -1;
	}
}
