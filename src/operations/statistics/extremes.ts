import type { DataType } from "../../format/data-types.js";
import type { Statistic } from "./block.js";
import { isBig, itself, realLines } from "./lines.js";
import { forEachTile, type Tile } from "./tiles.js";
import { timeExtremes } from "./time-extremes.js";

/** Smallest or largest values. */
export interface Extremes {
	/** The largest are kept with their sign changed, so that one loop finds both; 64-bit integers are kept as they are. */
	readonly values: Float64Array | BigInt64Array | BigUint64Array;
	/** 1 where there is a value that is not NaN; undefined where NaN is not skipped. */
	readonly found: Uint8Array | undefined;
}

export type Side = "min" | "max";

/** NaN propagates, unless skipped; -0 is less than 0. */
export function extremes(side: Side, dtype: DataType, skipNaN: boolean): Statistic<Extremes> {
	if (dtype.time !== undefined) return timeExtremes(side, skipNaN);
	return isBig(dtype) ? integerExtremes(side, dtype) : realExtremes(side, skipNaN && dtype.kind === "f");
}

/** Both ends of where the values lie. */
export interface Range {
	readonly min: Extremes;
	readonly max: Extremes;
}

export function ranges(dtype: DataType, skipNaN: boolean): Statistic<Range> {
	const [min, max] = [extremes("min", dtype, skipNaN), extremes("max", dtype, skipNaN)];
	return {
		bytes: min.bytes + max.bytes,
		empty: (size) => ({ min: min.empty(size), max: max.empty(size) }),
		ofBlock: (block) => ({ min: min.ofBlock(block), max: max.ofBlock(block) }),
		repeated: (one, counts) => ({ min: min.repeated(one.min, counts), max: max.repeated(one.max, counts) }),
		merge(total, part, places) {
			min.merge(total.min, part.min, places);
			max.merge(total.max, part.max, places);
		},
	};
}

/** The values as they are. */
export function plainValues({ values, found }: Extremes, side: Side): Extremes["values"] {
	if (!(values instanceof Float64Array)) return values;
	return values.map((value, i) => (found?.[i] === 0 ? Number.NaN : side === "max" ? -value : value));
}

function realExtremes(side: Side, skipNaN: boolean): Statistic<Extremes> {
	const sign = side === "max" ? -1 : 1;
	const empty = (size: number): Extremes => ({
		values: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
		found: skipNaN ? new Uint8Array(size) : undefined,
	});
	return {
		bytes: 9,
		empty,
		ofBlock(block) {
			const result = empty(block.size);
			const loop = new RealLoop(result.values as Float64Array, result.found, sign);
			const lines = realLines(block.data);
			if (skipNaN) forEachTile(block.layout, lines, (tile) => loop.addNumbers(tile));
			else forEachTile(block.layout, lines, (tile) => loop.add(tile));
			return result;
		},
		repeated: (one, { size }) => ({
			values: new Float64Array(size).fill(one.values[0] as number),
			found: one.found && new Uint8Array(size).fill(one.found[0] as number),
		}),
		merge(total, part, places) {
			for (let i = 0; i < places.length; i++) {
				const at = places[i] as number;
				total.values[at] = Math.min(total.values[at] as number, part.values[i] as number);
				if (total.found !== undefined && part.found?.[i] === 1) total.found[at] = 1;
			}
		},
	};
}

class RealLoop {
	readonly #least: Float64Array;
	readonly #found: Uint8Array | undefined;
	readonly #sign: number;

	constructor(least: Float64Array, found: Uint8Array | undefined, sign: number) {
		this.#least = least;
		this.#found = found;
		this.#sign = sign;
	}

	add(tile: Tile): void {
		for (let r = 0; r < tile.rows; r++) {
			const at = tile.at + r * tile.rowStep;
			const out = tile.out + r * tile.rowOut;
			if (tile.columnOut === 0) this.#addRow(tile, at, out);
			else this.#addAcross(tile, at, out);
		}
	}

