/** Attributes of an HDF5 dataset, and what of ours HDF5 has no place for. */
import { isStoreError, StoreError } from "../../../src/errors.js";
import type { DataType, NumericName, TypedArray, Values } from "../../../src/format/data-types.js";
import { fillFromUser, formatFill, parseFill } from "../../../src/format/fill-value.js";
import { formatJson, type Json, type JsonObject, parseJson } from "../../../src/format/json.js";
import type { Attributes } from "../../../src/format/metadata.js";
import { namedType } from "../../../src/format/type-names.js";
import type { Hdf5, Hdf5Dataset } from "./library.js";
import { isFixedText, storedAs, storedType } from "./types.js";

/**
 * JSON text in an attribute of this name holds what HDF5 cannot: `fill_value`, the `dtype` of values that were stored as another, and under
 * `json` the names of attributes that were written as JSON text.
 */
const OWN = "_tesserae";
/** Where netCDF and xarray look for the fill value. */
const FILL = "_FillValue";

/** What HDF5 itself keeps beside the attributes of users. */
const INTERNAL = ["DIMENSION_LABELS", "DIMENSION_LIST", "REFERENCE_LIST"];

/** What the attributes tell of a dataset. */
export interface Described {
	readonly dtype: NumericName;
	readonly fillValue: TypedArray | undefined;
	readonly attributes: { readonly [name: string]: Json };
	readonly dimensionNames: readonly (string | null)[] | undefined;
}

/** @param stored the data type that the values have in the file */
export function readAttributes({ module }: Hdf5, dataset: Hdf5Dataset, stored: DataType): Described {
	const names: string[] = module.get_attribute_names(dataset.file_id, dataset.path);
	const own = names.includes(OWN) ? readOwn(dataset) : {};
	const asText = Array.isArray(own.json) ? own.json : [];
	const ours = own.fill_attribute === true ? [OWN, FILL] : [OWN];
	const kept = names.filter((name) => !ours.includes(name) && !INTERNAL.includes(name));
	const attributes: { [name: string]: Json } = {};
	for (const name of kept) {
		const value = readAttribute(dataset, name);
		if (value !== undefined) attributes[name] = asText.includes(name) ? parseJson(String(value), name) : value;
	}
	const dtype = announcedType(own.dtype, stored);
	return {
		dtype: dtype.name as NumericName,
		fillValue: fillOf(dataset, own, names, dtype) as TypedArray | undefined,
		attributes,
		dimensionNames: labels(dataset),
	};
}

function readOwn(dataset: Hdf5Dataset): JsonObject {
	const text = readAttribute(dataset, OWN);
	const own = parseJson(String(text), `${OWN} of ${dataset.path}`);
	if (typeof own === "object" && own !== null && !Array.isArray(own)) return own;
	throw new StoreError("CORRUPT", `${OWN} of ${dataset.path} is no JSON object`);
}

/** Types that HDF5 does not have were stored as the one they are presented in. */
function announcedType(name: Json | undefined, stored: DataType): DataType {
	if (typeof name !== "string") return stored;
	try {
		const announced = namedType(name);
		const isText = isFixedText(announced) && isFixedText(stored) && announced.itemSize <= stored.itemSize;
		return isText || storedAs(announced).name === stored.name ? announced : stored;
	} catch (error) {
		if (isStoreError(error)) return stored;
		throw error;
	}
}

function fillOf(dataset: Hdf5Dataset, own: JsonObject, names: readonly string[], dtype: DataType): Values | undefined {
	if (own.fill_value !== undefined) return parseFill(own.fill_value, dtype);
	if (!names.includes(FILL)) return undefined;
	try {
		const value: unknown = dataset.attrs[FILL]?.value;
		return fillFromUser(ArrayBuffer.isView(value) ? (value as TypedArray)[0] : value, dtype);
	} catch {
		// Somebody else's attribute, which need not mean this.
		return undefined;
	}
}

function labels(dataset: Hdf5Dataset): (string | null)[] | undefined {
	if (dataset.shape === null || dataset.shape.length === 0) return undefined;
	const all = dataset.get_dimension_labels().map((label) => label || null);
	return all.some((label) => label !== null) ? all : undefined;
}

