import prettyBytes from "pretty-bytes";

/** `1536` → `1.5 KiB`. */
export function bytesText(bytes: number): string {
	return prettyBytes(bytes, { binary: true });
}

/** `[100, 100]`. */
export function lengthsText(lengths: readonly number[]): string {
	return `[${lengths.join(", ")}]`;
}

/** `1234567` → `1,234,567`; with a noun `1 chunk`, `2 chunks`. */
export function countText(count: number, noun?: string): string {
	const digits = count.toLocaleString("en");
	return noun === undefined ? digits : `${digits} ${noun}${count === 1 ? "" : "s"}`;
}
