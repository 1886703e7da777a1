/** A name as it came in a list: Amazon writes a blank as `+`, others as `%20`. */
export function unescaped(name: string): string {
	return decodeURIComponent(name.replaceAll("+", " "));
}
