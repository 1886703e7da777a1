import type { DataType } from "../../src/format/data-types.js";
import { timeText } from "../../src/format/time-values.js";
import { namedType } from "../../src/format/type-names.js";
import { formatEntry } from "../../src/values/format-array.js";
import { shortestDecimal } from "../../src/values/shortest.js";
import type { Values } from "./read-values.js";

/** What is to be shown of a selection. */
export interface Shown extends Values {
	/** Shape of the whole selection; of its axes that are longer than in `shape` the middle is left out. */
	readonly fullShape: readonly number[];
}

/** Values as NumPy prints them: aligned, in rows, what is left out as `…`, lines folded to `width` characters. */
export function valuesAsText(shown: Shown, dtypeName: string, width: number): string {
	const dtype = namedType(dtypeName);
	if (shown.fullShape.includes(0)) return `[] (shape [${shown.fullShape.join(", ")}])`;
	const texts = elementTexts(shown, dtype);
	if (shown.shape.length === 0) return (texts[0] as string).trim().replace(/\.(?!\d)/g, "");
	return formatAxis({ shown, texts: aligned(texts), width }, 0, 0);
}

interface Layout {
	readonly shown: Shown;
	readonly texts: readonly string[];
	readonly width: number;
}

/** The part of the values below one index of the axes before `axis`, whose elements begin at `from`. */
function formatAxis(layout: Layout, axis: number, from: number): string {
	const { shape, fullShape } = layout.shown;
	const length = shape[axis] as number;
	const stride = shape.slice(axis + 1).reduce((n, next) => n * next, 1);
	const isLast = axis === shape.length - 1;
	const items = Array.from({ length }, (_, i) =>
		isLast ? (layout.texts[from + i] as string) : formatAxis(layout, axis + 1, from + i * stride),
	);
	if (length < (fullShape[axis] as number)) items.splice(length / 2, 0, "…");
	const indent = " ".repeat(axis + 1);
	if (isLast) return `[${fold(items, layout.width - axis - 1 - shape.length, indent)}]`;
	return `[${items.join("\n".repeat(Math.max(1, shape.length - axis - 1)) + indent)}]`;
}

/** Items with spaces between, on as many lines as they take. */
function fold(items: readonly string[], width: number, indent: string): string {
	const lines: string[] = [];
	let line = "";
	for (const item of items) {
		if (line !== "" && line.length + 1 + item.length > width) {
			lines.push(line);
			line = item;
		} else line += line === "" ? item : ` ${item}`;
	}
	return [...lines, line].join(`\n${indent}`);
}

function elementTexts({ data }: Values, { name, kind, components, boxing, time }: DataType): string[] {
	if (boxing !== undefined) return Array.from(data as ArrayLike<unknown>, formatEntry);
	const entries = Array.from(data as ArrayLike<number | bigint>);
	if (kind === "b") return entries.map((value) => (value === 0 ? "False" : "True"));
	if (time !== undefined) return entries.map((count) => timeText(count as bigint, time));
	if (kind === "i" || kind === "u") return entries.map(String);
	if (kind === "V")
		return Array.from({ length: entries.length / components }, (_, n) =>
			Buffer.from(entries.slice(n * components, (n + 1) * components) as number[]).toString("hex"),
		);
	const shortest = shortestDecimal(name);
	const numbers = entries.map((value) => shortest(value as number));
	if (kind === "f") return floatTexts(numbers);
	const [re, im] = [0, 1].map((part) => floatTexts(numbers.filter((_, i) => i % 2 === part))) as [string[], string[]];
	const signed = aligned(im.map((text) => (text.startsWith("-") ? text : `+${text}`)));
	return aligned(re).map((text, n) => text + (signed[n] as string).replace(/ *$/, "j$&"));
}

function aligned(texts: readonly string[]): string[] {
	const widest = largestOf(texts.map((text) => text.length));
	return texts.map((text) => text.padStart(widest));
}

/** Digits after the point, at most; NumPy's default `precision`. */
const PRECISION = 8;

/** By the rules of numpy.array2string: one notation for all, points under one another. */
function floatTexts(values: readonly number[]): string[] {
	const sizes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
	const [largest, smallest] = [largestOf(sizes), -largestOf(sizes.map((size) => -size))];
	const inExponents = sizes.length > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000);
	return inExponents ? exponentTexts(values) : pointTexts(values);
}

function exponentTexts(values: readonly number[]): string[] {
	const finite = values.filter(Number.isFinite);
	const digits = Math.max(0, largestOf(finite.map((value) => fractionOf(value.toExponential()).length)));
	return values.map((value) => {
		if (!Number.isFinite(value)) return specialText(value);
		const [mantissa = "", exponent = ""] = value.toExponential(Math.min(PRECISION, digits)).split("e");
		const point = mantissa.includes(".") ? "" : ".";
		const sign = Object.is(value, -0) ? "-" : "";
		return `${sign}${mantissa}${point}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, "0")}`;
	});
}

function fractionOf(text: string): string {
	return /\.(\d+)/.exec(text)?.[1] ?? "";
}

function pointTexts(values: readonly number[]): string[] {
	const texts = values.map((value) => {
		if (!Number.isFinite(value)) return specialText(value);
		const fixed = value.toFixed(PRECISION).replace(/0+$/, "");
		return Object.is(value, -0) ? "-0." : fixed;
	});
	const digits = largestOf(texts.map((text) => fractionOf(text).length));
	return texts.map((text) => (text.includes(".") ? text + " ".repeat(digits - fractionOf(text).length) : text));
}

/** `Math.max` takes no million arguments. */
function largestOf(numbers: readonly number[]): number {
	return numbers.reduce((largest, number) => Math.max(largest, number), Number.NEGATIVE_INFINITY);
}

function specialText(value: number): string {
	return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
