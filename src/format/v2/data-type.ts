/** The member `dtype` of `.zarray` (Zarr v2 specification, "Data type encoding"). */
import { StoreError } from "../../errors.js";
import { utf32Type } from "../boxed-types.js";
import { asCorrupt } from "../data-type-metadata.js";
import { type DataType, dataType } from "../data-types.js";
import { malformed, quote, within } from "../extension-point.js";
import type { Json } from "../json.js";
import { recordType } from "../record-types.js";
import { parseNumericType, type StoredType } from "../type-string.js";

/** What a type string that is not supported stands for, by its letter. */
const NOT_SUPPORTED: { readonly [letter: string]: string } = {
	M: "points in time of that unit",
	m: "spans of time of that unit",
	f: "a float of that size",
	c: "a complex number of that size",
};

/**
 * The data type that `dtype` states: numbers in either byte order, and `|S` and `|V` as raw bits.
 * @throws StoreError CORRUPT where it is no data type at all, UNSUPPORTED naming one that is not supported
 */
export function parseDataType(value: Json | undefined): StoredType {
	if (Array.isArray(value)) return parseRecord(value);
	if (typeof value !== "string") throw malformed('a type string such as "<f8"', value);
	const numeric = parseNumericType(value);
	if (numeric !== undefined) return numeric;
	const bytes = /^\|?[SV]([1-9]\d{0,5})$/.exec(value)?.[1];
	if (bytes !== undefined) return { dtype: rawType(Number(bytes), value), order: "little" };
	const [, mark, characters] = /^([<>|=]?)U([1-9]\d{0,5})$/.exec(value) ?? [];
	if (characters !== undefined) {
		const dtype = asCorrupt(() => utf32Type(4 * Number(characters)));
		return { dtype, order: mark === ">" ? "big" : "little" };
	}
	const letter = /^[<>|=]?([A-Za-z])/.exec(value)?.[1] ?? "";
	const meaning = Object.hasOwn(NOT_SUPPORTED, letter) ? NOT_SUPPORTED[letter] : undefined;
	throw unsupported(meaning ?? "not known here", quote(value));
}

function rawType(bytes: number, text: string): DataType {
	try {
		return dataType(`r${8 * bytes}`);
	} catch {
		throw unsupported("more bytes than an element may have", quote(text));
	}
}

/** Whether elements are texts of bytes, of which the trailing NULs are no part. */
export function isByteString(dtype: Json | undefined): boolean {
	return typeof dtype === "string" && /^\|?S/.test(dtype);
}

/** Whether elements are Python objects, which a filter turns into bytes. */
export function isObjectType(dtype: Json | undefined): boolean {
	return typeof dtype === "string" && /^[|<>=]?O/.test(dtype);
}

/** NumPy's structured types, whose fields share one byte order here. */
function parseRecord(fields: readonly Json[]): StoredType {
	const types = fields.map((field, i) => within({ place: `field ${i}` }, () => parseField(field)));
	const [first = "little", ...others] = new Set(
		types.flatMap(({ type }) => (type.dtype.wordSize > 1 ? [type.order] : [])),
	);
	if (others.length > 0)
		throw unsupported("fields of both byte orders", types.map(({ name }) => quote(name)).join(", "));
	const described = types.map(({ name, type }) => ({ name, dtype: type.dtype }));
	return { dtype: asCorrupt(() => recordType(described)), order: first };
}

function parseField(field: Json): { readonly name: string; readonly type: StoredType } {
	const [name, type, ...shape] = Array.isArray(field) ? field : [];
	if (typeof name !== "string" || type === undefined) throw malformed("a list of name and type", field);
	if (shape.length > 0) throw unsupported("a field that is an array", quote(name));
	return { name, type: parseDataType(type) };
}

function unsupported(meaning: string, name: string): StoreError {
	return new StoreError("UNSUPPORTED", `the data type ${name} is not supported: ${meaning}`);
}
