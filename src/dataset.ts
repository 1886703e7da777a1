import { type ChunkAccess, DataChunk, type WriteOptions } from "./data-chunk.js";
import type { CallOptions } from "./engine.js";
import { StoreError } from "./errors.js";
import { dataTypeFromUser } from "./format/data-type-metadata.js";
import type { DType, DTypeLike, NumericName, ScalarOf, TimeOf, TypedArray, TypedArrayOf } from "./format/data-types.js";
import { fillToUser } from "./format/fill-value.js";
import { jsonFromUser } from "./format/json-from-user.js";
import type { Attributes, JsonObject } from "./format/metadata.js";
import { checkName } from "./format/names.js";
import { printsAsString } from "./inspect.js";
import { checkKernel, type Kernel, type KernelFunction, loadKernel } from "./kernel.js";
import { takeTurn } from "./lanes.js";
import { Explanation } from "./operations/access/explain.js";
import { type PointLists, readPoints, writePoints } from "./operations/access/points.js";
import { type GetOptions, read, targetView } from "./operations/access/read.js";
import { write, writeEach } from "./operations/access/write.js";
import { applyKernel } from "./operations/apply/apply-call.js";
import { type Block, type BlocksOptions, readBlocks } from "./operations/blocks/blocks.js";
import { innerCodecs } from "./operations/create/complete-codecs.js";
import { createChunk } from "./operations/create/create-chunk.js";
import { describeFilled } from "./operations/create/describe-source.js";
import { type ArrayNode, readArray, removeNode, updateArray } from "./operations/hierarchy/hierarchy.js";
import { removeChunks } from "./operations/load/copy-chunks.js";
import { copyValues, type LoadOptions } from "./operations/load/load.js";
import { isSlabs, loadSlabs, type Slabs } from "./operations/load/load-slabs.js";
import { mapChunks } from "./operations/map/map.js";
import {
	type ApplyOptions,
	checkMapResume,
	checkResume,
	type MapOptions,
	parseBlocks,
} from "./operations/map/map-options.js";
import { interruptedOutput, markOfMap } from "./operations/map/map-output.js";
import { missingChunks } from "./operations/missing-chunks.js";
import { grow, resize, storedChunks } from "./operations/resize.js";
import { type Histogram, type HistogramOptions, histogram } from "./operations/statistics/histogram.js";
import { type Combine, type ReduceFunction, type ReduceOptions, reduceChunks } from "./operations/statistics/reduce.js";
import { computeStatistic } from "./operations/statistics/statistic.js";
import type {
	MeanOf,
	MeanType,
	NoOptions,
	Reduced,
	StatisticName,
	StatisticOptions,
	StdOptions,
	SumOf,
	SumType,
} from "./operations/statistics/statistic-options.js";
import { missingNumbers } from "./operations/stored-keys.js";
import { UNFINISHED } from "./operations/unfinished.js";
import { checkVerifyOptions, VERIFY, type Verification, type VerifyOptions } from "./operations/verify/verification.js";
import { verifyArray } from "./operations/verify/verify.js";
import * as names from "./option-names.js";
import { randomId } from "./random-id.js";
import type { AxisLengths } from "./selection/edges.js";
import { describeGrid, gridShape } from "./selection/grid.js";
import { normalise } from "./selection/normalise.js";
import { planSelection, planWhole, wholeRegion } from "./selection/plan.js";
import { type NormalSelection, type Selection, slice } from "./selection/selection.js";
import { inSteps, type Session } from "./session.js";
import { definesFill, openEnded, type StoredArray, storedArray } from "./stored-array.js";
import { refuseUnknown } from "./unknown-options.js";
import { broadcastTo } from "./values/broadcast.js";
import { toView } from "./values/input.js";
import type { ArrayLike, NdArray, NestedArray } from "./values/nd-array.js";
import type { TypeOfClass } from "./values/typed-arrays.js";
import type { View } from "./values/view.js";
import { byRoot, callOf, clearUp, fromRoot, together } from "./world.js";

/** What a dataset asks of its connection beyond the session: other datasets. */
export interface DatasetOwner extends Session {
	createDataset<D extends DType = NumericName>(name: string, options: CreateOptions<D>): Promise<Dataset<D>>;
	deleteDataset(name: string): Promise<void>;
}

