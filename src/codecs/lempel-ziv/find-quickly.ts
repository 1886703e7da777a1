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

const HASH_BITS = 13;
const SHIFT = 32 - HASH_BITS;
/** Where four bytes with the same hash were last. A constant, since then the engine need not look it up at every step. */
const table = new Int32Array(2 ** HASH_BITS);
const places = new PlaceCount(table);

/**
 * Takes the first match that comes, the latest of those with the same hash. The longer there is none, the longer are its steps.
 *
 * @param acceleration 1 and more: the length of the second step; the first after a match is 1, as in LZ4
 * @param patience after 2 to the power of so many failures the step becomes longer by a byte
 */
export function findQuickly(acceleration: number, patience: number): Find {
	const pace = { firstTry: acceleration << patience, patience };
	let origin = 0;
	return (scan) => {
		if (scan.at === 0) origin = places.begin(scan.source.bytes.length);
		findIn(scan, origin, pace);
	};
}

interface Pace {
	readonly firstTry: number;
	readonly patience: number;
}

function findIn(scan: Scan, origin: number, { firstTry, patience }: Pace): void {
	const { source, matches } = scan;
	const { bytes, view } = source;
	const lastStart = bytes.length - TAIL_BYTES;
	const stretchEnd = Math.min(lastStart, scan.at + STRETCH_BYTES);
	const [least, most] = [LEAST_MATCH, MOST_DISTANCE];
	let count = 0;
	let literals = scan.at;
	let at = scan.at;
	let tries = firstTry;
	let step = 1;
	while (at <= stretchEnd) {
		const word = view.getInt32(at, true);
		const hash = hashOf(word) >>> SHIFT;
		let before = (table[hash] as number) - origin;
		table[hash] = at + origin;
		if (at - before > most || view.getInt32(before, true) !== word) {
			at += step;
			step = tries++ >>> patience;
			continue;
		}
		const end = matchEnd(view, at + least, before + least, bytes.length - LAST_LITERALS);
		while (at > literals && before > 0 && bytes[at - 1] === bytes[before - 1]) {
			at--;
			before--;
		}
		matches[count] = at;
		matches[count + 1] = end - at;
		matches[count + 2] = at - before;
		count += 3;
		table[hashOf(view.getInt32(end - 2, true)) >>> SHIFT] = end - 2 + origin;
		at = literals = end;
		tries = firstTry;
		step = 1;
	}
	scan.count = count;
	scan.at = at > lastStart ? bytes.length : at;
}
