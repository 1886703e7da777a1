/** Metadata documents: what the cases ask for, and what two of them mean alike. */
import type { Json, JsonObject } from "../../dist/src/format/json.js";
import { bitsOfFill, layoutOf } from "./bits.js";

export interface Codec {
	readonly name: string;
	readonly configuration?: JsonObject;
}

/** The content of an array's `zarr.json`. */
export interface ArrayDocument {
	readonly zarr_format: 3;
	readonly node_type: "array";
	readonly shape: readonly number[];
	readonly data_type: string;
	readonly chunk_grid: {
		readonly name: "regular";
		readonly configuration: { readonly chunk_shape: readonly number[] };
	};
	readonly chunk_key_encoding: KeyEncoding;
	readonly fill_value: Json;
	readonly codecs: readonly Codec[];
	readonly attributes: JsonObject;
	readonly dimension_names?: readonly (string | null)[];
}

export interface KeyEncoding {
	readonly name: "default" | "v2";
	readonly configuration: { readonly separator: "/" | "." };
}

export const LITTLE: Codec = { name: "bytes", configuration: { endian: "little" } };
export const BIG: Codec = { name: "bytes", configuration: { endian: "big" } };
export const CRC32C: Codec = { name: "crc32c" };
export const transpose = (...order: number[]): Codec => ({ name: "transpose", configuration: { order } });
export const gzip = (level: number): Codec => ({ name: "gzip", configuration: { level } });
export const zstd = (level: number, checksum: boolean): Codec => ({
	name: "zstd",
	configuration: { level, checksum },
});

/** Shards of chunks of a shape; their index lies at the end and has a checksum, unless it is told otherwise. */
export const shards = (chunkShape: readonly number[], codecs: readonly Codec[], index: JsonObject = {}): Codec => ({
	name: "sharding_indexed",
	configuration: {
		chunk_shape: [...chunkShape],
		codecs: codecs as unknown as JsonObject[],
		index_codecs: [LITTLE, CRC32C] as unknown as JsonObject[],
		index_location: "end",
		...index,
	},
});

export interface Description {
	readonly shape: readonly number[];
	readonly chunkShape: readonly number[];
	readonly dtype: string;
	readonly codecs?: readonly Codec[];
	readonly fill?: Json;
	readonly keys?: KeyEncoding;
	readonly attributes?: JsonObject;
	readonly dimensionNames?: readonly (string | null)[];
}

export function arrayDocument(description: Description): ArrayDocument {
	const { shape, chunkShape, dtype, dimensionNames } = description;
	return {
		zarr_format: 3,
		node_type: "array",
		shape,
		data_type: dtype,
		chunk_grid: { name: "regular", configuration: { chunk_shape: chunkShape } },
		chunk_key_encoding: description.keys ?? { name: "default", configuration: { separator: "/" } },
		fill_value: description.fill ?? zeroOf(dtype),
		codecs: description.codecs ?? [LITTLE, zstd(1, false)],
		attributes: description.attributes ?? {},
		...(dimensionNames === undefined ? undefined : { dimension_names: dimensionNames }),
	};
}

function zeroOf(dtype: string): Json {
	if (dtype === "bool") return false;
	return layoutOf(dtype).parts === 2 ? [0, 0] : 0;
}

/**
 * What a document says, in one form: what may be left out is put in, the fill value is given by its bits, and the order of bytes is
 * left out where there is none. Members that the specification does not know are kept.
 */
export function meaning(document: JsonObject | ArrayDocument): JsonObject {
	const { fill_value, codecs, chunk_key_encoding, storage_transformers, ...others } = document as JsonObject;
	const dtype = String(others.data_type);
	const { name, configuration } = chunk_key_encoding as { name: string; configuration?: JsonObject };
	return {
		attributes: {},
		dimension_names: null,
		...others,
		storage_transformers: storage_transformers ?? [],
		chunk_key_encoding: { name, separator: configuration?.separator ?? (name === "v2" ? "." : "/") },
		fill_value: [...bitsOfFill(fill_value, dtype)],
		codecs: (codecs as JsonObject[]).map((codec) => meaningOfCodec(codec, dtype)),
	};
}

function meaningOfCodec({ name, configuration, ...others }: JsonObject, dtype: string): JsonObject {
	const settings = { ...(configuration as JsonObject | undefined) };
	if (name === "bytes" && layoutOf(dtype).itemSize === 1) delete settings.endian;
	if (name === "sharding_indexed") {
		settings.index_location ??= "end";
		settings.codecs = (settings.codecs as JsonObject[]).map((codec) => meaningOfCodec(codec, dtype));
		settings.index_codecs = (settings.index_codecs as JsonObject[]).map((codec) => meaningOfCodec(codec, "uint64"));
	}
	const usual: JsonObject = name === "zstd" ? { checksum: false } : {};
	return { name: name ?? null, ...usual, ...settings, ...others };
}
