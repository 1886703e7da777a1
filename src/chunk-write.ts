/**
 * Where values become bytes: one chunk written. Read-modify-write and compare-and-swap live here and nowhere else.
 */
import type { Precondition, Write } from "./backend.js";
import { backOff, isNothing, requireCompareAndSwap, storeWrite } from "./chunk-commit.js";
import { type Edit, encodeEdited, encodeValues, loadForEdit, type StoredEdit } from "./chunk-edit.js";
import { chunkContext, describeChunk, located } from "./chunk-errors.js";
import type { ChunkForm } from "./chunk-forms.js";
import type { ChunkData, ChunkSpec } from "./codecs/codec.js";
import { aborted, isStoreError, StoreError } from "./errors.js";
import type { Values } from "./format/data-types.js";
import { enqueue } from "./lanes.js";
import type { Recycler } from "./recycler.js";
import type { AxisGrid } from "./selection/grid.js";
import { partsOfRegion } from "./selection/parts.js";
import { type Region, wholeRegion } from "./selection/plan.js";
import { fillRegion, rowMajorStrides, type StridedView, scatter } from "./selection/region.js";
import { filledChunk, newChunk, type StoredArray, validLength } from "./stored-array.js";

/** One chunk's worth of a write. */
export interface ChunkWrite {
	readonly region: Region;
	readonly source: StridedView;
}

/**
 * Writes `source` into `region` of one chunk. Where the region covers all of the chunk that lies within the array, nothing is read;
 * otherwise the rest of the chunk is kept, also against others who write to it at the same time.
 *
 * @throws StoreError UNSUPPORTED where the store cannot compare-and-swap and the caller did not vouch for being alone
 */
export async function writeChunk(
	array: StoredArray,
	coords: readonly number[],
	write: ChunkWrite,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (!covers(array, coords, write.region)) {
		await editChunk(array, coords, scattering(array, write), signal);
		return;
	}
	await putChunk(array, coords, await encodeChunk(array, coords, write), signal);
}

/** Stores a chunk as {@link encodeChunk} has made it. */
export async function putChunk(
	array: StoredArray,
	coords: readonly number[],
	bytes: Uint8Array | undefined,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (signal?.aborted) throw aborted(signal);
	const key = array.keyOf(coords);
	if (bytes === undefined) await removeChunk(array, key, signal);
	else await array.backend.put(key, bytes, { signal, owned: true });
}

/**
 * Where deletes mind no condition, one may come to nothing beside a conditional write, which was then on top of what it should have replaced. So
 * it is looked whether anything is there, until nothing is: what is seen then was written while this write was going on, and is replaced by it.
 */
async function removeChunk(
	{ backend, singleWriter }: StoredArray,
	key: string,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (singleWriter || backend.supports.conditionalDelete || !backend.supports.compareAndSwap)
		return backend.delete([key], { signal });
	for (let attempt = 0; attempt < MAX_ATTEMPTS && (await backend.head(key, { signal })) !== undefined; attempt++) {
		await backOff(attempt);
		await backend.delete([key], { signal });
	}
}

/**
 * Encodes a chunk that `write` covers, or that it is merged into as last read: a write with the precondition that makes it safe.
 * Nothing is stored: the caller commits several of these at once.
 */
export async function prepareChunk(array: StoredArray, coords: readonly number[], write: ChunkWrite): Promise<Write> {
	if (covers(array, coords, write.region))
		return { key: array.keyOf(coords), bytes: await encodeChunk(array, coords, write), owned: true };
	return mergeEdits(array, coords, [scattering(array, write)]);
}

function scattering(array: StoredArray, { source, region }: ChunkWrite): Edit {
	return {
		change: (chunk) => scatter(source, region, chunk, array.spec.dtype.components),
		parts: (shape) => partsOfRegion(region, shape),
	};
}

/** True where `region` selects every element of the chunk that lies within the array. */
export function covers(array: StoredArray, coords: readonly number[], region: Region): boolean {
	const { shape, grid } = array.metadata;
	return region.every((segment, d) => {
		const valid = validLength(grid[d] as AxisGrid, coords[d] as number, shape[d] as number);
		return segment.indices === undefined && segment.count === valid;
	});
}

