/**
 * Lossless JSON. `JSON.parse` turns the integer 9007199254740993 into …992; here integers beyond 2^53 are bigint both ways,
 * −0.0 keeps its sign, and floats stay floats. Time and memory are linear in the text, whatever it says.
 */
import { StoreError } from "../errors.js";

/** A JSON value in which integers beyond 2^53 are bigint. */
export type Json = null | boolean | number | bigint | string | Json[] | { [member: string]: Json };
export type JsonObject = { [member: string]: Json };

/** UTF-16 units; metadata longer than this is not metadata. */
const MAX_TEXT = 64 * 2 ** 20;
/** Arrays and objects within one another; bounds the recursion. */
export const MAX_DEPTH = 512;
/** Characters of one number: turning digits into a bigint takes more than linear time. */
export const MAX_NUMBER = 4096;

/** A position in a text being read. */
interface Cursor {
	readonly text: string;
	/** What the text is, for messages: the key of an object. */
	readonly what: string;
	at: number;
	depth: number;
}

/**
 * Reads one JSON value (RFC 8259). Of members that repeat the last counts; `__proto__` is a member like any other. The words
 * `NaN`, `Infinity` and `-Infinity`, which are not JSON but which Python writes into attributes, are read as numbers.
 * @param what names the text in messages: the key of the object
 * @throws StoreError CORRUPT naming `what` and the position, TOO_LARGE beyond 64 Mi characters
 */
export function parseJson(text: string, what: string): Json {
	if (text.length > MAX_TEXT)
		throw new StoreError("TOO_LARGE", `${what}: ${text.length} characters of JSON: up to ${MAX_TEXT} are read`, {
			key: what,
		});
	const cursor: Cursor = { text, what, at: 0, depth: 0 };
	skipSpace(cursor);
	const value = readValue(cursor);
	if (cursor.at < text.length) throw broken(cursor, "expected the end of the text");
	return value;
}

/** Reads a value and the space behind it. */
function readValue(cursor: Cursor): Json {
	const first = cursor.text[cursor.at];
	let value: Json;
	if (first === "{") value = nested(cursor, readObject);
	else if (first === "[") value = nested(cursor, readArray);
	else if (first === '"') value = readString(cursor);
	else value = readScalar(cursor);
	skipSpace(cursor);
	return value;
}

function nested(cursor: Cursor, read: (cursor: Cursor) => Json): Json {
	if (++cursor.depth > MAX_DEPTH) throw broken(cursor, `nested more than ${MAX_DEPTH} deep`);
	cursor.at++;
	skipSpace(cursor);
	const value = read(cursor);
	cursor.depth--;
	return value;
}

function readArray(cursor: Cursor): Json {
	const items: Json[] = [];
	if (skip(cursor, "]")) return items;
	do items.push(readValue(cursor));
	while (goesOn(cursor, "]"));
	return items;
}

function readObject(cursor: Cursor): Json {
	const members: JsonObject = {};
	if (skip(cursor, "}")) return members;
	do {
		if (cursor.text[cursor.at] !== '"') throw broken(cursor, "expected a member's name in quotes");
		const name = readString(cursor);
		skipSpace(cursor);
		if (!skip(cursor, ":")) throw broken(cursor, 'expected ":"');
		skipSpace(cursor);
		setMember(members, name, readValue(cursor));
	} while (goesOn(cursor, "}"));
	return members;
}

/** Assignment to `__proto__` would change the prototype, so that one name is defined instead. */
function setMember(members: JsonObject, name: string, value: Json): void {
	if (name !== "__proto__") members[name] = value;
	else Object.defineProperty(members, name, { value, writable: true, enumerable: true, configurable: true });
}

