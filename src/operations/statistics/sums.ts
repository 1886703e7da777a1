import type { DataType } from "../../format/data-types.js";
import type { Statistic } from "./block.js";
import { planeLines, planesOf } from "./lines.js";
import { forEachTile, type Tile } from "./tiles.js";

/**
 * Sums with what rounding took from them: `sum + error` is the sum of all values, nearly as if computed with twice the digits, and for
 * integers exactly. One entry per element of the result.
 *
 * Neumaier, Z. Angew. Math. Mech. 54 (1974); the error of one addition by Knuth, The Art of Computer Programming 2, 4.2.2.
 */
export interface Plane {
	readonly sum: Float64Array;
	readonly error: Float64Array;
}

export interface Sums {
	/** See `planesOf`. */
	readonly planes: readonly Plane[];
	/** Of the values that are not NaN; undefined where NaN is not skipped, and every value counts. */
	readonly count: Float64Array | undefined;
}

export function sums(dtype: DataType, skipNaN: boolean): Statistic<Sums> {
	const planes = planesOf(dtype);
	const isFloat = dtype.kind === "f" || dtype.kind === "c";
	const skips = skipNaN && isFloat;
	return {
		bytes: planes * 16 + 8,
		empty: (size) => emptySums(size, planes, skipNaN),
		ofBlock(block) {
			const result = emptySums(block.size, planes, skipNaN);
			if (!skips) result.count?.fill(block.repeats);
			planeLines(block.data, dtype, skips).forEach((lines, p) => {
				const adder = new Adder(result.planes[p] as Plane, p === 0 && skips ? result.count : undefined);
				if (skips) forEachTile(block.layout, lines, (tile) => adder.addNumbers(tile));
				else if (isFloat) forEachTile(block.layout, lines, (tile) => adder.add(tile));
				else forEachTile(block.layout, lines, (tile) => adder.addIntegers(tile));
			});
			return result;
		},
		repeated: (one, { size, repeats }) => ({
			planes: one.planes.map((plane) => repeatedPlane(plane, size, repeats)),
			count: one.count && new Float64Array(size).fill((one.count[0] as number) * repeats),
		}),
		merge(total, part, places) {
			for (const [p, plane] of total.planes.entries()) mergePlane(plane, part.planes[p] as Plane, places);
			const { count } = part;
			if (count !== undefined && total.count !== undefined)
				for (let i = 0; i < places.length; i++)
					total.count[places[i] as number] = (total.count[places[i] as number] as number) + (count[i] as number);
		},
	};
}

function emptySums(size: number, planes: number, counts: boolean): Sums {
	const plane = (): Plane => ({ sum: new Float64Array(size), error: new Float64Array(size) });
	return { planes: Array.from({ length: planes }, plane), count: counts ? new Float64Array(size) : undefined };
}

/** The value of a sum: what rounding took, given back. An infinite sum has no error to speak of. */
export function valueAt({ sum, error }: Plane, at: number): number {
	const value = (sum[at] as number) + (error[at] as number);
	return Number.isNaN(value) ? (sum[at] as number) : value;
}

/** The exact value of a sum of integers. */
export function integerAt({ planes: [low, high] }: Sums, at: number): bigint {
	const exact = ({ sum, error }: Plane): bigint => BigInt(sum[at] as number) + BigInt(error[at] as number);
	return exact(low as Plane) + (high === undefined ? 0n : exact(high) * 2n ** 32n);
}

function mergePlane(total: Plane, part: Plane, places: Float64Array): void {
	for (let i = 0; i < places.length; i++) {
		const at = places[i] as number;
		fold(total, at, part.sum[i] as number, part.error[i] as number);
		// Keeps the error below the last digit of the sum, so that integers stay exact however many chunks there are.
		const [sum, error] = [total.sum[at] as number, total.error[at] as number];
		const value = sum + error;
		if (!Number.isFinite(value)) continue;
		total.sum[at] = value;
		total.error[at] = error - (value - sum);
	}
}

/** Adds a value, which itself is a sum with an error. */
function fold(plane: Plane, at: number, value: number, error: number): void {
	const before = plane.sum[at] as number;
	const after = before + value;
	const added = after - before;
	plane.error[at] = (plane.error[at] as number) + (before - (after - added)) + (value - added) + error;
	plane.sum[at] = after;
}

function repeatedPlane({ sum, error }: Plane, size: number, repeats: number): Plane {
	const value = (sum[0] as number) + (error[0] as number);
	const product = value * repeats;
	const lost = productError(value, repeats, product);
	return {
		sum: new Float64Array(size).fill(product),
		error: new Float64Array(size).fill(Number.isFinite(lost) ? lost : 0),
	};
}