	/** Skips what is NaN. */
	addNumbers({ values, at, rows, rowStep, rowOut, columns, columnStep, columnOut, out }: Tile): void {
		const least = this.#least;
		const sign = this.#sign;
		for (let r = 0; r < rows; r++)
			for (let c = 0; c < columns; c++) {
				const value = values[at + r * rowStep + c * columnStep] as number;
				if (Number.isNaN(value)) continue;
				const to = out + r * rowOut + c * columnOut;
				least[to] = Math.min(least[to] as number, sign * value);
				if (this.#found !== undefined) this.#found[to] = 1;
			}
	}

	#addRow({ values, columns, columnStep: step }: Tile, at: number, out: number): void {
		const sign = this.#sign;
		const end = at + columns * step;
		let m0 = this.#least[out] as number;
		let m1 = m0;
		let m2 = m0;
		let m3 = m0;
		for (const last = end - 3 * step; at < last; at += 4 * step) {
			m0 = Math.min(m0, sign * (values[at] as number));
			m1 = Math.min(m1, sign * (values[at + step] as number));
			m2 = Math.min(m2, sign * (values[at + 2 * step] as number));
			m3 = Math.min(m3, sign * (values[at + 3 * step] as number));
		}
		for (; at < end; at += step) m0 = Math.min(m0, sign * (values[at] as number));
		this.#least[out] = Math.min(Math.min(m0, m1), Math.min(m2, m3));
	}

	#addAcross({ values, columns, columnStep, columnOut }: Tile, at: number, out: number): void {
		const least = this.#least;
		const sign = this.#sign;
		for (let c = 0; c < columns; c++) {
			least[out] = Math.min(least[out] as number, sign * (values[at] as number));
			at += columnStep;
			out += columnOut;
		}
	}
}

type Big = BigInt64Array | BigUint64Array;

/** The value that every other one replaces. */
function neutral(side: Side, dtype: DataType): bigint {
	const signed = dtype.kind === "i";
	if (side === "min") return signed ? 2n ** 63n - 1n : 2n ** 64n - 1n;
	return signed ? -(2n ** 63n) : 0n;
}

function integerExtremes(side: Side, dtype: DataType): Statistic<Extremes> {
	const isMin = side === "min";
	const start = neutral(side, dtype);
	const filled = (size: number, value: bigint): Extremes => {
		const values = new dtype.Array(size) as Big;
		return { values: values.fill(value), found: undefined };
	};
	return {
		bytes: 8,
		empty: (size) => filled(size, start),
		ofBlock(block) {
			const result = filled(block.size, start);
			const extreme = result.values as Big;
			forEachTile(block.layout, itself(block.data as Big), (tile) => addIntegers(extreme, tile, isMin));
			return result;
		},
		repeated: (one, { size }) => filled(size, one.values[0] as bigint),
		merge(total, part, places) {
			for (let i = 0; i < places.length; i++) {
				const at = places[i] as number;
				if ((part.values[i] as bigint) < (total.values[at] as bigint) === isMin)
					total.values[at] = part.values[i] as bigint;
			}
		},
	};
}

function addIntegers(extreme: Big, tile: Tile<Big>, isMin: boolean): void {
	const { values, rows, columns, columnStep, columnOut } = tile;
	for (let r = 0; r < rows; r++) {
		let at = tile.at + r * tile.rowStep;
		let out = tile.out + r * tile.rowOut;
		let best = extreme[out] as bigint;
		for (let c = 0; c < columns; c++) {
			const value = values[at] as bigint;
			if (columnOut !== 0) best = extreme[out] as bigint;
			if (value < best === isMin) best = value;
			if (columnOut !== 0) extreme[out] = best;
			at += columnStep;
			out += columnOut;
		}
		if (columnOut === 0) extreme[out] = best;
	}
}
