/** The member `fill_value` of `.zarray` (Zarr v2 specification, "Fill value encoding"). */
import { StoreError } from "../../errors.js";
import type { DataType, TypedArray, Values } from "../data-types.js";
import { malformed } from "../extension-point.js";
import { defaultFill, formatFill, isZero, parseFill } from "../fill-value.js";
import type { Json } from "../json.js";
import { formatPackedRecord, parsePackedRecord } from "../record-bytes.js";
import type { StoredType } from "../type-string.js";

/**
 * One element in presented form. Null says that what was not written is undefined, and gives zero.
 * @param padded elements are byte strings: a shorter fill value is filled up with NULs
 * @throws StoreError CORRUPT where the data type does not permit it
 */
export function parseFillValue(value: Json | undefined, { dtype, order }: StoredType, padded: boolean): Values {
	if (value === undefined) throw malformed(`a value of type ${dtype.name}, or null`, value);
	if (value === null) return defaultFill(dtype);
	if (dtype.kind === "V") return parseBytes(value, dtype, padded);
	// What Python objects that were never written are to NumPy.
	if ((dtype.kind === "U" || dtype.kind === "S") && value === 0) return new dtype.Array(1);
	if (dtype.kind === "R") return value === 0 ? defaultFill(dtype) : parsePackedRecord(value, dtype, order);
	if (dtype.kind === "O" && dtype.name !== "json") return parseNothing(value, dtype);
	return parseFill(canonical(value, dtype), dtype);
}

/** Other spellings that writers of v2 have used, as v3 knows the value. */
function canonical(value: Json, { kind }: DataType): Json {
	if (kind === "b" && (value === 0 || value === 1)) return value === 1;
	if (kind === "c" && typeof value === "number") return [value, 0];
	const parts = Array.isArray(value) ? value : [value];
	const bits = (kind === "f" || kind === "c") && parts.find((part) => typeof part === "string" && /^0x/.test(part));
	if (bits) throw malformed('a number, "NaN", "Infinity" or "-Infinity"', bits);
	return value;
}

/** Of arrays of any length there is no form for one. */
function parseNothing(value: Json, dtype: DataType): Values {
	if (value === 0 || value === "") return new dtype.Array(1);
	throw malformed("null", value);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function parseBytes(value: Json, { itemSize, Array: Bytes }: DataType, padded: boolean): TypedArray {
	const fill = new Bytes(itemSize) as Uint8Array;
	if (value === 0 || value === "0" || value === "") return fill;
	const wanted = padded ? `at most ${itemSize} bytes` : `${itemSize} bytes`;
	if (typeof value !== "string" || !BASE64.test(value)) throw malformed(`${wanted} in base64`, value);
	const bytes = Uint8Array.from(atob(value), (unit) => unit.charCodeAt(0));
	if (bytes.length > itemSize || (!padded && bytes.length < itemSize))
		throw new StoreError("CORRUPT", `must be ${wanted} in base64, not ${bytes.length}`);
	fill.set(bytes);
	return fill;
}

/** @throws StoreError INVALID_ARGUMENT for a NaN with a payload, which v2 has no form for */
export function formatFillValue(fill: Values, { dtype, order }: StoredType): Json {
	if (dtype.kind === "R") return formatPackedRecord(fill, dtype, order);
	if (dtype.kind === "O" && dtype.name !== "json") {
		if (isZero(fill, dtype)) return null;
		throw new StoreError("INVALID_ARGUMENT", `format 2 has no fillValue of ${dtype.name}: leave it out`);
	}
	// zarr-python 2 takes base64 here for the value itself, which it then cannot encode.
	if (dtype.name === "bytes" && isZero(fill, dtype)) return null;
	const value = formatFill(fill, dtype);
	if (dtype.kind === "V") return btoa(String.fromCharCode(...(fill as Uint8Array)));
	if (dtype.boxing !== undefined) return value;
	if (dtype.time !== undefined) return fill[0] as bigint;
	const parts = Array.isArray(value) ? value : [value];
	if (!parts.some((part) => typeof part === "string" && part.startsWith("0x"))) return value;
	throw new StoreError("INVALID_ARGUMENT", "format 2 knows one NaN only: use NaN itself as fillValue");
}
