import type { ReadRanges } from "../../codecs/codec.js";
import type { Engine } from "../../engine.js";
import { printsAsString } from "../../inspect.js";
import { describeGrid } from "../../selection/grid.js";
import { partsIn, planParts } from "../../selection/parts.js";
import { type AxisSelection, type Plan, planSelection } from "../../selection/plan.js";
import type { NormalSelection } from "../../selection/selection.js";
import type { StoredArray } from "../../stored-array.js";
import type { Runtime } from "../runtime.js";
import { bytesOfParts, decodersFor } from "./decode-together.js";

/** What a `get` of a selection would do: the very plan that it runs, in numbers. Prints as a few lines. */
export class Explanation {
	/** Shape of the result. */
	readonly shape: readonly number[];
	/** Bytes of the result. */
	readonly resultBytes: number;
	/** Chunks that the selection touches. */
	readonly chunks: number;
	/** Shards that these lie in; undefined where every chunk is an object of its own. */
	readonly shards: number | undefined;
	/** Read requests: one per stored object, and one more for each shard that is read in part, unless its index is known. */
	readonly requests: number;
	/** Bytes of the touched chunks, decoded. */
	readonly decodedBytes: number;
	/**
	 * Estimate of the bytes that are fetched, if nothing compresses and everything is stored. Of up to 10,000 chunks with what lies between
	 * them in one range.
	 */
	readonly fetchedBytes: number;
	/** What is asked for where parts of shards are read, as is best by now. */
	readonly ranges: ReadRanges;
	/** Estimate of the memory in use at once: the result and the chunks in flight, in bytes. */
	readonly peakBytes: number;
	readonly #array: StoredArray;

	constructor(array: StoredArray, selection: NormalSelection, runtime: Runtime) {
		const { dtype } = array.spec;
		const itemBytes = dtype.components * dtype.Array.BYTES_PER_ELEMENT;
		const { ranges } = array.tuner;
		const { objects, chunks, ...work } = workOf({ array, axes: selection.axes, ranges, engine: runtime.engine });
		this.#array = array;
		this.ranges = ranges;
		this.shape = selection.shape;
		this.resultBytes = selection.shape.reduce((product, length) => product * length, itemBytes);
		this.chunks = chunks;
		this.shards = array.largest.pipeline.innerShape && objects;
		this.requests = work.requests;
		this.decodedBytes = work.decodedBytes;
		this.fetchedBytes = work.fetchedBytes;
		const { concurrency, budget } = runtime.limits;
		const inFlight = work.taskBytes * Math.min(objects, concurrency);
		this.peakBytes = this.resultBytes + Math.min(inFlight, Math.max(budget.limit, work.taskBytes));
	}

	toString(): string {
		const { metadata, name, largest } = this.#array;
		const objects = describeGrid(metadata.grid);
		const inner = largest.pipeline.innerShape;
		const shards = this.shards === undefined ? [] : [`  shards    ${this.shards} of ${objects}`];
		const fetched =
			this.shards === undefined ? "" : `, ${formatBytes(this.fetchedBytes)} fetched if nothing compresses`;
		return [
			`get of [${this.shape.join(", ")}] ${metadata.dtype.name} from ${JSON.stringify(name)} [${metadata.shape.join(", ")}]`,
			`  chunks    ${this.chunks} of ${inner === undefined ? objects : describeGrid(inner)}`,
			...shards,
			`  requests  ${this.requests}`,
			`  bytes     ${formatBytes(this.resultBytes)} wanted, ${formatBytes(this.decodedBytes)} decoded${fetched}`,
			`  memory    ${formatBytes(this.peakBytes)} at most`,
		].join("\n");
	}
}

printsAsString(Explanation.prototype);

interface Work {
	readonly objects: number;
	readonly chunks: number;
	readonly decodedBytes: number;
	readonly requests: number;
	readonly fetchedBytes: number;
	/** Of the largest task. */
	readonly taskBytes: number;
}

/** What is read, and by whom. */
interface Reading {
	readonly array: StoredArray;
	readonly axes: readonly AxisSelection[];
	readonly ranges: ReadRanges;
	readonly engine: Engine;
}

function workOf(reading: Reading): Work {
	const work = reading.array.isUniform ? workOfEqual(reading) : workOfEach(reading);
	const between = work.chunks > COUNTED ? 0 : bytesBetween(reading);
	return { ...work, fetchedBytes: work.fetchedBytes + between };
}

/** What ranges of several chunks hold beside them. */
function bytesBetween({ array, axes, ranges }: Reading): number {
	if (array.largest.pipeline.parts === undefined || array.backend.supports.ranges === false) return 0;
	const plan = planSelection(axes, array.metadata.grid);
	let bytes = 0;
	for (let n = 0; n < plan.count; n++)
		bytes += array.formOf(plan.coords(n)).pipeline.parts?.gapsOf(plan.region(n), ranges) ?? 0;
	return bytes;
}

