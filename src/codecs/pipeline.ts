import { StoreError } from "../errors.js";
import type {
	Allocate,
	ArrayToArrayCodec,
	ArrayToBytesCodec,
	BytesToBytesCodec,
	ChunkData,
	ChunkSpec,
	CodecConfiguration,
	EncodedSize,
	MaybePromise,
	Pipeline,
} from "./codec.js";
import { andThen } from "./maybe-promise.js";
import { readThrough, turnedParts } from "./read-through.js";
import { readWhole } from "./read-whole.js";
import { codecFactory } from "./registry.js";

export type { Pipeline } from "./codec.js";

/**
 * The codecs of an array in a row, checked: their order, their names, their settings. Nothing heavy is loaded before the first chunk is
 * encoded or decoded.
 *
 * @throws StoreError INVALID_ARGUMENT, UNSUPPORTED
 */
export function pipeline(codecs: readonly CodecConfiguration[], spec: ChunkSpec): Pipeline {
	const stages = parseStages(codecs, spec);
	const { arrays, core, compressors } = stages;
	const sizes = sizesOf(core, compressors);
	const encoded = sizes[compressors.length] as EncodedSize;
	const plain = arrays.length === 0 && compressors.length === 0;
	const decodeBytes = (bytes: Uint8Array, allocate?: Allocate): MaybePromise<Uint8Array> =>
		decompress({ compressors, sizes, allocate }, bytes);
	const decode = plain
		? (bytes: Uint8Array): MaybePromise<ChunkData> => core.decode(bytes)
		: (bytes: Uint8Array, allocate?: Allocate): MaybePromise<ChunkData> =>
				restore(
					arrays,
					andThen(decodeBytes(bytes, allocate), (content) => core.decode(content)),
				);
	const parts = arrays.every((codec) => codec.axes !== undefined) ? turnedParts(arrays, core.parts) : undefined;
	return {
		encodedSize: encoded.exact ? encoded.limit : undefined,
		largestSize: encoded.limit,
		isInPlace: arrays.length === 0 && core.isInPlace,
		isRaw: plain && core.encodedSize.exact,
		parts: compressors.length === 0 ? parts : undefined,
		innerShape: parts?.shape,
		encode: (chunk, options) => encode(stages, chunk, options),
		decode,
		readParts: (source, region, sink) =>
			parts === undefined
				? readWhole({ decode }, source, region, sink)
				: readThrough({ ...stages, decodeBytes }, source, region, sink),
	};
}

/** The codecs by kind, in the order in which they encode. */
interface Stages {
	readonly arrays: readonly ArrayToArrayCodec[];
	readonly core: ArrayToBytesCodec;
	readonly compressors: readonly BytesToBytesCodec[];
}

function parseStages(codecs: readonly CodecConfiguration[], spec: ChunkSpec): Stages {
	const arrays: ArrayToArrayCodec[] = [];
	const compressors: BytesToBytesCodec[] = [];
	let core: ArrayToBytesCodec | undefined;
	let current = spec;
	for (const { name, configuration } of codecs) {
		const codec = codecFactory(name).parse(configuration ?? {}, current, pipeline);
		if (codec.kind === "bytes-to-bytes") {
			if (core === undefined) throw misplaced(name, "bytes, but what comes before it gives an array", codecs);
			compressors.push(codec);
			continue;
		}
		if (core !== undefined) throw misplaced(name, `an array, but ${core.name} before it gives bytes`, codecs);
		if (codec.kind === "array-to-bytes") core = codec;
		else {
			arrays.push(codec);
			current = checkedSpec(codec);
		}
	}
	if (core !== undefined) return { arrays, core, compressors };
	throw new StoreError(
		"INVALID_ARGUMENT",
		`codecs ${list(codecs)}: one of them must turn the array into bytes, e.g. bytes`,
	);
}

/** Bytes in memory; no array of the runtime is larger. */
const LARGEST_CHUNK = 2 ** 32;

/** Codecs can make values wider than the chunk was that somebody has checked. */
function checkedSpec({ name, encodedSpec }: ArrayToArrayCodec): ChunkSpec {
	const { shape, dtype } = encodedSpec;
	const bytes = shape.reduce((product, length) => product * length, dtype.components * dtype.Array.BYTES_PER_ELEMENT);
	if (bytes <= LARGEST_CHUNK) return encodedSpec;
	throw new StoreError(
		"TOO_LARGE",
		`codec ${name}: one chunk takes ${bytes} bytes in memory: 4 GiB at most can be opened`,
	);
}

function misplaced(name: string, takes: string, codecs: readonly CodecConfiguration[]): StoreError {
	return new StoreError("INVALID_ARGUMENT", `codecs ${list(codecs)}: ${name} takes ${takes}`);
}

function list(codecs: readonly CodecConfiguration[]): string {
	return `[${codecs.map(({ name }) => name).join(", ")}]`;
}

/** Bytes that any compressor may add to what does not compress, header and trailer included, beside doubling it. */
const OVERHEAD = 65536;

/**
 * Entry `i` is the size of what compressor `i` takes, the last that of the stored object. Each compressor allows for twice what it is given,
 * which one after another would add up to anything: no well-formed chunk grows twice.
 */
function sizesOf(core: ArrayToBytesCodec, compressors: readonly BytesToBytesCodec[]): EncodedSize[] {
	const sizes = [core.encodedSize];
	for (const [i, codec] of compressors.entries()) {
		const { limit, exact } = codec.encodedSize(sizes[i] as EncodedSize);
		const most = 2 * core.encodedSize.limit + (i + 1) * OVERHEAD;
		sizes.push({ limit: exact ? limit : Math.min(limit, most), exact });
	}
	return sizes;
}

function encode(
	{ arrays, core, compressors }: Stages,
	chunk: ChunkData,
	{ fresh }: { readonly fresh: boolean },
): MaybePromise<Uint8Array> {
	let values: MaybePromise<ChunkData> = chunk;
	for (const codec of arrays) values = andThen(values, (input) => codec.encode(input));
	// A compressor's result is always fresh, so what goes into it need not be.
	const options = { fresh: fresh && compressors.length === 0 };
	let bytes = andThen(values, (input) => core.encode(input, options));
	for (const codec of compressors) bytes = andThen(bytes, (input) => codec.encode(input));
	return bytes;
}

interface Decompression {
	readonly compressors: readonly BytesToBytesCodec[];
	readonly sizes: readonly EncodedSize[];
	/** Memory for the last result. */
	readonly allocate: Allocate | undefined;
}

function decompress({ compressors, sizes, allocate }: Decompression, stored: Uint8Array): MaybePromise<Uint8Array> {
	let bytes: MaybePromise<Uint8Array> = stored;
	for (let i = compressors.length - 1; i >= 0; i--) {
		const codec = compressors[i] as BytesToBytesCodec;
		const size = sizes[i] as EncodedSize;
		bytes = andThen(bytes, (input) => codec.decode(input, size, i === 0 ? allocate : undefined));
	}
	return bytes;
}

function restore(arrays: readonly ArrayToArrayCodec[], encoded: MaybePromise<ChunkData>): MaybePromise<ChunkData> {
	let chunk = encoded;
	for (let i = arrays.length - 1; i >= 0; i--) {
		const codec = arrays[i] as ArrayToArrayCodec;
		chunk = andThen(chunk, (input) => codec.decode(input));
	}
	return chunk;
}