/** What a new dataset is. Either `data`, or `shape` and `dtype`. */
export interface CreateOptions<D extends DType = NumericName> extends CallOptions {
	readonly shape?: readonly number[] | undefined;
	readonly dtype?: DTypeLike<D> | undefined;
	/**
	 * Elements of one chunk, the least that is read, along each axis; left out, a near-cubic shape of 1–4 MiB. For chunks of different lengths a
	 * list per axis, `[[16, 10], [24, 14]]`, in which a pair `[length, count]` is `count` chunks (rectilinear grid); a number is all of an axis.
	 */
	readonly chunkShape?: readonly AxisLengths[] | undefined;
	/** Elements of one stored object, which holds several chunks, along each axis, or lists of them; multiples of `chunkShape`. */
	readonly shardShape?: readonly AxisLengths[] | "auto" | undefined;
	/**
	 * What is read where nothing was written, default zero; a typed array of one element is taken bit for bit. In format 2 `null` leaves it
	 * undefined: it is read as zero here, as anything elsewhere, and so chunks of zeros are stored.
	 */
	readonly fillValue?: ScalarOf<D> | TimeOf<D> | TypedArrayOf<D> | number | null | undefined;
	/**
	 * Codecs of the chunks by name or `{ name, configuration }`; `bytes` is added where none makes bytes. Default `bytes`, `zstd`. Those of
	 * shards are taken as they are where `sharding_indexed` is among them; what is left out of its configuration is put in.
	 */
	readonly codecs?:
		| readonly (string | { readonly name: string; readonly configuration?: { readonly [member: string]: unknown } })[]
		| undefined;
	readonly attributes?: { readonly [name: string]: unknown } | undefined;
	readonly dimensionNames?: readonly (string | null)[] | undefined;
	/**
	 * Version of Zarr in which it is stored, default 3. 2 is for tools that know no other: `.zarray`, `.zattrs` and `.zgroup` are written, with
	 * codecs that numcodecs has; `dimensionNames` become the attribute `_ARRAY_DIMENSIONS`, as xarray has it.
	 */
	readonly format?: 2 | 3 | undefined;
	/** Separator of chunk coordinates in keys, and their scheme; default `{ name: "default", separator: "/" }`, in format 2 `v2` and `.`. */
	readonly chunkKeyEncoding?: { readonly name: "default" | "v2"; readonly separator?: "/" | "." } | undefined;
	/** Values to write at once: in memory, of a dataset, or in slabs; a source of slabs may tell shape, data type and more. */
	readonly data?: ArrayLike<D> | Dataset<DType> | Slabs | undefined;
	/** What to do where a dataset of that name exists. Default `error`. */
	readonly ifExists?: "error" | "open" | "replace" | undefined;
}

/** What a new dataset is, made of values that tell its data type. */
export interface CreateFromData<V> extends Omit<CreateOptions<DTypeOfData<V>>, "data" | "dtype"> {
	readonly data: V;
	readonly dtype?: undefined;
}

/** The data type of a dataset that is made of `V` without naming one: `inferDataType`, as the compiler sees it. */
export type DTypeOfData<V> =
	V extends Dataset<infer D> ? D : DTypeOfElements<V extends { readonly data: infer Elements } ? Elements : V>;

type DTypeOfElements<V> = TypedArray extends V
	? NumericName
	: V extends TypedArray
		? TypeOfClass[V[typeof Symbol.toStringTag]]
		: DTypeOfScalar<Innermost<V>>;

type DTypeOfScalar<S> = [S] extends [never]
	? NumericName
	: [S] extends [number]
		? "float64"
		: [S] extends [bigint]
			? "int64"
			: [S] extends [boolean]
				? "bool"
				: [S] extends [string]
					? "string"
					: [S] extends [Date]
						? "numpy.datetime64[ms]"
						: NumericName;

/** The scalars of nested arrays; of those that may be nested any deep the compiler knows nothing. */
type Innermost<V> = NestedArray extends V ? unknown : V extends readonly (infer Item)[] ? Innermost<Item> : V;

/** A chunked N-dimensional array in a store. Made by `Connection.createDataset` and `getDataset`. */
export class Dataset<D extends DType = NumericName> {
	/** The connection it belongs to. */
	readonly connection: DatasetOwner;
	readonly name: string;
	#array: StoredArray;
	/** Names the line of those who grow it through this handle. */
	readonly #growing: string = randomId();

	constructor(connection: DatasetOwner, name: string, node: ArrayNode) {
		this.connection = connection;
		this.name = name;
		this.#array = openArray(connection, name, node);
	}

