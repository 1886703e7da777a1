import { StoreError } from "../../errors.js";
import { SpareMemory } from "../memory.js";
import { findQuickly } from "./find-quickly.js";
import { findThoroughly } from "./find-thoroughly.js";
import { compress, type Find, roomFor, type Writer } from "./matches.js";
import { bloscLzWriter } from "./write-blosclz.js";
import { lz4Writer } from "./write-lz4.js";
import { snappyWriter } from "./write-snappy.js";

/** The compressors of blosc that are no libraries of their own here. */
export type OwnCompressor = "blosclz" | "lz4" | "lz4hc" | "snappy";

/** By level, so that each is about as quick as LZ4's own, and gives as much. */
const ACCELERATIONS = [10, 10, 9, 8, 7, 6, 4, 3, 2, 1];
const ATTEMPTS = [1, 1, 2, 3, 4, 5, 12, 24, 64, 256];
/** As LZ4 has it. */
const PATIENCE = 6;
/** About as quick as Snappy's own. */
const SNAPPY_PACE = [3, 5] as const;

/** Bytes for the streams of all parts. */
export function roomForAll(parts: readonly Uint8Array[]): number {
	return parts.reduce((sum, { length }) => sum + roomFor(length), 0);
}

/** A stream for each part, in `room`; it may be longer than the part. */
export function compressParts(
	parts: readonly Uint8Array[],
	cname: OwnCompressor,
	clevel: number,
	room: Uint8Array,
): Uint8Array[] {
	const { find, writer } = compressorOf(cname, clevel);
	let at = 0;
	return parts.map((part) => {
		const rest = room.subarray(at);
		const stream = rest.subarray(0, compress(part, find, writer, rest));
		at += stream.length;
		return stream;
	});
}

/** LZ4's own limit (LZ4_MAX_INPUT_SIZE). */
const MOST_LZ4 = 0x7e000000;
/** LZ4's own limit (LZ4_ACCELERATION_MAX). */
const MOST_ACCELERATION = 65537;
const SIZE_BYTES = 4;

const spare = new SpareMemory();

/**
 * An LZ4 block with its decompressed size before it, 4 bytes little-endian, in memory of its own.
 *
 * @param acceleration 1 and more: the higher, the quicker and larger
 * @throws StoreError TOO_LARGE
 */
export function sizedLz4(bytes: Uint8Array, acceleration: number): Uint8Array {
	const { length } = bytes;
	if (length > MOST_LZ4)
		throw new StoreError("TOO_LARGE", `codec lz4 takes at most ${MOST_LZ4} bytes, not ${length}: use smaller chunks`);
	const room = spare.take(SIZE_BYTES + roomFor(length));
	new DataView(room.buffer, room.byteOffset).setUint32(0, length, true);
	const find = findQuickly(Math.min(acceleration, MOST_ACCELERATION), PATIENCE);
	const end = SIZE_BYTES + compress(bytes, find, lz4Writer, room.subarray(SIZE_BYTES));
	const block = room.slice(0, end);
	spare.give(room);
	return block;
}

function compressorOf(cname: OwnCompressor, clevel: number): { find: Find; writer: Writer } {
	switch (cname) {
		case "lz4":
			return { find: findQuickly(ACCELERATIONS[clevel] as number, PATIENCE), writer: lz4Writer };
		case "lz4hc":
			return { find: findThoroughly(ATTEMPTS[clevel] as number, Math.max(PATIENCE, clevel + 1)), writer: lz4Writer };
		case "blosclz":
			return { find: findQuickly(ACCELERATIONS[clevel] as number, PATIENCE), writer: bloscLzWriter };
		case "snappy":
			return { find: findQuickly(...SNAPPY_PACE), writer: snappyWriter };
	}
}
