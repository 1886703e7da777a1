import { copyLiterals, type Viewed } from "./copy.js";
import { type Writer, writeRest } from "./matches.js";

/** Literals in a run. */
const MOST_LITERALS = 32;
/** In a stream's first byte, as c-blosc has it. */
const MARK = 1 << 5;
/** Of a match; 7, and bytes of their own, tell longer ones. */
const LONG_LENGTH = 7;
/** A length of `n` bytes is told as `n - 2`. */
const LENGTH_BIAS = 2;
/** From here on a distance goes on in 16 bits. */
const FAR = 31 * 256 + 255;
/** A far match takes four bytes, and one more before the literals that follow. */
const LEAST_FAR_MATCH = 6;

/**
 * BloscLZ streams (c-blosc): runs of literals, 5 bits of length each, and matches, 3 bits of length and 13 of distance. Literals are first
 * and last.
 */
export const bloscLzWriter: Writer = {
	begin() {},
	matches(scan, output) {
		const { source, matches, count } = scan;
		const { target } = output;
		let { at, told } = output;
		for (let i = 0; i < count; i += 3) {
			const start = matches[i] as number;
			const length = matches[i + 1] as number;
			const distance = (matches[i + 2] as number) - 1;
			if (distance >= FAR && length < LEAST_FAR_MATCH) continue;
			at = writeLiterals(source, told, start, target, at);
			at = writeMatch(target.bytes, at, length - LENGTH_BIAS, distance);
			told = start + length;
		}
		output.at = at;
		output.told = told;
	},
	end(scan, output) {
		const { told, target, at } = output;
		output.at = writeLiterals(scan.source, told, scan.source.bytes.length, target, at);
		target.bytes[0] = (target.bytes[0] as number) | MARK;
	},
};

function writeLiterals(source: Viewed, from: number, to: number, target: Viewed, at: number): number {
	let next = at;
	for (let start = from; start < to; start += MOST_LITERALS) {
		const length = Math.min(to - start, MOST_LITERALS);
		target.bytes[next++] = length - 1;
		copyLiterals(source, start, target, next, length);
		next += length;
	}
	return next;
}

function writeMatch(bytes: Uint8Array, at: number, length: number, distance: number): number {
	const near = Math.min(distance, FAR);
	let next = at;
	bytes[next++] = (Math.min(length, LONG_LENGTH) << 5) | (near >>> 8);
	if (length >= LONG_LENGTH) next = writeRest(bytes, next, length - LONG_LENGTH);
	bytes[next++] = near;
	if (distance < FAR) return next;
	bytes[next++] = (distance - FAR) >>> 8;
	bytes[next++] = distance - FAR;
	return next;
}
