import { chunkForms } from "../chunk-forms.js";
import { editChunk } from "../chunk-write.js";
import type { ChunkData } from "../codecs/codec.js";
import { type CallOptions, giveWay, type Job, runJob } from "../engine.js";
import { StoreError } from "../errors.js";
import { reshapedGrid } from "../format/chunk-grid.js";
import { parseChunkKey } from "../format/chunk-keys.js";
import type { ArrayMetadata, Json } from "../format/metadata.js";
import { isCountable } from "../format/metadata-members.js";
import { chunkPrefix } from "../format/names.js";
import { chunkOrigin, chunkShapeAt, isUniform } from "../selection/grid.js";
import { type ChangedParts, partsBeyond } from "../selection/parts.js";
import { planWhole, wholeRegion } from "../selection/plan.js";
import { gather, scatter } from "../selection/region.js";
import { filledChunk, type StoredArray, storedArray, validShape } from "../stored-array.js";
import { type ArrayNode, updateArray } from "./hierarchy/hierarchy.js";
import type { Runtime } from "./runtime.js";

/**
 * The member of the metadata that remembers an unfinished shrinking: the shape from before. It is there while chunks that lie outside
 * the new shape are being removed, so that a growth after an interruption first removes the rest of them, and old data never comes back.
 */
const TRIM = "tesserae_trim";

/** Changes the shape of an array; what lies outside a smaller shape is removed. Returns the metadata as stored then. */
export async function resize(
	runtime: Runtime,
	array: StoredArray,
	shape: readonly number[],
	options: CallOptions,
): Promise<ArrayNode> {
	checkShape(shape, array);
	await finishTrim(runtime, array, options);
	let shrunk = false;
	const node = await updateArray(array.backend, array.name, (metadata) => {
		shrunk = shape.some((length, d) => length < (metadata.shape[d] as number));
		return withShape(metadata, shape, shrunk);
	});
	return shrunk ? await finishTrim(runtime, array, options) : node;
}

/**
 * Grows one axis by `count` and returns where the new part begins. Of several callers at once each gets a part of its own.
 */
export async function grow(
	runtime: Runtime,
	array: StoredArray,
	axis: number,
	count: number,
): Promise<{ readonly offset: number; readonly node: ArrayNode }> {
	await finishTrim(runtime, array, {});
	let offset = 0;
	const node = await updateArray(array.backend, array.name, (metadata) => {
		offset = metadata.shape[axis] as number;
		const shape = metadata.shape.with(axis, offset + count);
		checkCountable(shape);
		return withShape(metadata, shape, false);
	});
	return { offset, node };
}

function checkShape(shape: readonly number[], array: StoredArray): void {
	const rank = array.metadata.shape.length;
	if (shape.length !== rank)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`resize keeps the rank: [${shape.join(", ")}] has ${shape.length} axes, the dataset ${rank}`,
		);
	checkCountable(shape);
}

function checkCountable(shape: readonly number[]): void {
	const wrong = shape.find((length) => !Number.isSafeInteger(length) || length < 0);
	if (wrong !== undefined)
		throw new StoreError("INVALID_ARGUMENT", `a shape holds whole numbers from 0 to 2^53 − 1, not ${wrong}`);
	if (!isCountable(shape))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`the lengths [${shape.join(", ")}] multiply to more than any number holds`,
		);
}

function withShape(metadata: ArrayMetadata, shape: readonly number[], trim: boolean): ArrayMetadata {
	const grid = reshapedGrid(metadata.grid, shape);
	const reshaped = { ...metadata, shape, grid };
	// A chunk that was beyond the array until now must be one that can be opened.
	if (!isUniform(grid)) chunkForms(reshaped);
	if (!trim) return reshaped;
	const mark: Json = { must_understand: false, shape: [...metadata.shape] };
	return { ...reshaped, extensions: { ...metadata.extensions, [TRIM]: mark } };
}

