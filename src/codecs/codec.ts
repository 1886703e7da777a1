/**
 * The three kinds of codec of Zarr v3 (core specification 3.1, "Codecs"), and what each sees. A chunk goes to the store
 * through array → array codecs, exactly one array → bytes codec, then bytes → bytes codecs; and back in reverse.
 */
import type { DataType, Values } from "../format/data-types.js";
import type { PartChoice } from "../selection/parts.js";
import type { Region } from "../selection/plan.js";

/** What a codec knows of the chunks it handles. Shapes count elements; complex parts are no axis here. */
export interface ChunkSpec {
	readonly shape: readonly number[];
	readonly dtype: DataType;
	/** One element of presented entries (`dtype.components` of them), in `dtype.Array`. */
	readonly fill: Values;
}

/**
 * The values of one chunk: a strided view of presented entries. Strides and offset count entries of `data`; the components of
 * one element lie side by side. A transposition is a change of strides, no copy.
 */
export interface ChunkData {
	readonly data: Values;
	readonly shape: readonly number[];
	readonly stride: readonly number[];
	readonly offset: number;
}

export type MaybePromise<T> = T | Promise<T>;

/** Gives memory of so many bytes for a result. It may hold others' bytes. */
export type Allocate = (length: number) => Uint8Array;

/** How many bytes an encoding takes. */
export interface EncodedSize {
	/** No well-formed encoding takes more; whoever decodes into it stops here, so that a small object cannot fill the memory. */
	readonly limit: number;
	/** Every well-formed encoding takes exactly `limit`. */
	readonly exact: boolean;
}

export interface ArrayToArrayCodec {
	readonly kind: "array-to-array";
	readonly name: string;
	/** The spec of what `encode` returns. */
	readonly encodedSpec: ChunkSpec;
	/**
	 * Where the codec only reorders axes: axis `d` of the encoded chunk is axis `axes[d]` of the decoded one. Such a codec takes chunks
	 * of any shape, so that parts of a chunk can be read through it. Undefined where values change.
	 */
	readonly axes: readonly number[] | undefined;
	encode(chunk: ChunkData): MaybePromise<ChunkData>;
	decode(chunk: ChunkData): MaybePromise<ChunkData>;
}

/** A part of an object, in bytes: from `offset`, or the last `suffix`. */
export type SourceRange = { readonly offset: number; readonly length: number } | { readonly suffix: number };

/** Which ranges of an object are asked for: bytes. */
export interface ReadRanges {
	/** So much between two parts, or less, is read over. */
	readonly gap: number;
	/** A range that holds several parts takes no more; another one begins. */
	readonly cap: number;
}

/** What came of a read. */
export interface SourceParts {
	/** One byte string per range, in the order asked. */
	readonly parts: readonly Uint8Array[];
	/** Bytes of the whole object. */
	readonly size: number;
}

/** Bytes of one stored object in one version, read as they are needed. */
export interface ByteSource {
	/**
	 * A range that reaches past the end is cut there. Undefined where the object does not exist. Each call answers from the same version,
	 * else it throws CONFLICT.
	 */
	read(ranges: readonly SourceRange[], options?: SourceReadOptions): Promise<SourceParts | undefined>;
	/** The whole object. */
	readAll(): Promise<Uint8Array | undefined>;
	/** What to ask of this source; the codec's own idea where it is left out. */
	readonly ranges?: ReadRanges | undefined;
	/** What earlier reads found out about this version. */
	readonly notes?: SourceNotes | undefined;
}

export interface SourceReadOptions {
	/** The parts are looked at before the next read only, so that they may lie in memory that is used again. */
	readonly isBrief?: boolean | undefined;
}

/** What is known of one version of an object. Whoever gets a note reads from that version from then on. */
export interface SourceNotes {
	get(): unknown;
	/** @param bytes that the note takes in memory */
	set(note: unknown, bytes: number): void;
}

/** Receives the decoded pieces of a partial read. */
export interface PartSink {
	/** `region` selects within `chunk`; where it lands is the region's own matter. */
	values(chunk: ChunkData, region: Region): void;
	/** The region is not stored: it is all fill value. */
	missing(region: Region): void;
	/** Memory for the values of the next piece, free again when `values` returns. */
	readonly memory?: Allocate | undefined;
}

