/** The members of `zarr.json`, one function each. Errors say what is wrong within the member; the caller adds where that is. */
import { StoreError } from "../errors.js";
import type { DataType, Values } from "./data-types.js";
import {
	type Extension,
	isObject,
	malformed,
	parseExtension,
	parseExtensions,
	quote,
	refuseOthers,
} from "./extension-point.js";
import { parseFill } from "./fill-value.js";
import type { Json, JsonObject } from "./json.js";
import { byteOrderOf, parsePackedRecord } from "./record-bytes.js";
import { parseSizes } from "./sizes.js";

/** Arrays of more dimensions are refused, as NumPy refuses them. */
const MAX_RANK = 64;

export function checkZarrFormat(value: Json | undefined): void {
	if (value === 3) return;
	if (typeof value !== "number") throw malformed("3", value);
	const advice = value === 2 ? "; format 2 keeps its metadata in .zarray and .zgroup" : "";
	throw new StoreError("UNSUPPORTED", `format ${value} is not supported: zarr.json is of format 3${advice}`);
}

export function parseNodeType(value: Json | undefined): "array" | "group" {
	if (value === "array" || value === "group") return value;
	throw malformed('"array" or "group"', value);
}

export function parseShape(value: Json | undefined): number[] {
	const shape = parseSizes(value, 0);
	if (shape.length > MAX_RANK)
		throw new StoreError("UNSUPPORTED", `${shape.length} dimensions are not supported: at most ${MAX_RANK}`);
	if (!isCountable(shape))
		throw new StoreError("UNSUPPORTED", `a product of the sizes beyond ${MOST_ELEMENTS} is not supported`);
	return shape;
}

const MOST_ELEMENTS = 1e290;

/** Whether the number of elements, and of their bytes, is less than infinity, of which none along one axis would make NaN. */
export function isCountable(shape: readonly number[]): boolean {
	return shape.reduce((product, size) => product * Math.max(1, size), 1) <= MOST_ELEMENTS;
}

export function parseChunkKeyEncoding(value: Json | undefined): { name: "default" | "v2"; separator: "/" | "." } {
	const { name, configuration = {} } = parseExtension(value);
	if (name !== "default" && name !== "v2")
		throw new StoreError("UNSUPPORTED", `the encoding ${quote(name)} is not supported, only "default" and "v2"`);
	const { separator = name === "v2" ? "." : "/", ...others } = configuration;
	refuseOthers(others, `the configuration of ${quote(name)}`);
	if (separator === "/" || separator === ".") return { name, separator };
	throw malformed('"/" or "." as separator', separator);
}

/** Of records under their former name also their packed bytes, in the byte order of the codecs (registry of extensions, `structured`). */
export function parseFillValue(
	value: Json | undefined,
	dtype: DataType,
	codecs: readonly Extension[],
): { readonly fill: Values; readonly packedFill?: string } {
	if (value === undefined || value === null) throw malformed(`a value of type ${dtype.name}`, value);
	if (typeof value === "string" && parseExtension(dtype.metadata).name === "structured")
		return { fill: parsePackedRecord(value, dtype, byteOrderOf(codecs)), packedFill: value };
	return { fill: parseFill(value, dtype) };
}

/** Codecs in a row: every one of them works on all bytes of a chunk, and real arrays have a handful. */
const MAX_CODECS = 64;

/** @throws StoreError UNSUPPORTED */
export function checkCodecCount(count: number): void {
	if (count > MAX_CODECS)
		throw new StoreError("UNSUPPORTED", `${count} codecs in a row are not supported: at most ${MAX_CODECS}`);
}

/**
 * The list of codecs, as `codecs` of an array and as codecs that contain codecs have it. Which codecs there are, and in which order
 * they may stand, is not known here. None is left out for `must_understand: false`: its bytes would be taken for values.
 * @throws StoreError CORRUPT naming the entry
 */
export function parseCodecs(value: unknown): Extension[] {
	const codecs = parseExtensions(value);
	checkCodecCount(codecs.length);
	if (codecs.length === 0) throw malformed("a list with an array → bytes codec", value);
	return codecs;
}

export function parseAttributes(value: Json | undefined): JsonObject {
	if (value === undefined) return {};
	if (isObject(value)) return value;
	throw malformed("an object", value);
}

export function parseDimensionNames(value: Json | undefined, rank: number): (string | null)[] | undefined {
	if (value === undefined) return undefined;
	if (!Array.isArray(value) || value.length !== rank) throw malformed(`a list of ${rank} names`, value);
	for (const name of value)
		if (name !== null && typeof name !== "string") throw malformed("a list of strings and nulls", name);
	return value as (string | null)[];
}

export function refuseTransformers(value: Json | undefined): void {
	if (value === undefined) return;
	const [transformer] = parseExtensions(value);
	if (transformer === undefined) return;
	throw new StoreError("UNSUPPORTED", `the storage transformer ${quote(transformer.name)} is not supported`);
}

/** Null is how zarr-python up to 3.1 wrote that there is none. */
export function parseConsolidated(value: Json | undefined): JsonObject | undefined {
	if (value === undefined || value === null) return undefined;
	if (isObject(value)) return value;
	throw malformed("an object", value);
}

/** Of a member that is not known here. */
export function checkIgnorable(value: Json | undefined): void {
	if (isObject(value) && value.must_understand === false) return;
	throw new StoreError("UNSUPPORTED", 'is not known here, and does not say "must_understand": false');
}