/** Removes what an earlier or interrupted shrinking left outside the shape. */
async function finishTrim(runtime: Runtime, array: StoredArray, options: CallOptions): Promise<ArrayNode> {
	const node = await updateArray(array.backend, array.name, () => undefined);
	const former = trimmedShape(node.metadata);
	if (former === undefined) return node;
	const current = storedArray(array.backend, array.name, node.metadata, array);
	const { outside, border } = await chunksToTrim(current, former);
	await current.backend.delete(outside.map(current.keyOf), { signal: options.signal });
	await clearOverhang(runtime, current, border, options);
	return updateArray(array.backend, array.name, (metadata) => {
		const { [TRIM]: _, ...extensions } = metadata.extensions;
		return { ...metadata, extensions };
	});
}

/** Whether old values may still lie outside the shape. */
export function isBeingTrimmed(metadata: ArrayMetadata): boolean {
	return metadata.extensions[TRIM] !== undefined;
}

function trimmedShape(metadata: ArrayMetadata): number[] | undefined {
	const mark = metadata.extensions[TRIM];
	if (mark === undefined || mark === null || typeof mark !== "object" || Array.isArray(mark)) return undefined;
	return Array.isArray(mark.shape) ? mark.shape.map(Number) : undefined;
}

/** Above this many chunks, what is stored is listed rather than every possible key removed. */
const ENUMERATED_CHUNKS = 100_000;

interface Trimmed {
	/** Chunks with no element left. */
	readonly outside: number[][];
	/** Chunks of which a part is left. */
	readonly border: number[][];
}

async function chunksToTrim(array: StoredArray, former: readonly number[]): Promise<Trimmed> {
	const { shape, grid } = array.metadata;
	const trimmed: Trimmed = { outside: [], border: [] };
	const sort = (coords: number[]): void => {
		const starts = chunkOrigin(grid, coords);
		const lengths = chunkShapeAt(grid, coords);
		if (starts.some((start, d) => start >= (shape[d] as number))) trimmed.outside.push(coords);
		else if (starts.some((start, d) => start + (lengths[d] as number) > (shape[d] as number)))
			trimmed.border.push(coords);
	};
	const plan = planWhole(former, grid);
	if (plan.count <= ENUMERATED_CHUNKS) for (let n = 0; n < plan.count; n++) sort(plan.coords(n));
	else for await (const coords of storedChunks(array)) sort(coords);
	return trimmed;
}

/** The coordinates of every chunk that is stored, in no particular order. */
export async function* storedChunks(
	array: StoredArray,
	signal?: AbortSignal | undefined,
): AsyncGenerator<number[], void, undefined> {
	const { shape, chunkKeyEncoding } = array.metadata;
	const prefix = chunkPrefix(array.name);
	for await (const { key } of array.backend.list(prefix, { signal })) {
		await giveWay();
		const coords = parseChunkKey(key, prefix, chunkKeyEncoding, shape.length);
		if (coords !== undefined) yield coords;
	}
}

/** Gives the part of border chunks that lies outside the array the fill value. */
async function clearOverhang(
	runtime: Runtime,
	array: StoredArray,
	chunks: readonly number[][],
	options: CallOptions,
): Promise<void> {
	const job: Job<void> = {
		count: chunks.length,
		spec: undefined,
		cost: () => 3 * array.chunkBytes,
		run: (n, signal) => {
			const coords = chunks[n] as number[];
			const change = (chunk: ChunkData): void => keepValid(array, chunk, coords);
			const parts = (shape: readonly number[]): ChangedParts => partsBeyond(validShape(array, coords), shape);
			return editChunk(array, coords, { change, parts }, signal);
		},
		settle: () => undefined,
	};
	await runJob(runtime.engine, job, runtime.limits, options);
}

function keepValid(array: StoredArray, chunk: ChunkData, coords: readonly number[]): void {
	const { spec } = array.formOf(coords);
	const kept = filledChunk(spec);
	gather(chunk, wholeRegion(validShape(array, coords)), kept, spec.dtype.components);
	scatter(kept, wholeRegion(spec.shape), chunk, spec.dtype.components);
}
