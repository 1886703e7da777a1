/** The lengths of chunks as users give them: one shape for all, or a list of lengths per axis. */
import { StoreError } from "../../errors.js";
import type { GridMetadata } from "../../format/chunk-grid.js";
import type { DataType } from "../../format/data-types.js";
import { type AxisLengths, compact, type EdgeEntry, edgesOf } from "../../selection/edges.js";
import { type AxisGrid, describeGrid, largestChunk } from "../../selection/grid.js";

/**
 * The grid of a new array: a regular one where every axis has one length, else a rectilinear one.
 * @param what names the option in messages
 * @throws StoreError INVALID_ARGUMENT, TOO_LARGE
 */
export function checkGrid(
	given: readonly AxisLengths[],
	shape: readonly number[],
	dtype: DataType,
	what: string,
): GridMetadata {
	if (!hasLists(given)) return { gridName: "regular", grid: checkChunkShape(given, shape, dtype, what) };
	checkRank(given.length, shape, what);
	const grid = given.map((lengths, d) => checkAxis(lengths, shape[d] as number, { what, axis: d }));
	checkBytes(largestChunk(grid, shape), dtype, `a chunk of ${what} ${describeGrid(grid)}`);
	return { gridName: "rectilinear", grid };
}

/** Whether some axis has a list of lengths. */
export function hasLists(given: readonly AxisLengths[]): boolean {
	return Array.isArray(given) && given.some((lengths) => Array.isArray(lengths));
}

interface Axis {
	readonly what: string;
	readonly axis: number;
}

function checkAxis(lengths: AxisLengths, length: number, { what, axis }: Axis): AxisGrid {
	if (!Array.isArray(lengths)) return checkLengths([lengths as number], what, 1)[0] as number;
	const entries = lengths as readonly EdgeEntry[];
	const odd = entries.find((entry) => Array.isArray(entry) && entry.length !== 2);
	if (odd !== undefined)
		throw invalid(`${what} has for axis ${axis} a length, or a list of lengths and pairs [length, count]`);
	checkLengths(entries.flat() as number[], what, 1);
	const edges = edgesOf(compact(entries));
	if (edges.total >= length) return edges;
	throw invalid(`the lengths of ${what} along axis ${axis} add up to ${edges.total}, the shape has ${length} there`);
}

export function checkChunkShape(
	given: readonly AxisLengths[],
	shape: readonly number[],
	dtype: DataType,
	what = "chunkShape",
): readonly number[] {
	const chunkShape = checkLengths(given as readonly number[], what, 1);
	checkRank(chunkShape.length, shape, `${what} [${chunkShape.join(", ")}]`);
	checkBytes(chunkShape, dtype, `${what} [${chunkShape.join(", ")}]`);
	return chunkShape;
}

function checkRank(rank: number, shape: readonly number[], what: string): void {
	if (rank === shape.length) return;
	throw invalid(`${what} has ${rank} axes, the shape [${shape.join(", ")}] has ${shape.length}`);
}

function checkBytes(chunkShape: readonly number[], { itemSize }: DataType, what: string): void {
	const bytes = chunkShape.reduce((product, length) => product * length, itemSize);
	if (bytes < 2 ** 31) return;
	const advice = "keep it below 2 GiB, chunks best at 1 to 4 MiB";
	throw new StoreError("TOO_LARGE", `${what} takes ${bytes} bytes; ${advice}`);
}

export function checkLengths(lengths: readonly number[], what: string, least: number): number[] {
	if (!Array.isArray(lengths)) throw invalid(`${what} is a list of whole numbers, such as [100, 100]`);
	const wrong = lengths.find((length) => !Number.isSafeInteger(length) || length < least);
	if (wrong !== undefined) throw invalid(`${what} holds whole numbers ≥ ${least}, not ${String(wrong)}`);
	return [...lengths];
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
