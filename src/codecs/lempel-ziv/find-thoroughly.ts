import {
	type Find,
	LAST_LITERALS,
	LEAST_MATCH,
	MOST_DISTANCE,
	matchEnd,
	type Scan,
	STRETCH_BYTES,
	TAIL_BYTES,
} from "./matches.js";
import { hashOf, PlaceCount } from "./place-count.js";

const HASH_BITS = 16;
const SHIFT = 32 - HASH_BITS;
/** Where four bytes with the same hash were last. */
const table = new Int32Array(2 ** HASH_BITS);
const places = new PlaceCount(table);
/** By place how far back the same hash was before; {@link MOST_DISTANCE} where that is farther, or nowhere. */
const steps = new Uint16Array(MOST_DISTANCE + 1);

/**
 * Takes the longest of the matches with the same hash, so many of the latest at most, and rather the one at the next byte where that
 * reaches farther.
 *
 * @param attempts 1 and more
 * @param patience after 2 to the power of so many failures the step becomes longer by a byte: where nothing repeats, nothing is missed
 */
export function findThoroughly(attempts: number, patience: number): Find {
	let origin = 0;
	return (scan) => {
		if (scan.at === 0) origin = places.begin(scan.source.bytes.length);
		findIn(scan, { view: scan.source.view, origin, attempts, before: 0 }, patience);
	};
}

interface Search {
	readonly view: DataView;
	/** Of the bytes in the count of places. */
	readonly origin: number;
	readonly attempts: number;
	/** Where the bytes are that were found last. */
	before: number;
}

function findIn(scan: Scan, search: Search, patience: number): void {
	const { source, matches } = scan;
	const { bytes } = source;
	const lastStart = bytes.length - TAIL_BYTES;
	const stretchEnd = Math.min(lastStart, scan.at + STRETCH_BYTES);
	let count = 0;
	let literals = scan.at;
	let at = scan.at;
	let tries = 1 << patience;
	while (at <= stretchEnd) {
		let end = longest(search, at, at + LEAST_MATCH - 1);
		if (end < at + LEAST_MATCH) {
			at += tries++ >>> patience;
			continue;
		}
		let { before } = search;
		let next = at + 1;
		for (; next <= lastStart; next++) {
			const farther = longest(search, next, end);
			if (farther === end) break;
			at = next;
			end = farther;
			before = search.before;
		}
		noteAll(search, next + 1, Math.min(end, lastStart));
		while (at > literals && before > 0 && bytes[at - 1] === bytes[before - 1]) {
			at--;
			before--;
		}
		matches[count] = at;
		matches[count + 1] = end - at;
		matches[count + 2] = at - before;
		count += 3;
		at = literals = end;
		tries = 1 << patience;
	}
	scan.count = count;
	scan.at = at > lastStart ? bytes.length : at;
}

/** Where the longest match at `at` ends, or `least`, which is 3 bytes from there or more, where none ends beyond; notes `at`. */
function longest(search: Search, at: number, least: number): number {
	const { view, attempts } = search;
	const most = view.byteLength - LAST_LITERALS;
	const word = view.getInt32(at, true);
	const earliest = Math.max(0, at - MOST_DISTANCE);
	let before = note(word, at, search.origin);
	let end = least;
	let ending = view.getInt32(end - 3, true);
	for (let n = 0; n < attempts && before >= earliest; n++) {
		// Most fail to reach as far as the best so far.
		if (view.getInt32(end - 3 + before - at, true) === ending && view.getInt32(before, true) === word) {
			const to = matchEnd(view, at + LEAST_MATCH, before + LEAST_MATCH, most);
			if (to > end) {
				end = to;
				search.before = before;
				ending = view.getInt32(end - 3, true);
			}
		}
		before -= steps[before & MOST_DISTANCE] as number;
	}
	return end;
}

/** Keeps `at`, and gives where the hash of the four bytes there was before, which may be farther than a match reaches. */
function note(word: number, at: number, origin: number): number {
	const hash = hashOf(word) >>> SHIFT;
	const before = (table[hash] as number) - origin;
	table[hash] = at + origin;
	steps[at & MOST_DISTANCE] = Math.min(at - before, MOST_DISTANCE);
	return before;
}

function noteAll({ view, origin }: Search, from: number, to: number): void {
	for (let at = from; at < to; at++) note(view.getInt32(at, true), at, origin);
}
