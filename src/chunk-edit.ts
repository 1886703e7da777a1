/** Chunks in memory on their way back into the store: encoded, and read for being edited. */
import type { Write } from "./backend.js";
import { located } from "./chunk-errors.js";
import { fetchObject, objectLimit } from "./chunk-source.js";
import type { ChunkData, ChunkSpec, PartialCoding } from "./codecs/codec.js";
import { isOnlyFill } from "./format/fill-value.js";
import type { ChangedParts, PartChoice } from "./selection/parts.js";
import { wholeRegion } from "./selection/plan.js";
import { scatter } from "./selection/region.js";
import { definesFill, filledChunk, newChunk, type StoredArray } from "./stored-array.js";

/**
 * The bytes of a chunk; undefined where it is only fill value.
 * @param options.fresh the bytes must not be a view of the chunk's memory
 */
export async function encodeValues(
	array: StoredArray,
	coords: readonly number[],
	chunk: ChunkData,
	options: { readonly fresh: boolean },
): Promise<Uint8Array | undefined> {
	const { pipeline } = array.formOf(coords);
	const { parts } = pipeline;
	const { fill, dtype } = array.spec;
	if (parts === undefined && definesFill(array) && isOnlyFill(chunk.data, fill, dtype)) return undefined;
	try {
		return await (parts?.encodeFrom(chunk, () => true, undefined) ?? pipeline.encode(chunk, options));
	} catch (error) {
		throw located(error, array, coords);
	}
}

export interface Edit {
	/**
	 * Changes the values of one chunk in place; called again with newer values where somebody else was faster. One that throws must have
	 * changed nothing: it fails its own caller only.
	 */
	change(chunk: ChunkData): void | Promise<void>;
	/** Which parts of the chunk it changes, if these are encoded apart; left out: all. Others may hold anything. */
	readonly parts?: ((shape: readonly number[]) => ChangedParts) | undefined;
	/** Stores the chunk with this edit in it, where that takes more than a write on condition. A CONFLICT that it throws is final. */
	readonly store?: ((write: Write) => Promise<StoredEdit>) | undefined;
}

/** What became of an edited chunk. `before`: the edit had been stored already. `changed`: somebody else was faster, so all begins anew. */
export type StoredEdit = "stored" | "before" | "changed";

/** A chunk that is being edited. */
export interface Editing {
	/** Where only some of its parts change, only these are there. */
	readonly chunk: ChunkData;
	/** Which; undefined: the chunk is one. */
	readonly touches: PartChoice | undefined;
	/** As it is stored; undefined where it is not. */
	readonly stored: Uint8Array | undefined;
	readonly etag: string | undefined;
}

/** Reads a chunk for edits: the parts of it that they change, where it has parts. */
export async function loadForEdit(
	array: StoredArray,
	coords: readonly number[],
	edits: readonly Edit[],
): Promise<Editing> {
	try {
		const { pipeline, spec } = array.formOf(coords);
		const fetched = await fetchObject(array, array.keyOf(coords), { fresh: true, limit: objectLimit(pipeline) });
		const [stored, etag] = [fetched?.parts[0], fetched?.etag];
		if (pipeline.parts !== undefined)
			return { ...(await loadParts({ parts: pipeline.parts, spec }, edits, stored)), stored, etag };
		const touches = undefined;
		if (stored === undefined) return { chunk: filledChunk(spec), touches, stored, etag };
		const borrowed = await pipeline.decode(stored);
		const chunk = newChunk(spec);
		scatter(borrowed, wholeRegion(spec.shape), chunk, spec.dtype.components);
		return { chunk, touches, stored, etag };
	} catch (error) {
		throw located(error, array, coords);
	}
}

/** Decodes the parts that edits change, but for those that one of them replaces. */
async function loadParts(
	{ parts, spec }: { readonly parts: PartialCoding; readonly spec: ChunkSpec },
	edits: readonly Edit[],
	stored: Uint8Array | undefined,
): Promise<Pick<Editing, "chunk" | "touches">> {
	const changes = edits.map((edit) => edit.parts?.(parts.shape));
	const touches: PartChoice = (coords) => changes.some((change) => change === undefined || change.touches(coords));
	const replaced: PartChoice = (coords) => changes.some((change) => change?.replaces(coords));
	const chunk = newChunk(spec);
	await parts.decodeInto(chunk, (coords) => touches(coords) && !replaced(coords), stored);
	return { chunk, touches };
}

/** The bytes of an edited chunk; undefined where it is only fill value. */
export async function encodeEdited(
	array: StoredArray,
	coords: readonly number[],
	{ chunk, touches, stored }: Editing,
): Promise<Uint8Array | undefined> {
	const { parts } = array.formOf(coords).pipeline;
	if (parts === undefined || touches === undefined) return encodeValues(array, coords, chunk, { fresh: false });
	try {
		return await parts.encodeFrom(chunk, touches, stored);
	} catch (error) {
		throw located(error, array, coords);
	}
}
