import { createXXHash64 } from "hash-wasm";
import ZstdCodec from "numcodecs/zstd";
import { isStoreError, StoreError } from "../../errors.js";
import type { EncodedSize } from "../codec.js";
import { tooLong } from "../corrupt.js";
import { joined } from "../memory.js";
import { checkModuleMemory } from "../module-memory.js";
import { decompressionFailure } from "./failure.js";
import { type Frame, framesOf, withChecksum, withContentSize } from "./frame.js";
import type { Zstd } from "./library.js";

/** zstd as WebAssembly: everywhere, and some five times slower than the addon. */
export async function wasmZstd(): Promise<Zstd> {
	const hasher = await createXXHash64();
	const decoder = ZstdCodec.fromConfig({ id: "zstd" });
	return {
		async compress(bytes, { level, checksum }) {
			checkModuleMemory("zstd", bytes.length, ADVICE);
			const encoder = ZstdCodec.fromConfig({ id: "zstd", level: supportedLevel(level) });
			const frame = await permitted(() => encoder.encode(bytes));
			if (!checksum) return frame;
			const hash = hasher.init().update(bytes).digest("binary");
			return withChecksum(frame, new DataView(hash.buffer).getUint32(4));
		},
		async decompress(bytes, size) {
			const frames = framesOf(bytes);
			const results: Uint8Array[] = [];
			const bare = bounded(bytes, frames, size);
			for (const frame of frames) checkModuleMemory("zstd", largestPart(frame, size), ADVICE);
			for (const frame of bare) results.push(await decompress(decoder, frame, size));
			return joined(results);
		},
	};
}

/** Bytes that go into the module or come out of it, whichever are more. */
function largestPart({ start, end, contentSize, bound }: Frame, { limit, exact }: EncodedSize): number {
	return Math.max(end - start, contentSize ?? (exact ? limit : bound));
}

const ADVICE = "install zstd-napi, use Node 22.15 or later, or smaller chunks";

const DEFAULT_LEVEL = 3;

/** The module was built without levels below 1. The level has no bearing on reading. */
function supportedLevel(level: number): number {
	return level === 0 ? DEFAULT_LEVEL : Math.max(1, level);
}

/** By how much frames that do not tell their size may seem to exceed it: they are judged by their number of blocks. */
const BOUND_SLACK = 1024 * 1024;

/**
 * The frames, none of which decompresses to much more than the limit. The module takes no limit itself, but trusts the content size that
 * a frame tells, so a frame that tells none is given the one it must have.
 */
function bounded(bytes: Uint8Array, frames: readonly Frame[], { limit, exact }: EncodedSize): Uint8Array[] {
	const told = frames.reduce((sum, frame) => sum + (frame.contentSize ?? 0), 0);
	if (told > limit) throw tooLong(limit);
	const untold = frames.filter((frame) => frame.contentSize === undefined);
	const bound = untold.reduce((sum, frame) => sum + frame.bound, told);
	const bare = (frame: Frame): Uint8Array => bytes.subarray(frame.start, frame.end);
	if (exact && untold.length === 1)
		return frames.map((frame) =>
			frame.contentSize === undefined ? withContentSize(bytes, frame, limit - told) : bare(frame),
		);
	if (bound > 2 * limit + BOUND_SLACK) throw tooLong(limit);
	return frames.map(bare);
}

async function decompress(
	decoder: { decode(frame: Uint8Array): unknown },
	frame: Uint8Array,
	size: EncodedSize,
): Promise<Uint8Array> {
	try {
		return (await permitted(() => decoder.decode(frame))) as Uint8Array;
	} catch (error) {
		throw isStoreError(error) ? error : decompressionFailure(error, size);
	}
}

/** The module makes code of text when it starts, which a page may forbid; that says nothing of the bytes. */
async function permitted<T>(work: () => T | Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		if (!(error instanceof EvalError)) throw error;
		const advice = "allow 'unsafe-eval' in its content security policy, or use codecs such as gzip";
		throw new StoreError("UNSUPPORTED", `this page forbids what zstd needs here: ${advice}`, { cause: error });
	}
}