/** Where all objects are of one shape. */
function workOfEqual({ array, axes, ranges, engine }: Reading): Work {
	const { backend } = array;
	const { pipeline, spec } = array.largest;
	const { shape: chunkShape, dtype } = spec;
	const objects = planSelection(axes, chunkShape).count;
	const { parts, innerShape = chunkShape } = pipeline;
	const chunks = planSelection(axes, innerShape).count;
	const chunkBytes = innerShape.reduce((n, length, d) => (n * length) / (chunkShape[d] as number), array.chunkBytes);
	const plain = chunkShape.reduce((bytes, length) => bytes * length, dtype.itemSize);
	if (parts === undefined) {
		const fetchedBytes = objects * (pipeline.encodedSize ?? plain);
		const [decodedBytes, taskBytes] = [chunks * chunkBytes, 2 * array.chunkBytes];
		return { objects, chunks, decodedBytes, requests: objects, fetchedBytes, taskBytes };
	}
	const everything = parts.costOf(Number.POSITIVE_INFINITY).bytes;
	let [requests, fetchedBytes, taskBytes] = [0, 0, 0];
	for (const [wanted, times] of partsPerObject(axes, chunkShape, parts.shape)) {
		const whole = { requests: 1, bytes: everything, mostBytes: everything };
		const cost = backend.supports.ranges === false ? whole : parts.costOf(wanted, ranges);
		requests += times * cost.requests;
		fetchedBytes += times * cost.bytes;
		const decoders = decodersFor(engine, array, { parts: wanted, shards: objects });
		taskBytes = Math.max(taskBytes, bytesOfParts(array, cost, decoders));
	}
	return { objects, chunks, decodedBytes: chunks * chunkBytes, requests, fetchedBytes, taskBytes };
}

/** Where they are not: one by one, the first of many for all. */
function workOfEach(reading: Reading): Work {
	const { array, axes } = reading;
	const { grid } = array.metadata;
	const plan = planSelection(axes, grid);
	const counted = Math.min(plan.count, COUNTED);
	const total = { objects: plan.count, chunks: 0, decodedBytes: 0, requests: 0, fetchedBytes: 0, taskBytes: 0 };
	for (let n = 0; n < counted; n++) {
		const { taskBytes, ...one } = workOfOne(reading, plan, n);
		for (const member of ["chunks", "decodedBytes", "requests", "fetchedBytes"] as const) total[member] += one[member];
		total.taskBytes = Math.max(total.taskBytes, taskBytes);
	}
	if (counted === plan.count) return total;
	const scale = plan.count / counted;
	for (const member of ["decodedBytes", "requests", "fetchedBytes"] as const)
		total[member] = Math.round(total[member] * scale);
	return { ...total, chunks: planSelection(axes, array.largest.pipeline.innerShape ?? grid).count };
}

function workOfOne({ array, ranges, engine }: Reading, plan: Plan, n: number): Omit<Work, "objects"> {
	const { pipeline, spec, bytes } = array.formOf(plan.coords(n));
	const { parts, innerShape } = pipeline;
	const plain = spec.shape.reduce((product, length) => product * length, spec.dtype.itemSize);
	const chunks = innerShape === undefined ? 1 : partsIn(plan.region(n), innerShape);
	const chunkBytes =
		innerShape === undefined
			? bytes
			: innerShape.reduce((n, length, d) => (n * length) / (spec.shape[d] as number), bytes);
	const decodedBytes = chunks * chunkBytes;
	if (parts === undefined)
		return { chunks, decodedBytes, requests: 1, fetchedBytes: pipeline.encodedSize ?? plain, taskBytes: 2 * bytes };
	const everything = parts.costOf(Number.POSITIVE_INFINITY).bytes;
	const whole = { requests: 1, bytes: everything, mostBytes: everything };
	const cost = array.backend.supports.ranges === false ? whole : parts.costOf(chunks, ranges);
	return {
		chunks,
		decodedBytes,
		requests: cost.requests,
		fetchedBytes: cost.bytes,
		taskBytes: bytesOfParts(array, cost, decodersFor(engine, array, { parts: chunks, shards: plan.count })),
	};
}

/** How many objects there are of which so many parts are wanted: along each axis, then together. */
function partsPerObject(
	axes: readonly AxisSelection[],
	chunkShape: readonly number[],
	partShape: readonly number[],
): Map<number, number> {
	let objects = new Map([[1, 1]]);
	for (const [d, axis] of axes.entries()) {
		const along = partsAlong(axis, chunkShape[d] as number, partShape[d] as number);
		const product = new Map<number, number>();
		for (const [wanted, times] of objects)
			for (const [more, often] of along) product.set(wanted * more, (product.get(wanted * more) ?? 0) + times * often);
		objects = product;
	}
	return objects;
}

/** Objects along an axis beyond which those in the middle count as one and the same. */
const COUNTED = 10_000;

function partsAlong(axis: AxisSelection, chunk: number, part: number): Map<number, number> {
	const plan = planSelection([axis], [chunk]);
	const along = new Map<number, number>();
	const add = (k: number, times: number): void => {
		const { count } = planParts(plan.region(k), [part]);
		along.set(count, (along.get(count) ?? 0) + times);
	};
	const counted = Math.min(plan.count, COUNTED);
	for (let k = 0; k < counted; k++) add(k < counted / 2 ? k : plan.count - counted + k, 1);
	if (plan.count > counted) add(Math.floor(counted / 2), plan.count - counted);
	return along;
}

/** `1536` → `1.5 KiB`. */
function formatBytes(bytes: number): string {
	const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
	const unit = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
	const value = bytes / 1024 ** unit;
	return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
