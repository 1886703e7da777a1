/** The index of a shard: where each of its inner chunks lies (zarr-extensions, codec `sharding_indexed`, "Binary shard format"). */
import { dataType } from "../../format/data-types.js";
import { wholeRegion } from "../../selection/plan.js";
import { gather, rowMajorStrides } from "../../selection/region.js";
import { HOST_ENDIAN } from "../byte-order.js";
import type { ChunkData, ChunkSpec } from "../codec.js";
import { corrupt } from "../corrupt.js";
import type { Extent } from "./ranges.js";

const NAME = "sharding_indexed";

/** What the codecs of an index see: offset and number of bytes per inner chunk, in row-major order. */
export function indexSpec(grid: readonly number[]): ChunkSpec {
	return { shape: [...grid, 2], dtype: dataType("uint64"), fill: BigUint64Array.of(MISSING) };
}

/** Both numbers of an inner chunk that is not stored. */
const MISSING: bigint = 2n ** 64n - 1n;

/** Where inner chunks lie, in bytes from the beginning of the shard. */
export class ShardIndex {
	readonly #offsets: Float64Array;
	/** −1: not stored. */
	readonly #lengths: Float64Array;

	/** Of so many inner chunks, none of which is stored. */
	constructor(count: number) {
		this.#offsets = new Float64Array(count);
		this.#lengths = new Float64Array(count).fill(-1);
	}

	get count(): number {
		return this.#lengths.length;
	}

	/** Bytes of memory. */
	get bytes(): number {
		return 16 * this.count;
	}

	at(number: number): Extent | undefined {
		const length = this.#lengths[number] as number;
		return length < 0 ? undefined : { offset: this.#offsets[number] as number, length };
	}

	set(number: number, { offset, length }: Extent): void {
		this.#offsets[number] = offset;
		this.#lengths[number] = length;
	}

	/** Adds up what is stored. */
	get storedBytes(): number {
		return this.#lengths.reduce((sum, length) => sum + Math.max(0, length), 0);
	}

	/** As its codecs take it. */
	toChunk({ shape }: ChunkSpec): ChunkData {
		const data = new BigUint64Array(2 * this.count).fill(MISSING);
		for (let i = 0; i < this.count; i++) {
			const extent = this.at(i);
			if (extent === undefined) continue;
			data[2 * i] = BigInt(extent.offset);
			data[2 * i + 1] = BigInt(extent.length);
		}
		return { data, shape, stride: rowMajorStrides(shape, 1), offset: 0 };
	}

	/**
	 * The index as its codecs gave it, checked: inner chunks lie within `room`, clear of one another.
	 * @throws StoreError CORRUPT
	 */
	static fromChunk(chunk: ChunkData, { shape, dtype }: ChunkSpec, room: { start: number; end: number }): ShardIndex {
		const count = shape.reduce((product, length) => product * length, 1) / 2;
		const index = new ShardIndex(count);
		const words = wordsOf(chunk, shape, dtype.components);
		for (let i = 0; i < count; i++) {
			const [offset, length] = [numberAt(words, 2 * i), numberAt(words, 2 * i + 1)];
			if (offset === UNSTORED && length === UNSTORED) continue;
			if (!(offset >= room.start && offset + length <= room.end)) throw outside(i, { offset, length }, room);
			index.set(i, { offset, length });
		}
		index.#refuseOverlaps();
		return index;
	}

	/** Each begins where the one before it in the index has ended, or later: so most writers store them, and nothing need be sorted. */
	#isAscending(): boolean {
		let end = 0;
		for (let i = 0; i < this.count; i++) {
			const length = this.#lengths[i] as number;
			if (length < 0) continue;
			const offset = this.#offsets[i] as number;
			if (offset < end) return false;
			end = offset + length;
		}
		return true;
	}

	/** Extents are clear of one another exactly if each ends before the next begins when both are sorted by themselves. */
	#refuseOverlaps(): void {
		if (this.#isAscending()) return;
		const stored = this.#lengths.reduce((n, length) => (length < 0 ? n : n + 1), 0);
		const [starts, ends] = [new Float64Array(stored), new Float64Array(stored)];
		let at = 0;
		for (let i = 0; i < this.count; i++) {
			const extent = this.at(i);
			if (extent === undefined) continue;
			starts[at] = extent.offset;
			ends[at++] = extent.offset + extent.length;
		}
		starts.sort();
		ends.sort();
		for (let i = 1; i < stored; i++)
			if ((ends[i - 1] as number) > (starts[i] as number))
				throw corrupt(NAME, `the index is wrong: inner chunks overlap at byte ${starts[i]}`);
	}
}

/** The numbers of an index in row-major order, two words each; no copy where they lie so. */
function wordsOf(chunk: ChunkData, shape: readonly number[], components: number): Uint32Array {
	const stride = rowMajorStrides(shape, 1);
	const length = shape.reduce((product, n) => product * n, 1);
	let data = chunk.data as BigUint64Array;
	if (chunk.offset !== 0 || data.length !== length || String(chunk.stride) !== String(stride)) {
		data = new BigUint64Array(length);
		gather(chunk, wholeRegion(shape), { data, offset: 0, stride }, components);
	}
	return new Uint32Array(data.buffer, data.byteOffset, 2 * length);
}

/** What {@link MISSING} is as a float; no extent reaches as far. */
const UNSTORED = 2 ** 64;

/** An unsigned 64-bit number, exact up to 2^53 and at 2^64 − 1, which becomes 2^64. */
function numberAt(words: Uint32Array, n: number): number {
	const [low, high] = [words[2 * n] as number, words[2 * n + 1] as number];
	return HOST_ENDIAN === "little" ? high * 2 ** 32 + low : low * 2 ** 32 + high;
}

function outside(number: number, { offset, length }: Extent, room: { start: number; end: number }): Error {
	const place = `${length} bytes at ${offset}, but there are bytes ${room.start} to ${room.end} for inner chunks`;
	return corrupt(NAME, `the index is wrong: inner chunk ${number} is said to be ${place}`);
}
