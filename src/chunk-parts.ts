/** Reading chunks that have parts, which are shards: at once, or in two steps of which other threads take the second. */
import { chunkContext, describeChunk, located } from "./chunk-errors.js";
import type { ChunkMemory } from "./chunk-memory.js";
import { ChunkSource, objectLimit } from "./chunk-source.js";
import type { FetchedParts, PartSink, ReadRanges, TwoStepReading } from "./codecs/codec.js";
import { isStoreError, StoreError } from "./errors.js";
import { isZero } from "./format/fill-value.js";
import type { Region } from "./selection/plan.js";
import { fillRegion, gather, type StridedView } from "./selection/region.js";
import { isShared } from "./shared-memory.js";
import type { StoredArray } from "./stored-array.js";

export interface LoadOptions {
	readonly signal?: AbortSignal | undefined;
	/** A chunk that is not stored is an error, not fill value. */
	readonly missingIsError?: boolean | undefined;
	/** What to ask for of objects that have parts; else what is best by now. */
	readonly ranges?: ReadRanges | undefined;
}

export interface ReadOptions extends LoadOptions {
	/** The target is all zero bytes already, so that a fill value of zero need not be written. */
	readonly zeroed?: boolean | undefined;
}

/** The part of a chunk, and where it goes. */
export interface Place {
	readonly region: Region;
	readonly target: StridedView;
}

/** Reads the region by what the codecs can do without the rest of the chunk. */
export async function readParts(
	array: StoredArray,
	coords: readonly number[],
	place: Place,
	options: ReadOptions & { readonly memory: ChunkMemory },
): Promise<void> {
	const { pipeline } = array.formOf(coords);
	await inOneVersion(array, coords, options, async (source, isFirst) => {
		// What an earlier attempt brought lies in the target by now.
		const sink = sinkInto(array, place, { ...options, zeroed: options.zeroed && isFirst });
		const found = await pipeline.readParts(source, place.region, sink);
		if (!found && options.missingIsError) throw notStored(array, coords);
		if (!found) sink.missing(place.region);
	});
}

/**
 * The first step: fetches what a region needs into shared memory; undefined where the chunk is not stored.
 * @param options.memory shared; the result lies in it
 */
export async function fetchParts(
	array: StoredArray,
	coords: readonly number[],
	region: Region,
	options: LoadOptions & { readonly memory: ChunkMemory },
): Promise<FetchedParts | undefined> {
	const { fetch } = stepsOf(array, coords);
	const room = (length: number): Uint8Array => options.memory.room(length);
	const fetched = await inOneVersion(array, coords, { ...options, shared: true }, (source) =>
		fetch(source, region, room),
	);
	if (fetched === undefined && options.missingIsError) throw notStored(array, coords);
	if (fetched === undefined || isShared(fetched.bytes)) return fetched;
	const bytes = room(fetched.bytes.length);
	bytes.set(fetched.bytes);
	return { ...fetched, bytes };
}

/**
 * The second: decodes parts into their places in the target.
 * @param take see `TwoStepReading`
 */
export async function decodeParts(
	array: StoredArray,
	coords: readonly number[],
	place: Place,
	options: DecodeOptions,
): Promise<void> {
	const { fetched, take } = options;
	try {
		await stepsOf(array, coords).decode(fetched, place.region, take, sinkInto(array, place, options));
	} catch (error) {
		throw located(error, array, coords);
	}
}

interface DecodeOptions extends SinkOptions {
	readonly fetched: FetchedParts;
	readonly take: () => number;
}

function stepsOf(array: StoredArray, coords: readonly number[]): TwoStepReading {
	return array.formOf(coords).pipeline.parts?.inTwoSteps as TwoStepReading;
}

/** Reads of one object that begin anew because it changes all the time; the last one is of the whole object, which is of one version. */
const MAX_ATTEMPTS = 3;

/** Calls `read` until what it asks of the chunk comes from one version of it. */
async function inOneVersion<T>(
	array: StoredArray,
	coords: readonly number[],
	options: LoadOptions & { readonly memory: ChunkMemory; readonly shared?: boolean },
	read: (source: ChunkSource, isFirst: boolean) => Promise<T>,
): Promise<T> {
	const { backend, notes } = array;
	const { signal, memory, shared, ranges = array.tuner.ranges } = options;
	const key = array.keyOf(coords);
	const limit = objectLimit(array.formOf(coords).pipeline);
	const { readsInto } = backend.supports;
	const into = readsInto ? memory.encoded() : undefined;
	const room = readsInto ? (length: number) => memory.room(length) : undefined;
	for (let attempt = 1; ; attempt++) {
		const whole = backend.supports.ranges === false || attempt === MAX_ATTEMPTS;
		const source = new ChunkSource(array, key, { signal, into, room, shared, whole, ranges, limit });
		try {
			const result = await read(source, attempt === 1);
			memory.note(source.fetchedWhole);
			return result;
		} catch (error) {
			notes.forget(key);
			if (!isStoreError(error, "CONFLICT") || attempt === MAX_ATTEMPTS) throw located(error, array, coords);
		}
	}
}

interface SinkOptions extends Pick<ReadOptions, "zeroed"> {
	readonly memory: ChunkMemory;
}

function sinkInto(array: StoredArray, { target }: Place, { zeroed, memory }: SinkOptions): PartSink {
	return {
		values: (chunk, region) => gather(chunk, region, target, array.spec.dtype.components),
		missing: (region) => fillPlace(array, { region, target }, { zeroed }),
		memory: (length) => memory.decoded(length),
	};
}

/** Writes fill value where nothing is stored. */
export function fillPlace(
	{ spec: { fill, dtype } }: StoredArray,
	{ region, target }: Place,
	{ zeroed }: Pick<ReadOptions, "zeroed">,
): void {
	if (!(zeroed && isZero(fill, dtype))) fillRegion(target, region, fill);
}

export function notStored(array: StoredArray, coords: readonly number[]): StoreError {
	return new StoreError(
		"NOT_FOUND",
		`chunk ${describeChunk(array, coords)} is not stored`,
		chunkContext(array, coords),
	);
}