/**
 * The bytes of a chunk that `write` covers; undefined where it is only fill value, which is not stored.
 * @param scratch memory for the values of chunks; what is left out is new memory, which the bytes may be a view of
 */
export async function encodeChunk(
	array: StoredArray,
	coords: readonly number[],
	write: ChunkWrite,
	scratch?: Recycler<ChunkData>,
): Promise<Uint8Array | undefined> {
	// What is encoded part by part is copied part by part.
	const form = array.formOf(coords);
	const inPlace = form.pipeline.parts === undefined ? asIs(form, write) : seenAsChunk(form, write);
	if (inPlace !== undefined) return encodeValues(array, coords, inPlace, { fresh: true });
	const chunk = scratch?.take() ?? newChunk(form.spec);
	coverChunk(form, write, chunk);
	const bytes = await encodeValues(array, coords, chunk, { fresh: scratch !== undefined });
	scratch?.give(chunk);
	return bytes;
}

/** The source of a write as the chunk that it becomes; undefined where there is more to the chunk. */
function seenAsChunk({ spec }: ChunkForm, { region, source }: ChunkWrite): ChunkData | undefined {
	if (!fillsChunk(spec, region)) return undefined;
	let { offset } = source;
	const stride = region.map(({ out, step, count }, d) => {
		const along = source.stride[d] as number;
		const isReversed = step < 0 && count > 1;
		offset += (isReversed ? out + count - 1 : out) * along;
		return isReversed ? -along : along;
	});
	return { data: source.data, shape: spec.shape, stride, offset };
}

/** The source of a write that lies in memory as a whole chunk does, as what a kernel returns: it needs no copy first. */
function asIs({ spec, bytes }: ChunkForm, { region, source }: ChunkWrite): ChunkData | undefined {
	const { shape, dtype } = spec;
	const stride = rowMajorStrides(shape, dtype.components);
	const isAsIs = region.every(
		({ step, out, indices }, d) => step === 1 && out === 0 && indices === undefined && source.stride[d] === stride[d],
	);
	if (!isAsIs || !fillsChunk(spec, region)) return undefined;
	const entries = bytes / dtype.Array.BYTES_PER_ELEMENT;
	return { data: entriesAt(source, entries), shape, stride, offset: 0 };
}

/** So many entries from the first on: as a view where there can be one. */
function entriesAt({ data, offset }: StridedView, count: number): Values {
	return Array.isArray(data) ? data.slice(offset, offset + count) : data.subarray(offset, offset + count);
}

/** Writes the values of a chunk that `write` covers into memory that may hold others: beyond the array's border, fill value. */
export function coverChunk({ spec }: ChunkForm, { region, source }: ChunkWrite, chunk: ChunkData): void {
	const { dtype, fill, shape } = spec;
	if (!fillsChunk(spec, region)) fillRegion(chunk, wholeRegion(shape), fill);
	scatter(source, region, chunk, dtype.components);
}

/** True where the region leaves no padding at the array's border. */
function fillsChunk({ shape }: ChunkSpec, region: Region): boolean {
	return region.every((segment, d) => segment.count === shape[d]);
}

interface QueuedEdit {
	readonly edit: Edit;
	readonly signal: AbortSignal | undefined;
	failure: { readonly error: unknown } | undefined;
	/** It was stored, now or before, or has failed. */
	isServed: boolean;
}

/** Reads a chunk, changes it, and writes it back unless it was changed meanwhile, in which case all begins anew. */
export async function editChunk(
	array: StoredArray,
	coords: readonly number[],
	edit: Edit,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (!array.singleWriter) await requireCompareAndSwap(array.backend);
	const lane = `${array.backend.location}\n${array.keyOf(coords)}`;
	const queued: QueuedEdit = { edit, signal, failure: undefined, isServed: false };
	await enqueue(lane, queued, (batch) => serveEdits(array, coords, batch));
	if (queued.failure !== undefined) throw queued.failure.error;
	if (signal?.aborted) throw aborted(signal);
}

