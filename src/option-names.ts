/** Which options the methods of a dataset take: checked against their types by the compiler, against what users give by `refuseUnknown`. */
import type { CallOptions } from "./engine.js";
import type { GetOptions } from "./operations/access/read.js";
import type { BlocksOptions } from "./operations/blocks/blocks.js";
import type { LoadOptions } from "./operations/load/load.js";
import type { ApplyOptions, BlockOptions, MapOptions } from "./operations/map/map-options.js";
import type { HistogramOptions } from "./operations/statistics/histogram.js";
import type { ReduceOptions } from "./operations/statistics/reduce.js";
import type { StatisticOptions, StdOptions } from "./operations/statistics/statistic-options.js";
import type { OptionNames } from "./unknown-options.js";

const CALL: OptionNames<CallOptions> = { signal: true, onProgress: true };
const BLOCK: OptionNames<BlockOptions> = { halo: true, boundary: true, boundaryValue: true };

export const GET: OptionNames<GetOptions> = { out: true, onMissing: true, shared: true, ...CALL };
export const SET: OptionNames<Pick<LoadOptions, "casting"> & CallOptions & { readonly dtype?: unknown }> = {
	casting: true,
	dtype: true,
	...CALL,
};
export const LOAD: OptionNames<LoadOptions> = { casting: true, selection: true, resume: true, ...CALL };
export const MAP: OptionNames<MapOptions & { readonly inputs?: unknown }> = {
	dtype: true,
	chunkShape: true,
	attributes: true,
	ifExists: true,
	resume: true,
	inputs: true,
	...BLOCK,
	...CALL,
};
export const APPLY: OptionNames<ApplyOptions> = { resume: true, onChanged: true, ...BLOCK, ...CALL };
export const REDUCE: OptionNames<ReduceOptions> = { initial: true, ...BLOCK, ...CALL };
export const STATISTIC: OptionNames<StatisticOptions> = { axes: true, skipNaN: true, selection: true, ...CALL };
export const STD: OptionNames<StdOptions> = { ddof: true, ...STATISTIC };
export const HISTOGRAM: OptionNames<HistogramOptions> = {
	bins: true,
	range: true,
	skipNaN: true,
	selection: true,
	...CALL,
};
export const BLOCKS: OptionNames<BlocksOptions> = { shape: true, ...CALL };
export const MISSING: OptionNames<Pick<CallOptions, "signal">> = { signal: true };