const [INTEGER, FLOAT, STRING, ENUM] = [0, 1, 3, 8];

/** Undefined where JSON, or the library, cannot hold it. */
function readAttribute(dataset: Hdf5Dataset, name: string): Json | undefined {
	try {
		const attribute = dataset.attrs[name];
		const { shape, metadata, value } = attribute ?? {};
		if (metadata === undefined || ![INTEGER, FLOAT, STRING, ENUM].includes(metadata.type)) return undefined;
		if (shape === null || shape === undefined) return null;
		const isBoolean = metadata.enum_type?.members.FALSE === 0 && metadata.enum_type.members.TRUE === 1;
		const scalar = (entry: unknown): Json => (isBoolean ? Boolean(entry) : scalarOf(entry));
		if (shape.length === 0) return scalar(value);
		return nested(Array.from(value as ArrayLike<unknown>, scalar), shape);
	} catch {
		return undefined;
	}
}

function scalarOf(value: unknown): Json {
	if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
	if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
	return String(value);
}

function nested(flat: Json[], shape: readonly number[]): Json[] {
	return shape.slice(1).reduceRight<Json[]>((items, length) => {
		const count = length === 0 ? 0 : items.length / length;
		return Array.from({ length: count }, (_, i) => items.slice(i * length, (i + 1) * length));
	}, flat);
}

/** What is written beside the values. */
export interface Description {
	readonly dtype: DataType;
	readonly fill: Values | undefined;
	readonly attributes: Attributes;
	readonly dimensionNames: readonly (string | null)[] | undefined;
}

export function writeAttributes(dataset: Hdf5Dataset, { dtype, fill, attributes, dimensionNames }: Description): void {
	if (Object.hasOwn(attributes, OWN))
		throw new StoreError("INVALID_ARGUMENT", `the attribute ${OWN} is used to write HDF5: give it another name`);
	const own: JsonObject = {};
	const asText: string[] = [];
	for (const [name, value] of Object.entries(attributes)) {
		if (writeNatively(dataset, name, value)) continue;
		dataset.create_attribute(name, formatJson(value, 0));
		asText.push(name);
	}
	if (asText.length > 0) own.json = asText;
	if (isFixedText(dtype) || storedAs(dtype).name !== dtype.name) own.dtype = dtype.name;
	if (fill !== undefined) {
		own.fill_value = formatFill(fill, dtype);
		const { format } = storedType(dtype);
		own.fill_attribute = typeof format === "string" && dtype.boxing === undefined && !Object.hasOwn(attributes, FILL);
		if (own.fill_attribute) dataset.create_attribute(FILL, fill as Float64Array, [1], format);
	}
	if (Object.keys(own).length > 0) dataset.create_attribute(OWN, formatJson(own, 0));
	dimensionNames?.forEach((name, axis) => {
		if (name !== null) dataset.set_dimension_label(axis, name);
	});
}

/** Entries of an array that is no larger than an attribute may be, 64 KiB. */
const MOST_ENTRIES = 7500;

/** Writes scalars and lists of numbers or of strings as such; false for everything else. */
function writeNatively(dataset: Hdf5Dataset, name: string, value: Json): boolean {
	const isList = Array.isArray(value);
	const items = isList ? value : [value];
	if (items.length === 0 || items.length > MOST_ENTRIES) return false;
	const shape = isList ? [items.length] : [];
	if (items.every((item): item is string => typeof item === "string" && !item.includes("\0")))
		dataset.create_attribute(name, isList ? items : (items[0] as string), isList ? shape : null, "S");
	else if (items.every((item): item is number | bigint => isInteger(item)))
		dataset.create_attribute(name, BigInt64Array.from(items, BigInt), shape, "<q");
	else if (items.every((item): item is number => typeof item === "number"))
		dataset.create_attribute(name, Float64Array.from(items), shape, "<d");
	else return false;
	return true;
}

/** One that a signed integer of 64 bits holds. */
function isInteger(value: Json): value is number | bigint {
	if (typeof value === "bigint") return BigInt.asIntN(64, value) === value;
	return Number.isSafeInteger(value) && !Object.is(value, -0);
}
