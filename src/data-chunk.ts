import type { CallOptions } from "./engine.js";
import { StoreError } from "./errors.js";
import type { DType, DTypeLike, NumericName } from "./format/data-types.js";
import type { GetOptions } from "./operations/access/read.js";
import { chunkOrigin, gridShape } from "./selection/grid.js";
import { normalise } from "./selection/normalise.js";
import type { AxisSelection } from "./selection/plan.js";
import type { NormalSelection, Selection } from "./selection/selection.js";
import type { Session } from "./session.js";
import { type StoredArray, validShape } from "./stored-array.js";
import type { Casting } from "./values/cast.js";
import type { ArrayLike, NdArray } from "./values/nd-array.js";

/** How a chunk reads and writes: through the dataset it belongs to. */
export interface ChunkAccess<D extends DType> {
	read(selection: NormalSelection, options: GetOptions): Promise<NdArray<D>>;
	write(selection: NormalSelection, value: ArrayLike<D>, options: WriteOptions): Promise<void>;
}

export interface WriteOptions extends CallOptions {
	/** `"unsafe"` truncates and wraps values that do not fit, as NumPy's `astype` does. Default: they are refused. */
	readonly casting?: Casting | undefined;
	/**
	 * The data type of the values, where their typed array does not tell: of counts of time, whose unit may be another than the dataset's, of
	 * bool, float16, complex numbers and raw bits.
	 */
	readonly dtype?: DTypeLike | undefined;
}

/** One stored object of a dataset: a chunk, or a shard of chunks. It may or may not be stored; what is not stored reads as fill value. */
export class DataChunk<D extends DType = NumericName> {
	/** Position in the chunk grid. */
	readonly coords: readonly number[];
	/** Index of its first element in the dataset. */
	readonly origin: readonly number[];
	/** Its part within the dataset, without the overhang at the far borders. */
	readonly shape: readonly number[];
	/** Key of its object in the store. */
	readonly key: string;
	readonly #array: StoredArray;
	readonly #session: Session;
	readonly #access: ChunkAccess<D>;

	constructor(coords: readonly number[], of: { array: StoredArray; session: Session; access: ChunkAccess<D> }) {
		const { array } = of;
		this.coords = checkCoords(coords, array);
		this.origin = chunkOrigin(array.metadata.grid, coords);
		this.shape = validShape(array, coords);
		this.key = array.keyOf(coords);
		this.#array = array;
		this.#session = of.session;
		this.#access = of.access;
	}

	/** Whether the chunk is stored. */
	async exists(options?: CallOptions): Promise<boolean> {
		return this.#session.call(
			options,
			async ({ signal }) => (await this.#array.backend.head(this.key, { signal })) !== undefined,
		);
	}

	/** Reads a selection within the chunk; all of it by default. */
	async get(selection: Selection = "...", options: GetOptions = {}): Promise<NdArray<D>> {
		return this.#access.read(this.#shifted(selection), options);
	}

	/** Writes a selection within the chunk. */
	async set(selection: Selection, value: ArrayLike<D>, options: WriteOptions = {}): Promise<void> {
		return this.#access.write(this.#shifted(selection), value, options);
	}

	/** Removes the chunk from the store: its values become the fill value. */
	async delete(options?: CallOptions): Promise<void> {
		await this.#session.change(options, ({ signal }) => this.#array.backend.delete([this.key], { signal }));
	}

	/** The same selection, counted from the dataset's origin. */
	#shifted(selection: Selection): NormalSelection {
		const names = this.#array.metadata.dimensionNames;
		const within = normalise(selection, this.shape, names);
		return { ...within, axes: within.axes.map((axis, d) => shift(axis, this.origin[d] as number)) };
	}
}

function shift(axis: AxisSelection, by: number): AxisSelection {
	if (axis.kind === "list") return { kind: "list", indices: axis.indices.map((index) => index + by) };
	return { ...axis, start: axis.start + by };
}

/** @throws StoreError OUT_OF_BOUNDS */
function checkCoords(coords: readonly number[], { metadata, name }: StoredArray): number[] {
	const grid = gridShape(metadata.grid, metadata.shape);
	const inside =
		coords.length === grid.length && coords.every((c, d) => Number.isInteger(c) && c >= 0 && c < (grid[d] as number));
	if (inside) return [...coords];
	throw new StoreError(
		"OUT_OF_BOUNDS",
		`[${coords.join(", ")}] is no chunk of ${JSON.stringify(name)}, whose chunk grid is [${grid.join(", ")}]`,
		{ dataset: name, chunk: [...coords] },
	);
}
