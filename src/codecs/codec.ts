/**
 * The three kinds of codec of Zarr v3 (core specification 3.1, "Codecs"), and what each sees. A chunk goes to the store
 * through array → array codecs, exactly one array → bytes codec, then bytes → bytes codecs; and back in reverse.
 */
import type { DataType, TypedArray } from "../format/data-types.js";
import type { Region } from "../selection/plan.js";

/** What a codec knows of the chunks it handles. Shapes count elements; complex parts are no axis here. */
export interface ChunkSpec {
	readonly shape: readonly number[];
	readonly dtype: DataType;
	/** One element of presented entries (`dtype.components` of them), in `dtype.Array`. */
	readonly fill: TypedArray;
}

/**
 * The values of one chunk: a strided view of presented entries. Strides and offset count entries of `data`; the components of
 * one element lie side by side. A transposition is a change of strides, no copy.
 */
export interface ChunkData {
	readonly data: TypedArray;
	readonly shape: readonly number[];
	readonly stride: readonly number[];
	readonly offset: number;
}

export type MaybePromise<T> = T | Promise<T>;

export interface ArrayToArrayCodec {
	readonly kind: "array-to-array";
	readonly name: string;
	/** The spec of what `encode` returns. */
	readonly encodedSpec: ChunkSpec;
	encode(chunk: ChunkData): MaybePromise<ChunkData>;
	decode(chunk: ChunkData): MaybePromise<ChunkData>;
}

/** Bytes of one stored object in one version, read as they are needed. */
export interface ByteSource {
	/** Undefined where the object does not exist. Each call answers from the same version, else it throws CONFLICT. */
	read(
		ranges: readonly ({ offset: number; length: number } | { suffix: number })[],
	): Promise<readonly Uint8Array[] | undefined>;
	/** The whole object. */
	readAll(): Promise<Uint8Array | undefined>;
}

/** Receives the decoded pieces of a partial read. */
export interface PartSink {
	/** `region` selects within `chunk`; where it lands is the region's own matter. */
	values(chunk: ChunkData, region: Region): void;
	/** The region is not stored: it is all fill value. */
	missing(region: Region): void;
}

export interface ArrayToBytesCodec {
	readonly kind: "array-to-bytes";
	readonly name: string;
	/** Bytes of every encoded chunk, undefined where it varies. Lengths are checked against it. */
	readonly encodedSize: number | undefined;
	/** True where `readParts` fetches less than the whole object for a small region (sharding). */
	readonly readsParts: boolean;
	/** The result may be a view of the chunk's own memory; `fresh` memory is asked for where it will be kept. */
	encode(chunk: ChunkData, options: { readonly fresh: boolean }): MaybePromise<Uint8Array>;
	/** The result may be a view of `bytes`. */
	decode(bytes: Uint8Array): MaybePromise<ChunkData>;
	/** Reads `region` of a chunk, fetching only the bytes it needs; false where the object does not exist. */
	readParts(source: ByteSource, region: Region, sink: PartSink): Promise<boolean>;
}

export interface BytesToBytesCodec {
	readonly kind: "bytes-to-bytes";
	readonly name: string;
	/** Bytes that `n` bytes become, where that is fixed; else undefined. */
	encodedSize(n: number): number | undefined;
	encode(bytes: Uint8Array): MaybePromise<Uint8Array>;
	/**
	 * Stops with CORRUPT rather than produce more than `limit` bytes, so that a small object cannot fill the memory.
	 * @param exact the size that the result must have, where it is known
	 */
	decode(bytes: Uint8Array, limit: number): MaybePromise<Uint8Array>;
}

export type Codec = ArrayToArrayCodec | ArrayToBytesCodec | BytesToBytesCodec;

/** One entry of the metadata's `codecs`. */
export interface CodecConfiguration {
	readonly name: string;
	readonly configuration?: { readonly [member: string]: unknown };
}

/**
 * A codec as the registry knows it: `parse` validates the settings for chunks of `spec` without loading what encodes; libraries are
 * loaded by the first `encode` or `decode`.
 */
export interface CodecFactory {
	readonly name: string;
	readonly kind: Codec["kind"];
	/** @throws StoreError INVALID_ARGUMENT naming the member that is wrong */
	parse(configuration: { readonly [member: string]: unknown }, spec: ChunkSpec): Codec;
}
