/** Data types by the names that people and programs use for them. */
import { StoreError } from "../errors.js";
import { BYTES, STRING, utf32Type } from "./boxed-types.js";
import { type DataType, type DType, dataType } from "./data-types.js";
import { JSON_VALUES, raggedType } from "./object-types.js";
import { type FieldDescription, recordType } from "./record-types.js";

/**
 * The data type of a name: as `Dataset.dtype` shows it, or as NumPy spells text (`U12`, `<U12`: at most 12 characters).
 * @throws StoreError UNSUPPORTED, INVALID_ARGUMENT
 */
export function namedType<D extends DType>(name: D | (string & {})): DataType<D> {
	return (boxedTypeOf(String(name)) ?? dataType(name)) as DataType as DataType<D>;
}

function boxedTypeOf(name: string): DataType | undefined {
	if (name === "string") return STRING;
	if (name === "bytes") return BYTES;
	if (name === "json") return JSON_VALUES;
	const ragged = /^ragged\[(.*)\]$/.exec(name)?.[1];
	if (ragged !== undefined) return raggedType(dataType(ragged));
	const bytes = /^fixed_length_utf32\[(\d{1,9})\]$/.exec(name)?.[1];
	if (bytes !== undefined) return utf32Type(Number(bytes));
	const characters = /^[<>=]?U(\d{1,9})$/.exec(name)?.[1];
	if (characters !== undefined) return utf32Type(4 * Number(characters));
	const fields = /^struct\[(.*)\]$/s.exec(name)?.[1];
	return fields === undefined ? undefined : recordType(parseFields(fields));
}

/** `x: float32, "odd name": struct[…]`. */
function parseFields(text: string): FieldDescription[] {
	return splitFields(text).map((field) => {
		const [, quoted, plain, type] = /^\s*(?:("(?:[^"\\]|\\.)*")|([^":]*?))\s*:\s*(.*?)\s*$/s.exec(field) ?? [];
		if (type === undefined)
			throw new StoreError("INVALID_ARGUMENT", `struct: ${JSON.stringify(field)} is no field: write name: type`);
		return { name: quoted === undefined ? (plain as string) : unquoted(quoted), dtype: namedType(type) };
	});
}

function unquoted(text: string): string {
	try {
		return JSON.parse(text) as string;
	} catch (cause) {
		throw new StoreError("INVALID_ARGUMENT", `struct: ${text} is no quoted name`, { cause });
	}
}

/** At commas that stand within no quotes and no brackets. */
function splitFields(text: string): string[] {
	const fields: string[] = [];
	let [from, depth] = [0, 0];
	for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\],]/gs)) {
		if (token === "[") depth++;
		else if (token === "]") depth--;
		else if (token === "," && depth === 0) {
			fields.push(text.slice(from, index));
			from = index + 1;
		}
	}
	return [...fields, text.slice(from)];
}
