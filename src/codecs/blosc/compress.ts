import type { MaybePromise } from "../codec.js";
import { andThen, lazy } from "../maybe-promise.js";
import { SpareMemory } from "../memory.js";
import { bitshuffle } from "./bitshuffle.js";
import {
	type ChunkHeader,
	canSplit,
	chunkLength,
	chunkOf,
	type Format,
	MAX_SPLITS,
	type Shuffle,
	storedChunk,
	streamCount,
} from "./chunk.js";
import type { BloscLibraries } from "./libraries.js";
import { shuffle } from "./shuffle.js";

export type CompressorName = "blosclz" | "lz4" | "lz4hc" | "snappy" | "zlib" | "zstd";

export interface BloscSettings {
	readonly cname: CompressorName;
	/** 0 (stored) to 9 (smallest). */
	readonly clevel: number;
	readonly shuffle: Shuffle;
	/** Bytes of an element, 1 to 255. */
	readonly typesize: number;
	/** Bytes of a block, or, where blocks are split, about those of a part; 0 lets the compressor and the level decide. */
	readonly blocksize: number;
}

/** Smaller chunks, and smaller blocks, are not worth it. */
const LEAST_BYTES = 128;

/** One chunk, in memory of its own. What does not become smaller is stored. */
export function compressChunk(
	content: Uint8Array,
	settings: BloscSettings,
	libraries: BloscLibraries,
): MaybePromise<Uint8Array> {
	const { cname, clevel, typesize } = settings;
	const format: Format = cname === "lz4hc" ? "lz4" : cname;
	const blockSize = Math.max(1, blockSizeFor(settings, content.length));
	// zstd looks across the bytes of an element, the others look at one after the other.
	const splitsBlocks = cname !== "zstd" && canSplit({ typesize, blockSize });
	const header = { ...settings, format, size: content.length, blockSize, splitsBlocks };
	if (clevel === 0 || content.length < LEAST_BYTES) return storedChunk(header, content);
	const shuffled = isShuffled(header) ? spareShuffled.take(content.length) : content;
	const parts = shuffledBlocks(content, header, shuffled).flatMap((block) =>
		equalParts(block, streamCount(header, block.length)),
	);
	return withStreams(parts, settings, libraries, (compressed) => {
		const streams = compressed.map((stream, i) => shorter(stream, parts[i] as Uint8Array));
		const isSmaller = chunkLength(header, streams) < content.length;
		const chunk = isSmaller ? chunkOf(header, streams) : storedChunk(header, content);
		if (shuffled !== content) spareShuffled.give(shuffled);
		return chunk;
	});
}

const spareShuffled = new SpareMemory();
const spareStreams = new SpareMemory();

function isShuffled({ shuffle: kind, typesize }: ChunkHeader): boolean {
	return kind === "bitshuffle" || (kind === "shuffle" && typesize > 1);
}

function equalParts(block: Uint8Array, count: number): Uint8Array[] {
	const length = block.length / count;
	return Array.from({ length: count }, (_, i) => block.subarray(i * length, (i + 1) * length));
}

function shorter(stream: Uint8Array, part: Uint8Array): Uint8Array {
	return stream.length < part.length ? stream : part;
}

const KIB = 1024;
/** KiB of a block by level, as c-blosc has them; for zstd, which looks far back, double. */
const BLOCK_KIB = [8, 16, 32, 64, 128, 128, 256, 256, 256, 256];

/** A whole number of elements, and of eight where that can be: bits of fewer are not shuffled. */
function blockSizeFor({ cname, clevel, typesize, blocksize }: BloscSettings, size: number): number {
	const unit = typesize <= size / 8 ? 8 * typesize : typesize;
	if (size < unit) return size;
	const automatic = (BLOCK_KIB[clevel] as number) * KIB * (cname === "zstd" ? 2 : 1);
	const wanted = withRoomForParts(blocksize === 0 ? automatic : blocksize, cname, typesize);
	const fitting = Math.min(size, Math.max(LEAST_BYTES, wanted));
	return Math.max(unit, Math.floor(fitting / unit) * unit);
}

/** Blocks that will be split grow by the number of parts, as in c-blosc; small parts would hardly compress. */
function withRoomForParts(size: number, cname: CompressorName, typesize: number): number {
	if (cname === "zstd" || typesize > MAX_SPLITS) return size;
	return Math.min(1024 * KIB, Math.max(64 * KIB, Math.min(size, 256 * KIB) * typesize));
}

/** Of `content`, in `shuffled`, which is the same where nothing is shuffled. */
function shuffledBlocks(
	content: Uint8Array,
	{ shuffle: kind, typesize, blockSize }: ChunkHeader,
	shuffled: Uint8Array,
): Uint8Array[] {
	const filter = kind === "shuffle" ? shuffle : bitshuffle;
	const blocks: Uint8Array[] = [];
	for (let start = 0; start < content.length; start += blockSize) {
		const block = shuffled.subarray(start, start + blockSize);
		if (shuffled !== content) filter(content.subarray(start, start + blockSize), block, typesize);
		blocks.push(block);
	}
	return blocks;
}

/** What `use` makes of a stream for each part; what cannot be compressed may be there as it is, or longer. */
function withStreams(
	parts: readonly Uint8Array[],
	{ cname, clevel }: BloscSettings,
	{ zstd, zlib }: BloscLibraries,
	use: (streams: readonly Uint8Array[]) => Uint8Array,
): MaybePromise<Uint8Array> {
	switch (cname) {
		case "zstd": {
			const settings = { level: clevel < 9 ? 2 * clevel - 1 : 22, checksum: false };
			const streams = andThen(zstd(), (library) => all(parts.map((part) => library.compress(part, settings))));
			return andThen(streams, use);
		}
		case "zlib":
			return andThen(
				andThen(zlib(), (library) => all(parts.map((part) => library.compress(part, clevel)))),
				use,
			);
		default:
			return andThen(ownCompressors(), ({ compressParts, roomForAll }) => {
				const room = spareStreams.take(roomForAll(parts));
				const chunk = use(compressParts(parts, cname, clevel, room));
				spareStreams.give(room);
				return chunk;
			});
	}
}

const ownCompressors = lazy(() => import("../lempel-ziv/compressors.js"));

/** All the values, at once where none is a promise. */
function all<T>(values: readonly MaybePromise<T>[]): MaybePromise<readonly T[]> {
	return values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as readonly T[]);
}
