/** The codecs of a new array: what is left out of a list, and of their settings, put in. */
import { codecFactory } from "../../codecs/registry.js";
import { StoreError } from "../../errors.js";
import { type DataType, dataType } from "../../format/data-types.js";
import type { CodecMetadata } from "../../format/metadata.js";
import { parseCodecs } from "../../format/metadata-members.js";
import { formatType } from "../../format/type-string.js";

/** In format 2 without the checksum, a setting that older readers of that format refuse. */
export const DEFAULT_CODECS: { readonly [format in 2 | 3]: readonly (string | CodecMetadata)[] } = {
	2: ["bytes", { name: "zstd", configuration: { checksum: false } }],
	3: ["bytes", "zstd"],
};

export const SHARDING = "sharding_indexed";

export function isSharding({ name }: CodecMetadata): boolean {
	return name === SHARDING;
}

/** What is left out of the settings of shards: their usual index, at their end, with a checksum. */
export function completeShards(
	codecs: readonly CodecMetadata[],
	chunkShape: readonly number[] | undefined,
	dtype: DataType,
): CodecMetadata[] {
	return codecs.map((codec) => {
		if (!isSharding(codec)) return codec;
		const {
			codecs: inner = DEFAULT_CODECS[3],
			index_codecs: index = ["bytes", "crc32c"],
			...given
		} = codec.configuration ?? {};
		const configuration = {
			...(chunkShape === undefined ? undefined : { chunk_shape: chunkShape }),
			codecs: completeShards(completeCodecs(inner as readonly CodecMetadata[], dtype), undefined, dtype),
			index_codecs: completeCodecs(index as readonly CodecMetadata[], dataType("uint64")),
			index_location: "end",
			...given,
		};
		return { ...codec, configuration };
	});
}

/** The codecs of the chunks of plain shards; undefined where codecs are around the shards, or where there are none. */
export function innerCodecs(codecs: readonly CodecMetadata[]): readonly CodecMetadata[] | undefined {
	const [only] = codecs;
	if (only === undefined || codecs.length > 1 || !isSharding(only)) return undefined;
	return parseCodecs(only.configuration?.codecs);
}

/** Settings of codecs that are named without any. */
const DEFAULT_CONFIGURATIONS: { readonly [codec: string]: (dtype: DataType) => Configuration } = {
	bytes: ({ wordSize }) => (wordSize > 1 ? { endian: "little" } : {}),
	gzip: () => ({ level: 5 }),
	// Its fastest level, with its checksum: a flipped bit is an error, not a value.
	zstd: () => ({ level: 1, checksum: true }),
	blosc: ({ wordSize }) => ({
		cname: "lz4",
		clevel: 5,
		...(wordSize > 1 ? { shuffle: "shuffle", typesize: wordSize } : { shuffle: "noshuffle" }),
		blocksize: 0,
	}),
};

/** What turns elements into bytes where nothing else is asked for. */
function serializerOf({ name, kind }: DataType): string | CodecMetadata {
	if (name === "string") return "vlen-utf8";
	if (name === "bytes") return "vlen-bytes";
	if (name === "json") return "numcodecs.json2";
	if (kind !== "O") return "bytes";
	const dtype = formatType(dataType(name.replace(/^ragged\[|\]$/g, "")), "little");
	return { name: "numcodecs.vlen-array", configuration: { dtype } };
}

type Configuration = { readonly [member: string]: unknown };

/** Names become full entries with their usual settings, and `bytes` is put in where nothing else turns the array into bytes. */
export function completeCodecs(codecs: readonly (string | CodecMetadata)[], dtype: DataType): CodecMetadata[] {
	if (!Array.isArray(codecs)) throw invalid("codecs is a list of names or { name, configuration }");
	const isChanged = codecs.some((codec) => changesValues(codec));
	// What changes values may give wider ones, whose bytes have an order.
	const order = isChanged ? { endian: "little" } : undefined;
	const serializer = isChanged ? "bytes" : serializerOf(dtype);
	const full = codecs.map((codec) => completeCodec(codec === "bytes" ? serializer : codec, dtype, order));
	if (full.some(({ name }) => codecFactory(name).kind === "array-to-bytes")) return full;
	const at = full.findIndex(({ name }) => codecFactory(name).kind === "bytes-to-bytes");
	full.splice(at < 0 ? full.length : at, 0, completeCodec(serializer, dtype, order));
	return full;
}

function changesValues(codec: string | CodecMetadata): boolean {
	const name = typeof codec === "string" ? codec : codec?.name;
	return typeof name === "string" && name !== "transpose" && codecFactory(name).kind === "array-to-array";
}

function completeCodec(codec: string | CodecMetadata, dtype: DataType, order?: Configuration): CodecMetadata {
	const given = typeof codec === "string" ? { name: codec } : codec;
	if (typeof given !== "object" || given === null || typeof given.name !== "string")
		throw invalid(`a codec is a name or { name, configuration }, not ${JSON.stringify(codec)}`);
	const usual = Object.hasOwn(DEFAULT_CONFIGURATIONS, given.name) ? DEFAULT_CONFIGURATIONS[given.name] : undefined;
	const configuration = { ...usual?.(dtype), ...(given.name === "bytes" ? order : undefined), ...given.configuration };
	// zarr-python does not open codecs of numcodecs without the member.
	const isNeeded = Object.keys(configuration).length > 0 || given.name.startsWith("numcodecs.");
	return isNeeded ? { name: given.name, configuration } : { name: given.name };
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
