/** One segment of a path, or a name or value of a query, escaped as it is signed: RFC 3986, in which more is escaped than by `encodeURIComponent`. */
export function escaped(text: string): string {
	return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