/** An edited chunk as {@link mergeEdits} has made it, perhaps elsewhere. */
interface EditedChunk {
	readonly array: StoredArray;
	readonly coords: readonly number[];
	readonly write: Write;
}

/** Stores an edited chunk; where somebody else was faster, edits what is there now. */
export async function storeEdited(
	{ array, coords, write }: EditedChunk,
	edit: Edit,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (signal?.aborted) throw aborted(signal);
	if (isNothing(write)) return;
	if ((await storeFor(edit, array, coords, write)) === "changed") await editChunk(array, coords, edit, signal);
}

/** Stores an edited chunk, in the way of the edit that has one of its own. */
async function storeFor(
	edit: Edit | undefined,
	array: StoredArray,
	coords: readonly number[],
	write: Write,
): Promise<StoredEdit> {
	if (edit?.store !== undefined) return edit.store(write);
	try {
		await storeWrite(array, write);
		return "stored";
	} catch (error) {
		if (!isStoreError(error, "CONFLICT")) throw located(error, array, coords);
		return "changed";
	}
}

/** Attempts before a write that always loses the race is given up. Every lost race means that somebody else's write was stored. */
const MAX_ATTEMPTS = 1000;

async function serveEdits(array: StoredArray, coords: readonly number[], batch: readonly QueuedEdit[]): Promise<void> {
	for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
		const round = nextRound(batch);
		if (round.length === 0) return;
		const write = await mergeEdits(array, coords, round.map(guarded));
		const good = round.filter(({ failure }) => failure === undefined);
		const own = good.find(({ edit }) => edit.store !== undefined);
		const isVain = isNothing(write) || good.length === 0;
		const outcome = isVain ? "stored" : await storeFor(own?.edit, array, coords, write);
		if (outcome === "stored") for (const queued of round) queued.isServed = true;
		else if (outcome === "before" && own !== undefined) own.isServed = true;
		else await backOff(attempt);
	}
	throw new StoreError(
		"CONFLICT",
		`chunk ${describeChunk(array, coords)} was changed by others ${MAX_ATTEMPTS} times while it was being written: write it from fewer places at once`,
		chunkContext(array, coords),
	);
}

/** The edits to serve together. Of those with a way of their own to be stored, which may be the same edit once more, one at a time. */
function nextRound(batch: readonly QueuedEdit[]): QueuedEdit[] {
	const live = batch.filter(({ signal, isServed }) => !signal?.aborted && !isServed);
	const own = live.find(({ edit }) => edit.store !== undefined);
	return live.filter((queued) => queued === own || queued.edit.store === undefined);
}

/** The edit with its failure kept apart, so that others in the same batch are written all the same. */
function guarded(queued: QueuedEdit): Edit {
	const change = async (chunk: ChunkData): Promise<void> => {
		queued.failure = undefined;
		try {
			await queued.edit.change(chunk);
		} catch (error) {
			queued.failure = { error };
		}
	};
	return { change, parts: queued.edit.parts };
}

/** The chunk as stored now with the edits applied. Where that is only fill value, its deletion. */
export async function mergeEdits(
	array: StoredArray,
	coords: readonly number[],
	edits: readonly Edit[],
): Promise<Write> {
	const key = array.keyOf(coords);
	const current = await loadForEdit(array, coords, edits);
	for (const edit of edits) await edit.change(current.chunk);
	const bytes = await encodeEdited(array, coords, current);
	const when: Precondition = current.etag === undefined ? { absent: true } : { etag: current.etag };
	if (bytes !== undefined) return { key, bytes, when, owned: true };
	const deletes = array.backend.supports.conditionalDelete || array.singleWriter;
	if (current.etag === undefined || deletes) return { key, bytes: undefined, when };
	// A delete that cannot be conditional could take another's write with it, so here the fill value is stored.
	const { pipeline, spec } = array.formOf(coords);
	return { key, bytes: await pipeline.encode(filledChunk(spec), { fresh: true }), when, owned: true };
}
