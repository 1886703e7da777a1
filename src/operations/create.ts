import { chunkForms } from "../chunk-forms.js";
import { codecFactory } from "../codecs/registry.js";
import { StoreError } from "../errors.js";
import type { GridMetadata } from "../format/chunk-grid.js";
import { autoShardShape, chunkShapeWithin, defaultChunkShape } from "../format/chunk-shape.js";
import { dataTypeFromUser } from "../format/data-type-metadata.js";
import { type DataType, type DType, type DTypeLike, dataType } from "../format/data-types.js";
import { fillFromUser } from "../format/fill-value.js";
import { jsonFromUser } from "../format/json-from-user.js";
import type { ArrayMetadata, CodecMetadata, JsonObject } from "../format/metadata.js";
import { isCountable, parseCodecs } from "../format/metadata-members.js";
import { formatType } from "../format/type-string.js";
import { asV2 } from "../format/v2/describe.js";
import type { AxisLengths } from "../selection/edges.js";
import { commonDivisor, describeGrid } from "../selection/grid.js";
import { refuseUnknown } from "../unknown-options.js";
import { isTypedArray, typeOfArray } from "../values/typed-arrays.js";
import { checkChunkShape, checkGrid, checkLengths, hasLists } from "./chunk-lengths.js";

/** What describes a new array; see `CreateOptions` of the dataset. */
export interface ArrayDescription {
	readonly shape: readonly number[];
	readonly dtype: DTypeLike;
	readonly chunkShape?: readonly AxisLengths[] | undefined;
	readonly shardShape?: readonly AxisLengths[] | "auto" | undefined;
	readonly fillValue?: unknown;
	readonly codecs?: readonly (string | CodecMetadata)[] | undefined;
	readonly attributes?: { readonly [name: string]: unknown } | undefined;
	readonly dimensionNames?: readonly (string | null)[] | undefined;
	readonly format?: 2 | 3 | undefined;
	readonly chunkKeyEncoding?: { readonly name: "default" | "v2"; readonly separator?: "/" | "." } | undefined;
}

/** The most axes of an array, as in NumPy. */
const MAX_RANK = 64;

/**
 * The metadata of a new array, every part of it checked.
 * @throws StoreError INVALID_ARGUMENT, UNSUPPORTED
 */
export function describeArray(description: ArrayDescription): ArrayMetadata {
	const { format = 3 } = description;
	if (format !== 2 && format !== 3) throw invalid(`format is 2 or 3, not ${JSON.stringify(format)}`);
	const dtype = dataTypeFromUser(description.dtype);
	if (dtype.kind === "O" && format === 3)
		throw invalid(`${dtype.name} has no form in format 3: use format: 2, or the data type string`);
	const shape = checkLengths(description.shape, "shape", 0);
	if (!isCountable(shape))
		throw invalid(`the lengths of shape [${shape.join(", ")}] multiply to more than any number holds`);
	if (shape.length > MAX_RANK) throw invalid(`an array has at most ${MAX_RANK} axes, not ${shape.length}`);
	const layout = divide(description, shape, dtype);
	const metadata: ArrayMetadata = {
		shape,
		dtype,
		...layout,
		chunkKeyEncoding: checkKeyEncoding(description.chunkKeyEncoding ?? KEY_ENCODINGS[format]),
		fill: fillFromUser(description.fillValue, dtype),
		attributes: jsonFromUser(description.attributes ?? {}, "attributes") as JsonObject,
		dimensionNames: checkDimensionNames(description.dimensionNames, shape.length),
		extensions: {},
	};
	chunkForms(metadata);
	return format === 2 ? asV2(metadata) : metadata;
}

const KEY_ENCODINGS = { 2: { name: "v2" }, 3: { name: "default" } } as const;

/** In format 2 without the checksum, a setting that older readers of that format refuse. */
const DEFAULT_CODECS: { readonly [format in 2 | 3]: readonly (string | CodecMetadata)[] } = {
	2: ["bytes", { name: "zstd", configuration: { checksum: false } }],
	3: ["bytes", "zstd"],
};

