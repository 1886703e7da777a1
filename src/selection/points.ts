import { StoreError } from "../errors.js";
import { type AxisGrid, type ChunkGrid, chunkAt, chunkOrigin } from "./grid.js";

/** Points of one chunk: entry `i` of every axis' list together make one element. */
export interface PointGroup {
	readonly coords: readonly number[];
	/** Per axis, indices within the chunk. */
	readonly within: readonly (readonly number[])[];
	/** Their positions among all points. */
	readonly outs: readonly number[];
}

/**
 * Pairs one index list per axis (`a[[0, 2], [1, 3]]` in NumPy) and groups the points by the chunk they lie in, in their order.
 * @throws StoreError INVALID_ARGUMENT for lists of unequal length, OUT_OF_BOUNDS for an index outside its axis
 */
export function groupPoints(
	lists: readonly ArrayLike<number>[],
	shape: readonly number[],
	grid: ChunkGrid,
): { readonly count: number; readonly groups: PointGroup[] } {
	const count = checkLists(lists, shape);
	const groups = new Map<string, { coords: number[]; origin: number[]; within: number[][]; outs: number[] }>();
	for (let i = 0; i < count; i++) {
		const index = lists.map((list, d) => checkIndex(list[i] as number, shape[d] as number, { axis: d, position: i }));
		const coords = index.map((at, d) => chunkAt(grid[d] as AxisGrid, at));
		const key = coords.join(",");
		let group = groups.get(key);
		if (group === undefined) {
			group = { coords, origin: chunkOrigin(grid, coords), within: shape.map(() => []), outs: [] };
			groups.set(key, group);
		}
		for (let d = 0; d < index.length; d++) group.within[d]?.push((index[d] as number) - (group.origin[d] as number));
		group.outs.push(i);
	}
	return { count, groups: [...groups.values()] };
}

function checkLists(lists: readonly ArrayLike<number>[], shape: readonly number[]): number {
	if (lists.length !== shape.length)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`points takes one index list per axis: ${shape.length}, not ${lists.length}`,
		);
	const count = lists[0]?.length ?? 1;
	const odd = lists.findIndex((list) => list.length !== count);
	if (odd >= 0)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`points pairs its lists: axis ${odd} has ${lists[odd]?.length} indices, axis 0 has ${count}`,
		);
	return count;
}

function checkIndex(
	index: number,
	length: number,
	place: { readonly axis: number; readonly position: number },
): number {
	if (!Number.isSafeInteger(index))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`index ${place.position} of axis ${place.axis} is ${index}, not a whole number`,
		);
	const at = index < 0 ? index + length : index;
	if (at >= 0 && at < length) return at;
	throw new StoreError("OUT_OF_BOUNDS", `index ${index} is outside axis ${place.axis}, which has length ${length}`);
}
