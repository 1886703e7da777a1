/** Types of elements as npy files describe them, `descr`: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. */
import { isStoreError, StoreError } from "../../../src/errors.js";
import { utf32Type } from "../../../src/format/boxed-types.js";
import { type DataType, dataType, type Field } from "../../../src/format/data-types.js";
import { asRecord } from "../../../src/format/fill-value.js";
import { type FieldDescription, recordType } from "../../../src/format/record-types.js";
import { formatType, isNumpyType, parseNumericType } from "../../../src/format/type-string.js";
import { presentedType } from "../presented-type.js";
import { formatText, type Python } from "./python-literal.js";

export interface ElementType {
	/** As it lies in the file. */
	readonly dtype: DataType;
	readonly endian: "little" | "big";
	/** As it is read: without the bytes that fill records up. */
	readonly presented: DataType;
	/** Makes entries of the one type those of the other, where they differ. */
	readonly restore?: ((entries: readonly unknown[]) => unknown[]) | undefined;
}

/** @throws StoreError CORRUPT where it is no description, UNSUPPORTED where there is no data type for it */
export function parseDescr(descr: Python | undefined, name: string): ElementType {
	const { dtype, order } = typed(descr, name);
	const restore = dtype.kind === "R" ? unpadding(dtype) : undefined;
	return { dtype, endian: order ?? "little", presented: restore === undefined ? dtype : unpadded(dtype), restore };
}

interface Described {
	readonly dtype: DataType;
	/** Undefined where words are single bytes. */
	readonly order: "little" | "big" | undefined;
}

function typed(descr: Python | undefined, name: string): Described {
	if (Array.isArray(descr)) return record(descr, name);
	if (typeof descr !== "string") throw corrupt(name, "descr is missing or wrong");
	const time = /^[<>=]?[Mm]8/.test(descr) ? parseNumericType(descr) : undefined;
	if (time !== undefined) return time;
	const [, mark, kind = "", size = ""] = /^([<>|=]?)([a-zA-Z?])(\d*)/.exec(descr) ?? [];
	if (mark === undefined) throw corrupt(name, "descr is missing or wrong");
	if (kind === "O")
		throw unsupported(name, "objects (a pickle, which can run code when it is read): save numbers, text or records");
	const dtype = named(kind, Number(size), descr, name);
	return { dtype, order: dtype.wordSize === 1 ? undefined : mark === ">" ? "big" : "little" };
}

const KINDS: { readonly [kind: string]: string } = { i: "int", u: "uint", f: "float", c: "complex" };

/** Byte strings, `|S`, are raw bits: their NULs at the end, which NumPy does not show, stay. */
function named(kind: string, size: number, descr: string, name: string): DataType {
	try {
		if (kind === "?" || (kind === "b" && size === 1)) return dataType("bool");
		if (kind === "U") return utf32Type(4 * size);
		return dataType(kind === "V" || kind === "S" ? `r${8 * size}` : `${KINDS[kind] ?? kind}${8 * size}`);
	} catch (error) {
		throw unsupported(name, `elements of type ${descr}: ${(error as Error).message}`, error);
	}
}

/** A field without name is what NumPy fills records up with, so that others are aligned. */
const PADDING = "\0";

function record(fields: readonly Python[], name: string): Described {
	const described = fields.map((field, i) => fieldOf(field, i, name));
	const orders = new Set(described.flatMap(({ order }) => (order === undefined ? [] : [order])));
	if (orders.size > 1)
		throw unsupported(name, "records with fields of both byte orders: save a.astype(a.dtype.newbyteorder('<'))");
	try {
		return { dtype: recordType(described), order: [...orders][0] };
	} catch (error) {
		if (!isStoreError(error)) throw error;
		throw unsupported(name, `records: ${error.message}`, error);
	}
}

function fieldOf(field: Python, i: number, name: string): FieldDescription & Described {
	const [label, descr, ...shape] = Array.isArray(field) ? field : [];
	if (descr === undefined) throw corrupt(name, "descr is missing or wrong");
	if (Array.isArray(label)) throw unsupported(name, `records with titles (${label.join(", ")}): save them without`);
	if (typeof label !== "string") throw corrupt(name, "descr is missing or wrong");
	if (shape.length > 0)
		throw unsupported(name, `records whose field ${label} is an array: save it as an array of its own`);
	return { name: label === "" ? `${PADDING}${i}` : label, ...typed(descr, name) };
}

const isPadding = ({ name }: { readonly name: string }): boolean => name.startsWith(PADDING);

function unpadded(dtype: DataType): DataType {
	const fields = dtype.boxing?.fields;
	if (fields === undefined) return dtype;
	return recordType(
		fields.flatMap((field) => (isPadding(field) ? [] : [{ name: field.name, dtype: unpadded(field.dtype) }])),
	);
}

/** Undefined where there is nothing to take out. */
function unpadding(dtype: DataType): ElementType["restore"] {
	const take = taking(dtype.boxing?.fields);
	return take && ((entries) => entries.map(take));
}

function taking(fields: readonly Field[] | undefined): ((record: unknown) => unknown) | undefined {
	if (fields === undefined) return undefined;
	const kept = fields.filter((field) => !isPadding(field));
	const inner = kept.map(({ dtype }) => taking(dtype.boxing?.fields));
	if (kept.length === fields.length && inner.every((take) => take === undefined)) return undefined;
	return (record) =>
		asRecord(kept, ({ name }, i) => {
			const value = (record as { readonly [field: string]: unknown })[name];
			return inner[i]?.(value) ?? value;
		});
}

/**
 * The type by which NumPy knows the values: for numbers that it has no name for, the one they are presented in.
 * @throws StoreError UNSUPPORTED for what has no fixed size, and records of what NumPy does not have
 */
export function npyType(dtype: DataType): DataType {
	if (dtype.boxing === undefined) return isNumpyType(dtype) ? dtype : presentedType(dtype);
	checkNumpy(dtype, dtype);
	return dtype;
}

function checkNumpy(dtype: DataType, whole: DataType): void {
	const { name, kind, boxing } = dtype;
	for (const field of boxing?.fields ?? []) checkNumpy(field.dtype, whole);
	if (kind === "R" || (kind === "U" && name !== "string")) return;
	if (boxing === undefined && isNumpyType(dtype)) return;
	const instead =
		kind === "U" ? "copy it to a dataset of text of a fixed length, such as U20, or write CSV" : ADVICE[kind];
	const what = dtype === whole ? name : `${whole.name}, for its ${name},`;
	throw new StoreError("UNSUPPORTED", `${what} has no form in npy files: ${instead ?? "write its fields one by one"}`);
}

const ADVICE: { readonly [kind: string]: string } = {
	S: "copy it to a dataset of raw bits of a fixed size, such as r64, or write CSV",
	O: "write CSV, or copy it to a Zarr store",
};

/** As Python writes it. */
export function formatDescr(dtype: DataType): string {
	const fields = dtype.boxing?.fields;
	if (fields === undefined) return formatText(formatType(dtype, "little"));
	return `[${fields.map((field) => `(${formatText(field.name)}, ${formatDescr(field.dtype)})`).join(", ")}]`;
}

function corrupt(name: string, reason: string): StoreError {
	return new StoreError("CORRUPT", `${name} is no npy file, or a damaged one: ${reason}`);
}

function unsupported(name: string, what: string, cause?: unknown): StoreError {
	return new StoreError("UNSUPPORTED", `${name} holds ${what}`, { cause });
}
