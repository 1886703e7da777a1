import { type ByteRange, spanOf } from "../backend.js";
import { StoreError } from "../errors.js";

/**
 * Reads a byte range as HTTP writes it (RFC 9110, section 14.1.2): `"0-499"` is the first 500 bytes, `"9500-"` all from byte 9500 on,
 * `"-500"` the last 500. `bytes=` may stand before it.
 * @throws StoreError INVALID_ARGUMENT for anything else: several ranges, an end before the start, no bytes
 */
export function parseRange(text: string): ByteRange {
	const [, first = "", last = ""] = (typeof text === "string" && RANGE.exec(text)) || [];
	if (first === "" && last === "") throw noRange(text, 'write "0-499", "9500-" or "-500"');
	const [start, end] = [first, last].map((digits) => positionOf(digits, text)) as [number, number];
	if (first === "" && end === 0) throw noRange(text, "the last 0 bytes are none");
	if (first === "") return { suffix: end };
	if (last === "") return { offset: start };
	if (end < start) throw noRange(text, "it ends before it begins");
	return { offset: start, length: end - start + 1 };
}

const RANGE = /^(?:bytes=)?(\d*)-(\d*)$/i;

function positionOf(digits: string, text: string): number {
	const position = Number(digits);
	if (position < Number.MAX_SAFE_INTEGER) return position;
	throw noRange(text, "no object is that long");
}

function noRange(text: unknown, advice: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", `${JSON.stringify(text)} is no byte range: ${advice}`);
}

/** A range in either form. @throws StoreError INVALID_ARGUMENT */
export function rangeOf(range: ByteRange | string | undefined): ByteRange | undefined {
	if (range === undefined) return undefined;
	if (typeof range === "string") return parseRange(range);
	if (typeof range !== "object" || range === null || !("suffix" in range || "offset" in range))
		throw noRange(range, 'write "0-499", { offset: 0, length: 500 } or { suffix: 500 }');
	spanOf(range, 0);
	return range;
}

/**
 * The half-open span of `range` in an object of `size` bytes; a range that reaches past the end is cut there. One that begins there or
 * behind is refused, as HTTP does by status 416, but for ranges from 0 on, which of an empty object are empty, and those of length 0.
 * @throws StoreError OUT_OF_BOUNDS
 */
export function satisfiableSpan(key: string, range: ByteRange, size: number): { start: number; end: number } {
	const span = spanOf(range, size);
	if ("suffix" in range || range.offset < size || range.offset === 0 || range.length === 0) return span;
	const bytes = range.length === undefined ? "" : ` to ${range.offset + range.length - 1}`;
	throw new StoreError(
		"OUT_OF_BOUNDS",
		`${JSON.stringify(key)} has ${size} bytes, so none at ${range.offset}${bytes}: look at its size first, by head`,
		{ key },
	);
}

/** The range cut to one byte more than `limit`, so that one that is larger shows without being read whole. */
export function cutAbove(range: ByteRange, limit: number): ByteRange {
	const most = Math.min(limit + 1, Number.MAX_SAFE_INTEGER);
	if ("suffix" in range) return { suffix: Math.min(range.suffix, most) };
	return { offset: range.offset, length: Math.min(range.length ?? most, most) };
}
