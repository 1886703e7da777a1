import { loadChunk } from "../chunk-read.js";
import type { ChunkData } from "../codecs/codec.js";
import type { StoredArray } from "../stored-array.js";

/**
 * Decoded chunks of one job, the least recently used dropped first. A block with halo touches up to 3^N chunks, so without this each
 * chunk would be fetched and decoded 3^N times.
 */
export class ChunkCache {
	readonly #array: StoredArray;
	readonly #capacity: number;
	readonly #chunks = new Map<string, Promise<ChunkData | undefined>>();

	/** @param bytes what the decoded chunks may take, at most (one chunk is always kept) */
	constructor(array: StoredArray, bytes: number) {
		this.#array = array;
		this.#capacity = Math.max(1, Math.floor(bytes / array.chunkBytes));
	}

	/** The values of a chunk, borrowed; undefined where it is not stored. */
	load(coords: readonly number[], signal: AbortSignal): Promise<ChunkData | undefined> {
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
