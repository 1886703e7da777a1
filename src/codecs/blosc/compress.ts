import type { MaybePromise } from "../codec.js";
import { andThen } from "../maybe-promise.js";
import {
	type ChunkHeader,
	canSplit,
	chunkOf,
	type Format,
	MAX_SPLITS,
	type Shuffle,
	storedChunk,
	streamCount,
} from "./chunk.js";
import type { BloscLibraries } from "./libraries.js";
import { moduleBlocks, needsModule } from "./module-parts.js";
import { bitshuffle, shuffle } from "./shuffle.js";

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
const ANY_BLOCKS = { least: LEAST_BYTES, most: Number.POSITIVE_INFINITY };

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
	const parts = shuffledBlocks(content, header).flatMap((block) =>
		equalParts(block, streamCount(header, block.length)),
	);
	return andThen(compressParts(parts, settings, libraries), (compressed) => {
		const streams = compressed.map((stream, i) => shorter(stream, parts[i] as Uint8Array));
		const chunk = chunkOf(header, streams);
		return chunk.length < content.length ? chunk : storedChunk(header, content);
	});
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
	const { least, most } = needsModule(cname) ? moduleBlocks(typesize <= MAX_SPLITS ? typesize : 1) : ANY_BLOCKS;
	const fitting = Math.min(size, most, Math.max(least, wanted));
	return Math.max(unit, Math.floor(fitting / unit) * unit);
}

/** Blocks that will be split grow by the number of parts, as in c-blosc; small parts would hardly compress. */
function withRoomForParts(size: number, cname: CompressorName, typesize: number): number {
	if (cname === "zstd" || typesize > MAX_SPLITS) return size;
	return Math.min(1024 * KIB, Math.max(64 * KIB, Math.min(size, 256 * KIB) * typesize));
}

function shuffledBlocks(content: Uint8Array, { shuffle: kind, typesize, blockSize }: ChunkHeader): Uint8Array[] {
	const shuffled =
		kind === "noshuffle" || (kind === "shuffle" && typesize === 1) ? content : new Uint8Array(content.length);
	const blocks: Uint8Array[] = [];
	for (let start = 0; start < content.length; start += blockSize) {
		const block = shuffled.subarray(start, start + blockSize);
		if (shuffled !== content)
			(kind === "shuffle" ? shuffle : bitshuffle)(content.subarray(start, start + blockSize), block, typesize);
		blocks.push(block);
	}
	return blocks;
}

/** A stream for each part; what cannot be compressed may come back as it is, or longer. */
function compressParts(
	parts: readonly Uint8Array[],
	{ cname, clevel }: BloscSettings,
	{ zstd, zlib }: BloscLibraries,
): MaybePromise<readonly Uint8Array[]> {
	switch (cname) {
		case "zstd": {
			const level = clevel < 9 ? 2 * clevel - 1 : 22;
			return andThen(zstd(), (library) => all(parts.map((part) => library.compress(part, { level, checksum: false }))));
		}
		case "zlib":
			return andThen(zlib(), (library) => all(parts.map((part) => library.compress(part, clevel))));
		case "lz4":
			return import("../lz4/compress.js").then(async ({ compressLz4 }) => {
				const sized = await Promise.all(parts.map((part) => compressLz4(part, 10 - clevel)));
				return sized.map((block) => block.subarray(4));
			});
		default:
			return import("./wasm.js").then(({ compressByModule }) => compressByModule(parts, cname, clevel));
	}
}

/** All the values, at once where none is a promise. */
function all<T>(values: readonly MaybePromise<T>[]): MaybePromise<readonly T[]> {
	return values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as readonly T[]);
}
