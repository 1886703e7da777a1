/** Readers of what options are given, for commander. Each throws InvalidArgumentError, which ends in exit status 2. */
import { InvalidArgumentError } from "commander";
import type { ByteRange } from "../../src/backend.js";
import { parseBytes } from "../../src/connection-options.js";
import { type Json, parseJson } from "../../src/format/json.js";
import { isLogLevel, LOG_LEVELS, type LogLevel } from "../../src/log.js";
import { parseRange } from "../../src/objects/byte-ranges.js";
import type { AxisLengths, EdgeEntry } from "../../src/selection/edges.js";

export function logLevel(text: string): LogLevel {
	if (isLogLevel(text)) return text;
	throw new InvalidArgumentError(`It is one of ${LOG_LEVELS.join(", ")}.`);
}

/** A whole number above 0. */
export function wholeNumber(text: string): number {
	const number = Number(text);
	if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
	throw new InvalidArgumentError("It is a whole number above 0.");
}

/** `64MiB`: a number of bytes. */
export function bytes(text: string): number {
	try {
		return parseBytes(text, "it");
	} catch (error) {
		throw new InvalidArgumentError(`${(error as Error).message}.`);
	}
}

/** `0-499`, `9500-` or `-500`. */
export function byteRange(text: string): ByteRange {
	try {
		return parseRange(text);
	} catch (error) {
		throw new InvalidArgumentError(`${(error as Error).message}.`);
	}
}

/** `640`: who may read and write a file. */
export function fileMode(text: string): number {
	if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
	throw new InvalidArgumentError("It is three octal digits, such as 640.");
}

const UNITS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `24h`: milliseconds. */
export function duration(text: string): number {
	const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
	if (count !== undefined) return Number(count) * 1000 * (UNITS[unit] ?? 1);
	throw new InvalidArgumentError("It is a number of seconds, minutes, hours or days, such as 90m, 24h or 7d.");
}

/** `1h`, or a bare number of seconds: seconds. */
export function seconds(text: string): number {
	return /^\d+$/.test(text) ? wholeNumber(text) : duration(text) / 1000;
}

/** `100,100` (or `100 100`): whole numbers from 0 on; none for an array without axes. */
export function lengths(text: string): number[] {
	const words = text.split(/[\s,]+/).filter((word) => word !== "");
	if (words.every((word) => /^\d+$/.test(word) && Number.isSafeInteger(Number(word)))) return words.map(Number);
	throw new InvalidArgumentError("It is a list of whole numbers, such as 100,100.");
}

/** Lengths as above, `auto`, or `none`. */
export function shards(text: string): readonly AxisLengths[] | "auto" | "none" {
	if (text === "auto" || text === "none") return text;
	const shape = chunkLengths(text);
	if (shape.length > 0 && !shape.includes(0)) return shape;
	throw new InvalidArgumentError("It is auto, none, or a list of whole numbers, such as 256,256.");
}

/** `2` or `3`. */
export function zarrFormat(text: string): 2 | 3 {
	if (text === "2") return 2;
	if (text === "3") return 3;
	throw new InvalidArgumentError("It is 2 or 3.");
}

/** `default/`, `default.`, `v2/` or `v2.`: a scheme and the separator of coordinates, which may be left out. */
export function chunkKeys(text: string): { readonly name: "default" | "v2"; readonly separator?: "/" | "." } {
	const [, name, separator] = /^(default|v2)([./])?$/.exec(text) ?? [];
	if (name === undefined) throw new InvalidArgumentError("It is default or v2, perhaps with / or . behind it.");
	return { name: name as "default" | "v2", ...(separator && { separator: separator as "/" | "." }) };
}

/** One length is for all axes. */
export function lengthsFor(given: readonly AxisLengths[], rank: number): readonly AxisLengths[] {
	return given.length === 1 ? new Array<AxisLengths>(rank).fill(given[0] as AxisLengths) : given;
}

/** `16+10,24+3x7`: one length per axis, or several that are added, `3x7` being three of 7. Or a JSON list, as `createDataset` takes it. */
export function chunkLengths(text: string): readonly AxisLengths[] {
	const list = text.trimStart().startsWith("[") ? json(text) : undefined;
	if (Array.isArray(list)) return list as AxisLengths[];
	const words = text.split(/[\s,]+/).filter((word) => word !== "");
	return words.map((word) => (word.includes("+") || /[x×]/.test(word) ? word.split("+").map(edgeEntry) : length(word)));
}

function edgeEntry(word: string): EdgeEntry {
	const [count, edge, ...others] = word.split(/[x×]/);
	if (edge === undefined || others.length > 0) return length(word);
	return [length(edge), length(count as string)];
}

function length(word: string): number {
	if (/^\d+$/.test(word) && Number.isSafeInteger(Number(word))) return Number(word);
	throw new InvalidArgumentError("It is a list of whole numbers, such as 100,100, or of sums, such as 16+10,24+3x7.");
}

/** `1,99`: two numbers. */
export function twoNumbers(text: string): [number, number] {
	const [low, high, ...rest] = text.split(",").map((word) => (word.trim() === "" ? Number.NaN : Number(word)));
	if (low !== undefined && high !== undefined && rest.length === 0 && !Number.isNaN(low + high)) return [low, high];
	throw new InvalidArgumentError("It is two numbers, such as 1,99.");
}

/** `z,y,x`: names of axes; an empty one is no name. */
export function dimensionNames(text: string): (string | null)[] {
	return text.split(",").map((name) => name.trim() || null);
}

type Codecs = readonly (
	| string
	| { readonly name: string; readonly configuration?: { readonly [member: string]: unknown } }
)[];

/** `zstd,crc32c`, or the JSON list of zarr.json. */
export function codecs(text: string): Codecs {
	const list = text.trimStart().startsWith("[") ? json(text) : text.split(",").map((name) => name.trim());
	const isCodec = (value: unknown): boolean => typeof (value as { name?: unknown } | null)?.name === "string";
	if (Array.isArray(list) && list.every((value) => typeof value === "string" || isCodec(value))) return list as Codecs;
	throw new InvalidArgumentError('It is a list of names, or JSON such as [{"name": "zstd"}].');
}

export function jsonObject(text: string): { readonly [name: string]: Json } {
	const value = json(text);
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
	throw new InvalidArgumentError('It is a JSON object, such as {"unit": "mm"}.');
}

/** One JSON value, integers of any size exact; `NaN`, `Infinity` and `-Infinity` are numbers. */
function json(text: string): Json {
	try {
		return parseJson(text, "JSON");
	} catch (error) {
		throw new InvalidArgumentError(`${(error as Error).message}.`);
	}
}

interface KeysAndValues {
	readonly [key: string]: unknown;
}

/** `key=value`, gathered into one object. A value is JSON where it reads as JSON, else text. */
export function keyAndValue(text: string, gathered: KeysAndValues | undefined): KeysAndValues {
	const at = text.indexOf("=");
	if (at < 1) throw new InvalidArgumentError("It is key=value, such as durability=none.");
	return { ...gathered, [text.slice(0, at)]: jsonOrText(text.slice(at + 1)) };
}

/** One JSON value, or the text itself where it is none. */
export function jsonOrText(text: string): unknown {
	try {
		return parseJson(text, "value");
	} catch {
		return text;
	}
}
