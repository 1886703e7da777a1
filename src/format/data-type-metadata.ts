/** Data types as the metadata states them, by a name or by a name and its configuration, and as users ask for them. */
import { isStoreError, StoreError } from "../errors.js";
import { utf32Type } from "./boxed-types.js";
import { type DataType, type DType, type DTypeLike, dataType, timeType } from "./data-types.js";
import { isObject, malformed, parseExtension, quote, refuseOthers, within } from "./extension-point.js";
import type { Json, JsonObject } from "./json.js";
import { jsonFromUser } from "./json-from-user.js";
import { type FieldDescription, recordType } from "./record-types.js";
import { timeStep } from "./times.js";
import { namedType } from "./type-names.js";

/** The member `data_type`. @throws StoreError CORRUPT, or UNSUPPORTED naming what is not known here */
export function parseDataType(value: Json | undefined): DataType {
	const { name, configuration } = parseExtension(value);
	const parse = Object.hasOwn(CONFIGURED, name) ? CONFIGURED[name] : undefined;
	if (parse === undefined) {
		const dtype = plainType(name);
		refuseOthers(configuration ?? {}, `the configuration of ${quote(name)}`);
		return dtype;
	}
	if (configuration === undefined) throw malformed(`an object with the "configuration" of ${quote(name)}`, value);
	return within({ place: quote(name) }, () => asCorrupt(() => parse(configuration, value as Json)));
}

/** A name with its configuration in brackets is no name of the metadata, and neither is NumPy's. */
function plainType(name: string): DataType {
	if (name === "variable_length_bytes") return { ...namedType("bytes"), metadata: name };
	if (name === "string" || name === "bytes") return namedType(name);
	if (name.includes("[")) throw new StoreError("UNSUPPORTED", `data type ${quote(name)} is not supported`);
	return dataType(name);
}

/** Data types that have a configuration, by name: those of the registry, and two that zarr-python has for NumPy's byte strings and void. */
const CONFIGURED: { readonly [name: string]: (configuration: JsonObject, metadata: Json) => DataType } = {
	"numpy.datetime64": (configuration) => parseTime("M", configuration),
	"numpy.timedelta64": (configuration) => parseTime("m", configuration),
	fixed_length_utf32: (configuration) => utf32Type(parseLength(configuration)),
	struct: (configuration) => recordType(parseFields(configuration)),
	structured: (configuration, metadata) => ({ ...recordType(parseFields(configuration)), metadata }),
	null_terminated_bytes: (configuration, metadata) => ({ ...rawType(configuration), metadata }),
	raw_bytes: (configuration, metadata) => ({ ...rawType(configuration), metadata }),
};

function parseTime(kind: "M" | "m", { unit, scale_factor: scaleFactor, ...others }: JsonObject): DataType {
	const dtype = timeType(timeStep(kind, unit, scaleFactor, "CORRUPT"));
	refuseOthers(others, "the configuration");
	return dtype;
}

function parseLength({ length_bytes: length, ...others }: JsonObject): number {
	refuseOthers(others, "the configuration");
	if (typeof length === "number" && Number.isSafeInteger(length) && length > 0) return length;
	return within({ place: "length_bytes" }, () => {
		throw malformed("a whole number from 1 on", length);
	});
}

function rawType(configuration: JsonObject): DataType {
	return dataType(`r${8 * parseLength(configuration)}`);
}

/** Objects as the registry has them, or the pairs that zarr-python wrote before. */
function parseFields({ fields, ...others }: JsonObject): FieldDescription[] {
	refuseOthers(others, "the configuration");
	if (!Array.isArray(fields) || fields.length === 0) throw malformed("a list of fields", fields);
	return fields.map((field, i) => within({ place: `field ${i}` }, () => parseField(field)));
}

function parseField(field: Json): FieldDescription {
	if (Array.isArray(field) && field.length === 2) return describeField(field[0], field[1]);
	if (!isObject(field)) throw malformed('an object with "name" and "data_type"', field);
	const { name, data_type: type, ...others } = field;
	refuseOthers(others, "it");
	return describeField(name, type);
}

function describeField(name: Json | undefined, type: Json | undefined): FieldDescription {
	if (typeof name !== "string") throw malformed("a string as name", name);
	return { name, dtype: parseDataType(type) };
}

/** What a person would be told of an argument is told of the document. */
export function asCorrupt<T>(make: () => T): T {
	try {
		return make();
	} catch (error) {
		if (isStoreError(error, "INVALID_ARGUMENT")) throw new StoreError("CORRUPT", error.message);
		throw error;
	}
}

/**
 * The data type that a user asks for, by a name or as the metadata would have it.
 * @throws StoreError INVALID_ARGUMENT, UNSUPPORTED
 */
export function dataTypeFromUser<D extends DType = DType>(given: DTypeLike<D>): DataType<D> {
	try {
		if (typeof given !== "object" || given === null) return namedType<D>(given as D);
		return underPresentName(parseDataType(jsonFromUser(given, "dtype"))) as DataType as DataType<D>;
	} catch (error) {
		if (!isStoreError(error, "CORRUPT")) throw error;
		throw new StoreError("INVALID_ARGUMENT", `dtype: ${error.message}`, { cause: error });
	}
}

/** Records are written as `struct`, and never as `structured` (registry of extensions). */
function underPresentName(dtype: DataType): DataType {
	const fields = dtype.boxing?.fields;
	return fields === undefined
		? dtype
		: recordType(fields.map((field) => ({ name: field.name, dtype: underPresentName(field.dtype) })));
}