	/** Elements along each axis. Complex parts and raw bytes are no axis. */
	get shape(): readonly number[] {
		return this.#array.metadata.shape;
	}
	get ndim(): number {
		return this.shape.length;
	}
	get dtype(): D {
		return this.#array.metadata.dtype.name as D;
	}
	/** Number of elements. */
	get size(): number {
		return this.shape.reduce((count, length) => count * length, 1);
	}
	/** Bytes of all elements, uncompressed. */
	get nbytes(): number {
		return this.size * this.#array.metadata.dtype.itemSize;
	}
	/** Elements of one chunk along each axis: the least that is read and decoded. Where `chunkLengths` differ, of the largest. */
	get chunkShape(): readonly number[] {
		const { pipeline, spec } = this.#array.largest;
		return pipeline.innerShape ?? spec.shape;
	}
	/**
	 * Elements of one stored object along each axis, the least that is written; undefined where that is one chunk. Where `chunkLengths`
	 * differ, of the largest.
	 */
	get shardShape(): readonly number[] | undefined {
		const { pipeline, spec } = this.#array.largest;
		return pipeline.innerShape && spec.shape;
	}
	/**
	 * Lengths of the stored objects along each axis, as `chunkShape` of a new dataset takes them, or `shardShape` of one in shards; undefined
	 * for a regular grid. What they add up to may exceed the shape.
	 */
	get chunkLengths(): readonly AxisLengths[] | undefined {
		const { gridName, grid } = this.#array.metadata;
		if (gridName === "regular") return undefined;
		return grid.map((axis) => (typeof axis === "number" ? axis : axis.entries));
	}
	/** Number of stored objects along each axis: of shards, where there are any, else of chunks. */
	get chunkGrid(): readonly number[] {
		return gridShape(this.#array.metadata.grid, this.shape);
	}
	/** Number of stored objects, if all are stored. */
	get totalChunks(): number {
		return this.chunkGrid.reduce((count, length) => count * length, 1);
	}
	/** What is read where nothing was written. */
	get fillValue(): ScalarOf<D> {
		const { fill, dtype } = this.#array.metadata;
		return fillToUser(fill, dtype) as ScalarOf<D>;
	}
	get attributes(): Attributes {
		return this.#array.metadata.attributes;
	}
	get dimensionNames(): readonly (string | null)[] | undefined {
		return this.#array.metadata.dimensionNames;
	}
	/** Codecs of the chunks, as the metadata lists them; where there is more to shards than a list of chunks, codecs of the shards. */
	get codecs(): readonly { readonly name: string; readonly configuration?: { readonly [member: string]: unknown } }[] {
		const { codecs } = this.#array.metadata;
		return innerCodecs(codecs) ?? codecs;
	}

	/** Version of Zarr in which it is stored. */
	get format(): 2 | 3 {
		return this.#array.metadata.v2 === undefined ? 3 : 2;
	}

	/** How chunk coordinates become keys. */
	get chunkKeyEncoding(): { readonly name: "default" | "v2"; readonly separator: "/" | "." } {
		return this.#array.metadata.chunkKeyEncoding;
	}

	/**
	 * What `createDataset`, of this connection or another, takes to make a dataset that is stored as this one is, attributes and fill value to the
	 * bit included. One that is loaded from this one then gets its chunks as they are, without decoding.
	 */
	get creationOptions(): CreateOptions<D> {
		const { shape, dtype, codecs, attributes, dimensionNames, chunkKeyEncoding, fill } = this.#array.metadata;
		return {
			format: this.format,
			shape,
			// Of times the metadata may spell the unit otherwise.
			dtype: (dtype.time === undefined ? dtype.name : dtype.metadata) as DTypeLike<D>,
			// With shards, codecs are those of shards: their settings have the shape of the chunks within.
			chunkShape: this.#objectLengths,
			codecs,
			attributes,
			dimensionNames,
			chunkKeyEncoding,
			fillValue: definesFill(this.#array) ? (fill as TypedArrayOf<D>) : null,
		};
	}

	/** Lengths of the stored objects, for a new dataset. */
	get #objectLengths(): readonly AxisLengths[] {
		return this.chunkLengths ?? this.#array.largest.spec.shape;
	}

	#layout(): Pick<CreateOptions, "chunkShape" | "shardShape"> {
		if (this.shardShape === undefined) return { chunkShape: this.#objectLengths };
		return { chunkShape: this.chunkShape, shardShape: this.#objectLengths };
	}

	/** Whether the elements are of this type; narrows the dataset's own. */
	is<T extends DType>(dtype: DTypeLike<T>): this is Dataset<T> {
		return dataTypeFromUser<DType>(dtype).name === this.dtype;
	}

	/** Reads a selection, by default everything, into a new array or `options.out`. */
	async get(selection: Selection = "...", options: GetOptions = {}): Promise<NdArray<D>> {
		return this.#read(this.#normalise(selection), options);
	}

	/** One element. */
	async at(...index: number[]): Promise<ScalarOf<D>> {
		if (index.length !== this.ndim)
			throw new StoreError("INVALID_ARGUMENT", `at takes one index per axis: ${this.ndim}, not ${index.length}`);
		const { data } = await this.get(index);
		return fillToUser(data, this.#array.metadata.dtype) as ScalarOf<D>;
	}

	/** Writes a value, broadcast as NumPy does, over a selection. See the casting rule at `WriteOptions`. */
	async set(selection: Selection, value: ArrayLike<D>, options: WriteOptions = {}): Promise<void> {
		await this.#write(this.#normalise(selection), value, options);
	}

	/** Reads single elements: one index list per axis, paired (`a[[0, 2], [1, 3]]` in NumPy). */
	async points(lists: PointLists, options: CallOptions = {}): Promise<NdArray<D>> {
		return this.#call(
			options,
			(o) => readPoints(this.connection.runtime, this.#array, lists, o) as Promise<NdArray<D>>,
		);
	}

	/** Writes single elements, given as for `points`; of a repeated one the last value stays. */
	async setPoints(lists: PointLists, value: ArrayLike<D>, options: WriteOptions = {}): Promise<void> {
		refuseUnknown(options, names.SET, "setPoints");
		const values = (count: number): View => broadcastTo(this.#view(value, options), [count]);
		return this.#change(options, (o) => writePoints(this.connection.runtime, this.#array, { lists, values }, o));
	}

	/**
	 * Fills the whole dataset, chunk by chunk, from values in memory, from another dataset of the same shape, or from slabs: blocks along
	 * axis 0, in order, that together have the dataset's shape. Of slabs one, and a row of chunks, is in memory at a time.
	 */
	async load(source: ArrayLike<D> | Dataset<DType> | Slabs, options: LoadOptions = {}): Promise<void> {
		refuseUnknown(options, names.LOAD, "load");
		await this.#together("load", options, (o) => {
			if (source instanceof Dataset) {
				const part = { array: source.#array, selection: source.#normalise(o.selection ?? "...") };
				return copyValues(this.connection.runtime, part, this.#array, o);
			}
			if (o.selection !== undefined)
				throw new StoreError("INVALID_ARGUMENT", "load selects of another dataset only: select of the values before");
			if (isSlabs(source)) return loadSlabs(this.connection.runtime, this.#array, source, o);
			const view = broadcastTo(this.#view(source, o), this.shape);
			const selection = this.#normalise("...");
			const plan = planSelection(selection.axes, this.#array.metadata.grid);
			return writeEach(
				this.connection.runtime,
				{
					array: this.#array,
					axes: selection.axes,
					plan,
					source: targetView(view as never, selection),
					sharing: "tasks",
				},
				o,
			);
		});
	}

	/**
	 * Runs a kernel once per chunk and stores what it returns as a new dataset of the same shape. Until it is complete it carries the attribute
	 * `tesserae_unfinished`. Where the map fails or is cancelled the output is removed again, unless `resume` is true.
	 */
	async map<T extends DType = D>(
		work: Kernel | KernelFunction<D>,
		outputName: string,
		options: MapOptions<T> & { readonly inputs?: { readonly [name: string]: Dataset } } = {},
	): Promise<Dataset<T>> {
		refuseUnknown(options, names.MAP, "map");
		const { runtime } = this.connection;
		checkKernel(work, runtime.engine);
		checkMapResume(options);
		const blocks = parseBlocks(options, this.ndim);
		const inputs = this.#inputArrays(options.inputs ?? {});
		const { location } = this.connection.backend;
		const read = [this.#array, ...Object.values(inputs)];
		if (read.some(({ name, backend }) => name === outputName && backend.location === location))
			throw new StoreError("INVALID_ARGUMENT", `map reads ${JSON.stringify(outputName)}: give the output another name`);
		const { resume } = options;
		return this.#together(`map to ${JSON.stringify(outputName)}`, options, async (o) => {
			await together(o.signal, async () => void (await loadKernel(work as Kernel)));
			const mark = await markOfMap(read, { kernel: work as Kernel, inputs: Object.keys(inputs), blocks });
			const like = this.#outputOptions({ ...options, attributes: { ...options.attributes, ...mark } });
			const begun = resume ? await this.#interruptedOutput(outputName, like, o.signal) : undefined;
			const output = begun ?? (await this.connection.createDataset<T>(outputName, { ...like, signal: o.signal }));
			const chunks = begun && (await fromRoot(o.signal, () => missingNumbers(output.#array, o.signal)));
			const description = { kernel: work as Kernel, inputs: Object.keys(inputs), blocks, chunks };
			const fill = async (): Promise<void> => {
				await mapChunks(runtime, [...read, output.#array], description, o);
				await output.setAttributes({ [UNFINISHED]: undefined }, { signal: o.signal });
			};
			if (!resume) return filled(output, o, fill);
			await fill();
			return output;
		});
	}

	/**
	 * Replaces every chunk by what the kernel makes of it, once, whatever is interrupted: see `ApplyOptions`. With a halo it sees original values only. While
	 * it runs, a ledger lies beside the data; it stays after a failure that came when chunks were changed already.
	 * @throws StoreError CONFLICT where another process is at it, or an earlier call was interrupted
	 */
	async apply(work: Kernel | KernelFunction<D>, options: ApplyOptions = {}): Promise<void> {
		refuseUnknown(options, names.APPLY, "apply");
		const { runtime } = this.connection;
		checkKernel(work, runtime.engine);
		const task = { kernel: work as Kernel, blocks: parseBlocks(options, this.ndim), onChanged: checkResume(options) };
		await this.#together("apply", options, async (o) => {
			await together(o.signal, async () => void (await loadKernel(work as Kernel)));
			await applyKernel(runtime, this.#array, task, o);
		});
	}

	/**
	 * Runs a kernel once per chunk and combines what it returns, which may be any cloneable value: `combine(accumulated, partial, ctx)`
	 * runs here, in C order of the chunk coordinates, so that the result is the same on every engine.
	 * @throws StoreError KERNEL_FAILED naming the chunk, INVALID_ARGUMENT where there is no chunk and no `initial`
	 */
	async reduce<Total, Partial = Total>(
		work: Kernel | ReduceFunction<D, Partial>,
		combine: Combine<Total, Partial>,
		options: ReduceOptions<Total> = {},
	): Promise<Total> {
		refuseUnknown(options, names.REDUCE, "reduce");
		const { runtime } = this.connection;
		checkKernel(work, runtime.engine);
		const reduction = { kernel: work as Kernel, blocks: parseBlocks(options, this.ndim), combine };
		return this.#askTogether("reduce", options, (o) => reduceChunks(runtime, this.#array, reduction, o));
	}

	/** The least value. NaN propagates, unless skipped. @throws StoreError INVALID_ARGUMENT where there are no values */
	min<O extends StatisticOptions = NoOptions>(options?: O): Promise<Reduced<O, ScalarOf<D>, D>> {
		return this.#statistic("min", options);
	}

	/** The largest value. NaN propagates, unless skipped. @throws StoreError INVALID_ARGUMENT where there are no values */
	max<O extends StatisticOptions = NoOptions>(options?: O): Promise<Reduced<O, ScalarOf<D>, D>> {
		return this.#statistic("max", options);
	}

	/** The sum: of integers and booleans exact, a bigint; of floats compensated, as float64. */
	sum<O extends StatisticOptions = NoOptions>(options?: O): Promise<Reduced<O, SumOf<D>, SumType<D>>> {
		return this.#statistic("sum", options);
	}

	/** The arithmetic mean, as float64; NaN of no values. */
	mean<O extends StatisticOptions = NoOptions>(options?: O): Promise<Reduced<O, MeanOf<D>, MeanType<D>>> {
		return this.#statistic("mean", options);
	}

	/** The standard deviation, as float64; NaN of no values. As NumPy, it squares: right for magnitudes of 1e-150 to 1e150. */
	std<O extends StdOptions = NoOptions>(options?: O): Promise<Reduced<O, number, "float64">> {
		return this.#statistic("std", options);
	}

	/** How many values lie in each of a number of bins, by the rule of numpy.histogram. See `HistogramOptions`. */
	async histogram(options: HistogramOptions = {}): Promise<Histogram> {
		refuseUnknown(options, names.HISTOGRAM, "histogram");
		const { runtime } = this.connection;
		const selection = this.#normalise(options.selection ?? "...");
		return this.#askTogether("histogram", options, (o) => histogram(runtime, this.#array, selection, o));
	}

	/** A new dataset like this one: without its values, unless `data` is true. */
	async clone(name: string, options: CallOptions & { readonly data?: boolean | undefined } = {}): Promise<Dataset<D>> {
		return this.#together(`clone to ${JSON.stringify(name)}`, options, async (o) => {
			const clone = await this.connection.createDataset<D>(name, { ...this.creationOptions, signal: o.signal });
			if (!options.data) return clone;
			return filled(clone, o, () => clone.load(this, { signal: o.signal, onProgress: o.onProgress }));
		});
	}

	/** Changes the shape. What lies outside a smaller one is removed, and reads as fill value after growing again. */
	async resize(shape: readonly number[], options: CallOptions = {}): Promise<void> {
		const work = (o: CallOptions): Promise<ArrayNode> => resize(this.connection.runtime, this.#array, shape, o);
		this.#reopen(await this.#byRoot("resize", options, work));
	}

	/**
	 * Grows the dataset along `axis` and writes the values there. Several callers at once each get a place of their own.
	 * @returns index along `axis` of the first new element
	 */
	async append(value: ArrayLike<D>, axis = 0, options: WriteOptions = {}): Promise<number> {
		refuseUnknown(options, names.SET, "append");
		const at = axis < 0 ? axis + this.ndim : axis;
		const view = this.#view(value, options);
		const fits =
			at in this.shape &&
			view.shape.length === this.ndim &&
			view.shape.every((length, d) => d === at || length === this.shape[d]);
		if (!fits)
			throw new StoreError(
				"INVALID_ARGUMENT",
				`cannot append shape [${view.shape.join(", ")}] to [${this.shape.join(", ")}] along axis ${axis}`,
			);
		const count = view.shape[at] as number;
		return this.#change(options, async (o) => {
			// One after the other, so that this handle learns of the shapes in the order in which they came about.
			const offset = await takeTurn(this.#growing, async () => {
				const grown = await grow(this.connection.runtime, this.#array, at, count);
				this.#reopen(grown.node);
				return grown.offset;
			});
			const selection = this.#normalise(this.shape.map((_, d) => (d === at ? slice(offset, offset + count) : null)));
			const place = { selection, source: targetView(view as never, selection) };
			await write(this.connection.runtime, openEnded(this.#array, at), place, o);
			return offset;
		});
	}

	/** All values, block by block, in bounded memory. */
	async *blocks(options: BlocksOptions = {}): AsyncGenerator<Block<D>, void, undefined> {
		refuseUnknown(options, names.BLOCKS, "blocks");
		const readOne = (selection: NormalSelection): Promise<NdArray> =>
			this.#read(selection, { signal: options.signal }) as Promise<NdArray>;
		yield* readBlocks(this.#array, options, readOne) as AsyncGenerator<Block<D>, void, undefined>;
	}

	/** One chunk, stored or not. @throws StoreError OUT_OF_BOUNDS outside the chunk grid */
	chunk(coords: readonly number[]): DataChunk<D> {
		return new DataChunk<D>(coords, { array: this.#array, session: this.connection, access: this.#access });
	}

	/** Every chunk of the grid in row-major order, or those that are stored, in no particular order. */
	async *chunks(options: { readonly stored?: boolean } = {}): AsyncGenerator<DataChunk<D>, void, undefined> {
		if (!options.stored) {
			const plan = planWhole(this.shape, this.#array.metadata.grid);
			for (let n = 0; n < plan.count; n++) yield this.chunk(plan.coords(n));
			return;
		}
		const grid = this.chunkGrid;
		for await (const coords of storedChunks(this.#array))
			if (coords.every((c, d) => c < (grid[d] as number))) yield this.chunk(coords);
	}

	/**
	 * The coordinates of the chunks of the grid, or shards, that are not stored, in row-major order: those that were never written, and those that hold nothing
	 * but the fill value. Each is told when it is asked for; memory grows with what is stored, by a bit or so for each chunk.
	 */
	async *missingChunks(options: Pick<CallOptions, "signal"> = {}): AsyncGenerator<readonly number[], void, undefined> {
		refuseUnknown(options, names.MISSING, "missingChunks");
		yield* inSteps(this.connection, missingChunks(this.connection.runtime, this.#array, options.signal));
	}

	/** Stores a chunk, by default of fill value. @throws StoreError ALREADY_EXISTS */
	async createChunk(
		coords: readonly number[],
		value?: ArrayLike<D>,
		options: WriteOptions = {},
	): Promise<DataChunk<D>> {
		const chunk = this.chunk(coords);
		const source = value === undefined ? undefined : broadcastTo(this.#view(value, options), chunk.shape);
		const write = source && { region: wholeRegion(chunk.shape), source };
		await this.#change(options, () => createChunk(this.#array, coords, write));
		return chunk;
	}

	/** A stored chunk. @throws StoreError NOT_FOUND */
	async getChunk(coords: readonly number[], options?: CallOptions): Promise<DataChunk<D>> {
		const chunk = this.chunk(coords);
		if (await chunk.exists(options)) return chunk;
		throw new StoreError("NOT_FOUND", `chunk [${coords.join(", ")}] of ${JSON.stringify(this.name)} is not stored`, {
			chunk: coords,
		});
	}

	async hasChunk(coords: readonly number[], options?: CallOptions): Promise<boolean> {
		return this.chunk(coords).exists(options);
	}

	async deleteChunk(coords: readonly number[], options?: CallOptions): Promise<void> {
		return this.chunk(coords).delete(options);
	}

	/**
	 * Reads and decodes every stored chunk, and tells what is damaged or does not belong here. Changes nothing, unless `repair` asks for it:
	 * see `VerifyOptions`. A failure to read rejects: what could not be read was not verified.
	 */
	async verify(options: VerifyOptions = {}): Promise<Verification> {
		refuseUnknown(options, VERIFY, "verify");
		checkVerifyOptions(options);
		const work = (o: VerifyOptions): Promise<Verification> => verifyArray(this.connection.runtime, this.#array, o);
		return this.#askTogether("verify", options, (o) =>
			options.repair && !options.dryRun ? this.#change(o, work) : work(o),
		);
	}

	/** What a `get` of this selection would read: chunks, requests, bytes, memory. Reads nothing. */
	explain(selection: Selection = "..."): Explanation {
		return new Explanation(this.#array, this.#normalise(selection), this.connection.runtime);
	}

	/** Reads the metadata again, which others may have changed. */
	async refresh(options?: CallOptions): Promise<this> {
		this.#reopen(await this.#call(options, ({ signal }) => readArray(this.connection.backend, this.name, signal)));
		return this;
	}

	/** Merges attributes into those stored; one that is given as undefined is removed. */
	async setAttributes(attributes: { readonly [name: string]: unknown }, options?: CallOptions): Promise<void> {
		const change = (stored: Attributes): JsonObject => mergeAttributes(stored, attributes);
		const node = await this.#byRoot("setAttributes", options, () =>
			updateArray(this.connection.backend, this.name, (metadata) => ({
				...metadata,
				attributes: change(metadata.attributes),
			})),
		);
		this.#reopen(node);
	}

	/** Removes all values: everything reads as fill value. */
	async clear(options?: CallOptions): Promise<void> {
		await this.#together("clear", options, ({ signal }) => removeChunks(this.#array, signal));
	}

	/** Removes the dataset from the store. */
	async delete(options?: CallOptions): Promise<void> {
		await this.#together("delete", options, ({ signal }) =>
			byRoot(
				signal,
				() => removeNode(this.connection.backend, this.name, signal),
				async () => {},
			),
		);
	}

	toString(): string {
		const objects = describeGrid(this.#array.metadata.grid);
		const chunks = this.shardShape === undefined ? objects : `[${this.chunkShape.join(", ")}] in shards of ${objects}`;
		return `Dataset ${JSON.stringify(this.name)} ${this.dtype} [${this.shape.join(", ")}] in chunks of ${chunks}`;
	}

	get #access(): ChunkAccess<D> {
		return {
			read: (selection, options) => this.#read(selection, options),
			write: (selection, value, options) => this.#write(selection, value, options),
		};
	}

	#call<T, O extends CallOptions>(options: O | undefined, work: (options: O) => Promise<T>): Promise<T> {
		return this.connection.call(options, work);
	}

	#change<T, O extends CallOptions>(options: O | undefined, work: (options: O) => Promise<T>): Promise<T> {
		return this.connection.change(options, work);
	}

	/** A change that all ranks make together. */
	#together<T, O extends CallOptions>(
		what: string,
		options: O | undefined,
		work: (options: O) => Promise<T>,
	): Promise<T> {
		return this.#askTogether(what, options, (o) => this.#change(o, work));
	}

	/** A call that all ranks make together, and that changes nothing. */
	#askTogether<T, O extends CallOptions>(
		what: string,
		options: O | undefined,
		work: (options: O) => Promise<T>,
	): Promise<T> {
		return this.connection.together(`${what} of ${JSON.stringify(this.name)}`, options, work);
	}

	/** A change of the metadata that root makes; the others read what it is then. */
	#byRoot(
		what: string,
		options: CallOptions | undefined,
		work: (options: CallOptions) => Promise<ArrayNode>,
	): Promise<ArrayNode> {
		return this.#together(what, options, (o) =>
			byRoot(
				o.signal,
				() => work(o),
				() => readArray(this.connection.backend, this.name, o.signal),
			),
		);
	}

	#normalise(selection: Selection): NormalSelection {
		return normalise(selection, this.shape, this.dimensionNames);
	}

	#reopen(node: ArrayNode): void {
		this.#array = openArray(this.connection, this.name, node);
	}

	#view(value: ArrayLike<D>, { casting, dtype }: WriteOptions): View {
		const from = dtype === undefined ? undefined : dataTypeFromUser<DType>(dtype);
		return toView(value, this.#array.metadata.dtype, { casting, from });
	}

	async #read(selection: NormalSelection, options: GetOptions): Promise<NdArray<D>> {
		refuseUnknown(options, names.GET, "get");
		return this.#call(options, (o) => read(this.connection.runtime, this.#array, selection, o) as Promise<NdArray<D>>);
	}

	async #write(selection: NormalSelection, value: ArrayLike<D>, options: WriteOptions): Promise<void> {
		refuseUnknown(options, names.SET, "set");
		await this.#writeView(selection, this.#view(value, options), options);
	}

	async #writeView(selection: NormalSelection, view: View, options: WriteOptions): Promise<void> {
		const source = targetView(broadcastTo(view, selection.shape) as never, selection);
		await this.#change(options, (o) => write(this.connection.runtime, this.#array, { selection, source }, o));
	}

	async #statistic<T>(name: StatisticName, options: StdOptions = {}): Promise<T> {
		refuseUnknown(options, name === "std" ? names.STD : names.STATISTIC, name);
		const { runtime } = this.connection;
		const work = { name, selection: this.#normalise(options.selection ?? "...") };
		return this.#askTogether(name, options, (o) => computeStatistic(runtime, this.#array, work, o) as Promise<T>);
	}

	async #interruptedOutput<T extends DType>(
		name: string,
		wanted: CreateOptions<T>,
		signal: AbortSignal | undefined,
	): Promise<Dataset<T> | undefined> {
		checkName(name);
		const output = { name, metadata: describeFilled(wanted, undefined) };
		const find = (): Promise<ArrayNode | undefined> => interruptedOutput(this.connection.backend, output, signal);
		// Root may have made a new one by the time that others look.
		const isThere = callOf(signal) === undefined || (await fromRoot(signal, async () => (await find()) !== undefined));
		const node = isThere ? await find() : undefined;
		return node && new Dataset<T>(this.connection, name, node);
	}

	#inputArrays(inputs: { readonly [name: string]: Dataset }): { readonly [name: string]: StoredArray } {
		const entries = Object.entries(inputs).map(([name, input]) => {
			const same = input.ndim === this.ndim && input.shape.every((length, d) => length === this.shape[d]);
			if (same) return [name, input.#array] as const;
			const shapes = `shape [${input.shape.join(", ")}], the dataset [${this.shape.join(", ")}]`;
			throw new StoreError("INVALID_ARGUMENT", `the input ${name} has ${shapes}: they must be equal`);
		});
		return Object.fromEntries(entries);
	}

	#outputOptions<T extends DType>(options: MapOptions<T>): CreateOptions<T> {
		const { attributes: _, ...like } = this.creationOptions as CreateOptions<DType> as CreateOptions<T>;
		const { chunkShape } = options;
		const given = { ifExists: options.ifExists, attributes: options.attributes };
		const layout = chunkShape === undefined ? this.#layout() : { chunkShape };
		const isSameType = options.dtype === undefined || dataTypeFromUser<DType>(options.dtype).name === this.dtype;
		if (isSameType && chunkShape === undefined) return { ...like, ...given };
		const isSharded = this.shardShape !== undefined;
		if (isSameType)
			return {
				...like,
				codecs: isSharded ? innerCodecs(this.#array.metadata.codecs) : like.codecs,
				...given,
				...layout,
			};
		const { shape, dimensionNames, format } = like;
		return { shape, dimensionNames, format, dtype: options.dtype, ...given, ...layout };
	}
}

printsAsString(Dataset.prototype);

/** The new dataset once `work` has filled it. Where that fails it is removed again, also when the call was cancelled. */
async function filled<D extends DType>(
	output: Dataset<D>,
	{ signal }: CallOptions,
	work: () => Promise<void>,
): Promise<Dataset<D>> {
	try {
		await work();
		return output;
	} catch (error) {
		await clearUp(signal, () => removeNode(output.connection.backend, output.name)).catch(() => {});
		throw error;
	}
}

function openArray(session: Session, name: string, { metadata }: ArrayNode): StoredArray {
	return storedArray(session.backend, name, metadata, session);
}

/** Attributes with `changes` merged in; those that are undefined are removed. */
export function mergeAttributes(stored: Attributes, changes: { readonly [name: string]: unknown }): JsonObject {
	const kept = Object.entries(stored).filter(([name]) => !Object.hasOwn(changes, name));
	const added = Object.entries(jsonFromUser(changes, "attributes") as JsonObject);
	return Object.fromEntries([...kept, ...added]);
}
