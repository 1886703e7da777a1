import { loadChunk, readChunk } from "../../chunk-read.js";
import type { ChunkData } from "../../codecs/codec.js";
import type { Region } from "../../selection/plan.js";
import { fillRegion, gather, type StridedView } from "../../selection/region.js";
import type { StoredArray } from "../../stored-array.js";
import { SharedChunkCache, type SharedChunks } from "./shared-chunk-cache.js";

/** What a job may keep of the decoded chunks of one array: plain and cloneable. */
export interface CacheRoom {
	/** In each worker. */
	readonly bytes: number;
	/** Memory that all workers see, rather. */
	readonly shared?: SharedChunks | undefined;
}

/** Copies parts of chunks, of which it keeps some decoded. */
export interface ChunkCopier {
	/** Copies `region` of a chunk into `target`; what is not stored becomes fill value. */
	copy(coords: readonly number[], region: Region, target: StridedView, signal: AbortSignal): Promise<void>;
}

export function openCache(array: StoredArray, { bytes, shared }: CacheRoom): ChunkCopier {
	return shared === undefined ? new ChunkCache(array, bytes) : new SharedChunkCache(array, shared);
}

/** Blocks with halo that lie side by side in three dimensions share so many chunks. */
const MANY_CHUNKS = 8;

/**
 * Decoded chunks of one job, the least recently used dropped first. A block with halo touches up to 3^N chunks, so without this each
 * chunk would be fetched and decoded 3^N times.
 */
class ChunkCache implements ChunkCopier {
	readonly #array: StoredArray;
	readonly #capacity: number;
	/** What is needed of a shard is read anew for each block where few whole ones could be kept. */
	readonly #readsParts: boolean;
	readonly #chunks = new Map<string, Promise<ChunkData | undefined>>();

	/** @param bytes what the decoded chunks may take, at most (one chunk is always kept) */
	constructor(array: StoredArray, bytes: number) {
		this.#array = array;
		this.#capacity = Math.max(1, Math.floor(bytes / array.chunkBytes));
		this.#readsParts = array.largest.pipeline.parts !== undefined && this.#capacity < MANY_CHUNKS;
	}

	async copy(coords: readonly number[], region: Region, target: StridedView, signal: AbortSignal): Promise<void> {
		if (this.#readsParts) {
			await readChunk(this.#array, coords, { region, target }, { signal });
			return;
		}
		const chunk = await this.#load(coords, signal);
		const { fill, dtype } = this.#array.spec;
		if (chunk === undefined) fillRegion(target, region, fill);
		else gather(chunk, region, target, dtype.components);
	}

	/** The values of a chunk, borrowed; undefined where it is not stored. */
	#load(coords: readonly number[], signal: AbortSignal): Promise<ChunkData | undefined> {
		const key = coords.join(",");
		let chunk = this.#chunks.get(key);
		if (chunk === undefined) {
			chunk = loadChunk(this.#array, coords, { signal });
			chunk.catch(() => this.#chunks.delete(key));
		} else {
			this.#chunks.delete(key);
		}
		this.#chunks.set(key, chunk);
		if (this.#chunks.size > this.#capacity) this.#dropOldest();
		return chunk;
	}

	#dropOldest(): void {
		for (const key of this.#chunks.keys()) {
			this.#chunks.delete(key);
			return;
		}
	}
}
