import type { CodecConfiguration } from "../codecs/codec.js";
import type { DataType, TypedArray } from "./data-types.js";

/** A JSON value in which integers beyond 2^53 are bigint. */
export type Json = null | boolean | number | bigint | string | Json[] | { [member: string]: Json };
export type JsonObject = { [member: string]: Json };
export type Attributes = { readonly [name: string]: Json };

/** How chunk coordinates become keys (core specification 3.1, "Chunk key encoding"). */
export interface ChunkKeyEncoding {
	readonly name: "default" | "v2";
	readonly separator: "/" | ".";
}

/** The content of an array's `zarr.json`, checked. */
export interface ArrayMetadata {
	readonly shape: readonly number[];
	readonly dtype: DataType;
	readonly chunkShape: readonly number[];
	readonly chunkKeyEncoding: ChunkKeyEncoding;
	/** One element: `dtype.components` entries of `dtype.Array`. Bit for bit what the metadata says. */
	readonly fill: TypedArray;
	readonly codecs: readonly CodecConfiguration[];
	readonly attributes: Attributes;
	readonly dimensionNames: readonly (string | null)[] | undefined;
	/** Members that this library does not know and may ignore (`must_understand: false`); kept when the metadata is rewritten. */
	readonly extensions: JsonObject;
}

export interface GroupMetadata {
	readonly attributes: Attributes;
	readonly extensions: JsonObject;
}

export type NodeMetadata =
	| { readonly nodeType: "array"; readonly array: ArrayMetadata }
	| { readonly nodeType: "group"; readonly group: GroupMetadata };