/** A chunk whose parts are encoded each on its own, so that some of them change while the others stay as they are stored. */
export interface PartialCoding {
	/** Of one part; it divides the chunk's. */
	readonly shape: readonly number[];
	/** What `readParts` of so many parts asks of a source of which it knows nothing yet, if nothing compresses. */
	costOf(parts: number, ranges?: ReadRanges): PartialCost;
	/** What it then reads between the parts of a region, within ranges of several: bytes. */
	gapsOf(region: Region, ranges?: ReadRanges): number;
	/** Reads parts in two steps; undefined where they have parts themselves, which are read one after the other. */
	readonly inTwoSteps: TwoStepReading | undefined;
	/** Decodes the chosen parts of an encoded chunk into their places in `chunk`, which is all zero; without `encoded`, all are fill value. */
	decodeInto(chunk: ChunkData, chosen: PartChoice, encoded: Uint8Array | undefined): Promise<void>;
	/**
	 * Encodes the chosen parts of `chunk` and takes the others over from `encoded`. The result is memory of its own; undefined where
	 * everything is fill value.
	 */
	encodeFrom(chunk: ChunkData, chosen: PartChoice, encoded: Uint8Array | undefined): Promise<Uint8Array | undefined>;
	/**
	 * Decodes every stored part by itself, one after the other.
	 * @throws StoreError CORRUPT where it cannot be told which parts there are
	 */
	check(encoded: Uint8Array): Promise<CheckedParts>;
	/** The parts of an encoded chunk, each decoded when it is asked for. */
	partsOf(encoded: Uint8Array): Promise<PartValues>;
	/** Encodes a chunk of which every part is asked for once, in row-major order; undefined where everything is fill value. */
	encodeParts(values: PartValues): Promise<Uint8Array | undefined>;
}

/** What `readParts` does, so that several threads decode what one of them has fetched. */
export interface TwoStepReading {
	/**
	 * Fetches what a region needs; undefined where the object does not exist.
	 * @param room memory for what comes in ranges
	 */
	fetch(source: ByteSource, region: Region, room: Allocate): Promise<FetchedParts | undefined>;
	/**
	 * Decodes parts of what was fetched for `region`.
	 * @param take gives the number of the next part to decode, in the plan of the region; one beyond the last ends it
	 */
	decode(fetched: FetchedParts, region: Region, take: () => number, sink: PartSink): Promise<void>;
}

/** The parts of a region as they are stored, all of one version: plain data. */
export interface FetchedParts {
	readonly bytes: Uint8Array;
	/** Where in `bytes` each part lies: offset and length, the latter −1 where it is not stored. */
	readonly extents: Float64Array;
}

/** What came of decoding every stored part of a chunk. */
export interface CheckedParts {
	/** How many there are, damaged ones included. */
	readonly stored: number;
	readonly damaged: readonly DamagedPart[];
}

export interface DamagedPart {
	/** Within the chunk. */
	readonly coords: readonly number[];
	/** Its size as it is encoded. */
	readonly bytes: number;
	/** A StoreError CORRUPT. */
	readonly error: Error;
}

/** The values of one part by its position in the grid of parts, borrowed until the next is asked for; undefined for what is not stored. */
export type PartValues = (coords: readonly number[]) => MaybePromise<ChunkData | undefined>;

export interface PartialCost {
	/** Reads, one after the other. */
	readonly requests: number;
	/** Bytes fetched, without what lies between the parts. */
	readonly bytes: number;
	/** Bytes fetched, wherever the parts lie. */
	readonly mostBytes: number;
}

