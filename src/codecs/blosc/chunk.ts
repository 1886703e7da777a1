/**
 * The container of blosc 1 (c-blosc, README_CHUNK_FORMAT): a header of 16 bytes, the place of every block, and per block one stream, or one
 * per byte of an element ("split"), each with its length before it.
 */
import { corrupt } from "../corrupt.js";

/** How the streams are compressed: bits 5 to 7 of the flags. */
export const FORMATS = ["blosclz", "lz4", "snappy", "zlib", "zstd"] as const;
export type Format = (typeof FORMATS)[number];

export type Shuffle = "noshuffle" | "shuffle" | "bitshuffle";

export interface Chunk {
	readonly format: Format;
	readonly shuffle: Shuffle;
	readonly typesize: number;
	/** Decompressed bytes of the chunk. */
	readonly size: number;
	/** Decompressed bytes of every block but the last, which may have fewer. */
	readonly blockSize: number;
	/** The chunk's bytes follow the header as they are. */
	readonly isStored: boolean;
	readonly splitsBlocks: boolean;
}

export const HEADER_BYTES = 16;
const VERSION = 2;
const SHUFFLE = 1;
const STORED = 2;
const BITSHUFFLE = 4;
const RESERVED = 8;
const UNSPLIT = 16;
const FORMAT_SHIFT = 5;

/** What the header says of the chunk, so far as it can be true of so many bytes. */
export function parseChunk(bytes: Uint8Array): Chunk {
	if (bytes.length < HEADER_BYTES) throw corrupt("blosc", `${bytes.length} bytes are too few for a header`);
	const view = viewOf(bytes);
	const flags = view.getUint8(2);
	const [size, blockSize, stored] = [4, 8, 12].map((at) => view.getUint32(at, true)) as [number, number, number];
	const format = FORMATS[flags >> FORMAT_SHIFT];
	const isStored = (flags & STORED) !== 0;
	if (view.getUint8(0) !== VERSION) throw corrupt("blosc", `format version ${view.getUint8(0)}, ${VERSION} expected`);
	if (format === undefined || flags & RESERVED) throw corrupt("blosc", `unknown flags 0x${flags.toString(16)}`);
	if (stored > bytes.length) throw corrupt("blosc", `the bytes end early: ${bytes.length} of ${stored}`);
	if (stored !== bytes.length) throw corrupt("blosc", `${bytes.length} bytes, ${stored} according to the header`);
	if (isStored && size !== stored - HEADER_BYTES) throw corrupt("blosc", `${size} bytes cannot be stored in ${stored}`);
	const typesize = view.getUint8(3);
	if (typesize === 0 || blockSize === 0) throw corrupt("blosc", "elements or blocks of no bytes");
	if (size > 0 && blockSize > size) throw corrupt("blosc", `blocks of ${blockSize} bytes in a chunk of ${size}`);
	const shuffle = flags & SHUFFLE ? "shuffle" : flags & BITSHUFFLE ? "bitshuffle" : "noshuffle";
	const chunk = { format, shuffle, typesize, size, blockSize, isStored, splitsBlocks: !(flags & UNSPLIT) } as const;
	if (!isStored && HEADER_BYTES + 4 * blockCount(chunk) > stored) throw corrupt("blosc", "the table of blocks is cut");
	return chunk;
}

export function blockCount({ size, blockSize }: Pick<Chunk, "size" | "blockSize">): number {
	return Math.ceil(size / blockSize);
}

/** Blocks of larger elements are never split. */
export const MAX_SPLITS = 16;
const LEAST_SPLIT_BYTES = 128;

/** Blocks of fewer bytes per byte of an element are never split. */
export function canSplit({ typesize, blockSize }: Pick<Chunk, "typesize" | "blockSize">): boolean {
	return typesize <= MAX_SPLITS && Math.floor(blockSize / typesize) >= LEAST_SPLIT_BYTES;
}

/** In how many streams of one length a block of so many bytes is stored; the last block, where it is shorter, is one. */
export function streamCount(chunk: Pick<Chunk, "splitsBlocks" | "typesize" | "blockSize">, length: number): number {
	return chunk.splitsBlocks && length === chunk.blockSize && canSplit(chunk) ? chunk.typesize : 1;
}

/**
 * The streams of block `index`, which decompresses to `length` bytes in all.
 *
 * @throws StoreError CORRUPT where they do not lie within the chunk
 */
export function streamsOf(bytes: Uint8Array, chunk: Chunk, index: number, length: number): Uint8Array[] {
	const count = streamCount(chunk, length);
	if (length % count !== 0) throw corrupt("blosc", `a block of ${length} bytes in ${count} streams`);
	const view = viewOf(bytes);
	let at = view.getUint32(HEADER_BYTES + 4 * index, true);
	return Array.from({ length: count }, () => {
		const start = at + 4;
		const end = start > bytes.length ? Number.POSITIVE_INFINITY : start + view.getUint32(at, true);
		if (end > bytes.length) throw corrupt("blosc", `block ${index} reaches past the end`);
		at = end;
		return bytes.subarray(start, end);
	});
}

/** What the header of a new chunk says. */
export type ChunkHeader = Omit<Chunk, "isStored">;

/** Bytes of a chunk of these streams. */
export function chunkLength(header: ChunkHeader, streams: readonly Uint8Array[]): number {
	return streams.reduce((sum, stream) => sum + 4 + stream.length, tableEnd(header));
}

function tableEnd(header: ChunkHeader): number {
	return HEADER_BYTES + 4 * blockCount(header);
}

/** A chunk of these streams, block after block. */
export function chunkOf(header: ChunkHeader, streams: readonly Uint8Array[]): Uint8Array {
	const { size, blockSize } = header;
	const bytes = new Uint8Array(chunkLength(header, streams));
	writeHeader(bytes, header, 0);
	const view = viewOf(bytes);
	let at = tableEnd(header);
	for (let index = 0, next = 0; index < blockCount(header); index++) {
		view.setUint32(HEADER_BYTES + 4 * index, at, true);
		const count = streamCount(header, Math.min(blockSize, size - index * blockSize));
		for (const stream of streams.slice(next, next + count)) {
			view.setUint32(at, stream.length, true);
			bytes.set(stream, at + 4);
			at += 4 + stream.length;
		}
		next += count;
	}
	return bytes;
}

/** A chunk that is not compressed. */
export function storedChunk(header: ChunkHeader, content: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(HEADER_BYTES + content.length);
	writeHeader(bytes, header, STORED);
	bytes.set(content, HEADER_BYTES);
	return bytes;
}

function writeHeader(bytes: Uint8Array, header: ChunkHeader, flags: number): void {
	const filter = { noshuffle: 0, shuffle: SHUFFLE, bitshuffle: BITSHUFFLE }[header.shuffle];
	const format = FORMATS.indexOf(header.format) << FORMAT_SHIFT;
	const unsplit = header.splitsBlocks ? 0 : UNSPLIT;
	bytes.set([VERSION, 1, flags | filter | format | unsplit, header.typesize]);
	const view = viewOf(bytes);
	view.setUint32(4, header.size, true);
	view.setUint32(8, header.blockSize, true);
	view.setUint32(12, bytes.length, true);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
	return new DataView(buffer, byteOffset, byteLength);
}
