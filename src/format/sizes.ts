import { StoreError } from "../errors.js";
import { malformed } from "./extension-point.js";
import { excerpt, type Json } from "./json.js";

/** Whole numbers from `least` on, which a JavaScript number holds exactly. */
export function parseSizes(value: Json | undefined, least: 0 | 1): number[] {
	if (!Array.isArray(value)) throw malformed("a list of sizes", value);
	return value.map((size) => parseSize(size, least, `a list of whole numbers from ${least} on`));
}

/** @param expected what the message asks for */
export function parseSize(value: Json, least: 0 | 1, expected: string): number {
	const isWhole = typeof value === "bigint" || Number.isInteger(value);
	if (!isWhole || (value as number) < least) throw malformed(expected, value);
	if (Number.isSafeInteger(value)) return value as number;
	throw new StoreError("UNSUPPORTED", `a size of ${excerpt(String(value))} is not supported: at most 2^53 − 1`);
}
