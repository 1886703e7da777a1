/**
 * How an array is divided into chunks. Everything that asks which chunk an index lies in, or where a chunk begins and ends, asks here:
 * the grid need not be regular.
 */
import { compact, type EdgeRun, type Edges, runAt } from "./edges.js";

/** One axis of a grid: a number is the length of every chunk. */
export type AxisGrid = number | Edges;

/** One entry per axis. The lengths of a regular grid are one. */
export type ChunkGrid = readonly AxisGrid[];

/** The chunk that an index lies in. */
export function chunkAt(axis: AxisGrid, index: number): number {
	if (typeof axis === "number") return Math.floor(index / axis);
	const run = axis.runs[runAt(axis.runs, "start", index)];
	return run === undefined ? index : run.first + Math.floor((index - run.start) / run.length);
}

/** Index of the first element of a chunk. Beyond the last one the grid goes on as it ends. */
export function chunkStart(axis: AxisGrid, chunk: number): number {
	if (typeof axis === "number") return chunk * axis;
	const run = runOf(axis, chunk);
	return run === undefined ? chunk : run.start + (chunk - run.first) * run.length;
}

/** Elements of a chunk, those beyond the end of the array among them. */
export function chunkLength(axis: AxisGrid, chunk: number): number {
	if (typeof axis === "number") return axis;
	return runOf(axis, chunk)?.length ?? 1;
}

function runOf({ runs }: Edges, chunk: number): EdgeRun | undefined {
	return runs[runAt(runs, "first", chunk)];
}

/** The longest of the chunks that an axis of so many elements has; 1 where there are none. */
export function longestChunk(axis: AxisGrid, length: number): number {
	if (typeof axis === "number") return axis;
	const within = axis.runs.filter(({ start }, i) => i === 0 || start < length);
	return within.reduce((longest, run) => Math.max(longest, run.length), 1);
}

/** The largest number that divides the length of every chunk. */
export function commonDivisor(axis: AxisGrid): number {
	if (typeof axis === "number") return axis;
	return axis.entries.reduce<number>((d, entry) => gcd(d, typeof entry === "number" ? entry : entry[0]), 0) || 1;
}

function gcd(a: number, b: number): number {
	while (b !== 0) [a, b] = [b, a % b];
	return a;
}

/** Chunks along an axis of so many elements. */
export function chunksAlong(axis: AxisGrid, length: number): number {
	return length === 0 ? 0 : chunkAt(axis, length - 1) + 1;
}

/** Number of chunks along each axis. */
export function gridShape(grid: ChunkGrid, shape: readonly number[]): number[] {
	return shape.map((length, d) => chunksAlong(grid[d] as AxisGrid, length));
}

/** Index of the first element of a chunk. */
export function chunkOrigin(grid: ChunkGrid, coords: readonly number[]): number[] {
	return coords.map((c, d) => chunkStart(grid[d] as AxisGrid, c));
}

/** Shape of a chunk as it is stored, with what lies beyond the array. */
export function chunkShapeAt(grid: ChunkGrid, coords: readonly number[]): number[] {
	return coords.map((c, d) => chunkLength(grid[d] as AxisGrid, c));
}

/** Shape of the largest chunk of an array. */
export function largestChunk(grid: ChunkGrid, shape: readonly number[]): number[] {
	return shape.map((length, d) => longestChunk(grid[d] as AxisGrid, length));
}

/** Whether all chunks are of one shape. */
export function isUniform(grid: ChunkGrid): grid is readonly number[] {
	return grid.every((axis) => typeof axis === "number");
}

/** `[16, 24]`, or `[16+10, 24+3×7]` where lengths differ. */
export function describeGrid(grid: ChunkGrid): string {
	return `[${grid.map(describeAxis).join(", ")}]`;
}

/** Runs of one axis that are written out; the others are dots. */
const SHOWN_RUNS = 8;

function describeAxis(axis: AxisGrid): string {
	if (typeof axis === "number") return String(axis);
	const shown = compact(axis.entries.slice(0, SHOWN_RUNS * SHOWN_RUNS));
	const words = shown
		.slice(0, SHOWN_RUNS)
		.map((entry) => (typeof entry === "number" ? entry : `${entry[1]}×${entry[0]}`));
	const isAll = shown.length <= SHOWN_RUNS && axis.entries.length <= SHOWN_RUNS * SHOWN_RUNS;
	return words.join("+") + (isAll ? "" : "+…");
}
