import { MOST_DISTANCE } from "./matches.js";

const MOST = 2 ** 31 - 1;

/**
 * Counts places over all inputs, so that a table of where bytes were last need not be cleared: the inputs before are farther than any match
 * reaches.
 */
export class PlaceCount {
	readonly #table: Int32Array;
	#end = 0;

	/** @param table of places in this count, all 0 */
	constructor(table: Int32Array) {
		this.#table = table;
	}

	/** Where an input of so many bytes, less than 2 GiB by a distance, begins. */
	begin(length: number): number {
		if (this.#end + MOST_DISTANCE + length >= MOST) {
			this.#table.fill(0);
			this.#end = 0;
		}
		const origin = this.#end + MOST_DISTANCE + 1;
		this.#end = origin + length;
		return origin;
	}
}

/** Knuth's: 2³² by the golden ratio. */
const MULTIPLIER = 0x9e3779b1 | 0;

/** Of four bytes; the highest bits are the best. */
export function hashOf(word: number): number {
	return Math.imul(word, MULTIPLIER);
}
