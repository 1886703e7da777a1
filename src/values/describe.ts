/** What a value is, in a few words for an error message. */
export function describe(value: unknown): string {
	if (typeof value === "bigint") return `${abridged(String(value))}n`;
	if (typeof value === "string") return JSON.stringify(abridged(value));
	if (typeof value === "function") return "a function";
	if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
	if (Array.isArray(value)) return "an array";
	const name: unknown = value.constructor?.name;
	return typeof name === "string" && name !== "" && name !== "Object" ? `a ${name}` : "an object";
}

function abridged(text: string): string {
	return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** A shape or an index as `[2, 3]`. */
export function list(values: Iterable<unknown>): string {
	return `[${[...values].join(", ")}]`;
}
