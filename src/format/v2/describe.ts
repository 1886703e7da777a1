/** A new array in the terms of `.zarray`: the codecs and the rest of its metadata mapped back, as far as v2 can say it. */
import { StoreError } from "../../errors.js";
import type { DataType } from "../data-types.js";
import type { Json, JsonObject } from "../json.js";
import type { ArrayMetadata, CodecMetadata } from "../metadata.js";
import { byteOrderOf } from "../record-bytes.js";
import { type ByteOrder, formatType, isNumpyType, parseNumericType, type StoredType } from "../type-string.js";
import { bytesEntry, isCompressor } from "./bytes-codecs.js";
import { DIMENSIONS, parseZarray } from "./documents.js";
import { formatFillValue } from "./fill-value.js";
import { objectCodecId, VALUE_FILTERS } from "./filters.js";

/**
 * The same array in the form of v2. Names of dimensions become the attribute by which xarray knows them.
 * @param isFillUndefined what is not written is undefined, and read as zero
 * @throws StoreError INVALID_ARGUMENT where v2 cannot say it
 */
export function asV2(
	metadata: ArrayMetadata,
	{ isFillUndefined }: { readonly isFillUndefined: boolean },
): ArrayMetadata {
	const { shape, dtype, grid, chunkKeyEncoding, dimensionNames, fill, attributes } = metadata;
	if (metadata.gridName !== "regular") throw invalid("its chunks are all of one shape");
	if (!isNumpyType(dtype)) throw invalid(`it has no data type ${dtype.name}, only those of NumPy`);
	if (chunkKeyEncoding.name !== "v2") throw invalid('its chunks have the key encoding { name: "v2" }');
	const named = dimensionNames === undefined ? attributes : { ...attributes, [DIMENSIONS]: textsOf(dimensionNames) };
	const { order, ...filters } = orderOf(metadata);
	const type = { dtype, order: byteOrderOf(metadata.codecs) };
	const document = {
		zarr_format: 2,
		shape: [...shape],
		chunks: [...(grid as number[])],
		dtype: formatAnyType(dtype, type.order),
		order,
		...filters,
		fill_value: isFillUndefined ? null : formatFillValue(fill, type),
		dimension_separator: chunkKeyEncoding.separator,
	};
	return parseZarray(document, ".zarray", named);
}

/** A type string, or of records a list of fields. */
function formatAnyType(dtype: DataType, order: ByteOrder): Json {
	const fields = dtype.boxing?.fields;
	return fields?.map((field) => [field.name, formatAnyType(field.dtype, order)]) ?? formatType(dtype, order);
}

function textsOf(names: readonly (string | null)[]): string[] {
	if (names.includes(null))
		throw invalid(`it keeps names of dimensions in the attribute ${DIMENSIONS}: name all or none`);
	return names as string[];
}

interface Filters {
	readonly order: "C" | "F";
	readonly filters: JsonObject[] | null;
	readonly compressor: JsonObject | null;
}

/** The axes reversed are order F; no other transposition has a form in v2, and this one only as the first codec. */
function orderOf({ codecs, shape, dtype }: ArrayMetadata): Filters {
	const [first, ...others] = codecs;
	if (first?.name !== "transpose") return filtersOf("C", codecs, { dtype, order: byteOrderOf(codecs) });
	const axes = first.configuration?.order as readonly number[];
	const isC = axes.every((axis, d) => axis === d);
	const isF = axes.every((axis, d) => axis === shape.length - 1 - d);
	if (!isC && !isF) throw invalid(`it has the orders C and F, not transpose [${axes.join(", ")}]`);
	return filtersOf(isC ? "C" : "F", others, { dtype, order: byteOrderOf(codecs) });
}

function filtersOf(order: Filters["order"], codecs: readonly CodecMetadata[], type: StoredType): Filters {
	const at = codecs.findIndex(({ name }) => name === "bytes" || objectCodecId(name) !== undefined);
	if (at < 0) throw notThere(codecs.find(({ name }) => !name.startsWith(PREFIX)));
	const filters: JsonObject[] = [];
	let current = type;
	for (const codec of codecs.slice(0, at)) {
		const { entry, gives } = valueEntry(codec, current);
		filters.push(entry);
		current = gives;
	}
	const { name, configuration } = codecs[at] as CodecMetadata;
	const id = objectCodecId(name);
	if (id !== undefined) filters.push({ id, ...(configuration as JsonObject | undefined) });
	for (const codec of codecs.slice(at + 1)) filters.push(bytesEntry(codec) ?? refuse(codec));
	const compressor = isCompressor(filters.at(-1)) ? (filters.pop() as JsonObject) : null;
	return { order, filters: filters.length === 0 ? null : filters, compressor };
}

const PREFIX = "numcodecs.";

/** A filter of values, with the types told in the byte order of the array. */
function valueEntry(
	codec: CodecMetadata,
	type: StoredType,
): { readonly entry: JsonObject; readonly gives: StoredType } {
	const id = codec.name.slice(PREFIX.length);
	const filter = codec.name.startsWith(PREFIX) ? VALUE_FILTERS.get(id) : undefined;
	if (filter === undefined) return refuse(codec);
	const settings = codec.configuration ?? {};
	const { decoded, encoded, gives } = filter;
	const given = (encoded === undefined ? gives : (settings[encoded] as string | undefined)) ?? type.dtype.name;
	const result: StoredType = { dtype: (parseNumericType(given) ?? type).dtype, order: type.order };
	const types: JsonObject = {};
	if (decoded !== undefined) types[decoded] = formatType(type.dtype, type.order);
	if (encoded !== undefined) types[encoded] = formatType(result.dtype, type.order);
	return { entry: { id, ...(settings as JsonObject), ...types }, gives: result };
}

function refuse(codec: CodecMetadata | undefined): never {
	throw notThere(codec);
}

function notThere(codec: CodecMetadata | undefined): StoreError {
	const before = "it has codecs of values before, and codecs of bytes after";
	return invalid(`it has no codec ${JSON.stringify(codec?.name ?? "")} there: ${before} "bytes"`);
}

function invalid(reason: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", `format 2 cannot hold this array: ${reason}`);
}
