import type { DataType } from "../../format/data-types.js";
import type { Block, Statistic } from "./block.js";
import { realLines } from "./lines.js";
import { type Plane, sums, valueAt } from "./sums.js";
import { forEachTile, type Tile } from "./tiles.js";

/**
 * Count, mean, and sum of squared deviations from the mean. Within a chunk in two passes with the correction for the rounded mean,
 * between chunks pairwise (Chan, Golub & LeVeque, The American Statistician 37, 1983; technical report 1979), so that an offset
 * much larger than the deviations takes nothing from them.
 */
export interface Moments {
	readonly count: Float64Array;
	readonly mean: Float64Array;
	/** What rounding took from the mean. */
	readonly rest: Float64Array;
	readonly squares: Float64Array;
}

export function moments(dtype: DataType, skipNaN: boolean): Statistic<Moments> {
	const skips = skipNaN && dtype.kind === "f";
	return {
		bytes: 32,
		empty: emptyMoments,
		ofBlock: (block) => momentsOf(block, firstMeans(block, dtype, skips), skips),
		repeated: (one, { size, repeats }) => ({
			count: new Float64Array(size).fill((one.count[0] as number) * repeats),
			mean: new Float64Array(size).fill(one.mean[0] as number),
			rest: new Float64Array(size).fill(one.rest[0] as number),
			squares: new Float64Array(size).fill(one.squares[0] as number),
		}),
		merge(total, part, places) {
			for (let i = 0; i < places.length; i++) mergeMoments(total, places[i] as number, part, i);
		},
	};
}

function emptyMoments(size: number): Moments {
	const zeros = (): Float64Array => new Float64Array(size);
	return { count: zeros(), mean: zeros(), rest: zeros(), squares: zeros() };
}

function mergeMoments(total: Moments, at: number, part: Moments, i: number): void {
	const added = part.count[i] as number;
	if (added === 0) return;
	const before = total.count[at] as number;
	const [mean, rest] = [part.mean[i] as number, part.rest[i] as number];
	total.count[at] = before + added;
	total.squares[at] = (total.squares[at] as number) + (part.squares[i] as number);
	if (before === 0) {
		total.mean[at] = mean;
		total.rest[at] = rest;
		return;
	}
	const weight = added / (before + added);
	const distance = mean - (total.mean[at] as number) + (rest - (total.rest[at] as number));
	total.squares[at] = (total.squares[at] as number) + distance * distance * before * weight;
	const moved = (total.rest[at] as number) + distance * weight;
	const rounded = (total.mean[at] as number) + moved;
	total.rest[at] = moved - (rounded - (total.mean[at] as number));
	total.mean[at] = rounded;
}

/** Counts and means, the means rounded. */
function firstMeans(block: Block, dtype: DataType, skips: boolean): Pick<Moments, "count" | "mean"> {
	// 64-bit integers are seen as float64 here, as NumPy sees them.
	const asFloat = dtype.kind === "f" ? dtype : { ...dtype, kind: "f" as const };
	const { planes, count } = sums(asFloat, skips).ofBlock(block);
	const counts = count ?? new Float64Array(block.size).fill(block.repeats);
	return { count: counts, mean: counts.map((n, i) => (n === 0 ? 0 : valueAt(planes[0] as Plane, i) / n)) };
}

function momentsOf(block: Block, first: Pick<Moments, "count" | "mean">, skips: boolean): Moments {
	const loop = new Deviations(first.mean, skips);
	forEachTile(block.layout, realLines(block.data), (tile) => loop.add(tile));
	const { count, mean } = first;
	const { rest, squares } = loop;
	for (let i = 0; i < count.length; i++) {
		const n = count[i] as number;
		const off = rest[i] as number;
		if (n === 0) continue;
		// Less than 0 by rounding only. NaN stays, which a comparison would lose.
		squares[i] = Math.max(0, (squares[i] as number) - (off * off) / n);
		rest[i] = off / n;
	}
	return { count, mean, rest, squares };
}

/** Sums of the deviations from the rounded means, and of their squares. */
class Deviations {
	readonly rest: Float64Array;
	readonly squares: Float64Array;
	readonly #mean: Float64Array;
	readonly #skips: boolean;

	constructor(mean: Float64Array, skips: boolean) {
		this.#mean = mean;
		this.#skips = skips;
		this.rest = new Float64Array(mean.length);
		this.squares = new Float64Array(mean.length);
	}

	add(tile: Tile): void {
		for (let r = 0; r < tile.rows; r++) {
			const at = tile.at + r * tile.rowStep;
			const out = tile.out + r * tile.rowOut;
			if (tile.columnOut === 0 && !this.#skips) this.#addRow(tile, at, out);
			else this.#addAcross(tile, at, out);
		}
	}

	#addRow({ values, columns, columnStep: step }: Tile, at: number, out: number): void {
		const mean = this.#mean[out] as number;
		const end = at + columns * step;
		let rest0 = 0;
		let rest1 = 0;
		let squares0 = 0;
		let squares1 = 0;
		for (const last = end - step; at < last; at += 2 * step) {
			const even = (values[at] as number) - mean;
			const odd = (values[at + step] as number) - mean;
			rest0 += even;
			rest1 += odd;
			squares0 += even * even;
			squares1 += odd * odd;
		}
		if (at < end) {
			const even = (values[at] as number) - mean;
			rest0 += even;
			squares0 += even * even;
		}
		this.rest[out] = (this.rest[out] as number) + rest0 + rest1;
		this.squares[out] = (this.squares[out] as number) + squares0 + squares1;
	}

	#addAcross({ values, columns, columnStep, columnOut }: Tile, at: number, out: number): void {
		const { rest, squares } = this;
		const mean = this.#mean;
		const skips = this.#skips;
		for (let c = 0; c < columns; c++) {
			const value = values[at] as number;
			if (!skips || !Number.isNaN(value)) {
				const distance = value - (mean[out] as number);
				rest[out] = (rest[out] as number) + distance;
				squares[out] = (squares[out] as number) + distance * distance;
			}
			at += columnStep;
			out += columnOut;
		}
	}
}
