/** What the headers of an answer tell (RFC 9110). */
import { type ByteRange, type ObjectInfo, spanOf } from "../../src/backend.js";

/**
 * The version of the object that an answer is of. A strong entity tag names it. A weak one need not change with every byte, and some
 * servers send none: then the version is told by that, by the time of the last change (in whole seconds) and by the size together.
 * `modified` is 1970 where the server does not tell.
 */
export function versionOf(headers: Headers, size: number): ObjectInfo {
	const etag = headers.get("etag") ?? "";
	const time = headers.get("last-modified") ?? "";
	const modified = new Date(time);
	return {
		etag: isStrong(etag) ? etag : `${etag} ${time} ${size}`,
		size,
		modified: Number.isNaN(modified.getTime()) ? new Date(0) : modified,
	};
}

/** Section 8.8.3: what lacks its quotes is no entity tag. */
export function isStrong(etag: string | null): boolean {
	return etag !== null && /^"[^"]*"$/.test(etag);
}

/** The body is not the object's bytes but a compressed form of them, which the platform expands on the way. */
export function isEncoded(headers: Headers): boolean {
	return (headers.get("content-encoding") ?? "identity").toLowerCase() !== "identity";
}

/** Content-Length, where it is that of the object's own bytes. */
export function lengthOf(headers: Headers): number | undefined {
	const length = headers.get("content-length");
	return length === null || isEncoded(headers) ? undefined : Number(length);
}

/** How many bytes of the object come; a page of another origin sees the length, but not whether it is that of compressed bytes. */
export function expectedOf({ headers, type }: Response): number | undefined {
	return type === "cors" ? undefined : lengthOf(headers);
}

/** The value of the header Range (section 14.1.2) for a range that is not empty. */
export function rangeHeader(range: ByteRange): string {
	if ("suffix" in range) return `bytes=-${range.suffix}`;
	const last = range.length === undefined ? "" : range.offset + range.length - 1;
	return `bytes=${range.offset}-${last}`;
}

/** The size of the whole object, where Content-Range (section 14.4) tells it. */
export function totalOf(headers: Headers): number | undefined {
	const total = /^bytes \d+-\d+\/(\d+)$/i.exec(headers.get("content-range") ?? "")?.[1];
	return total === undefined ? undefined : Number(total);
}

/** True where an answer with `length` bytes is `range` of an object of `size` bytes. A page of another origin may not see Content-Range. */
export function isRange(headers: Headers, length: number, range: ByteRange, size: number): boolean {
	const { start, end } = spanOf(range, size);
	const [, first = start, last = end - 1] = /^bytes (\d+)-(\d+)\//i.exec(headers.get("content-range") ?? "") ?? [];
	return Number(first) === start && Number(last) === end - 1 && length === end - start;
}
