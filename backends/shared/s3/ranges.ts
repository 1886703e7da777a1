import { type ByteRange, spanOf } from "../../../src/backend.js";

/** The value of the header Range (RFC 9110, section 14.1.2) for a range that is not empty. */
export function rangeHeader(range: ByteRange): string {
	if ("suffix" in range) return `bytes=-${range.suffix}`;
	const last = range.length === undefined ? "" : range.offset + range.length - 1;
	return `bytes=${range.offset}-${last}`;
}

export function isEmpty(range: ByteRange): boolean {
	return ("suffix" in range ? range.suffix : range.length) === 0;
}

export interface ContentRange {
	readonly start: number;
	readonly end: number;
	/** Of the whole object. */
	readonly size: number;
}

/** Content-Range (section 14.4) as a half-open span; undefined where it is none. */
export function contentRangeOf(header: string | undefined): ContentRange | undefined {
	const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(header ?? "") ?? [];
	return first === undefined ? undefined : { start: Number(first), end: Number(last) + 1, size: Number(size) };
}

/** Whether an answer is what was asked for, whatever server made it. */
export function isRange(answer: ContentRange, range: ByteRange): boolean {
	const { start, end } = spanOf(range, answer.size);
	return answer.start === start && answer.end === end;
}

/** Copies, so that a small part keeps no large object in memory. */
export function cut(bytes: Uint8Array, ranges: readonly ByteRange[], size: number): Uint8Array[] {
	return ranges.map((range) => {
		const { start, end } = spanOf(range, size);
		return bytes.slice(start, end);
	});
}
