import type { BackendSpec } from "../../src/backend.js";
import { StoreError } from "../../src/errors.js";

export interface HttpOptions {
	/** Where the store lies: keys are appended to its path, its query is kept. `https://user:password@host/…` is sent as basic authentication. */
	readonly url: string | URL;
	/** Sent with every request, such as `{ authorization: "Bearer …" }`. */
	readonly headers?: { readonly [name: string]: string } | undefined;
	/**
	 * Status codes, beside 404 and 410, that mean that there is no such object: `[403]` where the server answers so for what is not
	 * there, as S3 does to those who may not list. Without it 403 is an error, FORBIDDEN.
	 */
	readonly missing?: readonly number[] | undefined;
	/** In place of the platform's `fetch`. */
	readonly fetch?: typeof globalThis.fetch | undefined;
}

export const OPTIONS = ["headers", "missing", "fetch"] as const;

/** Checked, with defaults. */
export interface Settings {
	/** Without user, query and the slash at its end. */
	readonly base: string;
	/** Begins with `?`, or is empty. */
	readonly query: string;
	readonly headers: Headers;
	readonly missing: ReadonlySet<number>;
	readonly fetch: typeof globalThis.fetch;
	readonly location: string;
	readonly spec: BackendSpec | undefined;
}

/** @throws StoreError INVALID_ARGUMENT naming the option */
export function checkOptions({ url, headers = {}, missing = [], fetch }: HttpOptions): Settings {
	const { origin, pathname, search, username, password } = parseUrl(url);
	const base = origin + pathname.replace(/\/+$/, "");
	const checked = checkHeaders(headers);
	if (username !== "" || password !== "") checked.set("authorization", basic(decoded(username), decoded(password)));
	checkMissing(missing);
	if (fetch !== undefined && typeof fetch !== "function") throw invalid("fetch is a function, as the platform's own");
	const plain = search === "" && fetch === undefined && [...checked.keys()].length === 0;
	return {
		base,
		query: search,
		headers: checked,
		missing: new Set([404, 410, ...missing]),
		fetch: fetch ?? ((...request) => globalThis.fetch(...request)),
		location: search === "" ? base : `${base}?${digestOf(search)}`,
		// Headers and queries may hold secrets, and a function cannot travel: other threads are then served by this one.
		spec: plain ? { module: "tesserae/backends/http", factory: "http", options: { url: base, missing } } : undefined,
	};
}

function parseUrl(url: string | URL): URL {
	const parsed = URL.canParse(String(url)) && /^https?:\/\/[^/]/i.test(String(url)) ? new URL(url) : undefined;
	if (parsed === undefined)
		throw invalid(`${JSON.stringify(String(url))} is no URL of a store: write https://host/path`);
	if (parsed.hash !== "")
		throw invalid("the URL of a store has no fragment: what follows # names a dataset, which getDataset opens");
	return parsed;
}

/** Of these the backend itself makes use. */
const RESERVED = ["range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

function checkHeaders(headers: { readonly [name: string]: string }): Headers {
	let checked: Headers;
	try {
		checked = new Headers(headers);
	} catch (cause) {
		throw invalid("headers is an object of names and values of HTTP headers", cause);
	}
	const reserved = RESERVED.find((name) => checked.has(name));
	if (reserved !== undefined) throw invalid(`the header ${reserved} is for the backend to set`);
	return checked;
}

function checkMissing(missing: readonly number[]): void {
	const isStatus = (code: unknown): boolean => Number.isInteger(code) && Number(code) >= 400 && Number(code) < 500;
	if (!Array.isArray(missing) || !missing.every(isStatus))
		throw invalid("missing is a list of HTTP status codes from 400 to 499, such as [403]");
}

function decoded(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch (cause) {
		throw invalid('"%" in the user or the password of a URL is written %25', cause);
	}
}

/** RFC 7617. */
function basic(user: string, password: string): string {
	return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}`;
}

/** Tells places apart that differ in their query, without giving it away: FNV-1a, 32 bits. */
function digestOf(text: string): string {
	let hash = 0x811c9dc5;
	for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
	return (hash >>> 0).toString(16).padStart(8, "0");
}

export function invalid(message: string, cause?: unknown): StoreError {
	return new StoreError("INVALID_ARGUMENT", message, { cause });
}
