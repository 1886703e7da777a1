import type { DataType, TypedArray } from "../../src/format/data-types.js";
import { formatFill } from "../../src/format/fill-value.js";
import { formatJson, type Json } from "../../src/format/json.js";
import { timeText } from "../../src/format/time-values.js";
import type { TimeStep } from "../../src/format/times.js";
import { namedType } from "../../src/format/type-names.js";
import { shortestDecimal } from "../../src/values/shortest.js";
import { readPieces, type Selected } from "./read-values.js";

/** Elements that become one piece of text. */
const AT_ONCE = 2 ** 16;

/**
 * The values of a selection as nested JSON arrays (a lone value as itself), in pieces of text, a row per line. 64-bit integers have all
 * their digits, NaN and infinities are strings as in Zarr's metadata, a complex number is [re, im], raw bits are a list of bytes, points in time
 * are strings by ISO 8601.
 * `tesserae set` reads the same.
 */
export async function* valuesAsJson(selected: Selected): AsyncGenerator<string, void, undefined> {
	const { shape } = selected.chosen;
	if (shape.includes(0)) return yield JSON.stringify(emptyNested(shape));
	const dtype = namedType(selected.dataset.dtype);
	const text = elementText(dtype);
	let position = 0;
	for await (const data of readPieces(selected)) {
		for (let from = 0; from < data.length; from += AT_ONCE * dtype.components) {
			let piece = "";
			const to = Math.min(data.length, from + AT_ONCE * dtype.components);
			for (let i = from; i < to; i += dtype.components) piece += before(position++, shape) + text(data, i);
			yield piece;
		}
	}
	yield "]".repeat(shape.length);
}

function emptyNested([length, ...rest]: readonly number[]): unknown[] {
	return Array.from({ length: length ?? 0 }, () => emptyNested(rest));
}

/** What stands before an element, given its place in row-major order. */
function before(position: number, shape: readonly number[]): string {
	if (position === 0) return "[".repeat(shape.length);
	let ended = 0;
	for (let rest = position, d = shape.length - 1; d >= 0 && rest % (shape[d] as number) === 0; d--) {
		rest /= shape[d] as number;
		ended++;
	}
	return ended === 0 ? ", " : `${"]".repeat(ended)},\n${"[".repeat(ended)}`;
}

/** Points in time, and NaT, are text; other counts numbers. */
function timeJson(count: bigint, step: TimeStep): string {
	const text = timeText(count, step);
	return text === String(count) ? text : JSON.stringify(text);
}

/** How the element that begins at an entry is written. */
function elementText(dtype: DataType): (data: TypedArray, at: number) => string {
	const { name, kind, components, time } = dtype;
	if (dtype.boxing !== undefined) return (data, at) => inOneLine(formatFill([data[at]], dtype));
	if (kind === "b") return (data, at) => (data[at] === 0 ? "false" : "true");
	if (time !== undefined) return (data, at) => timeJson(data[at] as bigint, time);
	if (kind === "i" || kind === "u") return (data, at) => String(data[at]);
	if (kind === "V") return (data, at) => `[${data.subarray(at, at + components).join(", ")}]`;
	const shortest = shortestDecimal(name);
	const number = (value: number): string =>
		Number.isFinite(value) ? (Object.is(value, -0) ? "-0.0" : String(shortest(value))) : `"${value}"`;
	if (kind === "f") return (data, at) => number(data[at] as number);
	return (data, at) => `[${number(data[at] as number)}, ${number(data[at + 1] as number)}]`;
}

/** Line ends stand between members only: within text they are escaped. */
function inOneLine(json: Json): string {
	return formatJson(json).trim().replace(/\n\s*/g, " ");
}
