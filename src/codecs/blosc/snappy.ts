import { copyLiterals, copyMatch, type Viewed, viewed } from "../lempel-ziv/copy.js";

/** Literal runs longer than this tell their length in 1 to 4 bytes more. */
const SHORT_RUN = 60;

/** By tag, so that no step depends on the kind of a copy: its length, the bytes of its distance, those as a mask, and what the tag adds. */
const TAGS = Array.from({ length: 256 }, (_, tag) => tag);
const LENGTHS = Uint8Array.from(TAGS, (tag) => ((tag & 3) === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1));
const EXTRA = Uint8Array.from(TAGS, (tag) => [0, 1, 2, 4][tag & 3] as number);
const MASKS = Int32Array.from(TAGS, (tag) => [0, 0xff, 0xffff, -1][tag & 3] as number);
const HIGH = Uint16Array.from(TAGS, (tag) => ((tag & 3) === 1 ? (tag >> 5) << 8 : 0));

/**
 * Fills `target` from a raw Snappy stream: its length, then literals and copies (google/snappy, format description). False where the
 * stream does not make exactly `target`.
 */
export function decompressSnappy(stream: Uint8Array, target: Uint8Array): boolean {
	const source = viewed(stream);
	const filled = viewed(target);
	const end = stream.length;
	const size = target.length;
	let from = startOf(stream, size);
	let to = 0;
	while (from < end) {
		const tag = stream[from++] as number;
		let length = LENGTHS[tag] as number;
		if ((tag & 3) === 0) {
			if (length > SHORT_RUN) {
				const more = length - SHORT_RUN;
				length = numberAt(source, from, more) + 1;
				from += more;
			}
			if (length > end - from || length > size - to) return false;
			copyLiterals(source, from, filled, to, length);
			from += length;
		} else {
			const word = from + 4 <= end ? source.view.getInt32(from, true) : numberAt(source, from, end - from);
			const distance = ((word & (MASKS[tag] as number)) | (HIGH[tag] as number)) >>> 0;
			from += EXTRA[tag] as number;
			if (distance === 0 || distance > to || length > size - to) return false;
			copyMatch(filled, to, distance, length);
		}
		to += length;
	}
	return to === size && from === end;
}

/** Where the stream goes on after its length, seven bits a byte, the lowest first; never where that is not `size`. */
function startOf(stream: Uint8Array, size: number): number {
	let value = 0;
	for (let i = 0; i < 5; i++) {
		const byte = stream[i] ?? 0;
		value += (byte & 127) * 2 ** (7 * i);
		if (byte < 128) return value === size ? i + 1 : Number.POSITIVE_INFINITY;
	}
	return Number.POSITIVE_INFINITY;
}

function numberAt({ bytes }: Viewed, at: number, count: number): number {
	let value = 0;
	for (let i = 0; i < count; i++) value += (bytes[at + i] ?? 0) * 2 ** (8 * i);
	return value;
}
