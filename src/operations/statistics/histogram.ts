import type { CallOptions, Progress } from "../../engine.js";
import { StoreError } from "../../errors.js";
import type { NormalSelection, Selection } from "../../selection/selection.js";
import type { StoredArray } from "../../stored-array.js";
import type { Runtime } from "../runtime.js";
import { plainValues, type Range } from "./extremes.js";
import { type Bins, collect } from "./statistic.js";
import { checkDefined, parseReduction } from "./statistic-options.js";

export interface HistogramOptions extends CallOptions {
	/** Number of bins of equal width, or their edges in ascending order. Default 10. */
	readonly bins?: number | readonly number[] | Float64Array | undefined;
	/** Lower edge of the first bin and upper edge of the last, where `bins` is a number; by default the least and the largest value. */
	readonly range?: readonly [least: number, largest: number] | undefined;
	/** Leaves NaN out where the range is looked for; without it, NaN there is an error. */
	readonly skipNaN?: boolean | undefined;
	/** The part of the dataset that is looked at; by default everything. */
	readonly selection?: Selection | undefined;
}

export interface Histogram {
	/** Values in each bin: whole numbers, exact, since no dataset has 2^53 elements. */
	readonly counts: Float64Array;
	/** The edges of the bins, one more than there are bins. */
	readonly edges: Float64Array;
}

/**
 * Counts values by the rule of numpy.histogram: bin `i` holds `edges[i] ≤ value < edges[i + 1]`, the last one its upper edge too; values
 * outside, and NaN, are not counted. Without edges and range, everything is read twice.
 * @throws StoreError UNSUPPORTED for complex numbers and raw bits, INVALID_ARGUMENT for bad bins or ranges, also for one that was
 * found and is not finite
 */
export async function histogram(
	runtime: Runtime,
	array: StoredArray,
	selection: NormalSelection,
	options: HistogramOptions,
): Promise<Histogram> {
	checkDefined("histogram", array.spec.dtype);
	const { bins = 10, range, skipNaN = false } = options;
	const { axes } = selection;
	const reduction = parseReduction(undefined, selection);
	const looks = typeof bins === "number" && range === undefined && reduction.repeats > 0;
	const pass = passes(looks ? 2 : 1, options);
	const find = async (): Promise<readonly [number, number]> => {
		const found = await collect<Range>(runtime, array, { what: "range", skipNaN, axes, reduction }, pass());
		return foundRange(found);
	};
	const lookedFor = looks ? find : async () => [0, 1] as const;
	const what = typeof bins === "number" ? equalBins(bins, range ?? (await lookedFor())) : givenBins(bins);
	const work = { what, skipNaN: false, axes, reduction };
	return { counts: await collect<Float64Array>(runtime, array, work, pass()), edges: what.edges };
}

/** The options of one pass after the other: the progress of each is a part of the whole. */
function passes(count: number, { signal, onProgress }: CallOptions): () => CallOptions {
	let number = -1;
	let [bytesBefore, bytesNow] = [0, 0];
	const report = ({ done, total, bytes }: Progress): void => {
		bytesNow = bytesBefore + bytes;
		onProgress?.({ done: number * total + done, total: count * total, bytes: bytesNow });
	};
	return () => {
		number++;
		bytesBefore = bytesNow;
		return { signal, onProgress: report };
	};
}

function foundRange({ min, max }: Range): readonly [number, number] {
	const [least, largest] = [Number(plainValues(min, "min")[0]), Number(plainValues(max, "max")[0])];
	// All that there is is NaN, which was to be skipped.
	if (min.found?.[0] === 0) return [0, 1];
	if (Number.isFinite(least) && Number.isFinite(largest)) return [least, largest];
	throw invalid(`the values reach from ${least} to ${largest}: give range, or skipNaN where NaN is what is in the way`);
}

/** Most bins: their counts are made anew for every chunk. */
const MOST_BINS = 2 ** 24;

/** Edges as numpy.linspace computes them. */
function equalBins(bins: number, range: readonly [number, number]): Bins {
	if (!Number.isSafeInteger(bins) || bins < 1 || bins > MOST_BINS)
		throw invalid(`bins is a whole number from 1 to ${MOST_BINS}, or a list of edges, not ${String(bins)}`);
	let [first, last] = range;
	if (range.length !== 2 || !(first <= last) || !Number.isFinite(last - first))
		throw invalid(`range is a pair of finite numbers, the smaller one first, not [${range.join(", ")}]`);
	if (first === last) {
		first -= 0.5;
		last += 0.5;
	}
	const width = (last - first) / bins;
	const edges = Float64Array.from({ length: bins + 1 }, (_, i) => first + i * width);
	edges[bins] = last;
	return { edges, isUniform: true };
}

function givenBins(given: readonly number[] | Float64Array): Bins {
	const edges = Float64Array.from(given);
	const ascends = edges.every((edge, i) => !Number.isNaN(edge) && (i === 0 || (edges[i - 1] as number) <= edge));
	if (edges.length < 2 || edges.length > MOST_BINS || !ascends)
		throw invalid("bins, as a list, holds two edges or more in ascending order");
	return { edges, isUniform: false };
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
