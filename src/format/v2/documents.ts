/**
 * The documents of Zarr v2 (Zarr v2 specification, "Metadata", "Attributes", "Groups"): `.zarray`, `.zgroup` and `.zattrs`, checked at
 * the door, as the same structures that `zarr.json` gives. Functions of parsed JSON, so that consolidated metadata is read by them too.
 */
import { StoreError } from "../../errors.js";
import { type GridMetadata, parseChunkGrid } from "../chunk-grid.js";
import type { DataType } from "../data-types.js";
import { isObject, malformed } from "../extension-point.js";
import { formatJson, type Json, type JsonObject } from "../json.js";
import { type ArrayMetadata, type Attributes, type GroupMetadata, openDocument } from "../metadata.js";
import { parseShape } from "../metadata-members.js";
import { isByteString, isObjectType, parseDataType } from "./data-type.js";
import { parseFillValue } from "./fill-value.js";
import { type Chain, parseCompressor, parseFilters, parseObjectType, parseOrder } from "./filters.js";

/** The members of `.zarray` that stay as they are. */
const FIXED: readonly string[] = [
	"zarr_format",
	"chunks",
	"dtype",
	"compressor",
	"fill_value",
	"order",
	"filters",
	"dimension_separator",
];

/**
 * Reads `.zarray`. Members that it should not have are kept, and say nothing.
 * @param key names the file in messages
 * @throws StoreError CORRUPT or UNSUPPORTED, naming the file and the member
 */
export function parseZarray(json: Json, key: string, attributes: Attributes): ArrayMetadata {
	const { document, member } = openDocument(json, key);
	member("zarr_format", checkFormat);
	const shape = member("shape", parseShape);
	const isObject = isObjectType(document.dtype);
	const type = isObject ? member("filters", parseObjectType) : member("dtype", parseDataType);
	const { dtype } = type;
	const grid = member("chunks", (value) => parseChunks(value, shape, dtype));
	const start: Chain = { codecs: member("order", (value) => parseOrder(value, shape.length)), type, inBytes: false };
	const filtered = member("filters", (value) => parseFilters(value, start));
	return {
		shape,
		dtype,
		...grid,
		chunkKeyEncoding: { name: "v2", separator: member("dimension_separator", parseSeparator) },
		fill: member("fill_value", (value) => parseFillValue(value, type, isByteString(document.dtype))),
		codecs: member("compressor", (value) => parseCompressor(value, filtered)),
		attributes,
		dimensionNames: dimensionNamesOf(attributes, shape.length),
		...sorted(document, FIXED, ["shape"]),
	};
}

/** Reads `.zgroup`. @throws StoreError as {@link parseZarray} */
export function parseZgroup(json: Json, key: string, attributes: Attributes): GroupMetadata {
	const { document, member } = openDocument(json, key);
	member("zarr_format", checkFormat);
	return { attributes, ...sorted(document, ["zarr_format"], []) };
}

/** Reads `.zattrs`, which is not there where there are none. @throws StoreError CORRUPT naming the file */
export function parseZattrs(json: Json | undefined, key: string): Attributes {
	if (json === undefined) return {};
	if (isObject(json)) return json;
	throw new StoreError("CORRUPT", `${key}: must be a JSON object`, { key });
}

function checkFormat(value: Json | undefined): void {
	if (value === 2) return;
	if (typeof value !== "number") throw malformed("2", value);
	throw new StoreError("UNSUPPORTED", `format ${value} is not supported: .zarray and .zgroup are of format 2`);
}

function parseChunks(value: Json | undefined, shape: readonly number[], dtype: DataType): GridMetadata {
	const configuration: JsonObject = value === undefined ? {} : { chunk_shape: value };
	return parseChunkGrid({ name: "regular", configuration }, shape, dtype);
}

function parseSeparator(value: Json | undefined): "." | "/" {
	if (value === undefined || value === null) return ".";
	if (value === "." || value === "/") return value;
	throw malformed('"." or "/"', value);
}

/** Members that stay, and those that are not known; `others` are neither. */
function sorted(
	document: JsonObject,
	fixed: readonly string[],
	others: readonly string[],
): Pick<ArrayMetadata, "extensions" | "v2"> {
	const members = Object.entries(document);
	return {
		extensions: Object.fromEntries(members.filter(([name]) => !fixed.includes(name) && !others.includes(name))),
		v2: { document: Object.fromEntries(members.filter(([name]) => fixed.includes(name))) },
	};
}

/** The array with the names of dimensions that its attributes tell now, where it is of v2. */
export function withDimensionNames(array: ArrayMetadata): ArrayMetadata {
	if (array.v2 === undefined) return array;
	return { ...array, dimensionNames: dimensionNamesOf(array.attributes, array.shape.length) };
}

/** The attribute in which xarray keeps the names of dimensions, for v2 has no other place. */
export const DIMENSIONS = "_ARRAY_DIMENSIONS";

function dimensionNamesOf(attributes: Attributes, rank: number): string[] | undefined {
	const names = attributes[DIMENSIONS];
	const fits = Array.isArray(names) && names.length === rank && names.every((name) => typeof name === "string");
	return fits ? (names as string[]) : undefined;
}

/** Writes `.zarray`; {@link parseZarray} reads the same. The attributes are not in it. */
export function formatZarray({ shape, v2, extensions }: ArrayMetadata): string {
	const text = formatJson({ ...v2?.document, shape: [...shape], ...extensions });
	// To numcodecs the whole number 10 is not the float 10.0, by which small integers do not overflow.
	return text.replace(/("(?:scale|offset)": -?\d+)(?=[,\s])/g, "$1.0");
}

/** Writes `.zgroup`; {@link parseZgroup} reads the same. */
export function formatZgroup({ v2, extensions }: GroupMetadata): string {
	return formatJson({ ...v2?.document, ...extensions });
}

export function formatZattrs(attributes: Attributes): string {
	return formatJson({ ...attributes });
}
