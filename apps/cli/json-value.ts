import type { DataType, DType } from "../../src/format/data-types.js";
import { parseFill } from "../../src/format/fill-value.js";
import type { Json } from "../../src/format/json.js";
import { namedType } from "../../src/format/type-names.js";
import type { ArrayLike } from "../../src/values/nd-array.js";

const SPECIAL: { readonly [word: string]: number } = {
	nan: Number.NaN,
	inf: Number.POSITIVE_INFINITY,
	infinity: Number.POSITIVE_INFINITY,
};

/** The number that a word stands for where JSON has none: `nan`, `-Infinity`, `.5`, `+3`. */
export function numberOf(word: string): number | undefined {
	const [, sign = "", magnitude = ""] = /^([+-]?)(.*)$/s.exec(word) ?? [];
	const special = SPECIAL[magnitude.toLowerCase()];
	const isDecimal = /^(?:\.\d+|\d+\.)(?:e[+-]?\d+)?$/i.test(magnitude) || (sign === "+" && /^\d/.test(magnitude));
	const number = special ?? (isDecimal ? Number(magnitude) : Number.NaN);
	if (special === undefined && Number.isNaN(number)) return undefined;
	return sign === "-" ? -number : number;
}

/** Text, byte strings in base64, and records as the metadata has fill values. */
function boxedValue(json: Json, dtype: DataType): unknown {
	return Array.isArray(json) ? json.map((item) => boxedValue(item, dtype)) : parseFill(json, dtype)[0];
}

/**
 * Parsed JSON as a value for a dataset of this type: the strings that stand for NaN and infinities become numbers; integers too large for
 * a number stay bigints for integer types and are rounded for others, as a number of so many digits is in any program.
 */
export function jsonValue(json: Json, dtype: DType): ArrayLike {
	const type = namedType(dtype);
	if (type.boxing !== undefined) return boxedValue(json, type) as ArrayLike;
	const { kind, time } = type;
	const isInteger = ["i", "u", "M", "m"].includes(kind);
	const convert = (value: Json): unknown => {
		if (Array.isArray(value)) return value.map(convert);
		if (typeof value === "string" && time === undefined) return numberOf(value) ?? value;
		return typeof value === "bigint" && !isInteger ? Number(value) : value;
	};
	return convert(json) as ArrayLike;
}
