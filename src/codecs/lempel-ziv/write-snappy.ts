import { copyLiterals, type Viewed } from "./copy.js";
import type { Writer } from "./matches.js";

const NEAR_COPY = 1;
const COPY = 2;
/** Longer runs tell their length in bytes of its own. */
const SHORT_RUN = 60;
const LONGEST_NEAR = 11;
const FARTHEST_NEAR = 2047;
const LONGEST_COPY = 64;

/** Raw Snappy streams (google/snappy, format description): the length in seven bits a byte, then literals and copies. */
export const snappyWriter: Writer = {
	begin({ source }, output) {
		const { bytes } = output.target;
		let rest = source.bytes.length;
		for (; rest >= 128; rest >>>= 7) bytes[output.at++] = (rest & 127) | 128;
		bytes[output.at++] = rest;
	},
	matches(scan, output) {
		const { source, matches, count } = scan;
		const { target } = output;
		let { at, told } = output;
		for (let i = 0; i < count; i += 3) {
			const start = matches[i] as number;
			const length = matches[i + 1] as number;
			if (start > told) at = writeLiterals(source, told, start, target, at);
			at = writeCopies(target, at, length, matches[i + 2] as number);
			told = start + length;
		}
		output.at = at;
		output.told = told;
	},
	end(scan, output) {
		const { told, target, at } = output;
		const { length } = scan.source.bytes;
		if (length > told) output.at = writeLiterals(scan.source, told, length, target, at);
	},
};

function writeLiterals(source: Viewed, from: number, to: number, target: Viewed, at: number): number {
	const length = to - from;
	let next = at;
	if (length <= SHORT_RUN) target.bytes[next++] = (length - 1) << 2;
	else next = writeLongRun(target, at, length - 1);
	copyLiterals(source, from, target, next, length);
	return next + length;
}

function writeLongRun({ bytes, view }: Viewed, at: number, less: number): number {
	const count = less < 0x100 ? 1 : less < 0x10000 ? 2 : less < 0x1000000 ? 3 : 4;
	bytes[at] = (SHORT_RUN - 1 + count) << 2;
	view.setUint32(at + 1, less, true);
	return at + 1 + count;
}

/** What is left for the last is never shorter than four bytes. */
function writeCopies(target: Viewed, at: number, length: number, distance: number): number {
	const { bytes } = target;
	let next = at;
	let rest = length;
	for (; rest >= LONGEST_COPY + 4; rest -= LONGEST_COPY) next = writeCopy(target, next, LONGEST_COPY, distance);
	if (rest > LONGEST_COPY) {
		next = writeCopy(target, next, LONGEST_COPY - 4, distance);
		rest -= LONGEST_COPY - 4;
	}
	if (rest > LONGEST_NEAR || distance > FARTHEST_NEAR) return writeCopy(target, next, rest, distance);
	bytes[next++] = NEAR_COPY | ((rest - 4) << 2) | ((distance >>> 8) << 5);
	bytes[next++] = distance;
	return next;
}

function writeCopy({ bytes, view }: Viewed, at: number, length: number, distance: number): number {
	bytes[at] = COPY | ((length - 1) << 2);
	view.setUint16(at + 1, distance, true);
	return at + 3;
}
