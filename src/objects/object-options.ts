import type { ByteRange, Etag, Precondition } from "../backend.js";
import type { CallOptions } from "../engine.js";
import { StoreError } from "../errors.js";
import type { OptionNames } from "../unknown-options.js";
import type { Freshness } from "./object-version.js";

export interface GetObjectOptions extends Pick<CallOptions, "signal"> {
	/** A part: `"0-499"`, `"9500-"`, `"-500"`, or as a {@link ByteRange}. */
	readonly range?: ByteRange | string | undefined;
	/** How it is returned: `bytes` (default), `text` (UTF-8), or `json`, integers beyond 2^53 as bigint. */
	readonly as?: "bytes" | "text" | "json" | undefined;
	/** Bytes that may be brought: more is TOO_LARGE. Default 4 GiB. */
	readonly limit?: number | undefined;
	/** Rejects with CONFLICT where the object is stored in another version. */
	readonly ifMatch?: Etag | undefined;
	/** Where there is a cache: `use` it (default), `bypass` it, or `refresh` what it holds. */
	readonly cache?: "use" | "bypass" | "refresh" | undefined;
}

export interface StreamOptions extends Pick<GetObjectOptions, "range" | "signal" | "ifMatch" | "cache"> {
	/** Bytes read at once. Default 8 MiB. */
	readonly chunkSize?: number | undefined;
}

export interface PutObjectOptions extends Pick<CallOptions, "signal"> {
	/** `json`: the value is written as JSON, whatever it is. */
	readonly as?: "json" | undefined;
	/** What must hold of the object that is there, else CONFLICT: `{ absent: true }`, or `{ etag }`. */
	readonly when?: Precondition | undefined;
	/** The media type, such as `image/png`, on stores that keep one. */
	readonly contentType?: string | undefined;
	/** Bytes that a stream may bring: more is TOO_LARGE. Default: the connection's `memory`. */
	readonly limit?: number | undefined;
	/** Where there is a cache: it forgets the object (`invalidate`, default), holds the new one (`refresh`), or what it has (`leave`). */
	readonly cache?: "invalidate" | "refresh" | "leave" | undefined;
}

export interface CopyObjectOptions extends Pick<PutObjectOptions, "signal" | "when" | "contentType" | "cache"> {
	/** Bytes that the object may have: it passes through memory. Default 4 GiB. */
	readonly limit?: number | undefined;
}

export interface DeletePrefixOptions extends CallOptions {
	/** Vouches that everything is meant, where the prefix is `""`. */
	readonly all?: boolean | undefined;
}

export const GET: OptionNames<GetObjectOptions> = {
	...{ range: true, as: true, limit: true, ifMatch: true, cache: true, signal: true },
};
export const STREAM: OptionNames<StreamOptions> = {
	...{ range: true, chunkSize: true, ifMatch: true, cache: true, signal: true },
};
export const PUT: OptionNames<PutObjectOptions> = {
	...{ as: true, when: true, contentType: true, limit: true, cache: true, signal: true },
};
export const COPY: OptionNames<CopyObjectOptions> = {
	...{ when: true, contentType: true, limit: true, cache: true, signal: true },
};
export const LIST = { recursive: true, delimiter: true, signal: true } as const;
export const DELETE_PREFIX: OptionNames<DeletePrefixOptions> = { all: true, signal: true, onProgress: true };
export const CALL: OptionNames<Pick<CallOptions, "signal">> = { signal: true };

/** @throws StoreError INVALID_ARGUMENT */
export function freshnessOf(cache: GetObjectOptions["cache"] = "use"): Freshness {
	oneOf("cache", cache, ["use", "bypass", "refresh"]);
	if (cache === "use") return {};
	return cache === "bypass" ? { fresh: true } : { fresh: true, refresh: true };
}

/** @throws StoreError INVALID_ARGUMENT */
export function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
	if (value === undefined || allowed.includes(value as string)) return;
	const words = allowed.map((word) => `"${word}"`).join(" or ");
	throw new StoreError("INVALID_ARGUMENT", `${name} is ${words}, not ${JSON.stringify(value)}`);
}

/** @throws StoreError INVALID_ARGUMENT where it is not a whole number from `least` on */
export function checkCount(name: string, value: number | undefined, least: number): void {
	if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
	throw new StoreError("INVALID_ARGUMENT", `${name} is a whole number of bytes ≥ ${least}, not ${String(value)}`);
}

/** @throws StoreError INVALID_ARGUMENT */
export function checkPrecondition(when: Precondition | undefined): void {
	if (when === undefined) return;
	const { absent, etag } = when as { absent?: unknown; etag?: unknown };
	if ((absent === true && etag === undefined) || (absent === undefined && typeof etag === "string")) return;
	throw new StoreError("INVALID_ARGUMENT", "when is { absent: true } or { etag }, with the etag that head told");
}
