import { ChunkMemory } from "../../chunk-memory.js";
import { loadRegion } from "../../chunk-read.js";
import { type CallOptions, type Job, runJob } from "../../engine.js";
import { StoreError } from "../../errors.js";
import type { DataType, TypedArray } from "../../format/data-types.js";
import { fillToUser } from "../../format/fill-value.js";
import { type AxisSelection, planSelection } from "../../selection/plan.js";
import type { NormalSelection } from "../../selection/selection.js";
import type { StoredArray } from "../../stored-array.js";
import { emptyOf } from "../../values/nd-array.js";
import type { Runtime } from "../runtime.js";
import { type Block, blockOf, countsOf, placesOf, type Statistic } from "./block.js";
import { counts } from "./counts.js";
import { type Extremes, extremes, plainValues, ranges } from "./extremes.js";
import { InOrder } from "./in-order.js";
import { type Moments, moments } from "./moments.js";
import {
	checkDefined,
	parseReduction,
	type Reduction,
	resultType,
	type StatisticName,
	type StatisticOptions,
	type StdOptions,
} from "./statistic-options.js";
import { integerAt, type Sums, sums, valueAt } from "./sums.js";

/** What a job computes of every chunk: plain data, so that it can be computed anywhere. */
export interface StatisticDescription {
	readonly what: "min" | "max" | "range" | "sum" | "moments" | Bins;
	readonly skipNaN: boolean;
	readonly axes: readonly AxisSelection[];
	readonly kept: readonly boolean[];
}

export interface Bins {
	readonly edges: Float64Array;
	/** They are equally spaced. */
	readonly isUniform: boolean;
}

/** One task per chunk: its part of a statistic. A chunk that is not stored is one value, so many times. */
export function statisticJob(arrays: readonly StoredArray[], description: StatisticDescription): Job<unknown> {
	const array = arrays[0] as StoredArray;
	const { dtype, fill } = array.spec;
	const { axes, kept } = description;
	const plan = planSelection(axes, array.metadata.grid);
	const statistic = statisticOf(description, dtype);
	const oneFill: Block = { data: fill as TypedArray, layout: { extents: [], start: 0, out: 0 }, size: 1, repeats: 1 };
	return {
		count: plan.count,
		sharing: "results",
		spec: {
			operation: "statistic",
			arrays,
			description,
			chunk: plan.coords,
			objects: (n) => [array.keyOf(plan.coords(n))],
		},
		cost(n) {
			const { size, repeats } = countsOf(plan.region(n), kept);
			const copied = size * repeats * dtype.components * dtype.Array.BYTES_PER_ELEMENT;
			return 2 * array.chunkBytes + copied + size * statistic.bytes;
		},
		async run(n, signal) {
			const region = plan.region(n);
			const memory = ChunkMemory.take();
			const loaded = await loadRegion(array, plan.coords(n), region, { signal }, memory);
			const partial =
				loaded === undefined
					? statistic.repeated(statistic.ofBlock(oneFill), countsOf(region, kept))
					: statistic.ofBlock(blockOf(loaded.chunk, loaded.region, kept, dtype));
			memory.giveBack();
			return partial;
		},
		settle: () => undefined,
	};
}

function statisticOf({ what, skipNaN }: StatisticDescription, dtype: DataType): Statistic<unknown> {
	if (what === "sum") return sums(dtype, skipNaN) as Statistic<unknown>;
	if (what === "moments") return moments(dtype, skipNaN) as Statistic<unknown>;
	if (what === "range") return ranges(dtype, skipNaN) as Statistic<unknown>;
	if (what === "min" || what === "max") return extremes(what, dtype, skipNaN) as Statistic<unknown>;
	return counts(what.edges, what.isUniform) as Statistic<unknown>;
}

/** Partial results that came too early are kept up to this many bytes. */
const KEPT_BYTES = 2 ** 20;

/** Computes a statistic of every chunk and puts them together in C order of the chunk coordinates. */
export async function collect<Partial>(
	runtime: Runtime,
	array: StoredArray,
	work: Pick<StatisticDescription, "what" | "skipNaN" | "axes"> & { readonly reduction: Reduction },
	options: CallOptions,
): Promise<Partial> {
	const { what, skipNaN, axes, reduction } = work;
	const { kept, lengths, size } = reduction;
	const description = { what, skipNaN, axes, kept };
	const statistic = statisticOf(description, array.spec.dtype);
	const plan = planSelection(axes, array.metadata.grid);
	const total = statistic.empty(size);
	const entries = array.largest.spec.shape.reduce((n, length, d) => (kept[d] ? n * length : n), 1);
	const order = new InOrder<unknown>(
		(n, partial) => statistic.merge(total, partial, placesOf(plan.region(n), kept, lengths)),
		Math.floor(KEPT_BYTES / (statistic.bytes * entries)),
	);
	const job = statisticJob([array], description);
	const settle = (n: number, partial: unknown, signal: AbortSignal): Promise<void> => order.settle(n, partial, signal);
	await runJob(runtime.engine, { ...job, settle }, runtime.limits, options);
	return total as Partial;
}

