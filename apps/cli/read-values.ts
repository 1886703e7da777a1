/** Reading a selection in parts: only its corners, for people, or all of it in pieces of bounded size. */
import type { Dataset } from "../../src/dataset.js";
import type { TypedArray } from "../../src/format/data-types.js";
import { namedType } from "../../src/format/type-names.js";
import { narrowSelection, selectionEntry } from "../../src/selection/narrow.js";
import { normalise } from "../../src/selection/normalise.js";
import type { AxisSelection } from "../../src/selection/plan.js";
import type { NormalSelection } from "../../src/selection/selection.js";

/** A selection of a dataset: what is to be read. */
export interface Selected {
	readonly dataset: Dataset;
	readonly chosen: NormalSelection;
}

/** Values in row-major order; of several components (complex, raw bits) these lie side by side. */
export interface Values {
	readonly shape: readonly number[];
	readonly data: TypedArray;
}

/** @throws StoreError where the selection does not fit */
export function select(dataset: Dataset, selection: string | undefined): Selected {
	return { dataset, chosen: normalise(selection ?? "...", dataset.shape, dataset.dimensionNames) };
}

/** Only the first and the last `count` along each axis that has more than twice as many. */
export async function readCorners(selected: Selected, count: number): Promise<Values> {
	const { dataset, chosen } = selected;
	const corners = chosen.axes.map((axis, d) => ((chosen.resultAxis[d] as number) < 0 ? axis : cornersOf(axis, count)));
	const shape = chosen.shape.map((length) => Math.min(length, 2 * count));
	return { shape, data: await readAxes(dataset, corners) };
}

function cornersOf(axis: AxisSelection, count: number): AxisSelection {
	const length = axis.kind === "list" ? axis.indices.length : axis.count;
	if (length <= 2 * count) return axis;
	const at = (n: number): number => (axis.kind === "list" ? (axis.indices[n] as number) : axis.start + n * axis.step);
	const indices = Array.from({ length: 2 * count }, (_, n) => at(n < count ? n : length - 2 * count + n));
	return { kind: "list", indices: Float64Array.from(indices) };
}

async function readAxes(dataset: Dataset, axes: readonly AxisSelection[]): Promise<TypedArray> {
	return (await dataset.get(axes.map(selectionEntry), { shared: false })).data;
}

/**
 * All values in row-major order, in pieces of up to a quarter of the connection's memory; a piece is several rows along one axis, by
 * whole chunks where these fit.
 */
export async function* readPieces(selected: Selected): AsyncGenerator<TypedArray, void, undefined> {
	const { dataset, chosen } = selected;
	const { limit } = dataset.connection.runtime.limits.budget;
	const sizes = { element: namedType(dataset.dtype).itemSize, piece: limit / 4 };
	for (const { origin, shape } of boxes(selected, sizes, []))
		yield await readAxes(dataset, narrowSelection(chosen, origin, shape));
}

interface Box {
	readonly origin: readonly number[];
	readonly shape: readonly number[];
}

/** In bytes. */
interface Sizes {
	readonly element: number;
	/** Of one piece, at most. */
	readonly piece: number;
}

/** Boxes, in row-major order, of what has the indices `before` along the first axes. */
function* boxes(selected: Selected, sizes: Sizes, before: readonly number[]): Generator<Box> {
	const { shape, resultAxis } = selected.chosen;
	const [length, ...rest] = shape.slice(before.length);
	const one = before.map(() => 1);
	if (length === undefined) return yield { origin: before, shape: one };
	const rowBytes = rest.reduce((bytes, next) => bytes * next, sizes.element);
	if (rowBytes > sizes.piece && rest.length > 0) {
		for (let n = 0; n < length; n++) yield* boxes(selected, sizes, [...before, n]);
		return;
	}
	const fitting = Math.max(1, Math.floor(sizes.piece / Math.max(1, rowBytes)));
	const chunk = selected.dataset.chunkShape[resultAxis.indexOf(before.length)] ?? 1;
	const rows = fitting > chunk ? fitting - (fitting % chunk) : fitting;
	for (let n = 0; n < length; n += rows)
		yield {
			origin: [...before, n, ...rest.map(() => 0)],
			shape: [...one, Math.min(rows, length - n), ...rest],
		};
}
