import { type Edit, editChunk, loadChunk, type StoredArray } from "../chunk-io.js";
import { type CallOptions, type Job, runJob } from "../engine.js";
import { groupPoints, type PointGroup } from "../selection/points.js";
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
	await runGroups(runtime, array, groups, options, async (group, signal) => {
		const chunk = await loadChunk(array, group.coords, { signal });
		forEachPoint(group, chunk?.stride ?? [], (at, position) => {
			for (let c = 0; c < dtype.components; c++) {
				const entry = chunk === undefined ? array.spec.fill[c] : chunk.data[chunk.offset + at + c];
				out.data[position * dtype.components + c] = entry as never;
			}
		});
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
	const values = write.values(count);
	const step = values.stride[0] as number;
	const edit =
		(group: PointGroup): Edit =>
		(chunk) =>
			forEachPoint(group, chunk.stride, (at, position) => {
				for (let c = 0; c < dtype.components; c++)
					chunk.data[chunk.offset + at + c] = values.data[values.offset + position * step + c] as never;
			});
	await runGroups(runtime, array, groups, options, (group, signal) =>
		editChunk(array, group.coords, edit(group), signal),
	);
}

function forEachPoint(
	group: PointGroup,
	stride: readonly number[],
	visit: (at: number, position: number) => void,
): void {
	group.outs.forEach((position, i) => {
		const at = stride.reduce((sum, step, d) => sum + step * (group.within[d]?.[i] as number), 0);
		visit(at, position);
	});
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
