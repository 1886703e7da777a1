import { type Cell, type Sweep, VARIANTS } from "./sweep.js";
import { product } from "./volume.js";

/** What is timed: creating and loading the dataset, then each variant. */
export const COLUMNS: readonly string[] = ["DATA", ...VARIANTS.map(({ name }) => name)];

/** Seconds, NaN where nothing was measured: data sizes × chunk sizes × columns × tests, as in DosNa's `result.h5`. */
export class Timings {
	readonly shape: readonly [dataSizes: number, chunkSizes: number, columns: number, tests: number];
	readonly seconds: Float32Array;

	constructor({ shapes, chunkSizes, ntest }: Sweep) {
		this.shape = [shapes.length, chunkSizes.length, COLUMNS.length, ntest];
		this.seconds = new Float32Array(product(this.shape)).fill(Number.NaN);
	}

	get isEmpty(): boolean {
		return this.seconds.every(Number.isNaN);
	}

	/** Keeps the time of one test; without `test`, of what all tests of the cell have in common. */
	add(cell: Cell, column: string, seconds: number, test?: number): void {
		const row = this.#row(cell, column);
		if (test === undefined) row.fill(seconds);
		else row[test] = seconds;
	}

	/** The tests that were measured. */
	of(cell: Cell, column: string): number[] {
		return Array.from(this.#row(cell, column)).filter((seconds) => !Number.isNaN(seconds));
	}

	#row({ dataIndex, chunkIndex }: Cell, column: string): Float32Array {
		const [, chunkSizes, columns, tests] = this.shape;
		const row = (dataIndex * chunkSizes + chunkIndex) * columns + COLUMNS.indexOf(column);
		return this.seconds.subarray(row * tests, (row + 1) * tests);
	}
}

/** The middle one; of an even number, the mean of the middle two; NaN of none. */
export function median(numbers: readonly number[]): number {
	const sorted = [...numbers].sort((a, b) => a - b);
	const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
	return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}
