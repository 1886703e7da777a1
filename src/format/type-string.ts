/** NumPy's type strings (`<f8`, `|b1`, …), by which Zarr v2 and the codecs of numcodecs name data types. */
import { isStoreError } from "../errors.js";
import { type DataType, type DType, dataType, timeType } from "./data-types.js";
import { type TimeStep, timeStep } from "./times.js";

export type ByteOrder = "little" | "big";

/** A data type as it lies on the store. */
export interface StoredType {
	readonly dtype: DataType;
	/** Of one-byte words `little`, which says nothing. */
	readonly order: ByteOrder;
}

const KINDS: { readonly [letter: string]: (bytes: number) => string } = {
	b: (bytes) => (bytes === 1 ? "bool" : ""),
	i: (bytes) => `int${8 * bytes}`,
	u: (bytes) => `uint${8 * bytes}`,
	f: (bytes) => `float${8 * bytes}`,
	c: (bytes) => `complex${8 * bytes}`,
};

const NUMERIC = /^([<>|=]?)([biufc])(1|2|4|8|16)$/;

const TIME = /^([<>=]?)([Mm])8(?:\[(\d{0,10})(\D{1,8})\])?$/;

/** Points and spans of time: `<M8[ns]`, `>m8[10us]`; of no unit in particular `<M8`. */
function parseTimeType(text: string): StoredType | undefined {
	const [, mark, kind, factor = "", unit = "generic"] = TIME.exec(text) ?? [];
	if (kind !== "M" && kind !== "m") return undefined;
	try {
		const step = timeStep(kind, unit, factor === "" ? 1 : Number(factor), "CORRUPT");
		return { dtype: timeType(step), order: mark === ">" ? "big" : "little" };
	} catch (error) {
		if (isStoreError(error)) return undefined;
		throw error;
	}
}

/**
 * The numeric type that a type string names, or one of NumPy's names such as `int32`; undefined where it is no such. Without a
 * byte order, little-endian is meant.
 */
export function parseNumericType(text: string): StoredType | undefined {
	const [, mark, letter = "", bytes] = NUMERIC.exec(text) ?? [];
	const name = KINDS[letter]?.(Number(bytes)) ?? text;
	if (!NUMERIC_NAMES.has(name)) return parseTimeType(text);
	const dtype = dataType(name);
	return { dtype, order: mark === ">" && dtype.wordSize > 1 ? "big" : "little" };
}

const NUMERIC_NAMES: ReadonlySet<string> = new Set<DType>([
	...(["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const),
	...(["float16", "float32", "float64", "complex64", "complex128"] as const),
]);

/** The type string of a data type that NumPy knows; raw bits are NumPy's void, entries of any length its objects. */
export function formatType({ kind, itemSize, wordSize, time, name }: DataType, order: ByteOrder): string {
	if (name === "string" || name === "bytes" || kind === "O") return "|O";
	if (kind === "U") return `${order === "big" ? ">" : "<"}U${itemSize / 4}`;
	const mark = wordSize === 1 ? "|" : order === "big" ? ">" : "<";
	return `${mark}${kind}${itemSize}${time === undefined ? "" : stepText(time)}`;
}

function stepText({ unit, scaleFactor }: TimeStep): string {
	if (scaleFactor === 1) return unit === "generic" ? "" : `[${unit}]`;
	return `[${scaleFactor}${unit}]`;
}

/** Whether NumPy has the type, perhaps by another name. Its own floats and integers have no fewer than 8 bits, and no other layouts. */
export function isNumpyType(dtype: DataType): boolean {
	if (dtype.kind === "V" || dtype.boxing !== undefined) return true;
	const same = parseNumericType(formatType(dtype, "little"))?.dtype;
	return same !== undefined && same.bits === dtype.bits && same.float === dtype.float;
}