/** What is stored as one object, and how: chunks, or shards of chunks. */
function divide(
	{ chunkShape: given, shardShape, codecs: chosen, format = 3 }: ArrayDescription,
	shape: readonly number[],
	dtype: DataType,
): GridMetadata & Pick<ArrayMetadata, "codecs"> {
	const codecs = chosen ?? DEFAULT_CODECS[format];
	const usual = (): number[] => defaultChunkShape(shape, dtype.itemSize);
	if (shardShape === undefined) {
		const grid = checkGrid(given ?? usual(), shape, dtype, "chunkShape");
		return { ...grid, codecs: completeShards(completeCodecs(codecs, dtype), undefined, dtype) };
	}
	if (given !== undefined && hasLists(given))
		throw invalid("the chunks of shards are all of one shape: give lists of lengths as shardShape");
	const automatic = (): number[] => autoShardShape(shape, checkChunkShape(given ?? usual(), shape, dtype), dtype);
	const shards = checkGrid(shardShape === "auto" ? automatic() : shardShape, shape, dtype, "shardShape");
	const divisors = shards.grid.map(commonDivisor);
	const chunkShape = checkChunkShape(given ?? chunkShapeWithin(divisors, usual()), shape, dtype);
	const odd = divisors.findIndex((length, d) => length % (chunkShape[d] as number) !== 0);
	if (odd >= 0)
		throw invalid(
			`chunkShape [${chunkShape.join(", ")}] does not divide shardShape ${describeGrid(shards.grid)} along axis ${odd}: a shard holds whole chunks`,
		);
	const full = completeCodecs(codecs, dtype);
	if (full.some(isSharding)) return { ...shards, codecs: completeShards(full, chunkShape, dtype) };
	const wrapped = { name: SHARDING, configuration: { chunk_shape: chunkShape, codecs: full } };
	return { ...shards, codecs: completeShards([wrapped], chunkShape, dtype) };
}

const SHARDING = "sharding_indexed";

function isSharding({ name }: CodecMetadata): boolean {
	return name === SHARDING;
}

/** What is left out of the settings of shards: their usual index, at their end, with a checksum. */
function completeShards(
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
function completeCodecs(codecs: readonly (string | CodecMetadata)[], dtype: DataType): CodecMetadata[] {
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

function checkKeyEncoding(
	encoding: NonNullable<ArrayDescription["chunkKeyEncoding"]>,
): ArrayMetadata["chunkKeyEncoding"] {
	const { name, separator = name === "v2" ? "." : "/" } = encoding;
	if ((name !== "default" && name !== "v2") || (separator !== "/" && separator !== "."))
		throw invalid('chunkKeyEncoding is { name: "default" or "v2", separator: "/" or "." }');
	return { name, separator };
}

function checkDimensionNames(
	names: readonly (string | null)[] | undefined,
	rank: number,
): readonly (string | null)[] | undefined {
	if (names === undefined) return undefined;
	const fits =
		Array.isArray(names) && names.length === rank && names.every((name) => name === null || typeof name === "string");
	if (!fits) throw invalid(`dimensionNames is a list of ${rank} strings or nulls, one per axis`);
	return [...names];
}

const CREATE_OPTIONS = {
	shape: true,
	dtype: true,
	chunkShape: true,
	shardShape: true,
	fillValue: true,
	codecs: true,
	attributes: true,
	dimensionNames: true,
	format: true,
	chunkKeyEncoding: true,
	data: true,
	ifExists: true,
	signal: true,
	onProgress: true,
} as const;

/**
 * Refuses options that there are not.
 * @throws StoreError INVALID_ARGUMENT, UNSUPPORTED
 */
export function checkCreateOptions(options: { readonly ifExists?: string | undefined }): void {
	refuseUnknown(options, CREATE_OPTIONS, "createDataset");
	if (!["error", "open", "replace", undefined].includes(options.ifExists))
		throw new StoreError(
			"INVALID_ARGUMENT",
			`ifExists is "error", "open" or "replace", not ${JSON.stringify(options.ifExists)}`,
		);
}

/**
 * The data type of values that come without one: of their typed array, else float64, int64 for bigints, bool for booleans, `string`, `bytes`, and
 * for dates the milliseconds that they count.
 */
export function inferDataType(value: unknown): DType {
	const data =
		isTypedArray(value) || Array.isArray(value) ? value : ((value as { data?: unknown } | null)?.data ?? value);
	if (isTypedArray(data)) return typeOfArray(data).name;
	const first = firstOf(data);
	if (typeof first === "bigint") return "int64";
	if (typeof first === "string") return "string";
	if (first instanceof Uint8Array) return "bytes";
	if (first instanceof Date) return "numpy.datetime64[ms]";
	return typeof first === "boolean" ? "bool" : "float64";
}

function firstOf(value: unknown): unknown {
	return Array.isArray(value) ? firstOf(value[0]) : value;
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
