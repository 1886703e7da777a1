/** Loading what comes in slabs: blocks of an array along axis 0, in order, such as a file too large for memory. */
import { sharesMemory } from "../../engine.js";
import { aborted, StoreError } from "../../errors.js";
import type { DataType, DType, NumericName, ScalarOf, TypedArrayOf } from "../../format/data-types.js";
import { namedType } from "../../format/type-names.js";
import {
	type AxisGrid,
	chunkAt,
	chunkLength,
	chunkStart,
	chunksAlong,
	gridShape,
	longestChunk,
} from "../../selection/grid.js";
import { type AxisSelection, planSelection, rangeSegment } from "../../selection/plan.js";
import { scatter } from "../../selection/region.js";
import type { StoredArray } from "../../stored-array.js";
import { list } from "../../values/describe.js";
import { type InputOptions, toView } from "../../values/input.js";
import { type ArrayLike, emptyOf } from "../../values/nd-array.js";
import { rowMajor, type View } from "../../values/view.js";
import { fromRoot } from "../../world.js";
import { writeEach } from "../access/write.js";
import type { Runtime } from "../runtime.js";
import type { LoadOptions } from "./load.js";
import { firstUnfinishedRow } from "./unfinished-row.js";

/** An array that is read in slabs: what `createDataset({ data })` makes a dataset of, and `load` fills one from. */
export interface SlabSource<D extends DType = NumericName> {
	/** Elements along each axis; complex parts and raw bytes are no axis. */
	readonly shape: readonly number[];
	readonly dtype: D;
	/** What a new dataset takes over, unless it is told otherwise. */
	readonly fillValue?: ScalarOf<D> | TypedArrayOf<D> | number | undefined;
	readonly chunkShape?: readonly number[] | undefined;
	readonly attributes?: { readonly [name: string]: unknown } | undefined;
	readonly dimensionNames?: readonly (string | null)[] | undefined;
	/**
	 * The slabs, from the first one each time it is called: of any numbers of rows, with all axes of the array, and in the form that
	 * `set` takes. Of an array without axes there is one.
	 */
	slabs(): AsyncIterable<ArrayLike<D>>;
}

/** Slabs with or without a description. */
export type Slabs<D extends DType = NumericName> = AsyncIterable<ArrayLike<D>> | SlabSource<D>;

export function isSlabSource(value: unknown): value is SlabSource {
	return typeof value === "object" && value !== null && "slabs" in value && typeof value.slabs === "function";
}

export function isSlabs(value: unknown): value is Slabs {
	return isSlabSource(value) || (typeof value === "object" && value !== null && Symbol.asyncIterator in value);
}

/**
 * Fills an array from slabs that together have exactly its shape. They are regrouped so that every chunk is written once and whole; besides
 * the chunks in flight there is one slab and at most one row of chunks in memory. Where a row of chunks is larger than the memory
 * budget, chunks are written in as many parts as that makes necessary, each part a read-modify-write.
 * @throws StoreError INVALID_ARGUMENT where the slabs have another shape, naming how many rows came
 */
export async function loadSlabs(
	runtime: Runtime,
	array: StoredArray,
	source: Slabs,
	options: LoadOptions,
): Promise<void> {
	const { shape, dtype } = array.metadata;
	const described = isSlabSource(source) ? source : undefined;
	if (described !== undefined && String(described.shape) !== String(shape))
		throw invalid(`the source has shape ${list(described.shape)}, the dataset ${list(shape)}: resize or select first`);
	const from = described && namedType(described.dtype);
	const { signal } = options;
	const begin = options.resume ? await fromRoot(signal, () => firstUnfinishedRow(array, signal)) : 0;
	const { budget } = runtime.limits;
	const kept = budget.keep(PARTIAL_WRITE * array.chunkBytes);
	try {
		// A budget that nobody asked for has room for as large a window as chunks are written from at best.
		const windowBytes = budget.isStrict ? kept : budget.limit;
		const writer = new SlabWriter(runtime, array, { ...options, begin, windowBytes });
		for await (const slab of untilAborted("slabs" in source ? source.slabs() : source, options.signal))
			await writer.add(slabView(slab, dtype, { casting: options.casting, from, origin: [writer.position] }));
		await writer.finish();
	} finally {
		budget.giveBack(kept);
	}
}

