/** A chunk of one array that becomes the chunk of another: decoded and encoded without a copy in between. */
import { encodeValues } from "../../chunk-edit.js";
import { located } from "../../chunk-errors.js";
import type { ChunkForm } from "../../chunk-forms.js";
import { ChunkMemory } from "../../chunk-memory.js";
import { loadChunk } from "../../chunk-read.js";
import { fetchObject, objectLimit } from "../../chunk-source.js";
import { encodeChunk } from "../../chunk-write.js";
import type { ChunkData, ChunkSpec, PartialCoding } from "../../codecs/codec.js";
import { andThen } from "../../codecs/maybe-promise.js";
import type { TypedArray } from "../../format/data-types.js";
import { formatFill } from "../../format/fill-value.js";
import { formatJson } from "../../format/json.js";
import { wholeRegion } from "../../selection/plan.js";
import { filledChunk, type StoredArray, validShape } from "../../stored-array.js";
import type { EncodedChunk } from "../access/encode.js";

/** One chunk of an array. */
interface Place {
	readonly array: StoredArray;
	readonly coords: readonly number[];
}

/** Encodes the valid part of a chunk as a chunk of another array, of the same type; undefined where it is not stored. */
export async function recodeChunk(from: Place, to: Place, signal: AbortSignal): Promise<EncodedChunk | undefined> {
	const memory = ChunkMemory.take();
	const parts = sameParts(from, to);
	const recoded = parts ? await recodeParts(from, parts, memory, signal) : await recodeWhole(from, to, memory, signal);
	memory.giveBack();
	return recoded;
}

async function recodeWhole(
	from: Place,
	to: Place,
	memory: ChunkMemory,
	signal: AbortSignal,
): Promise<EncodedChunk | undefined> {
	const form = { from: from.array.formOf(from.coords), to: to.array.formOf(to.coords) };
	const valid = validShape(to.array, to.coords);
	// What is stored as it lies in memory is given away; else memory is used again.
	const own = form.to.pipeline.isRaw ? new Uint8Array(form.from.bytes) : undefined;
	const room = own ? memory.aimedAt(own, form.from.pipeline.isRaw) : memory;
	const source = await loadChunk(from.array, from.coords, { signal }, room);
	if (source === undefined) return undefined;
	const isChunk = [source.shape, form.to.spec.shape].every((shape) => String(shape) === String(valid));
	if (isChunk && own !== undefined && (source.data as TypedArray).buffer === own.buffer)
		return { bytes: await encodeValues(to.array, to.coords, source, { fresh: false }) };
	return { bytes: await encodeChunk(to.array, to.coords, { region: wholeRegion(valid), source }) };
}

interface PartsOfBoth {
	readonly decoding: PartialCoding;
	readonly encoding: PartialCoding;
	/** What a part that is not stored holds, where that is not what it means in the other array. */
	readonly missing: ChunkData | undefined;
}

/** Where both consist of the same parts, with nothing beyond the border. */
function sameParts(from: Place, to: Place): PartsOfBoth | undefined {
	const forms = [from, to].map(({ array, coords }) => array.formOf(coords)) as [ChunkForm, ChunkForm];
	const [{ pipeline: source }, { pipeline: target, spec }] = forms;
	const [decoding, encoding] = [source.parts, target.parts];
	if (decoding === undefined || encoding === undefined) return undefined;
	const alike =
		String(decoding.shape) === String(encoding.shape) &&
		String(validShape(to.array, to.coords)) === String(spec.shape) &&
		String(forms[0].spec.shape) === String(spec.shape);
	if (!alike) return undefined;
	const missing = sameFill(forms[0].spec, spec) ? undefined : filledChunk({ ...forms[0].spec, shape: decoding.shape });
	return { decoding, encoding, missing };
}

function sameFill({ fill: a, dtype }: ChunkSpec, { fill: b }: ChunkSpec): boolean {
	return formatJson(formatFill(a, dtype)) === formatJson(formatFill(b, dtype));
}

/** Part by part, so that each stays in the cache. */
async function recodeParts(
	{ array, coords }: Place,
	{ decoding, encoding, missing }: PartsOfBoth,
	memory: ChunkMemory,
	signal: AbortSignal,
): Promise<EncodedChunk | undefined> {
	const into = array.backend.supports.readsInto ? memory.encoded() : undefined;
	try {
		const limit = objectLimit(array.formOf(coords).pipeline);
		const fetched = await fetchObject(array, array.keyOf(coords), { signal, into, limit });
		if (fetched === undefined) return undefined;
		memory.note(fetched.size);
		const stored = await decoding.partsOf(fetched.parts[0] as Uint8Array);
		return { bytes: await encoding.encodeParts((coords) => andThen(stored(coords), (part) => part ?? missing)) };
	} catch (error) {
		throw located(error, array, coords);
	}
}