/** True after a comma, false after `end`. */
function goesOn(cursor: Cursor, end: "]" | "}"): boolean {
	if (skip(cursor, end)) return false;
	if (!skip(cursor, ",")) throw broken(cursor, `expected "," or "${end}"`);
	skipSpace(cursor);
	return true;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function readString(cursor: Cursor): string {
	const { text, at: start } = cursor;
	let escaped = false;
	for (let at = start + 1; at < text.length; at++) {
		const unit = text.charCodeAt(at);
		if (unit === QUOTE) {
			cursor.at = at + 1;
			return escaped ? unescapeString(cursor, start) : text.slice(start + 1, at);
		}
		if (unit < 0x20) throw broken(cursor, "control character in a string", at);
		if (unit !== BACKSLASH) continue;
		escaped = true;
		at++;
	}
	throw broken(cursor, "a string without its closing quote");
}

function unescapeString(cursor: Cursor, start: number): string {
	try {
		return JSON.parse(cursor.text.slice(start, cursor.at)) as string;
	} catch {
		throw broken(cursor, "a string with an unknown escape", start);
	}
}

/** Words by their first character. */
const WORDS: ReadonlyMap<string | undefined, readonly [word: string, value: Json]> = new Map([
	["n", ["null", null]],
	["t", ["true", true]],
	["f", ["false", false]],
	["N", ["NaN", Number.NaN]],
	["I", ["Infinity", Number.POSITIVE_INFINITY]],
	["-", ["-Infinity", Number.NEGATIVE_INFINITY]],
]);

function readScalar(cursor: Cursor): Json {
	const { text, at } = cursor;
	const [word, value] = WORDS.get(text[at]) ?? [];
	if (word === undefined || value === undefined || !text.startsWith(word, at)) return readNumber(cursor);
	cursor.at += word.length;
	return value;
}

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function readNumber(cursor: Cursor): number | bigint {
	const { text, at: start } = cursor;
	let end = start;
	while (isNumeric(text.charCodeAt(end))) end++;
	if (end === start) throw broken(cursor, "expected a value");
	if (end - start > MAX_NUMBER) throw broken(cursor, `a number of more than ${MAX_NUMBER} characters`);
	const literal = text.slice(start, end);
	if (!NUMBER.test(literal)) throw broken(cursor, `${JSON.stringify(excerpt(literal))} is no number`);
	cursor.at = end;
	const value = Number(literal);
	return Number.isSafeInteger(value) || !INTEGER.test(literal) ? value : BigInt(literal);
}

/** Whether a UTF-16 unit can occur in a number: `0`–`9`, `+`, `-`, `.`, `E`, `e`. */
function isNumeric(unit: number): boolean {
	if (unit >= 0x30 && unit <= 0x39) return true;
	return unit === 0x2b || unit === 0x2d || unit === 0x2e || unit === 0x45 || unit === 0x65;
}

function skip(cursor: Cursor, character: string): boolean {
	if (cursor.text[cursor.at] !== character) return false;
	cursor.at++;
	return true;
}

function skipSpace(cursor: Cursor): void {
	const { text } = cursor;
	for (; ; cursor.at++) {
		const unit = text.charCodeAt(cursor.at);
		if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
	}
}

function broken({ text, what, at }: Cursor, reason: string, position: number = at): StoreError {
	const before = text.slice(0, position);
	const line = before.split("\n").length;
	const column = position - before.lastIndexOf("\n");
	const where = position < text.length ? `line ${line}, column ${column}` : "the end of the text";
	return new StoreError("CORRUPT", `${what}: not valid JSON at ${where}: ${reason}`, { key: what });
}

/** The beginning of a text that may be long, for messages. */
export function excerpt(text: string, length = 60): string {
	return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/**
 * Writes a value so that {@link parseJson} returns the same: bigint as a plain integer, −0.0 as `-0.0`, whole floats
 * beyond 2^53 with a fraction. Lists of scalars stay on one line. NaN is written as the word that was read; what users pass in
 * is checked by `jsonFromUser`, so no new one gets here.
 * @param indent spaces per level; 0 writes everything on one line, without spaces
 * @throws StoreError TOO_LARGE where the text would be longer than what {@link parseJson} reads
 */
export function formatJson(value: Json, indent = 2): string {
	const text = writeValue(value, indent, "\n");
	if (text.length > MAX_TEXT)
		throw new StoreError("TOO_LARGE", `JSON of ${text.length} characters: ${MAX_TEXT} are allowed`);
	return text;
}

/** @param margin the line break and indentation of the line that the value begins on */
function writeValue(value: Json, indent: number, margin: string): string {
	if (typeof value === "number") return writeNumber(value);
	if (typeof value === "bigint") return value.toString();
	if (value === null || typeof value !== "object") return JSON.stringify(value);
	const inner = margin + " ".repeat(indent);
	if (Array.isArray(value)) {
		const items = value.map((item) => writeValue(item, indent, inner));
		if (indent > 0 && value.some(isNested)) return wrap("[]", items, [inner, margin]);
		return `[${items.join(indent > 0 ? ", " : ",")}]`;
	}
	const colon = indent > 0 ? ": " : ":";
	const members = Object.entries(value).map(
		([name, member]) => JSON.stringify(name) + colon + writeValue(member, indent, inner),
	);
	return wrap("{}", members, indent > 0 ? [inner, margin] : ["", ""]);
}

function wrap(brackets: string, items: readonly string[], [inner, outer]: readonly [string, string]): string {
	if (items.length === 0) return brackets;
	return brackets[0] + inner + items.join(`,${inner}`) + outer + brackets[1];
}

function isNested(value: Json): boolean {
	return typeof value === "object" && value !== null;
}

function writeNumber(value: number): string {
	if (Object.is(value, -0)) return "-0.0";
	if (Number.isNaN(value)) return "NaN";
	// Valid JSON that every reader takes for infinity.
	if (!Number.isFinite(value)) return value > 0 ? "1e999" : "-1e999";
	const text = String(value);
	return Number.isSafeInteger(value) || !INTEGER.test(text) ? text : `${text}.0`;
}
