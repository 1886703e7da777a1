/**
 * Few large shards: each is fetched in the caller's thread, in one version, and decoded by several workers at once. A worker takes one inner
 * chunk after the other that nobody has taken yet.
 */
import { ChunkMemory } from "../../chunk-memory.js";
import { decodeParts, fetchParts, fillPlace, type Place, type ReadOptions } from "../../chunk-parts.js";
import { readChunk } from "../../chunk-read.js";
import type { FetchedParts, PartialCost } from "../../codecs/codec.js";
import { type Engine, type Job, runJob } from "../../engine.js";
import { MemoryBudget } from "../../memory-budget.js";
import { partsIn } from "../../selection/parts.js";
import type { Plan, Region } from "../../selection/plan.js";
import type { StoredArray } from "../../stored-array.js";

/** With so many shards for each worker all have enough to do, and each fetches its own. */
const SHARDS_PER_WORKER = 2;
/** To bring another thread in takes as long as decoding some of this (bytes). */
const WORTH_A_WORKER = 2 * 2 ** 20;
/** Inner chunks that are sooner read here, where the index of their shard may be known, than anywhere else. */
const FEW_PARTS = 8;
/** Where each inner chunk lies is sent to every worker. */
const MOST_PARTS = 2 ** 16;

/** Workers that decode one shard at once; 1 where each decodes what it has fetched itself. */
export function decodersFor(
	{ supports, workers }: Engine,
	array: StoredArray,
	{ parts, shards }: { readonly parts: number; readonly shards: number },
): number {
	const canShare = supports.parallel && supports.sharedMemory && array.spec.dtype.boxing === undefined;
	if (!canShare || array.largest.pipeline.parts?.inTwoSteps === undefined) return 1;
	if (shards >= SHARDS_PER_WORKER * workers || parts > MOST_PARTS || parts * shards <= FEW_PARTS) return 1;
	return Math.max(1, Math.min(workers, parts, Math.floor((parts * partBytes(array)) / WORTH_A_WORKER)));
}

/** Bytes that a part of a shard takes while it is read, at most: encoded, and decoded, which is one inner chunk at a time for each worker. */
export function bytesOfParts(array: StoredArray, cost: PartialCost, decoders = 1): number {
	// What does not come into shared memory at once is copied there.
	const isCopied = decoders > 1 && !(cost.requests === 1 && array.backend.supports.readsInto);
	return (isCopied ? 2 : 1) * cost.mostBytes + decoders * partBytes(array);
}

/** Of one inner chunk in memory. */
function partBytes({ largest: { pipeline, spec }, chunkBytes }: StoredArray): number {
	const { shape } = pipeline.parts ?? spec;
	return shape.reduce((bytes, length, d) => (bytes * length) / (spec.shape[d] as number), chunkBytes);
}

/** True of a selection of shards that no other thread would help with. */
export function isLittle({ largest: { pipeline } }: StoredArray, plan: Plan): boolean {
	const { parts } = pipeline;
	if (parts === undefined || plan.count > FEW_PARTS) return false;
	const counts = Array.from({ length: plan.count }, (_, n) => partsIn(plan.region(n), parts.shape));
	return counts.reduce((sum, count) => sum + count, 0) <= FEW_PARTS;
}

interface TogetherReader {
	/** Workers that decode one shard at once, at most. */
	readonly decoders: number;
	/** Reads a region of a chunk as `readChunk` does. */
	readonly read: typeof readChunk;
}

/** How the shards of a plan are read by several workers each; undefined where that is not better. */
export function readTogether(engine: Engine, array: StoredArray, plan: Plan): TogetherReader | undefined {
	const { parts } = array.largest.pipeline;
	// More shards than that are never read so, and the regions of many take time to look at.
	if (parts === undefined || plan.count >= SHARDS_PER_WORKER * engine.workers) return undefined;
	const decodersOf = (region: Region): number =>
		decodersFor(engine, array, { parts: partsIn(region, parts.shape), shards: plan.count });
	const decoders = Math.max(...Array.from({ length: plan.count }, (_, n) => decodersOf(plan.region(n))));
	if (decoders <= 1) return undefined;
	return {
		decoders,
		read(array, coords, place, options) {
			const decoders = decodersOf(place.region);
			if (decoders === 1) return readChunk(array, coords, place, options);
			return fetchAndDecode(engine, array, { coords, place, decoders }, options);
		},
	};
}

interface Piece {
	readonly coords: readonly number[];
	readonly place: Place;
	readonly decoders: number;
}

async function fetchAndDecode(engine: Engine, array: StoredArray, piece: Piece, options: ReadOptions): Promise<void> {
	const { coords, place, decoders } = piece;
	const memory = ChunkMemory.takeShared();
	const fetched = await fetchParts(array, coords, place.region, { ...options, memory });
	if (fetched === undefined) fillPlace(array, place, options);
	else {
		const next = new Int32Array(new SharedArrayBuffer(4));
		const job = decodeJob([array], { ...piece, zeroed: options.zeroed, fetched, next });
		await runJob(engine, job, { concurrency: decoders, budget: UNLIMITED }, { signal: options.signal });
	}
	memory.giveBack();
}

/** What is decoded was admitted when it was fetched. */
const UNLIMITED = new MemoryBudget(Number.POSITIVE_INFINITY);

interface DecodeDescription extends Piece, Pick<ReadOptions, "zeroed"> {
	/** In shared memory. */
	readonly fetched: FetchedParts;
	/** Entry 0 is the number of the next inner chunk that nobody has taken; in shared memory. */
	readonly next: Int32Array;
}

/** Each task decodes inner chunks of one shard as long as there are any. */
export function decodeJob(arrays: readonly StoredArray[], description: DecodeDescription): Job<void> {
	const { coords, place, fetched, next, zeroed, decoders } = description;
	return {
		count: decoders,
		spec: { operation: "decode", needsSharedMemory: true, arrays, description },
		cost: () => 0,
		async run() {
			const memory = ChunkMemory.take();
			const take = (): number => Atomics.add(next, 0, 1);
			await decodeParts(arrays[0] as StoredArray, coords, place, { zeroed, memory, fetched, take });
			memory.giveBack();
		},
		settle: () => undefined,
	};
}
