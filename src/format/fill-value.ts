/** Fill values (Zarr v3 core specification 3.1, "Permitted fill values", and each data type of zarr-extensions). */
import { StoreError } from "../errors.js";
import type { Boxing, DataType, DType, Field, ScalarOf, TypedArray, Values } from "./data-types.js";
import { isObject } from "./extension-point.js";
import type { Json, JsonObject } from "./json.js";
import * as numeric from "./numeric-fill.js";

/**
 * The fill value that the metadata states, as one element in presented form, bit for bit.
 * @throws StoreError CORRUPT where the data type does not permit it
 */
export function parseFill(json: Json, dtype: DataType): Values {
	if (dtype.boxing !== undefined) return [parseBoxed(json, dtype, dtype.boxing)];
	const inBase64 = goesInBase64(dtype) && typeof json === "string" ? bytesOf(json) : undefined;
	const isPart = inBase64 !== undefined && inBase64.length <= dtype.itemSize;
	return numeric.parseFill(isPart ? Array.from({ length: dtype.itemSize }, (_, i) => inBase64[i] ?? 0) : json, dtype);
}

function parseBoxed(json: Json, dtype: DataType, { accept, fields, takes }: Boxing): unknown {
	const entry = fields === undefined ? accept(dtype.kind === "S" ? bytesOf(json) : json) : parseRecord(json, fields);
	if (entry !== undefined) return entry;
	const reason = dtype.kind === "S" ? "it takes a list of bytes, or bytes in base64" : `it takes ${takes}`;
	throw new StoreError("CORRUPT", `${numeric.show(json)} is no fill value of ${dtype.name}: ${reason}`);
}

function parseRecord(json: Json, fields: readonly Field[]): unknown {
	if (!isObject(json) || Object.keys(json).length !== fields.length) return undefined;
	if (!fields.every(({ name }) => Object.hasOwn(json, name))) return undefined;
	return asRecord(fields, ({ name, dtype }) => fillToUser(parseFill(json[name] as Json, dtype), dtype));
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes as a list or in base64; undefined where it is neither. */
export function bytesOf(json: Json): Uint8Array | undefined {
	if (typeof json === "string")
		return BASE64.test(json) ? Uint8Array.from(atob(json), (unit) => unit.charCodeAt(0)) : undefined;
	const isByte = (item: Json): boolean => Number.isInteger(item) && (item as number) >= 0 && (item as number) <= 255;
	return Array.isArray(json) && json.every(isByte) ? Uint8Array.from(json as number[]) : undefined;
}

/**
 * The fill value that a user asks for: a number, bigint or boolean, `[re, im]` for complex, a list of bytes for raw bits, text, a
 * `Uint8Array`, an object of fields; where it is left out, zero, false or nothing. Numbers are rounded to the float type; everything else
 * must be exact. One element as `dtype.Array` is taken bit for bit.
 * @throws StoreError INVALID_ARGUMENT where the data type cannot hold it
 */
export function fillFromUser(value: unknown, dtype: DataType): Values {
	const { boxing } = dtype;
	if (boxing === undefined) return numeric.fillFromUser(value, dtype);
	if (value === undefined) return defaultFill(dtype);
	const entry = boxing.accept(Array.isArray(value) && value.length === 1 ? value[0] : value);
	if (entry !== undefined) return [entry instanceof Uint8Array ? entry.slice() : entry];
	const reason = `it takes ${boxing.takes}`;
	throw new StoreError("INVALID_ARGUMENT", `fillValue ${numeric.show(value)} does not fit ${dtype.name}: ${reason}`);
}

/** One element whose stored bits are all zero: zero, but of types that have none, or what stands for it. */
export function defaultFill(dtype: DataType): Values {
	return dtype.boxing === undefined ? numeric.defaultFill(dtype) : [dtype.boxing.empty];
}

/** The fill value as the metadata states it; {@link parseFill} returns the same bits. */
export function formatFill(fill: Values, dtype: DataType): Json {
	if (dtype.boxing !== undefined) return formatBoxed(fill[0], dtype.boxing);
	return goesInBase64(dtype) ? toBase64(fill as Uint8Array) : numeric.formatFill(fill as TypedArray, dtype);
}

function formatBoxed(entry: unknown, { fields }: Boxing): Json {
	if (entry instanceof Uint8Array) return toBase64(entry);
	if (fields === undefined) return entry as Json;
	const record: JsonObject = {};
	for (const { name, dtype } of fields) {
		const value = (entry as { readonly [field: string]: unknown })[name];
		Object.defineProperty(record, name, { value: formatFill(fillFromUser(value, dtype), dtype), enumerable: true });
	}
	return record;
}

/** zarr-python's own names for raw bits go with base64. */
function goesInBase64({ kind, metadata, name }: DataType): boolean {
	return kind === "V" && metadata !== name;
}

export function toBase64(bytes: Uint8Array): string {
	return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The fill value as `dataset.fillValue` shows it. */
export function fillToUser<D extends DType>(fill: Values, dtype: DataType<D>): ScalarOf<D> {
	if (dtype.boxing !== undefined) return fill[0] as ScalarOf<D>;
	return numeric.fillToUser(fill as TypedArray, dtype);
}

/**
 * Whether a contiguous chunk of presented values is only fill value, and so need not be stored. Bit for bit: −0.0 is not 0.0, and a
 * NaN with a payload is data. Only the canonical quiet NaN counts as the same with either sign, since processors differ
 * in the sign of the NaN that they produce.
 * @param fill one element, `dtype.components` entries
 */
export function isOnlyFill(data: Values, fill: Values, dtype: DataType): boolean {
	const { boxing } = dtype;
	if (boxing === undefined) return numeric.isOnlyFill(data as TypedArray, fill as TypedArray, dtype);
	return (data as unknown[]).every((entry) => boxing.isSame(entry, fill[0]));
}

/** What fresh memory holds anyway: all bits zero, or what stands for that. */
export function isZero(fill: Values, { boxing }: DataType): boolean {
	return boxing === undefined ? numeric.isZero(fill as TypedArray) : boxing.isSame(fill[0], boxing.empty);
}

/** A record made field by field: members of its own, whatever the fields are called. */
export function asRecord(
	fields: readonly Field[],
	fieldOf: (field: Field, i: number) => unknown,
): { readonly [field: string]: unknown } {
	return Object.fromEntries(fields.map((field, i) => [field.name, fieldOf(field, i)]));
}
