/** Whether two arrays keep their chunks as the same bytes, so that a chunk of one is a chunk of the other. */
import type { TypedArray } from "../format/data-types.js";
import { formatJson, type Json } from "../format/json.js";
import type { ArrayMetadata, CodecMetadata } from "../format/metadata.js";
import { parseCodecs } from "../format/metadata-members.js";

type Encoding = Pick<ArrayMetadata, "dtype" | "grid" | "codecs" | "fill">;

/**
 * True where both cut, encode and fill chunks alike, whatever their keys and the format of their metadata: same chunk grid, data type, byte
 * order, codecs with their settings, and fill value to the bit. False also where that cannot be told.
 */
export function isSameEncoding(a: Encoding, b: Encoding): boolean {
	return (
		JSON.stringify(a.grid) === JSON.stringify(b.grid) &&
		a.dtype.name === b.dtype.name &&
		isSameFill(a, b) &&
		inOneForm(a) === inOneForm(b)
	);
}

function isSameFill(a: Encoding, b: Encoding): boolean {
	const { boxing } = a.dtype;
	if (boxing !== undefined) return boxing.isSame(a.fill[0], b.fill[0]);
	return String(bytesOf(a.fill as TypedArray)) === String(bytesOf(b.fill as TypedArray));
}

function bytesOf({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array {
	return new Uint8Array(buffer, byteOffset, byteLength);
}

function inOneForm({ codecs, dtype }: Pick<Encoding, "codecs" | "dtype">): string {
	return formatJson(canonical(codecs, dtype.wordSize) as unknown as Json, 0);
}

interface Plain {
	readonly name: string;
	readonly settings: { readonly [member: string]: unknown };
}

/** @param wordSize bytes of the unit that has a byte order; undefined once a codec may have changed it */
function canonical(codecs: readonly CodecMetadata[], wordSize: number | undefined): Plain[] {
	let size = wordSize;
	return codecs.flatMap((codec) => {
		const { name, configuration = {} } = codec;
		if (name === "transpose") {
			const { order } = configuration;
			return Array.isArray(order) && order.every((axis, d) => axis === d) ? [] : [plain(name, configuration)];
		}
		if (name === "bytes") return [plain(name, size === 1 ? {} : configuration)];
		if (name === "sharding_indexed") return [plain(name, shards(configuration, size))];
		size = undefined;
		const [known, settings] = SETTINGS[name]?.(configuration) ?? [name, configuration];
		return [plain(known, settings)];
	});
}

function plain(name: string, settings: Plain["settings"]): Plain {
	const told = Object.entries(settings).filter(([, value]) => value !== undefined);
	return { name, settings: Object.fromEntries(told.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Where the index lies says nothing of the inner chunks, but shards are copied whole. */
function shards(configuration: Plain["settings"], wordSize: number | undefined): Plain["settings"] {
	const { codecs, index_codecs: index, index_location: location = "end", ...others } = configuration;
	return {
		...others,
		codecs: canonical(parseCodecs(codecs), wordSize),
		index_codecs: canonical(parseCodecs(index), UINT64_BYTES),
		index_location: location,
	};
}

const UINT64_BYTES = 8;

type Settings = Plain["settings"];

/** Names and settings under which codecs are known also otherwise, with what may be left out. */
const SETTINGS: { readonly [name: string]: ((settings: Settings) => [name: string, settings: Settings]) | undefined } =
	{
		zstd: (settings) => ["zstd", { checksum: false, ...settings }],
		"numcodecs.zstd": (settings) => ["zstd", { level: 0, checksum: false, ...settings }],
		"numcodecs.gzip": (settings) => ["gzip", { level: 1, ...settings }],
		"numcodecs.zlib": (settings) => ["numcodecs.zlib", { level: 1, ...settings }],
		blosc: ({ typesize, ...settings }) => {
			const isShuffled = settings.shuffle !== "noshuffle";
			return ["blosc", { blocksize: 0, ...settings, ...(isShuffled ? { typesize } : undefined) }];
		},
	};
