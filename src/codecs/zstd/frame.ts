/**
 * The outside of Zstandard frames (RFC 8878, section 3.1): where they begin and end and how much they may hold. Nothing is
 * decompressed, so this is cheap, and tells a bomb or a cut object from its headers.
 */
import { corrupt } from "../corrupt.js";

export interface Frame {
	/** The frame is `bytes[start … end)`. */
	readonly start: number;
	readonly end: number;
	/** Where the frame header ends; the content size, if there, comes last in it. */
	readonly headerEnd: number;
	/** Bytes that the frame decompresses to, as its header says; undefined where it does not. */
	readonly contentSize: number | undefined;
	/** The frame decompresses to no more bytes than this. */
	readonly bound: number;
}

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_BLOCK_BYTES = 128 * 1024;
const CHECKSUM_BYTES = 4;

/**
 * The frames that hold data, in order; skippable frames are left out.
 *
 * @throws StoreError CORRUPT where the bytes are no whole number of frames
 */
export function framesOf(bytes: Uint8Array): Frame[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const frames: Frame[] = [];
	try {
		for (let at = 0; at < bytes.length; ) {
			const magic = view.getUint32(at, true);
			if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) {
				at += 8 + view.getUint32(at + 4, true);
			} else if (magic === MAGIC) {
				const frame = frameAt(view, at);
				frames.push(frame);
				at = frame.end;
			} else throw corrupt("zstd", `no frame begins at byte ${at}`);
			if (at > bytes.length) throw new RangeError();
		}
	} catch (error) {
		if (error instanceof RangeError) throw corrupt("zstd", "the bytes end early");
		throw error;
	}
	return frames;
}

/** Reading past the end is a RangeError. */
function frameAt(view: DataView, start: number): Frame {
	const descriptor = view.getUint8(start + 4);
	if (descriptor & 0b1000) throw corrupt("zstd", "a reserved bit is set");
	const singleSegment = (descriptor & 0b100000) !== 0;
	let at = start + 5;
	const window = singleSegment ? Number.POSITIVE_INFINITY : windowSize(view.getUint8(at++));
	at += [0, 1, 2, 4][descriptor & 0b11] as number;
	const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
	const contentSize = contentSizeAt(view, at, sizeBytes);
	const headerEnd = at + sizeBytes;
	const blocks = walkBlocks(view, headerEnd, Math.min(window, MAX_BLOCK_BYTES));
	const end = blocks.end + (descriptor & 0b100 ? CHECKSUM_BYTES : 0);
	if (end > view.byteLength) throw new RangeError();
	if (contentSize !== undefined && contentSize > blocks.bound)
		throw corrupt("zstd", `a frame tells ${contentSize} bytes, its blocks hold ${blocks.bound} at most`);
	return { start, end, headerEnd, contentSize, bound: contentSize ?? blocks.bound };
}

function windowSize(descriptor: number): number {
	const base = 2 ** (10 + (descriptor >> 3));
	return base + (base / 8) * (descriptor & 7);
}

function contentSizeAt(view: DataView, at: number, sizeBytes: number): number | undefined {
	if (sizeBytes === 1) return view.getUint8(at);
	if (sizeBytes === 2) return view.getUint16(at, true) + 256;
	if (sizeBytes === 4) return view.getUint32(at, true);
	if (sizeBytes === 8) return Number(view.getBigUint64(at, true));
	return undefined;
}

const RLE_BLOCK = 1;
const COMPRESSED_BLOCK = 2;

/** Blocks are a header of 3 bytes (last, type, size) and a body. */
function walkBlocks(view: DataView, start: number, maxBlock: number): { end: number; bound: number } {
	let at = start;
	let bound = 0;
	for (;;) {
		const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
		const type = (header >> 1) & 0b11;
		const size = header >> 3;
		at += 3 + (type === RLE_BLOCK ? 1 : size);
		bound += type === COMPRESSED_BLOCK ? maxBlock : size;
		if (header & 1) return { end: at, bound };
	}
}

/** The frame again, with a header that says how much it holds, so that a decoder accepts that much and no other. */
export function withContentSize(bytes: Uint8Array, frame: Frame, contentSize: number): Uint8Array {
	const header = frame.headerEnd - frame.start;
	const result = new Uint8Array(frame.end - frame.start + 8);
	result.set(bytes.subarray(frame.start, frame.headerEnd));
	result[4] = (result[4] as number) | 0b11000000;
	new DataView(result.buffer).setBigUint64(header, BigInt(contentSize), true);
	result.set(bytes.subarray(frame.headerEnd, frame.end), header + 8);
	return result;
}

/** The one frame with a checksum added: the low 4 bytes, little-endian, of its content's XXH64 with seed 0. */
export function withChecksum(frame: Uint8Array, checksum: number): Uint8Array {
	const result = new Uint8Array(frame.length + CHECKSUM_BYTES);
	result.set(frame);
	result[4] = (result[4] as number) | 0b100;
	new DataView(result.buffer).setUint32(frame.length, checksum, true);
	return result;
}
