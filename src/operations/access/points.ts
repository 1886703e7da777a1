import type { Edit } from "../../chunk-edit.js";
import { ChunkMemory } from "../../chunk-memory.js";
import { loadRegion } from "../../chunk-read.js";
import { editChunk } from "../../chunk-write.js";
import { type CallOptions, type Job, runJob } from "../../engine.js";
import { copyStrided, type Walk } from "../../selection/copy.js";
import { type AxisGrid, type ChunkGrid, chunkAt, chunkOrigin, chunkShapeAt } from "../../selection/grid.js";
import { partsOfPoints } from "../../selection/parts.js";
import { rangeSegment } from "../../selection/plan.js";
import { groupPoints, type PointGroup } from "../../selection/points.js";
import type { StridedView } from "../../selection/region.js";
import type { StoredArray } from "../../stored-array.js";
import { emptyOf, type NdArray } from "../../values/nd-array.js";
import type { View } from "../../values/view.js";
import type { Runtime } from "../runtime.js";

/** One index list per axis. */
export type PointLists = readonly ArrayLike<number>[];

/** Reads single elements; each chunk they lie in is read once. */
export async function readPoints(
	runtime: Runtime,
	array: StoredArray,
	lists: PointLists,
	options: CallOptions,
): Promise<NdArray> {
	const { shape, dtype } = array.metadata;
	const unit = unitOf(array);
	const { count, groups } = groupPoints(lists, shape, unit.grid);
	const out = emptyOf([count], dtype, { shared: false });
	const outs = { data: out.data, offset: 0, step: dtype.components };
	await runGroups(runtime, unit, groups, options, async (group, signal) => {
		const elements = await loadUnit(array, unit.grid, group.coords, signal);
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
	const { shape, grid, dtype } = array.metadata;
	const { count, groups } = groupPoints(write.lists, shape, grid);
	const { data, offset, stride } = write.values(count);
	const values = { data, offset, step: stride[0] as number };
	const edit = (group: PointGroup): Edit => ({
		change: (chunk) =>
			copyStrided(chunk.data, data, walks(elementsOf(chunk, group), pointsOf(values, group), dtype.components)),
		parts: (partShape) => partsOfPoints(group.within, partShape),
	});
	await runGroups(runtime, { bytes: array.chunkBytes }, groups, options, (group, signal) =>
		editChunk(array, group.coords, edit(group), signal),
	);
}

/** What points are read by: chunks, or the smallest parts of them that can be fetched. Bytes in memory, of the largest. */
function unitOf({ largest, metadata, chunkBytes, backend }: StoredArray): { grid: ChunkGrid; bytes: number } {
	const { parts } = largest.pipeline;
	if (parts === undefined || backend.supports.ranges === false) return { grid: metadata.grid, bytes: chunkBytes };
	const chunk = largest.spec.shape;
	// Every chunk is a multiple of its parts, so these are a grid of the whole array.
	const bytes = parts.shape.reduce((bytes, length, d) => (bytes * length) / (chunk[d] as number), chunkBytes);
	return { grid: parts.shape, bytes };
}

async function loadUnit(
	array: StoredArray,
	units: ChunkGrid,
	coords: readonly number[],
	signal: AbortSignal,
): Promise<StridedView> {
	const origin = chunkOrigin(units, coords);
	const { grid } = array.metadata;
	const chunk = origin.map((start, d) => chunkAt(grid[d] as AxisGrid, start));
	const chunkStarts = chunkOrigin(grid, chunk);
	const region = chunkShapeAt(units, coords).map((length, d) =>
		rangeSegment((origin[d] as number) - (chunkStarts[d] as number), 1, length, 0),
	);
	const loaded = await loadRegion(array, chunk, region, { signal }, new ChunkMemory());
	return loaded?.chunk ?? { data: array.spec.fill, offset: 0, stride: coords.map(() => 0) };
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
	{ bytes }: { readonly bytes: number },
	groups: readonly PointGroup[],
	options: CallOptions,
	run: (group: PointGroup, signal: AbortSignal) => Promise<void>,
): Promise<void> {
	const job: Job<void> = {
		count: groups.length,
		spec: undefined,
		cost: () => 2 * bytes,
		run: (n, signal) => run(groups[n] as PointGroup, signal),
		settle: () => undefined,
	};
	await runJob(runtime.engine, job, runtime.limits, options);
}
