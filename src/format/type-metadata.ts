/** The member `data_type` of `zarr.json` (core specification 3.1, "Data types"; zarr-extensions, "data-types"). */
import { isStoreError, StoreError } from "../errors.js";
import { utf32Type } from "./boxed-types.js";
import { type DataType, dataType } from "./data-types.js";
import { isObject, malformed, parseExtension, quote, refuseOthers, within } from "./extension-point.js";
import type { Json, JsonObject } from "./json.js";
import { type FieldDescription, recordType } from "./record-types.js";
import { namedType } from "./type-names.js";

/** @throws StoreError CORRUPT where it is malformed, UNSUPPORTED by name */
export function parseDataType(value: Json | undefined): DataType {
	const { name, configuration = {} } = parseExtension(value);
	const parse = Object.hasOwn(CONFIGURED, name) ? CONFIGURED[name] : undefined;
	if (parse === undefined) {
		const dtype = plainType(name);
		refuseOthers(configuration, `the configuration of ${quote(name)}`);
		return dtype;
	}
	const { used, dtype } = within({ place: quote(name) }, () => asCorrupt(() => parse(configuration)));
	const others = Object.entries(configuration).filter(([member]) => member !== used);
	refuseOthers(Object.fromEntries(others), `the configuration of ${quote(name)}`);
	return name === "fixed_length_utf32" || name === "struct" ? dtype : { ...dtype, metadata: value as Json };
}

/** Types without a configuration. Names in brackets are spellings of ours, and no metadata. */
function plainType(name: string): DataType {
	if (name === "variable_length_bytes") return { ...namedType("bytes"), metadata: name };
	return name === "string" || name === "bytes" ? namedType(name) : dataType(name);
}

interface Configured {
	/** The member of the configuration that says it all. */
	readonly used: string;
	readonly dtype: DataType;
}

/** Those of the registry, then two that zarr-python writes for NumPy's byte strings and void. */
const CONFIGURED: { readonly [name: string]: (configuration: JsonObject) => Configured } = {
	fixed_length_utf32: (configuration) => ({ used: LENGTH, dtype: utf32Type(lengthOf(configuration)) }),
	struct: (configuration) => ({ used: "fields", dtype: recordType(parseFields(configuration.fields)) }),
	structured: (configuration) => ({ used: "fields", dtype: recordType(parseFields(configuration.fields)) }),
	null_terminated_bytes: (configuration) => ({ used: LENGTH, dtype: dataType(`r${8 * lengthOf(configuration)}`) }),
	raw_bytes: (configuration) => ({ used: LENGTH, dtype: dataType(`r${8 * lengthOf(configuration)}`) }),
};

const LENGTH = "length_bytes";

function lengthOf({ [LENGTH]: length }: JsonObject): number {
	if (typeof length === "number" && Number.isSafeInteger(length) && length > 0) return length;
	return within({ place: LENGTH }, () => {
		throw malformed("a whole number from 1 on", length);
	});
}

/** Objects as the registry has them, or the pairs that zarr-python wrote before. */
function parseFields(value: Json | undefined): FieldDescription[] {
	if (!Array.isArray(value) || value.length === 0) throw malformed("a list of fields", value);
	return value.map((field, i) => within({ place: `field ${i}` }, () => parseField(field)));
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
