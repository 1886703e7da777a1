import type { DataType } from "../format/data-types.js";
import { timeText } from "../format/time-values.js";

/** What printing needs of an array. */
interface Printable {
	readonly dtype: string;
	readonly shape: readonly number[];
	readonly dimension: number;
	readonly size: number;
	get(...index: number[]): unknown;
}

/** One descriptor for all, which keeps marking an array at a fraction of a microsecond. */
const printer: PropertyDescriptor = {
	enumerable: false,
	configurable: true,
	value(this: Printable): string {
		return formatArray(this);
	},
};

/** Has `util.inspect`, and so `console.log`, print `array` (or what inherits from it) by {@link formatArray}. */
export function makePrintable<T extends Printable>(array: T): T {
	return Object.defineProperty(array, Symbol.for("nodejs.util.inspect.custom"), printer);
}

/** The same with the name of its data type, where the entries alone do not tell that: times are printed as times. */
export function printByType<T extends Printable>(array: T, { name, time, boxing }: DataType): T {
	if (time === undefined && boxing === undefined) return array;
	const text = time === undefined ? formatEntry : (entry: unknown): string => timeText(entry as bigint, time);
	const value = (): string => formatArray(array, name, text);
	return Object.defineProperty(array, Symbol.for("nodejs.util.inspect.custom"), { ...printer, value });
}

/** Larger arrays show only the beginning and the end of each axis. */
const SHOWN_SIZE = 200;
/** Beyond this many axes only the shape is shown. */
const SHOWN_AXES = 8;

/** An array as people read it: type, shape and values, those of large arrays abridged. */
function formatArray(array: Printable, dtype: string = array.dtype, text: EntryText = formatEntry): string {
	const head = `NdArray(${dtype}, [${array.shape.join(", ")}])`;
	if (array.dimension > SHOWN_AXES) return head;
	return `${head} ${array.size === 0 ? "[]" : formatAxis(array, text, [])}`;
}

type EntryText = (entry: unknown) => string;

function formatAxis(array: Printable, text: EntryText, index: readonly number[]): string {
	const depth = index.length;
	if (depth === array.dimension) return text(array.get(...index));
	const length = array.shape[depth] as number;
	const edge = array.dimension > 3 ? 1 : 3;
	const abridged = array.size > SHOWN_SIZE && length > 2 * edge;
	const shown: string[] = [];
	for (let i = 0; i < length; i++) {
		if (abridged && i === edge) {
			shown.push("…");
			i = length - edge;
		}
		shown.push(formatAxis(array, text, [...index, i]));
	}
	const separator = depth === array.dimension - 1 ? ", " : `,\n${" ".repeat(depth + 1)}`;
	return `[${shown.join(separator)}]`;
}

/** One value, short. */
export function formatEntry(entry: unknown): string {
	if (typeof entry === "bigint") return `${entry}n`;
	if (typeof entry === "string") return JSON.stringify(entry);
	if (entry instanceof Uint8Array)
		return `<${Array.from(entry, (byte) => byte.toString(16).padStart(2, "0")).join(" ")}>`;
	if (Array.isArray(entry) || ArrayBuffer.isView(entry))
		return `[${Array.from(entry as ArrayLike<unknown>, formatEntry).join(", ")}]`;
	if (typeof entry === "object" && entry !== null)
		return `{ ${Object.entries(entry)
			.map(([name, value]) => `${name}: ${formatEntry(value)}`)
			.join(", ")} }`;
	if (typeof entry !== "number") return String(entry);
	return Object.is(entry, -0) ? "-0" : String(Number.isInteger(entry) ? entry : Number(entry.toPrecision(7)));
}
