import { chunkForms } from "../../chunk-forms.js";
import { StoreError } from "../../errors.js";
import type { GridMetadata } from "../../format/chunk-grid.js";
import { autoShardShape, chunkShapeWithin, defaultChunkShape } from "../../format/chunk-shape.js";
import { dataTypeFromUser } from "../../format/data-type-metadata.js";
import type { DataType, DType, DTypeLike } from "../../format/data-types.js";
import { fillFromUser } from "../../format/fill-value.js";
import { jsonFromUser } from "../../format/json-from-user.js";
import type { ArrayMetadata, CodecMetadata, JsonObject } from "../../format/metadata.js";
import { isCountable } from "../../format/metadata-members.js";
import { asV2 } from "../../format/v2/describe.js";
import type { AxisLengths } from "../../selection/edges.js";
import { commonDivisor, describeGrid } from "../../selection/grid.js";
import { refuseUnknown } from "../../unknown-options.js";
import { isTypedArray, typeOfArray } from "../../values/typed-arrays.js";
import { checkChunkShape, checkGrid, checkLengths, hasLists } from "./chunk-lengths.js";
import { completeCodecs, completeShards, DEFAULT_CODECS, isSharding, SHARDING } from "./complete-codecs.js";

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
	const isFillUndefined = description.fillValue === null;
	if (isFillUndefined && format === 3)
		throw invalid("fillValue null, for undefined, is of format 2 only: leave it out, or say what is read instead");
	const layout = divide(description, shape, dtype);
	const metadata: ArrayMetadata = {
		shape,
		dtype,
		...layout,
		chunkKeyEncoding: checkKeyEncoding(description.chunkKeyEncoding ?? KEY_ENCODINGS[format]),
		fill: fillFromUser(isFillUndefined ? undefined : description.fillValue, dtype),
		attributes: jsonFromUser(description.attributes ?? {}, "attributes") as JsonObject,
		dimensionNames: checkDimensionNames(description.dimensionNames, shape.length),
		extensions: {},
	};
	chunkForms(metadata);
	return format === 2 ? asV2(metadata, { isFillUndefined }) : metadata;
}

const KEY_ENCODINGS = { 2: { name: "v2" }, 3: { name: "default" } } as const;

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
