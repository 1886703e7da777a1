import type { Allocate, EncodedSize, MaybePromise } from "../codec.js";
import { corrupt, tooLong, wrongLength } from "../corrupt.js";
import { andThen } from "../maybe-promise.js";
import { SpareMemory } from "../memory.js";
import { bitunshuffle } from "./bitshuffle.js";
import { decompressBloscLz } from "./blosclz.js";
import { blockCount, type Chunk, type Format, HEADER_BYTES, parseChunk, streamsOf } from "./chunk.js";
import type { BloscLibraries } from "./libraries.js";
import { type Filter, unshuffle } from "./shuffle.js";
import { decompressSnappy } from "./snappy.js";

/** Fills `target` from the whole of `stream`, else throws CORRUPT. */
type Decompress = (stream: Uint8Array, target: Uint8Array) => MaybePromise<void>;

/**
 * The content of a chunk, which is a view of `bytes` where they are not compressed.
 *
 * @throws StoreError CORRUPT
 */
export function decompressChunk(
	bytes: Uint8Array,
	size: EncodedSize,
	allocate: Allocate,
	libraries: BloscLibraries,
): MaybePromise<Uint8Array> {
	const chunk = parseChunk(bytes);
	if (chunk.size > size.limit) throw tooLong(size.limit);
	if (size.exact && chunk.size !== size.limit) throw wrongLength(chunk.size, size.limit);
	if (chunk.isStored) return bytes.subarray(HEADER_BYTES);
	const target = allocate(chunk.size);
	const done = andThen(decompressorOf(chunk.format, libraries), (decompress) =>
		decompressBlocks(bytes, chunk, target, decompress),
	);
	return andThen(done, () => target);
}

function decompressorOf(format: Format, { lz4, zstd, zlib }: BloscLibraries): MaybePromise<Decompress> {
	switch (format) {
		case "blosclz":
			return filling(format, decompressBloscLz);
		case "snappy":
			return filling(format, decompressSnappy);
		case "lz4":
			return andThen(lz4(), (library) => library.decompress);
		case "zlib":
			return andThen(
				zlib(),
				(library): Decompress =>
					(stream, target) =>
						copied(library, stream, target),
			);
		case "zstd":
			return andThen(
				zstd(),
				(library): Decompress =>
					(stream, target) =>
						copied(library, stream, target),
			);
	}
}

function filling(format: Format, fill: (stream: Uint8Array, target: Uint8Array) => boolean): Decompress {
	return (stream, target) => {
		if (!fill(stream, target)) throw corrupt("blosc", `a block is no ${format} stream of ${target.length} bytes`);
	};
}

interface Expanding {
	decompress(bytes: Uint8Array, size: EncodedSize, allocate?: Allocate): MaybePromise<Uint8Array>;
}

/** Through a library that may put its result elsewhere. */
function copied(library: Expanding, stream: Uint8Array, target: Uint8Array): MaybePromise<void> {
	const size = { limit: target.length, exact: true };
	return andThen(
		library.decompress(stream, size, () => target),
		(result) => {
			if (result.length !== target.length) throw wrongLength(result.length, target.length);
			const isThere = result.buffer === target.buffer && result.byteOffset === target.byteOffset;
			if (!isThere) target.set(result);
		},
	);
}

/** One after the other, over one piece of memory for what is still shuffled. */
function decompressBlocks(
	bytes: Uint8Array,
	chunk: Chunk,
	target: Uint8Array,
	decompress: Decompress,
): MaybePromise<void> {
	const restore = filterOf(chunk);
	const scratch = restore && spareBlock.take(chunk.blockSize);
	const done = inTurn(blockCount(chunk), (index) => {
		const start = index * chunk.blockSize;
		const block = target.subarray(start, start + chunk.blockSize);
		const shuffled = scratch?.subarray(0, block.length) ?? block;
		const streams = streamsOf(bytes, chunk, index, block.length);
		const done = inTurn(streams.length, (i) => {
			const stream = streams[i] as Uint8Array;
			const length = block.length / streams.length;
			const part = shuffled.subarray(i * length, (i + 1) * length);
			// A stream as long as what it holds is not compressed.
			return stream.length === length ? part.set(stream) : decompress(stream, part);
		});
		return andThen(done, () => restore?.(shuffled, block, chunk.typesize));
	});
	return andThen(done, () => scratch && spareBlock.give(scratch));
}

const spareBlock = new SpareMemory();

function filterOf({ shuffle, typesize, blockSize }: Chunk): Filter | undefined {
	if (shuffle === "shuffle") return typesize > 1 ? unshuffle : undefined;
	return shuffle === "bitshuffle" && blockSize >= typesize ? bitunshuffle : undefined;
}

/** Calls `run` for 0 to `count - 1`, each when the one before is done: at once, as long as none is a promise. */
function inTurn(count: number, run: (index: number) => MaybePromise<void>): MaybePromise<void> {
	for (let i = 0; i < count; i++) {
		const done = run(i);
		if (done instanceof Promise) return remaining(done, i + 1);
	}
	async function remaining(done: Promise<void>, next: number): Promise<void> {
		await done;
		for (let i = next; i < count; i++) await run(i);
	}
}