export interface ArrayToBytesCodec {
	readonly kind: "array-to-bytes";
	readonly name: string;
	readonly encodedSize: EncodedSize;
	/** True where a decoded chunk is the bytes themselves, seen in row-major order. */
	readonly isInPlace: boolean;
	/** Undefined where a chunk is encoded as one. Where not, `readParts` fetches less than the whole object for a small region. */
	readonly parts: PartialCoding | undefined;
	/**
	 * The result may be a view of the chunk's own memory; `fresh` memory is asked for where it will be kept. The chunk must not change
	 * before the result is there.
	 */
	encode(chunk: ChunkData, options: { readonly fresh: boolean }): MaybePromise<Uint8Array>;
	/**
	 * The result may be a view of `bytes`.
	 *
	 * @throws StoreError CORRUPT where `bytes` is no encoding of a chunk, its length included
	 */
	decode(bytes: Uint8Array): MaybePromise<ChunkData>;
	/** Reads `region` of a chunk, fetching only the bytes it needs; false where the object does not exist. */
	readParts(source: ByteSource, region: Region, sink: PartSink): Promise<boolean>;
}

export interface BytesToBytesCodec {
	readonly kind: "bytes-to-bytes";
	readonly name: string;
	/** What bytes of size `decoded` become. */
	encodedSize(decoded: EncodedSize): EncodedSize;
	/** The result is memory of its own, never a view of `bytes`. */
	encode(bytes: Uint8Array): MaybePromise<Uint8Array>;
	/**
	 * The result may be a view of `bytes`.
	 *
	 * @param size of the result: a codec that expands bytes stops beyond `size.limit`
	 * @param allocate where the result goes, for a codec that can be told; others make their own memory
	 * @throws StoreError CORRUPT
	 */
	decode(bytes: Uint8Array, size: EncodedSize, allocate?: Allocate): MaybePromise<Uint8Array>;
}

export type Codec = ArrayToArrayCodec | ArrayToBytesCodec | BytesToBytesCodec;

/** One entry of the metadata's `codecs`. */
export interface CodecConfiguration {
	readonly name: string;
	readonly configuration?: Configuration | undefined;
}

/** The codecs of an array in a row: values to the bytes of one stored object, and back. */
export interface Pipeline {
	/** Bytes of every encoded chunk; undefined where it varies. */
	readonly encodedSize: number | undefined;
	/** No well-formed encoded chunk takes more bytes. */
	readonly largestSize: number;
	/** Undefined where a chunk can only be read and written whole. Where not, `readParts` fetches less for a small region. */
	readonly parts: PartialCoding | undefined;
	/** Shape of the chunks within the chunk (sharding), whether they can be read apart or not. */
	readonly innerShape: readonly number[] | undefined;
	/** True where values lie in memory, row-major, as the last codec's bytes do: memory that is given to `decode` then holds the values. */
	readonly isInPlace: boolean;
	/** True where the bytes are the values themselves, so that encoding and decoding are no work. */
	readonly isRaw: boolean;
	/** With `fresh` the result is memory of its own; without, it may be a view of the chunk's, which must not change meanwhile. */
	encode(chunk: ChunkData, options: { readonly fresh: boolean }): MaybePromise<Uint8Array>;
	/**
	 * The result may be a view of `bytes`; it is never a promise where no codec needs one.
	 *
	 * @param allocate memory that the result may lie in
	 * @throws StoreError CORRUPT
	 */
	decode(bytes: Uint8Array, allocate?: Allocate): MaybePromise<ChunkData>;
	/** Reads `region` of a chunk into `sink`; false where the object does not exist. */
	readParts(source: ByteSource, region: Region, sink: PartSink): Promise<boolean>;
}

/** @throws StoreError INVALID_ARGUMENT, UNSUPPORTED */
export type BuildPipeline = (codecs: readonly CodecConfiguration[], spec: ChunkSpec) => Pipeline;

/** A codec's settings as the metadata has them. */
export type Configuration = { readonly [member: string]: unknown };

/**
 * A codec as the registry knows it: `parse` validates the settings for chunks of `spec` without loading what encodes; libraries are
 * loaded by the first `encode` or `decode`.
 */
export interface CodecFactory {
	readonly name: string;
	readonly kind: Codec["kind"];
	/**
	 * @param build makes the pipelines of codecs that have codecs of their own (sharding)
	 * @throws StoreError INVALID_ARGUMENT naming the member that is wrong
	 */
	parse(configuration: Configuration, spec: ChunkSpec, build: BuildPipeline): Codec;
}
