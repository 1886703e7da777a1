import { NOT_A_TIME } from "../../format/times.js";
import type { Statistic } from "./block.js";
import { itself } from "./lines.js";
import { forEachTile, type Tile } from "./tiles.js";

type Side = "min" | "max";

/** As extremes of other values are; nothing else says where nothing was found. */
interface TimeExtremes {
	readonly values: BigInt64Array;
	readonly found: undefined;
}

/** How two counts become one, and the count that the other one replaces. */
interface Rule {
	readonly start: bigint;
	join(best: bigint, value: bigint): bigint;
}

/** NaT propagates; skipped, it stays only where there is nothing else. */
function ruleOf(side: Side, skipNaT: boolean): Rule {
	const better = (best: bigint, value: bigint): bigint => (value < best === (side === "min") ? value : best);
	const join = (best: bigint, value: bigint): bigint => {
		if (best === NOT_A_TIME) return skipNaT ? value : best;
		if (value === NOT_A_TIME) return skipNaT ? best : value;
		return better(best, value);
	};
	if (skipNaT) return { start: NOT_A_TIME, join };
	return { start: side === "min" ? 2n ** 63n - 1n : NOT_A_TIME + 1n, join };
}

/** The earliest or latest points in time, the shortest or longest spans. */
export function timeExtremes(side: Side, skipNaT: boolean): Statistic<TimeExtremes> {
	const { start, join } = ruleOf(side, skipNaT);
	const filled = (size: number, count: bigint): TimeExtremes => {
		return { values: new BigInt64Array(size).fill(count), found: undefined };
	};
	return {
		bytes: 8,
		empty: (size) => filled(size, start),
		ofBlock(block) {
			const result = filled(block.size, start);
			forEachTile(block.layout, itself(block.data as BigInt64Array), (tile) => addTile(result.values, tile, join));
			return result;
		},
		repeated: (one, { size }) => filled(size, one.values[0] as bigint),
		merge(total, part, places) {
			for (let i = 0; i < places.length; i++) {
				const at = places[i] as number;
				total.values[at] = join(total.values[at] as bigint, part.values[i] as bigint);
			}
		},
	};
}

function addTile(extreme: BigInt64Array, tile: Tile<BigInt64Array>, join: Rule["join"]): void {
	const { values, rows, columns, columnStep, columnOut } = tile;
	for (let r = 0; r < rows; r++) {
		let at = tile.at + r * tile.rowStep;
		let out = tile.out + r * tile.rowOut;
		for (let c = 0; c < columns; c++) {
			extreme[out] = join(extreme[out] as bigint, values[at] as bigint);
			at += columnStep;
			out += columnOut;
		}
	}
}
