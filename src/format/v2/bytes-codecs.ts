/** Codecs of bytes as numcodecs and as v3 name and set them. Those not named here are the same but for their name. */
import { StoreError } from "../../errors.js";
import { malformed } from "../extension-point.js";
import type { Json, JsonObject } from "../json.js";
import type { CodecMetadata } from "../metadata.js";

interface Translation {
	/** The settings in v3, for elements of `itemSize` bytes. */
	toV3(settings: JsonObject, itemSize: number): JsonObject;
	toV2(configuration: JsonObject): JsonObject;
}

/** Ways in which blosc shuffles, by their number. */
const SHUFFLES: readonly string[] = ["noshuffle", "shuffle", "bitshuffle"];
/** Blosc chooses by the size of elements. */
const AUTOSHUFFLE = -1;
/** Larger elements are bytes to blosc. */
const LARGEST_TYPE = 255;

/** By the id in numcodecs, which is also the name in v3. What numcodecs lets be left out has its default there. */
const TRANSLATIONS: ReadonlyMap<string, Translation> = new Map(
	Object.entries<Translation>({
		blosc: {
			toV3: ({ shuffle = 1, ...others }, itemSize) => {
				const typesize = itemSize > LARGEST_TYPE ? 1 : itemSize;
				const number = shuffle === AUTOSHUFFLE ? (itemSize === 1 ? 2 : 1) : shuffle;
				const way = typeof number === "number" ? SHUFFLES[number] : undefined;
				if (way === undefined) throw malformed('-1, 0, 1 or 2 as "shuffle"', shuffle);
				return { cname: "lz4", clevel: 5, blocksize: 0, ...others, shuffle: way, typesize };
			},
			toV2: ({ typesize: _, shuffle = "noshuffle", ...others }) => ({
				...others,
				shuffle: SHUFFLES.indexOf(String(shuffle)),
			}),
		},
		gzip: { toV3: ({ level = 1, ...others }) => ({ level: zlibLevel(level), ...others }), toV2: same },
		zstd: {
			toV3: ({ level = 0, checksum = false, ...others }) => ({ level, checksum, ...others }),
			// Readers from before there was a checksum do not know the setting.
			toV2: ({ checksum, ...others }) => (checksum === true ? { ...others, checksum } : others),
		},
		crc32c: {
			toV3: ({ location = "end", ...others }) => {
				if (location === "end") return others;
				if (location !== "start") throw malformed('"start" or "end" as "location"', location);
				throw new StoreError("UNSUPPORTED", 'the filter "crc32c" with its checksum at the "start" is not supported');
			},
			toV2: (configuration) => ({ ...configuration, location: "end" }),
		},
	}),
);

function same(configuration: JsonObject): JsonObject {
	return configuration;
}

/** −1 leaves the level to the library, which takes 6. */
function zlibLevel(level: Json): Json {
	return level === -1 ? 6 : level;
}

const PREFIX = "numcodecs.";

/** The codec of v3 for a codec of bytes in numcodecs. */
export function bytesCodec(id: string, settings: JsonObject, itemSize: number): CodecMetadata {
	const translation = TRANSLATIONS.get(id);
	const name = translation === undefined ? PREFIX + id : id;
	const configuration = translation?.toV3(settings, itemSize) ?? settings;
	return Object.keys(configuration).length === 0 ? { name } : { name, configuration };
}

/** The reverse of {@link bytesCodec}; undefined where v2 has no such codec. */
export function bytesEntry({ name, configuration = {} }: CodecMetadata): JsonObject | undefined {
	const settings = configuration as JsonObject;
	const translation = TRANSLATIONS.get(name);
	if (translation !== undefined) return { id: name, ...translation.toV2(settings) };
	return name.startsWith(PREFIX) ? { id: name.slice(PREFIX.length), ...settings } : undefined;
}

const COMPRESSORS: readonly Json[] = ["blosc", "zlib", "gzip", "zstd", "lz4", "bz2", "lzma"];

/** Whether it belongs into `compressor` where it is the last; a checksum is a filter. */
export function isCompressor(entry: JsonObject | undefined): boolean {
	return entry?.id !== undefined && COMPRESSORS.includes(entry.id);
}
