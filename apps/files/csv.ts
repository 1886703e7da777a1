import { StoreError } from "../../src/errors.js";
import type { DataType, DType, Values as Entries } from "../../src/format/data-types.js";
import { timeText } from "../../src/format/time-values.js";
import type { Selection } from "../../src/selection/selection.js";
import { shortestDecimal } from "../../src/values/shortest.js";
import { writePieces } from "./file-access.js";
import { type SelectedValues, selectValues, type ValueOptions, type Values, valueBlocks } from "./selected-values.js";

export interface CsvOptions extends ValueOptions {
	/** A first line: names of the columns, or true for their numbers from 0 on. Default: none. */
	readonly header?: boolean | readonly string[] | undefined;
	/** Default `,`. */
	readonly delimiter?: string | undefined;
}

/**
 * Writes values of up to two axes as text, a line per row (RFC 4180, with `\n`); one axis is a column. Numbers have as many digits as it
 * takes to read the same value back; not-a-number is `NaN`, infinity `Infinity`. A complex number takes two columns, re and im,
 * raw bits and byte strings are hexadecimal, points in time text by ISO 8601, spans of time their counts. Text is quoted where it must be, and where
 * it is empty: a line of nothing would be lost on most readers.
 * @throws StoreError INVALID_ARGUMENT for more axes, or another number of column names than columns; UNSUPPORTED for records and objects
 */
export async function writeCsv(
	path: string,
	values: Values,
	selection?: Selection,
	options: CsvOptions = {},
): Promise<void> {
	const selected = selectValues(values, selection, options);
	if (selected.shape.length > 2)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`CSV holds up to 2 axes, not [${selected.shape.join(", ")}]: select a part, such as "0, :, :"`,
		);
	const first = headerLine(selected, options);
	const text = textOf(selected.dtype, delimiterOf(options));
	await writePieces(path, lines(selected, { options, text, first }));
}

interface Style extends Pick<Table, "text" | "options"> {
	/** The line before all others. */
	readonly first: string;
}

async function* lines(
	selected: SelectedValues,
	{ options, text, first }: Style,
): AsyncGenerator<string, void, undefined> {
	const { shape, dtype } = selected;
	const columns = shape[1] ?? 1;
	if (first !== "") yield first;
	for await (const { data, origin } of valueBlocks(selected, options))
		yield* blockText(data, { text, step: dtype.components, columns, column: origin[1] ?? 0, options });
}

/** Elements that become one piece of text. */
const AT_ONCE = 2 ** 16;

interface Table {
	readonly text: (data: Entries, at: number) => string;
	/** Entries per element. */
	readonly step: number;
	readonly columns: number;
	/** Where the first element belongs. */
	readonly column: number;
	readonly options: CsvOptions;
}

function* blockText(data: Entries, { text, step, columns, column, options }: Table): Generator<string> {
	const delimiter = delimiterOf(options);
	let piece = "";
	for (let i = 0, c = column; i < data.length; i += step) {
		c++;
		piece += text(data, i) + (c === columns ? "\n" : delimiter);
		if (c === columns) c = 0;
		if ((i / step) % AT_ONCE === AT_ONCE - 1) {
			yield piece;
			piece = "";
		}
	}
	yield piece;
}

function delimiterOf({ delimiter = "," }: CsvOptions): string {
	if (delimiter !== "" && !/["\n\r]/.test(delimiter)) return delimiter;
	throw new StoreError("INVALID_ARGUMENT", `the delimiter cannot be ${JSON.stringify(delimiter)}`);
}

function headerLine({ shape, dtype }: SelectedValues, options: CsvOptions): string {
	const { header = false } = options;
	const delimiter = delimiterOf(options);
	if (header === false) return "";
	const columns = shape[1] ?? 1;
	const names = header === true ? Array.from({ length: columns }, (_, i) => String(i)) : header;
	if (names.length !== columns)
		throw new StoreError("INVALID_ARGUMENT", `header has ${names.length} names for ${columns} columns`);
	const all = dtype.kind === "c" ? names.flatMap((name) => [`${name}.re`, `${name}.im`]) : names;
	return `${all.map((name) => quoted(name, delimiter)).join(delimiter)}\n`;
}

function quoted(name: string, delimiter: string): string {
	const plain = !/["\r\n]/.test(name) && !name.includes(delimiter);
	return plain ? name : `"${name.replaceAll('"', '""')}"`;
}

/** How one element is written, given the entry it begins at. */
function textOf(dtype: DataType, delimiter: string): Table["text"] {
	const { kind, name, itemSize, time } = dtype;
	if (kind === "R" || kind === "O")
		throw new StoreError(
			"UNSUPPORTED",
			`${name} has no form in CSV: ${kind === "R" ? "write .npy" : "copy it to a Zarr store"}`,
		);
	if (kind === "U") return (data, at) => quoted(String(data[at]), delimiter) || '""';
	if (kind === "S") return (data, at) => Buffer.from(data[at] as Uint8Array).toString("hex");
	if (kind === "b") return (data, at) => (data[at] === 0 ? "false" : "true");
	if (time !== undefined) return (data, at) => timeText(data[at] as bigint, time);
	if (kind === "i" || kind === "u") return (data, at) => String(data[at]);
	if (kind === "V") return (data, at) => Buffer.from((data as Uint8Array).subarray(at, at + itemSize)).toString("hex");
	const number = numberText(name);
	if (kind === "f") return (data, at) => number(data[at] as number);
	return (data, at) => `${number(data[at] as number)}${delimiter}${number(data[at + 1] as number)}`;
}

/** The shortest decimal that reads back as the same value. */
function numberText(dtype: DType): (value: number) => string {
	const shortest = shortestDecimal(dtype);
	return (value) => (Object.is(value, -0) ? "-0" : String(shortest(value)));
}