/** What a part of a chunk takes while it is written, in chunks. */
const PARTIAL_WRITE = 4;

/** As `toView`. Real values for a complex type, whose last axis could be taken for (re, im), get an axis of length 1 to tell. */
function slabView(slab: ArrayLike, dtype: DataType, options: InputOptions): View {
	const { from, casting } = options;
	if (dtype.kind !== "c" || from === undefined || from.kind === "c") return toView(slab, dtype, options);
	const { data, shape, stride, offset } = toView(slab, from, options);
	const marked = toView({ data, shape: [...shape, 1], stride: [...stride, 1], offset }, dtype, { casting });
	return { ...marked, shape: marked.shape.slice(0, -1), stride: marked.stride.slice(0, -1) };
}

interface SlabWriterOptions extends LoadOptions {
	/** Rows before this one, where a row of chunks begins, are written already. */
	readonly begin: number;
	/** What the rows may take that are gathered before they are written. */
	readonly windowBytes: number;
}

/** Regroups slabs and writes them. */
class SlabWriter {
	readonly #runtime: Runtime;
	readonly #array: StoredArray;
	readonly #options: SlabWriterOptions;
	/** Length of axis 0. */
	readonly #rows: number;
	/** How axis 0 is divided into rows of chunks. */
	readonly #grid: AxisGrid;
	/** Rows of the largest chunk. */
	readonly #chunkRows: number;
	/** Rows that are gathered before they are written, at most: of one chunk, where the memory budget has room for that. */
	readonly #windowRows: number;
	/** Rows that came. */
	#position = 0;
	/** The first row that was not written yet; those from here to `#position` are in the window. */
	#first = 0;
	#window: View | undefined;
	#bytes = 0;

	constructor(runtime: Runtime, array: StoredArray, options: SlabWriterOptions) {
		const { shape, grid, dtype } = array.metadata;
		this.#runtime = runtime;
		this.#array = array;
		this.#options = options;
		this.#rows = shape[0] ?? 1;
		this.#grid = grid[0] ?? 1;
		this.#chunkRows = longestChunk(this.#grid, this.#rows);
		const rowBytes = shape.slice(1).reduce((n, length) => n * length, dtype.components * dtype.Array.BYTES_PER_ELEMENT);
		const affordable = Math.floor(options.windowBytes / Math.max(1, rowBytes));
		this.#windowRows = Math.min(this.#chunkRows, this.#rows, Math.max(1, affordable));
	}

	/** Row of the next slab. */
	get position(): number {
		return this.#position;
	}

