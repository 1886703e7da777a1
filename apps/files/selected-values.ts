/** What is written to a file: a part of a dataset or of an array in memory, block by block in row-major order. */
import { Dataset } from "../../src/dataset.js";
import type { CallOptions } from "../../src/engine.js";
import { aborted, StoreError } from "../../src/errors.js";
import type { DataType, DType, Values as Entries, TypedArray } from "../../src/format/data-types.js";
import { namedType } from "../../src/format/type-names.js";
import { inferDataType } from "../../src/operations/create/create.js";
import { narrowSelection, selectionEntry } from "../../src/selection/narrow.js";
import { normalise } from "../../src/selection/normalise.js";
import { planSelection } from "../../src/selection/plan.js";
import { gather, rowMajorStrides } from "../../src/selection/region.js";
import type { NormalSelection, Selection } from "../../src/selection/selection.js";
import { toView } from "../../src/values/input.js";
import type { ArrayLike } from "../../src/values/nd-array.js";
import type { View } from "../../src/values/view.js";
import { type Box, contiguousBoxes } from "./contiguous-boxes.js";

/** What can be written to a file. */
export type Values = Dataset<DType> | ArrayLike<DType>;

export interface ValueOptions extends CallOptions {
	/**
	 * The data type of values in memory, where their typed array does not tell: bool, float16, complex64, complex128, r8, r16, …
	 * A dataset knows its own.
	 */
	readonly dtype?: DType | undefined;
}

export interface SelectedValues {
	readonly shape: readonly number[];
	readonly dtype: DataType;
	/** Where the values come from, if from a dataset. */
	readonly dataset: Dataset<DType> | undefined;
	/** For each axis of the result the elements of one chunk; 1 in memory. */
	readonly chunkShape: readonly number[];
	/** Presented entries of a box of the result, in row-major order. */
	read(box: Box, signal: AbortSignal | undefined): Promise<Entries>;
}

export function selectValues(values: Values, selection: Selection | undefined, options: ValueOptions): SelectedValues {
	if (values instanceof Dataset) return selectFromDataset(values, selection ?? "...", options.dtype);
	return selectFromMemory(values, selection ?? "...", options.dtype);
}

function selectFromDataset(dataset: Dataset<DType>, selection: Selection, dtype: DType | undefined): SelectedValues {
	if (dtype !== undefined && dtype !== dataset.dtype)
		throw new StoreError("INVALID_ARGUMENT", `${dataset.name} is ${dataset.dtype}, not ${dtype}: leave dtype out`);
	const chosen = normalise(selection, dataset.shape, dataset.dimensionNames);
	const chunkShape = chosen.shape.map((_, r) => dataset.chunkShape[chosen.resultAxis.indexOf(r)] ?? 1);
	return {
		shape: chosen.shape,
		dtype: namedType(dataset.dtype),
		dataset,
		chunkShape,
		read: async (box, signal) =>
			(await dataset.get(narrowSelection(chosen, box.origin, box.shape).map(selectionEntry), { signal, shared: false }))
				.data,
	};
}

function selectFromMemory(values: ArrayLike<DType>, selection: Selection, name: DType | undefined): SelectedValues {
	const dtype = namedType(name ?? inferDataType(values));
	const view = toView(values, dtype);
	const chosen = normalise(selection, view.shape);
	return {
		shape: chosen.shape,
		dtype,
		dataset: undefined,
		chunkShape: chosen.shape.map(() => 1),
		read: async (box) => copyBox(view, dtype, chosen, box),
	};
}

function copyBox(view: View, dtype: DataType, chosen: NormalSelection, box: Box): Entries {
	const { components } = dtype;
	const size = box.shape.reduce((n, length) => n * length, components);
	const target: Entries = new dtype.Array(size);
	if (size === 0) return target;
	const strides = rowMajorStrides(box.shape, components);
	const stride = chosen.resultAxis.map((r) => (r < 0 ? 0 : (strides[r] as number)));
	const plan = planSelection(
		narrowSelection(chosen, box.origin, box.shape),
		view.shape.map((length) => Math.max(1, length)),
	);
	gather(view, plan.region(0), { data: target, offset: 0, stride }, components);
	// Values in memory that stand for narrower ones wrap or are rounded only when they are stored.
	return dtype.storage?.present(dtype.storage.store(target as TypedArray)) ?? target;
}

/** One block of the values: all blocks together are the values, in row-major order. */
export interface ValueBlock extends Box {
	readonly data: Entries;
}

/**
 * The values block by block, each up to 64 MiB, so that no chunk is read twice where chunks allow it.
 * @param chunkShape of what is written, where that has chunks
 * @throws StoreError ABORTED
 */
export async function* valueBlocks(
	values: SelectedValues,
	{ signal, onProgress }: CallOptions,
	chunkShape: readonly number[] = values.chunkShape,
): AsyncGenerator<ValueBlock, void, undefined> {
	const boxes = contiguousBoxes(values.shape, values.dtype.itemSize, chunkShape);
	let bytes = 0;
	for (const [n, box] of boxes.entries()) {
		if (signal?.aborted) throw aborted(signal);
		const data = await values.read(box, signal);
		yield { ...box, data };
		bytes += (data.length / values.dtype.components) * values.dtype.itemSize;
		onProgress?.({ done: n + 1, total: boxes.length, bytes });
	}
}