/** What rounding took from `a × b` (Dekker, Numer. Math. 18, 1971). */
function productError(a: number, b: number, product: number): number {
	const upper = (x: number): number => {
		const scaled = x * (2 ** 27 + 1);
		return scaled - (scaled - x);
	};
	const [a1, b1] = [upper(a), upper(b)];
	const [a2, b2] = [a - a1, b - b1];
	return a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2);
}

/** The loops. Four sums at once along a row, since each addition waits for the one before it. */
class Adder {
	readonly #plane: Plane;
	readonly #count: Float64Array | undefined;

	constructor(plane: Plane, count: Float64Array | undefined) {
		this.#plane = plane;
		this.#count = count;
	}

	add(tile: Tile): void {
		for (let r = 0; r < tile.rows; r++) {
			const at = tile.at + r * tile.rowStep;
			const out = tile.out + r * tile.rowOut;
			if (tile.columnOut === 0) this.#addRow(tile, at, out);
			else this.#addAcross(tile, at, out);
		}
	}

	/** A row of integers that fit 32 bits: their plain sum is exact. */
	addIntegers(tile: Tile): void {
		for (let r = 0; r < tile.rows; r++) {
			const at = tile.at + r * tile.rowStep;
			const out = tile.out + r * tile.rowOut;
			if (tile.columnOut === 0) fold(this.#plane, out, plainSum(tile, at), 0);
			else this.#addAcross(tile, at, out);
		}
	}

	/** Skips what is NaN. */
	addNumbers({ values, at, rows, rowStep, rowOut, columns, columnStep, columnOut, out }: Tile): void {
		const count = this.#count;
		for (let r = 0; r < rows; r++)
			for (let c = 0; c < columns; c++) {
				const value = values[at + r * rowStep + c * columnStep] as number;
				if (Number.isNaN(value)) continue;
				const to = out + r * rowOut + c * columnOut;
				fold(this.#plane, to, value, 0);
				if (count !== undefined) count[to] = (count[to] as number) + 1;
			}
	}

	#addRow({ values, columns, columnStep: step }: Tile, at: number, out: number): void {
		const end = at + columns * step;
		let s0 = 0;
		let s1 = 0;
		let s2 = 0;
		let s3 = 0;
		let e0 = 0;
		let e1 = 0;
		let e2 = 0;
		let e3 = 0;
		for (const last = end - 3 * step; at < last; at += 4 * step) {
			let value = values[at] as number;
			let after = s0 + value;
			let added = after - s0;
			e0 += s0 - (after - added) + (value - added);
			s0 = after;
			value = values[at + step] as number;
			after = s1 + value;
			added = after - s1;
			e1 += s1 - (after - added) + (value - added);
			s1 = after;
			value = values[at + 2 * step] as number;
			after = s2 + value;
			added = after - s2;
			e2 += s2 - (after - added) + (value - added);
			s2 = after;
			value = values[at + 3 * step] as number;
			after = s3 + value;
			added = after - s3;
			e3 += s3 - (after - added) + (value - added);
			s3 = after;
		}
		for (; at < end; at += step) fold(this.#plane, out, values[at] as number, 0);
		if (columns < 4) return;
		fold(this.#plane, out, s0, e0);
		fold(this.#plane, out, s1, e1);
		fold(this.#plane, out, s2, e2);
		fold(this.#plane, out, s3, e3);
	}

	#addAcross({ values, columns, columnStep, columnOut }: Tile, at: number, out: number): void {
		const { sum, error } = this.#plane;
		for (let c = 0; c < columns; c++) {
			const value = values[at] as number;
			const before = sum[out] as number;
			const after = before + value;
			const added = after - before;
			error[out] = (error[out] as number) + (before - (after - added)) + (value - added);
			sum[out] = after;
			at += columnStep;
			out += columnOut;
		}
	}
}

function plainSum({ values, columns, columnStep: step }: Tile, at: number): number {
	const end = at + columns * step;
	let s0 = 0;
	let s1 = 0;
	let s2 = 0;
	let s3 = 0;
	for (const last = end - 3 * step; at < last; at += 4 * step) {
		s0 += values[at] as number;
		s1 += values[at + step] as number;
		s2 += values[at + 2 * step] as number;
		s3 += values[at + 3 * step] as number;
	}
	for (; at < end; at += step) s0 += values[at] as number;
	return s0 + s1 + s2 + s3;
}
