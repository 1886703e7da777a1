import type { Statistic } from "./block.js";
import { realLines } from "./lines.js";
import { forEachTile, type Tile } from "./tiles.js";

/**
 * How many values lie in each bin: `edges[i] ≤ value < edges[i + 1]`, the last bin with its upper edge, as numpy.histogram counts. Values
 * outside, and NaN, are in none.
 * @param isUniform the edges are equally spaced, up to rounding
 */
export function counts(edges: Float64Array, isUniform: boolean): Statistic<Float64Array> {
	const bins = edges.length - 1;
	return {
		bytes: 8 * bins,
		empty: () => new Float64Array(bins),
		ofBlock(block) {
			const result = new Float64Array(bins);
			const count = isUniform ? countUniform : countSorted;
			forEachTile(block.layout, realLines(block.data), (tile) => count(result, edges, tile));
			return result;
		},
		repeated: (one, { repeats }) => one.map((count) => count * repeats),
		merge(total, part) {
			for (let i = 0; i < bins; i++) total[i] = (total[i] as number) + (part[i] as number);
		},
	};
}

/** The bin is computed, then corrected by what the edges say. */
function countUniform(result: Float64Array, edges: Float64Array, tile: Tile): void {
	const { values, rows, rowStep, columns, columnStep } = tile;
	const bins = result.length;
	const first = edges[0] as number;
	const last = edges[bins] as number;
	const perUnit = bins / (last - first);
	for (let r = 0; r < rows; r++)
		for (let c = 0, at = tile.at + r * rowStep; c < columns; c++, at += columnStep) {
			const value = values[at] as number;
			if (!(value >= first && value <= last)) continue;
			let bin = Math.min(bins - 1, ((value - first) * perUnit) | 0);
			while (value < (edges[bin] as number)) bin--;
			while (bin < bins - 1 && value >= (edges[bin + 1] as number)) bin++;
			result[bin] = (result[bin] as number) + 1;
		}
}

/** The bin is searched for by bisection. */
function countSorted(result: Float64Array, edges: Float64Array, tile: Tile): void {
	const { values, rows, rowStep, columns, columnStep } = tile;
	const bins = result.length;
	for (let r = 0; r < rows; r++)
		for (let c = 0, at = tile.at + r * rowStep; c < columns; c++, at += columnStep) {
			const value = values[at] as number;
			if (!(value >= (edges[0] as number) && value <= (edges[bins] as number))) continue;
			let low = 0;
			let high = bins;
			while (low < high) {
				const middle = (low + high) >>> 1;
				if ((edges[middle + 1] as number) <= value) low = middle + 1;
				else high = middle;
			}
			const bin = Math.min(low, bins - 1);
			result[bin] = (result[bin] as number) + 1;
		}
}
