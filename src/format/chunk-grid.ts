/** The member `chunk_grid`: `regular` (Zarr v3 core specification 3.1) and `rectilinear` (zarr-extensions). */
import { StoreError } from "../errors.js";
import { type EdgeEntry, edgesOf, extended } from "../selection/edges.js";
import { type AxisGrid, type ChunkGrid, largestChunk } from "../selection/grid.js";
import type { DataType } from "./data-types.js";
import { malformed, parseExtension, quote, refuseOthers, within } from "./extension-point.js";
import type { Json, JsonObject } from "./json.js";
import { parseSize, parseSizes } from "./sizes.js";

/** How an array is divided into chunks, as its metadata says it. */
export interface GridMetadata {
	readonly gridName: "regular" | "rectilinear";
	/** Of a regular grid, numbers only. */
	readonly grid: ChunkGrid;
}

/**
 * Lengths that run on for more chunks than could ever be listed are read as they are written, in one step.
 * @throws StoreError CORRUPT naming what is wrong; UNSUPPORTED for other grids, and for sizes of which numbers are not exact
 */
export function parseChunkGrid(value: Json | undefined, shape: readonly number[], dtype: DataType): GridMetadata {
	const { name, configuration = {} } = parseExtension(value);
	if (name !== "regular" && name !== "rectilinear")
		throw new StoreError(
			"UNSUPPORTED",
			`the chunk grid ${quote(name)} is not supported, only "regular" and "rectilinear"`,
		);
	const grid = name === "regular" ? parseRegular(configuration, shape) : parseRectilinear(configuration, shape);
	const bytes = largestChunk(grid, shape).reduce((product, size) => product * size, dtype.itemSize);
	if (bytes > Number.MAX_SAFE_INTEGER)
		throw new StoreError("UNSUPPORTED", `chunks of ${bytes} bytes are not supported: at most 2^53 − 1`);
	return { gridName: name, grid };
}

function parseRegular({ chunk_shape: sizes, ...others }: JsonObject, shape: readonly number[]): number[] {
	refuseOthers(others, 'the configuration of "regular"');
	const chunkShape = within({ place: "chunk_shape" }, () => parseSizes(sizes, 1));
	if (chunkShape.length !== shape.length)
		throw new StoreError("CORRUPT", `chunk_shape has ${chunkShape.length} sizes, but shape has ${shape.length}`);
	return chunkShape;
}

function parseRectilinear({ kind, chunk_shapes: shapes, ...others }: JsonObject, shape: readonly number[]): AxisGrid[] {
	within({ place: "kind" }, () => checkKind(kind));
	refuseOthers(others, 'the configuration of "rectilinear"');
	const axes = within({ place: "chunk_shapes" }, () => listOf(shapes));
	if (axes.length !== shape.length)
		throw new StoreError("CORRUPT", `chunk_shapes has ${axes.length} entries, but shape has ${shape.length}`);
	return axes.map((entry, d) =>
		within({ place: `chunk_shapes: axis ${d}` }, () => parseAxis(entry, shape[d] as number)),
	);
}

/** The specification leaves room for other kinds. */
function checkKind(kind: Json | undefined): void {
	if (kind === "inline") return;
	if (typeof kind !== "string") throw malformed('"inline"', kind);
	throw new StoreError("UNSUPPORTED", `${quote(kind)} is not supported, only "inline"`);
}

function listOf(value: Json | undefined): readonly Json[] {
	if (Array.isArray(value)) return value;
	throw malformed("a list", value);
}

function parseAxis(value: Json, length: number): AxisGrid {
	if (!Array.isArray(value)) return parseSize(value, 1, "a whole number from 1 on or a list of these");
	const edges = edgesOf(value.map(parseEntry));
	if (edges.total >= length) return edges;
	throw new StoreError("CORRUPT", `the lengths add up to ${edges.total}, but the shape has ${length} there`);
}

const ENTRY = "a whole number from 1 on or a pair [length, count] of these";

function parseEntry(value: Json): EdgeEntry {
	if (!Array.isArray(value)) return parseSize(value, 1, ENTRY);
	const [length, count, ...others] = value;
	if (length === undefined || count === undefined || others.length > 0) throw malformed(ENTRY, value);
	return [parseSize(length, 1, ENTRY), parseSize(count, 1, ENTRY)];
}

/** The member as it was read. */
export function formatChunkGrid({ gridName, grid }: GridMetadata): JsonObject {
	if (gridName === "regular") return { name: gridName, configuration: { chunk_shape: [...(grid as number[])] } };
	const shapes = grid.map((axis): Json => {
		if (typeof axis === "number") return axis;
		return axis.entries.map((entry): Json => (typeof entry === "number" ? entry : [...entry]));
	});
	return { name: gridName, configuration: { kind: "inline", chunk_shapes: shapes } };
}

/**
 * The grid of an array that gets a new shape. A grid that is too short goes on in chunks of its last length; what is too long stays, and is
 * there again when the array grows (decisions/017).
 */
export function reshapedGrid(grid: ChunkGrid, shape: readonly number[]): ChunkGrid {
	return grid.map((axis, d) => {
		const length = shape[d] as number;
		return typeof axis === "number" || axis.total >= length ? axis : edgesOf(extended(axis, length));
	});
}
