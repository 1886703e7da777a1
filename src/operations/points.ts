import { loadChunk } from "../chunk-read.js";
import { type Edit, editChunk } from "../chunk-write.js";
import { type CallOptions, type Job, runJob } from "../engine.js";
import { copyStrided, type Walk } from "../selection/copy.js";
import { groupPoints, type PointGroup } from "../selection/points.js";
import type { StoredArray } from "../stored-array.js";
import { empty, type NdArray } from "../values/nd-array.js";
import type { View } from "../values/view.js";
import type { Runtime } from "./runtime.js";

/** One index list per axis. */
export type PointLists = readonly ArrayLike<number>[];

/** Reads single elements; each chunk they lie in is read once. */
export async function readPoints(
	runtime: Runtime,
	array: StoredArray,
	lists: PointLists,
	options: CallOptions,
): Promise<NdArray> {
	const { shape, chunkShape, dtype } = array.metadata;
	const { count, groups } = groupPoints(lists, shape, chunkShape);
	const out = empty([count], dtype.name, { shared: false });
	const outs = { data: out.data, offset: 0, step: dtype.components };
	await runGroups(runtime, array, groups, options, async (group, signal) => {
		const chunk = await loadChunk(array, group.coords, { signal });
		const elements = chunk ?? { data: array.spec.fill, offset: 0, stride: shape.map(() => 0) };
		copyStrided(outs.data, elements.data, walks(pointsOf(outs, group), elementsOf(elements, group), dtype.components));
	});
	return out;
}

/** Writes single elements, `values` being a view of one axis. Of a repeated point the last wins. */
export async function writePoints(
	runtime: Runtime,
	array: StoredArray,
	write: { readonly lists: PointLists; readonly values: (count: number) => View },
	options: CallOptions,
): Promise<void> {
	const { shape, chunkShape, dtype } = array.metadata;
	const { count, groups } = groupPoints(write.lists, shape, chunkShape);
	const { data, offset, stride } = write.values(count);
	const values = { data, offset, step: stride[0] as number };
	const edit =
		(group: PointGroup): Edit =>
		(chunk) =>
			copyStrided(chunk.data, data, walks(elementsOf(chunk, group), pointsOf(values, group), dtype.components));
	await runGroups(runtime, array, groups, options, (group, signal) =>
		editChunk(array, group.coords, edit(group), signal),
	);
}

/** Where the elements of a group lie: an offset, and one position each. */
interface Places {
	readonly offset: number;
	readonly table: Float64Array;
}

/** Within the list of all points. */
function pointsOf({ offset, step }: { readonly offset: number; readonly step: number }, group: PointGroup): Places {
	return { offset, table: Float64Array.from(group.outs, (position) => position * step) };
}

/** Within their chunk. */
function elementsOf({ offset, stride }: { offset: number; stride: readonly number[] }, group: PointGroup): Places {
	const at = (i: number): number => stride.reduce((sum, step, d) => sum + step * (group.within[d]?.[i] as number), 0);
	return { offset, table: Float64Array.from(group.outs, (_, i) => at(i)) };
}

function walks(dst: Places, src: Places, components: number): Walk[] {
	const along = { count: dst.table.length, dstStep: 0, srcStep: 0, dstTable: dst.table, srcTable: src.table };
	return [
		{ ...along, dstStart: dst.offset, srcStart: src.offset },
		{ count: components, dstStart: 0, dstStep: 1, srcStart: 0, srcStep: 1 },
	];
}

async function runGroups(
	runtime: Runtime,
	array: StoredArray,
	groups: readonly PointGroup[],
	options: CallOptions,
	run: (group: PointGroup, signal: AbortSignal) => Promise<void>,
): Promise<void> {
	const job: Job<void> = {
		count: groups.length,
		spec: undefined,
		cost: () => 2 * array.chunkBytes,
		run: (n, signal) => run(groups[n] as PointGroup, signal),
		settle: () => undefined,
	};
	await runJob(runtime.engine, job, runtime.limits, options);
}
