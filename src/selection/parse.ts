/**
 * NumPy's notation as a string: `0, 2:8:-1, ..., newaxis, [0, 2, 5]`, and with axis names `z=3, y=0:10`. Says what is written;
 * whether it fits an array is the business of `normalise`.
 */
import { StoreError } from "../errors.js";
import { ellipsis, newaxis, type SelectionEntry, slice } from "./selection.js";

/** Entries in order, or by axis name. */
export type ParsedSelection = readonly SelectionEntry[] | ReadonlyMap<string, SelectionEntry>;

interface Cursor {
	readonly text: string;
	at: number;
}

const SPACE = /\s*/y;
/** Up to what separates entries and bounds. */
const WORD = /[^\s,:[\]=]+/y;
const AXIS_NAME = /([^\s,:[\]=]|[^\s,:[\]=][^,:[\]=]*[^\s,:[\]=])\s*=/y;
const INTEGER = /^[+-]?\d+$/;
const KEYWORDS: ReadonlyMap<string, SelectionEntry> = new Map<string, SelectionEntry>([
	["...", ellipsis],
	["newaxis", newaxis],
	["None", newaxis],
]);
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
	["True", true],
	["true", true],
	["False", false],
	["false", false],
]);

/**
 * Reads a selection in NumPy's notation; the empty string selects everything.
 * @throws StoreError INVALID_ARGUMENT pointing at the column that is wrong
 */
export function parseSelection(text: string): ParsedSelection {
	const cursor: Cursor = { text, at: 0 };
	const entries: SelectionEntry[] = [];
	const named = new Map<string, SelectionEntry>();
	skipSpace(cursor);
	while (cursor.at < text.length) {
		const start = cursor.at;
		const name = readAxisName(cursor);
		if (name === undefined) entries.push(readEntry(cursor));
		else if (named.has(name)) fail(cursor, `axis ${JSON.stringify(name)} is given twice`, start);
		else named.set(name, readEntry(cursor));
		if (named.size > 0 && entries.length > 0) fail(cursor, "name every axis or none", start);
		readComma(cursor, undefined);
	}
	return named.size > 0 ? named : entries;
}

function readAxisName(cursor: Cursor): string | undefined {
	AXIS_NAME.lastIndex = cursor.at;
	const match = AXIS_NAME.exec(cursor.text);
	if (match === null) return undefined;
	cursor.at = AXIS_NAME.lastIndex;
	skipSpace(cursor);
	return match[1];
}

function readEntry(cursor: Cursor): SelectionEntry {
	if (take(cursor, "[")) return readList(cursor);
	const start = cursor.at;
	const word = peekWord(cursor);
	const keyword = KEYWORDS.get(word);
	if (keyword !== undefined) {
		advance(cursor, word);
		return keyword;
	}
	if (BOOLEANS.has(word)) fail(cursor, "a mask is written in brackets, such as [True, False, True]", start);
	const first = readBound(cursor);
	if (!take(cursor, ":"))
		return first ?? fail(cursor, `expected an index, a slice, a list, ... or newaxis${found(cursor)}`);
	return readSlice(cursor, first);
}

/** What follows the first colon. */
function readSlice(cursor: Cursor, start: number | bigint | null): SelectionEntry {
	const stop = readBound(cursor);
	if (!take(cursor, ":")) return slice(start, stop);
	const column = cursor.at;
	const step = readBound(cursor);
	if (step !== null && Number(step) === 0) fail(cursor, "the step is 0: use 1, or -1 to walk backwards", column);
	return slice(start, stop, step);
}

/** What follows the opening bracket: integers, or True and False. */
function readList(cursor: Cursor): SelectionEntry {
	const values: (number | bigint | boolean)[] = [];
	while (!take(cursor, "]")) {
		const word = peekWord(cursor);
		const value = BOOLEANS.get(word) ?? integer(word);
		if (value === undefined) fail(cursor, `expected an integer, True, False or ]${found(cursor)}`);
		advance(cursor, word);
		values.push(value);
		readComma(cursor, "]");
	}
	return values as number[];
}

/** An integer, or null where the bound is left out. */
function readBound(cursor: Cursor): number | bigint | null {
	const word = peekWord(cursor);
	if (word === "") return null;
	const value = integer(word);
	if (value === undefined) return fail(cursor, `expected an integer${found(cursor)}`);
	advance(cursor, word);
	return value;
}

/** A bigint where a number would not be exact. */
function integer(word: string): number | bigint | undefined {
	if (!INTEGER.test(word)) return undefined;
	const value = Number(word);
	return Number.isSafeInteger(value) ? value + 0 : BigInt(word.replace("+", ""));
}

/** A comma, or (not taken) the end that `close` names. */
function readComma(cursor: Cursor, close: string | undefined): void {
	if (take(cursor, ",") || cursor.text[cursor.at] === close) return;
	fail(cursor, `expected a comma or ${close ?? "the end"}${found(cursor)}`);
}

function skipSpace(cursor: Cursor): void {
	SPACE.lastIndex = cursor.at;
	SPACE.test(cursor.text);
	cursor.at = SPACE.lastIndex;
}

function take(cursor: Cursor, character: string): boolean {
	if (cursor.text[cursor.at] !== character) return false;
	advance(cursor, character);
	return true;
}

function peekWord(cursor: Cursor): string {
	WORD.lastIndex = cursor.at;
	return WORD.exec(cursor.text)?.[0] ?? "";
}

function advance(cursor: Cursor, word: string): void {
	cursor.at += word.length;
	skipSpace(cursor);
}

function found(cursor: Cursor): string {
	const word = peekWord(cursor) || cursor.text[cursor.at];
	return `, found ${word === undefined ? "the end" : JSON.stringify(word)}`;
}

/** Characters of the text shown on each side of the error. */
const EXCERPT = 30;

function fail(cursor: Cursor, message: string, at: number = cursor.at): never {
	const from = Math.max(0, at - EXCERPT);
	const before = (from > 0 ? "…" : "") + cursor.text.slice(from, at);
	const after = cursor.text.slice(at, at + EXCERPT) + (at + EXCERPT < cursor.text.length ? "…" : "");
	const where = `selection ${JSON.stringify(`${before}^${after}`)}, column ${at + 1} (at the ^)`;
	throw new StoreError("INVALID_ARGUMENT", `${where}: ${message}`);
}
