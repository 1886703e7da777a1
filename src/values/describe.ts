/** What a value is, in a few words for an error message. */
export function describe(value: unknown): string {
	if (typeof value === "bigint") return `${value}n`;
	if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
	if (typeof value === "function") return "a function";
	if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
	if (Array.isArray(value)) return "an array";
	const name: unknown = value.constructor?.name;
	return typeof name === "string" && name !== "" && name !== "Object" ? `a ${name}` : "an object";
}

/** A shape or an index as `[2, 3]`. */
export function list(values: Iterable<unknown>): string {
	return `[${[...values].join(", ")}]`;
}
