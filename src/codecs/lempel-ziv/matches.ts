/**
 * What LZ4, Snappy and BloscLZ have in common: bytes that were there before are told by their distance. A finder looks for such matches,
 * a stretch of the input at a time; a writer then says them, and the literals between them, in its format's words.
 */
import { type Viewed, viewed } from "./copy.js";

/** Bytes of which the matches are being found, and those of the latest stretch. */
export interface Scan {
	readonly source: Viewed;
	/** Where the finder goes on. */
	at: number;
	/** Three numbers each: where the match begins, how long it is, how far behind it the same bytes are. */
	readonly matches: Int32Array;
	/** Numbers of `matches` that count. */
	count: number;
}

/**
 * Looks for matches from `scan.at` on, and leaves `scan.at` at the end of the bytes, or where it went on from after a stretch. Matches
 * have at least {@link LEAST_MATCH} bytes, reach back at most {@link MOST_DISTANCE}, begin {@link TAIL_BYTES} before the end at the latest, and
 * leave {@link LAST_LITERALS} there.
 */
export type Find = (scan: Scan) => void;

/** Where a stream goes, which has room for all that may come. */
export interface Output {
	readonly target: Viewed;
	/** Bytes of the stream so far. */
	at: number;
	/** Bytes of the input that it tells so far. */
	told: number;
}

/** Each writes on from `output.at`, and the input on from `output.told`. */
export interface Writer {
	begin(scan: Scan, output: Output): void;
	/** The matches of a stretch. */
	matches(scan: Scan, output: Output): void;
	/** The literals after the last match. */
	end(scan: Scan, output: Output): void;
}

export const LEAST_MATCH = 4;
export const MOST_DISTANCE = 65535;
/** LZ4 has no match that begins later (block format description, "End of block conditions"). */
export const TAIL_BYTES = 12;
export const LAST_LITERALS = 5;

/** Bytes that are looked through before their matches are written. */
export const STRETCH_BYTES = 65536;

const found = new Int32Array((3 * STRETCH_BYTES) / LEAST_MATCH + 3);

/** Bytes that {@link compress} needs for a stream at most: what does not compress becomes a little longer, and is copied by whole words. */
export function roomFor(length: number): number {
	return length + (length >>> 5) + 64;
}

/** A stream of `bytes` at the front of `target`, which has {@link roomFor} them; its length. */
export function compress(bytes: Uint8Array, find: Find, writer: Writer, target: Uint8Array): number {
	const scan: Scan = { source: viewed(bytes), at: 0, matches: found, count: 0 };
	const output: Output = { target: viewed(target), at: 0, told: 0 };
	writer.begin(scan, output);
	while (scan.at < bytes.length) {
		scan.count = 0;
		find(scan);
		writer.matches(scan, output);
	}
	writer.end(scan, output);
	return output.at;
}

/** A length goes on in bytes that are added up, until one is less than 255. Where it ends. */
export function writeRest(bytes: Uint8Array, at: number, length: number): number {
	let to = at;
	let rest = length;
	for (; rest >= 255; rest -= 255) bytes[to++] = 255;
	bytes[to++] = rest;
	return to;
}

/** Up to where, `end` at most, the bytes from `at` on are the same as those from `before` on. */
export function matchEnd(view: DataView, at: number, before: number, end: number): number {
	let to = at;
	const shift = before - at;
	for (; to + 4 <= end; to += 4) {
		const difference = view.getInt32(to, true) ^ view.getInt32(to + shift, true);
		if (difference !== 0) return to + (trailingZeros(difference) >>> 3);
	}
	while (to < end && view.getUint8(to) === view.getUint8(to + shift)) to++;
	return to;
}

function trailingZeros(word: number): number {
	return 31 - Math.clz32(word & -word);
}