/**
 * A statistic of a selection: a scalar, or along axes an array.
 * @throws StoreError UNSUPPORTED where it is not defined for the data type, INVALID_ARGUMENT for bad axes, and for the least or
 * the largest of no values, TOO_LARGE where an integer sum along axes does not fit 64 bits
 */
export async function computeStatistic(
	runtime: Runtime,
	array: StoredArray,
	work: { readonly name: StatisticName; readonly selection: NormalSelection },
	options: StatisticOptions & StdOptions,
): Promise<unknown> {
	const { name, selection } = work;
	const { dtype } = array.spec;
	checkDefined(name, dtype);
	const { ddof = 0, axes } = options;
	if (!Number.isFinite(ddof)) throw new StoreError("INVALID_ARGUMENT", `ddof is a number, not ${String(ddof)}`);
	const reduction = parseReduction(axes, selection);
	if ((name === "min" || name === "max") && reduction.size > 0 && reduction.repeats === 0)
		throw new StoreError("INVALID_ARGUMENT", `there is no ${name} of no values: the selection is empty`);
	const type = resultType(name, dtype);
	const result = emptyOf(axes === undefined ? [] : reduction.shape, type);
	const what = name === "mean" ? "sum" : name === "std" ? "moments" : name;
	const skipNaN = options.skipNaN === true;
	const total = await collect(runtime, array, { what, skipNaN, axes: selection.axes, reduction }, options);
	// Without axes a sum of integers may be of any size.
	if (axes === undefined && name === "sum" && type.kind !== "f" && type.kind !== "c")
		return integerAt(total as Sums, 0);
	const entries = finished(name, total, { dtype, ddof, reduction });
	if (axes === undefined) return fillToUser(entries, type);
	(result.data as TypedArray).set(entries as never);
	return result;
}

interface Finish {
	readonly dtype: DataType;
	readonly ddof: number;
	readonly reduction: Reduction;
}

/** The entries of the result. */
function finished(name: StatisticName, total: unknown, { dtype, ddof, reduction }: Finish): TypedArray {
	const { size, repeats } = reduction;
	if (name === "min" || name === "max") return canonical(plainValues(total as Extremes, name));
	if (name === "std") {
		const { count, squares } = total as Moments;
		return canonical(squares.map((sum, i) => Math.sqrt(sum / Math.max(0, (count[i] as number) - ddof))));
	}
	const { planes, count } = total as Sums;
	const isInteger = dtype.kind !== "f" && dtype.kind !== "c";
	if (name === "sum" && isInteger) return integers(total as Sums, dtype, size);
	const counted = (i: number): number => (name === "sum" ? 1 : (count?.[i] ?? repeats));
	if (isInteger) return canonical(perElement(size, (i) => Number(integerAt(total as Sums, i)) / counted(i)));
	const parts = planes.length;
	const values = new Float64Array(size * parts);
	planes.forEach((plane, part) => {
		for (let i = 0; i < size; i++) values[i * parts + part] = valueAt(plane, i) / counted(i);
	});
	return canonical(values);
}

function perElement(size: number, value: (i: number) => number): Float64Array {
	const values = new Float64Array(size);
	for (let i = 0; i < size; i++) values[i] = value(i);
	return values;
}

/** Every NaN with the same bits: processors and compilers differ in those they produce. */
function canonical(entries: TypedArray): TypedArray {
	if (entries instanceof Float64Array)
		for (let i = 0; i < entries.length; i++) if (Number.isNaN(entries[i])) entries[i] = Number.NaN;
	return entries;
}

function integers(total: Sums, { kind }: DataType, size: number): BigInt64Array | BigUint64Array {
	const isUnsigned = kind === "u";
	const values = isUnsigned ? new BigUint64Array(size) : new BigInt64Array(size);
	for (let i = 0; i < size; i++) {
		const sum = integerAt(total, i);
		values[i] = sum;
		if (values[i] === sum) continue;
		const advice = "sum fewer values, or leave axes out, which gives a bigint of any size";
		throw new StoreError("TOO_LARGE", `the sum ${sum} does not fit ${isUnsigned ? "uint64" : "int64"}: ${advice}`);
	}
	return values;
}
