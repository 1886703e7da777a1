/**
 * Entries of any length (zarr-extensions, codecs `vlen-utf8` and `vlen-bytes`; numcodecs' VLenUTF8 and VLenBytes): the number of entries,
 * then each as its length and its bytes. Numbers are 32 bits, little-endian.
 */
import { StoreError } from "../errors.js";
import { rowMajorStrides } from "../selection/region.js";
import type { ArrayToBytesCodec, ChunkData, ChunkSpec, CodecFactory } from "./codec.js";
import { checkMembers } from "./configuration.js";
import { corrupt } from "./corrupt.js";
import { entriesOf } from "./entries.js";
import { readWhole } from "./read-whole.js";

export const vlenUtf8: CodecFactory = vlen("vlen-utf8", "string", {
	weigh: (text) => 3 * (text as string).length,
	write: (text, into) => encoder.encodeInto(text as string, into).written,
	read: (bytes) => decodeText(bytes),
	broken: "no UTF-8",
});

export const vlenBytes: CodecFactory = vlen("vlen-bytes", "bytes", {
	weigh: (bytes) => (bytes as Uint8Array).length,
	write(bytes, into) {
		into.set(bytes as Uint8Array);
		return (bytes as Uint8Array).length;
	},
	read: (bytes) => new Uint8Array(bytes),
	broken: "no byte string",
});

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** How single entries become bytes. */
export interface EntryCoding {
	/** Bytes that an entry takes at most. */
	weigh(entry: unknown): number;
	/** Writes the entry and says how many bytes that took. */
	write(entry: unknown, into: Uint8Array): number;
	/** Throws where the bytes are no entry. */
	read(bytes: Uint8Array): unknown;
	/** What bytes are that are no entry. */
	readonly broken: string;
}

function vlen(name: string, dtype: string, coding: EntryCoding): CodecFactory {
	return {
		name,
		kind: "array-to-bytes",
		parse(configuration, spec): ArrayToBytesCodec {
			checkMembers(name, configuration, []);
			if (spec.dtype.name === dtype) return vlenCodec(name, spec, coding);
			throw new StoreError("INVALID_ARGUMENT", `codec ${name} takes values of ${dtype}, not of ${spec.dtype.name}`);
		},
	};
}

/** Bytes beyond which a chunk is taken for hostile: nothing in the metadata bounds text. */
export const sizeLimit = (entries: number): number => Math.min(2 ** 30, 2 ** 26 + 2 ** 16 * entries);

export function vlenCodec(name: string, spec: ChunkSpec, coding: EntryCoding): ArrayToBytesCodec {
	const { shape } = spec;
	const count = shape.reduce((product, length) => product * length, 1);
	const stride = rowMajorStrides(shape, 1);
	const codec: ArrayToBytesCodec = {
		kind: "array-to-bytes",
		name,
		encodedSize: { limit: sizeLimit(count), exact: false },
		isInPlace: false,
		parts: undefined,
		encode: (chunk) => encodeEntries(entriesOf(chunk, count), coding, sizeLimit(count)),
		decode: (bytes): ChunkData => ({ data: decodeEntries(bytes, { name, count, coding }), shape, stride, offset: 0 }),
		readParts: (source, region, sink) => readWhole(codec, source, region, sink),
	};
	return codec;
}

function encodeEntries(entries: readonly unknown[], coding: EntryCoding, limit: number): Uint8Array {
	let room = 4;
	for (const entry of entries) room += 4 + coding.weigh(entry);
	const bytes = new Uint8Array(Math.min(room, 3 * limit));
	const view = new DataView(bytes.buffer);
	view.setUint32(0, entries.length, true);
	let at = 4;
	for (const entry of entries) {
		const weight = coding.weigh(entry);
		if (at + 4 + weight > bytes.length && at + 4 + weight > limit) throw tooLarge(limit);
		const written = coding.write(entry, bytes.subarray(at + 4));
		view.setUint32(at, written, true);
		at += 4 + written;
	}
	if (at > limit) throw tooLarge(limit);
	return bytes.slice(0, at);
}

function tooLarge(limit: number): StoreError {
	return new StoreError("TOO_LARGE", `the values of one chunk take more than ${limit} bytes: use smaller chunks`);
}

interface Decoding {
	readonly name: string;
	readonly count: number;
	readonly coding: EntryCoding;
}

function decodeEntries(bytes: Uint8Array, { name, count, coding }: Decoding): unknown[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const announced = bytes.length < 4 ? undefined : view.getUint32(0, true);
	if (announced !== count)
		throw corrupt(name, `${announced === undefined ? "no number of" : announced} entries, ${count} expected`);
	const entries = new Array<unknown>(count);
	let at = 4;
	for (let i = 0; i < count; i++) {
		if (at + 4 > bytes.length) throw corrupt(name, `entry ${i} begins beyond the end`);
		const end = at + 4 + view.getUint32(at, true);
		if (end > bytes.length) throw corrupt(name, `entry ${i} reaches beyond the end`);
		entries[i] = readEntry(name, bytes.subarray(at + 4, end), coding);
		at = end;
	}
	if (at < bytes.length) throw corrupt(name, `${bytes.length - at} bytes follow the last entry`);
	return entries;
}

function readEntry(name: string, bytes: Uint8Array, coding: EntryCoding): unknown {
	try {
		return coding.read(bytes);
	} catch (error) {
		throw corrupt(name, `an entry is ${coding.broken}`, error);
	}
}

/** Below this many bytes a loop over ASCII is faster than the call of the decoder. */
const SHORT = 24;

function decodeText(bytes: Uint8Array): string {
	if (bytes.length <= SHORT) {
		let text = "";
		for (const byte of bytes) {
			if (byte > 0x7f) return decoder.decode(bytes.slice());
			text += String.fromCharCode(byte);
		}
		return text;
	}
	// Some runtimes refuse shared memory here.
	const isPlain = bytes.buffer instanceof ArrayBuffer;
	return decoder.decode(isPlain ? bytes : bytes.slice());
}
