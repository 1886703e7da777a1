import { isStoreError, StoreError } from "../../errors.js";
import type { TypedArray } from "../../format/data-types.js";
import { rowMajorStrides } from "../../selection/region.js";
import type { ChunkData, ChunkSpec, Pipeline, SourceRange } from "../codec.js";
import { corrupt } from "../corrupt.js";
import type { ReadPolicy } from "./ranges.js";
import { indexSpec, ShardIndex } from "./shard-index.js";

export type IndexLocation = "start" | "end";

interface ShardSettings {
	/** Of the whole shard. */
	readonly spec: ChunkSpec;
	/** Inner chunks along each axis. */
	readonly grid: readonly number[];
	/** Of one inner chunk. */
	readonly shape: readonly number[];
	/** Codecs of the inner chunks. */
	readonly inner: Pipeline;
	/** Codecs of the index. */
	readonly index: Pipeline;
	readonly location: IndexLocation;
	readonly policy: ReadPolicy;
}

/** How the shards of an array are laid out, in memory and as bytes. */
export interface Shard extends ShardSettings {
	/** Number of inner chunks. */
	readonly count: number;
	/** Bytes of the encoded index. */
	readonly indexBytes: number;
	/** Bytes of one inner chunk, and of a shard, if nothing compresses. */
	readonly innerBytes: number;
	readonly plainBytes: number;
	/** Bytes that no well-formed shard without much unused room has more of. */
	readonly largestSize: number;
	/** The number of an inner chunk, in row-major order. */
	numberOf(coords: readonly number[]): number;
	coordsOf(number: number): number[];
	/** A shard in memory, and an inner chunk: row-major, all zero. */
	newChunk(): ChunkData;
	newInner(): ChunkData;
	/** Where the index lies. */
	readonly indexRange: SourceRange;
	/**
	 * @param size bytes of the shard
	 * @throws StoreError CORRUPT
	 */
	decodeIndex(encoded: Uint8Array, size: number): Promise<ShardIndex>;
	encodeIndex(index: ShardIndex): Promise<Uint8Array>;
	/** A shard in which nothing is stored. */
	encodeEmpty(): Promise<Uint8Array>;
}

/** Bytes of an index beyond which a shard is refused: 2^24 inner chunks, with checksums. What is made of it takes up to four times as much. */
const LARGEST_INDEX = 2 ** 28 + 2 ** 16;

export function shardOf(settings: ShardSettings): Shard {
	const { spec, grid, shape, inner, index, location } = settings;
	const count = grid.reduce((product, length) => product * length, 1);
	const indexBytes = index.encodedSize as number;
	if (indexBytes > LARGEST_INDEX)
		throw new StoreError(
			"TOO_LARGE",
			`an index of ${count} inner chunks takes ${indexBytes} bytes: that of 2^24, 256 MiB, is the largest that can be opened`,
		);
	const innerBytes = inner.encodedSize ?? shape.reduce((product, length) => product * length, spec.dtype.itemSize);
	const strides = rowMajorStrides(grid, 1);
	const ofIndex = indexSpec(grid);
	const encodeIndex = async (table: ShardIndex): Promise<Uint8Array> =>
		index.encode(table.toChunk(ofIndex), { fresh: false });
	return {
		...settings,
		count,
		indexBytes,
		innerBytes,
		plainBytes: count * innerBytes + indexBytes,
		largestSize: 2 * count * inner.largestSize + indexBytes,
		numberOf: (coords) => coords.reduce((number, c, d) => number + c * (strides[d] as number), 0),
		coordsOf: (number) => grid.map((length, d) => Math.floor(number / (strides[d] as number)) % length),
		newChunk: () => emptyChunk(spec, spec.shape),
		newInner: () => emptyChunk(spec, shape),
		indexRange: location === "start" ? { offset: 0, length: indexBytes } : { suffix: indexBytes },
		async decodeIndex(encoded, size) {
			if (encoded.length !== indexBytes)
				throw corrupt("sharding_indexed", `${size} bytes are too few to hold an index of ${indexBytes}`);
			const room = location === "start" ? { start: indexBytes, end: size } : { start: 0, end: size - indexBytes };
			try {
				return ShardIndex.fromChunk(await index.decode(encoded), ofIndex, room);
			} catch (error) {
				throw inContext(error, "the index");
			}
		},
		encodeIndex,
		encodeEmpty: async () => new Uint8Array(await encodeIndex(new ShardIndex(count))),
	};
}

function emptyChunk({ dtype }: ChunkSpec, shape: readonly number[]): ChunkData {
	const data: TypedArray = new dtype.Array(shape.reduce((product, length) => product * length, dtype.components));
	return { data, shape, stride: rowMajorStrides(shape, dtype.components), offset: 0 };
}

/** Names in an error which part of the shard it is about. */
export function inContext(error: unknown, part: string): unknown {
	if (!isStoreError(error, "CORRUPT")) return error;
	return new StoreError("CORRUPT", `${part} of the shard: ${error.message}`, { cause: error });
}