	async add(slab: View): Promise<void> {
		this.#checkShape(slab.shape);
		const rows = slab.shape[0] ?? 1;
		const skipped = Math.min(rows, Math.max(0, this.#options.begin - this.#position));
		this.#position += skipped;
		this.#first += skipped;
		for (let at = skipped; at < rows; ) {
			const rest = slab.shape.length === 0 ? slab : rowsFrom(slab, at);
			const direct = this.#directRows(rows - at);
			at += direct > 0 ? await this.#writeDirectly(rest, direct) : await this.#gather(rest);
		}
	}

	async finish(): Promise<void> {
		if (this.#position === this.#rows) return;
		throw invalid(
			`${this.#position} rows came in slabs, but the dataset has shape ${list(this.#array.metadata.shape)}: resize it, or give all rows`,
		);
	}

	#checkShape(slab: readonly number[]): void {
		const { shape } = this.#array.metadata;
		const fits = slab.length === shape.length && slab.every((length, d) => d === 0 || length === shape[d]);
		if (!fits)
			throw invalid(
				`a slab has shape ${list(slab)}, the dataset ${list(shape)}: a slab has all axes, and all lengths but the first are the dataset's`,
			);
		const came = this.#position + (slab[0] ?? 1);
		if (came > this.#rows)
			throw invalid(`${came} rows or more came in slabs, but the dataset has shape ${list(shape)}: resize it first`);
	}

	/** Where the first row of chunks that is not written yet ends. */
	get #chunkEnd(): number {
		return Math.min(chunkStart(this.#grid, chunkAt(this.#grid, this.#first) + 1), this.#rows);
	}

	/** Where the window ends: never beyond a chunk. */
	get #windowEnd(): number {
		return Math.min(this.#first + this.#windowRows, this.#chunkEnd);
	}

	/** How many of the next rows need not be gathered: those that fill their chunks by themselves. */
	#directRows(available: number): number {
		const end = this.#position + available;
		if (this.#first < this.#position || end < this.#windowEnd) return 0;
		const inParts = this.#windowRows < Math.min(this.#chunkRows, this.#rows);
		if (inParts) return Math.min(end, this.#chunkEnd) - this.#position;
		if (end === this.#rows) return available;
		return chunkStart(this.#grid, chunkAt(this.#grid, end)) - this.#position;
	}

	/** @returns the number of rows written */
	async #writeDirectly(slab: View, count: number): Promise<number> {
		await this.#write(count, slab);
		this.#position += count;
		this.#first = this.#position;
		return count;
	}

	/** Copies the first rows of a slab into the window, as many as fit, and writes it once it is full. @returns how many */
	async #gather(slab: View): Promise<number> {
		const { shape, dtype } = this.#array.metadata;
		this.#window ??= this.#newWindow();
		const count = Math.min(slab.shape[0] ?? 1, this.#windowEnd - this.#position);
		const at = this.#position - this.#first;
		const region = shape.map((length, d) => rangeSegment(d === 0 ? at : 0, 1, d === 0 ? count : length, 0));
		scatter(slab, region, this.#window, dtype.components);
		this.#position += count;
		if (this.#position < this.#windowEnd) return count;
		await this.#write(this.#position - this.#first, this.#window);
		this.#first = this.#position;
		return count;
	}

	#newWindow(): View {
		const { dtype, shape } = this.#array.metadata;
		const windowShape = [this.#windowRows, ...shape.slice(1)];
		const { data } = emptyOf(windowShape, dtype, { shared: sharesMemory(this.#runtime.engine) });
		const stride = rowMajor(windowShape).map((step) => step * dtype.components);
		return { data, shape: windowShape, stride, offset: 0 };
	}

	/** Writes the next `count` rows, which are the first rows of `source`. */
	async #write(count: number, source: View): Promise<void> {
		const { shape, grid } = this.#array.metadata;
		const axes = shape.map(
			(length, d): AxisSelection => ({
				kind: "range",
				start: d === 0 ? this.#first : 0,
				step: 1,
				count: d === 0 ? count : length,
			}),
		);
		const written = { array: this.#array, axes, plan: planSelection(axes, grid), source, sharing: "tasks" } as const;
		await writeEach(this.#runtime, written, {
			signal: this.#options.signal,
			onProgress: ({ done, total, bytes }) => {
				this.#report(this.#first + count * (done / total), this.#bytes + bytes);
				if (done === total) this.#bytes += bytes;
			},
		});
	}

	/** Progress in chunks, also where they are written in parts. */
	#report(rows: number, bytes: number): void {
		const { shape, grid } = this.#array.metadata;
		const total = gridShape(grid, shape).reduce((n, length) => n * length, 1);
		const chunk = chunkAt(this.#grid, rows);
		const within = (rows - chunkStart(this.#grid, chunk)) / chunkLength(this.#grid, chunk);
		const perRow = total / chunksAlong(this.#grid, this.#rows);
		const done = rows === this.#rows ? total : Math.floor(perRow * (chunk + within));
		this.#options.onProgress?.({ done, total, bytes });
	}
}

function rowsFrom(view: View, row: number): View {
	const [rows = 1, ...rest] = view.shape;
	return { ...view, shape: [rows - row, ...rest], offset: view.offset + row * (view.stride[0] as number) };
}

/** The same items, until `signal` is aborted: also where the next one never comes. */
async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
	const iterator = items[Symbol.asyncIterator]();
	try {
		for (;;) {
			const { done, value } = await orAborted(iterator.next(), signal);
			if (done) return;
			yield value;
		}
	} finally {
		const closed = Promise.resolve(iterator.return?.()).catch(() => {});
		// A source that hangs would not answer this either.
		if (!signal?.aborted) await closed;
	}
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (signal === undefined) return promise;
	return new Promise((resolve, reject) => {
		const onAbort = (): void => reject(aborted(signal));
		if (signal.aborted) onAbort();
		signal.addEventListener("abort", onAbort, { once: true });
		void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
	});
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
