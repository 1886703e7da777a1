import { StoreError } from "../errors.js";
import { excerpt, type Json, MAX_DEPTH, MAX_NUMBER } from "./json.js";

/** Leaves room for the document that the value becomes a part of. */
const USER_DEPTH = MAX_DEPTH - 12;
const LARGEST_BIGINT = 10n ** BigInt(MAX_NUMBER - 1);

/**
 * A copy of what a user gave as JSON, checked: attributes may be written long after the call that set them. Members that are
 * undefined are left out, as `JSON.stringify` does.
 * @param what names the value in messages: `attributes`
 * @throws StoreError INVALID_ARGUMENT naming the first place that JSON cannot hold
 */
export function jsonFromUser(value: unknown, what: string): Json {
	return copy(value, what, 0);
}

function copy(value: unknown, path: string, depth: number): Json {
	if (value === null || typeof value === "string" || typeof value === "boolean") return value;
	if (typeof value === "number" || typeof value === "bigint") return checkNumber(value, path);
	if (depth >= USER_DEPTH) throw refusal(path, `nested more than ${USER_DEPTH} deep, or a part of itself`);
	if (Array.isArray(value)) return Array.from(value, (item: unknown, i) => copy(item, `${path}[${i}]`, depth + 1));
	if (!isPlainObject(value))
		throw refusal(path, `${describe(value)} is not JSON: use plain objects, arrays and scalars`);
	const members = Object.entries(value).filter(([, member]) => member !== undefined);
	return Object.fromEntries(members.map(([name, member]) => [name, copy(member, `${path}.${name}`, depth + 1)]));
}

function checkNumber(value: number | bigint, path: string): Json {
	if (typeof value === "number" && !Number.isFinite(value))
		throw refusal(path, `JSON has no ${value}: give it as the string "${value}"`);
	if (typeof value === "bigint" && (value >= LARGEST_BIGINT || value <= -LARGEST_BIGINT))
		throw refusal(path, `integers may have ${MAX_NUMBER - 1} digits: give longer ones as strings`);
	return value;
}

/** Literals and parsed JSON, of any realm. */
function isPlainObject(value: unknown): value is object {
	if (typeof value !== "object" || value === null) return false;
	const prototype: unknown = Object.getPrototypeOf(value);
	return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
	return typeof value === "object" ? Object.prototype.toString.call(value) : `a value of type ${typeof value}`;
}

function refusal(path: string, reason: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", `${excerpt(path)}: ${reason}`);
}
