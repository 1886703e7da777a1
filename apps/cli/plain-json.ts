import type { Json } from "../../src/format/json.js";

/** A value as JSON proper can hold it: NaN and infinities, which JSON lacks, as the strings that Zarr metadata uses for them. */
export function toPlainJson(value: unknown): Json {
	if (typeof value === "number" && !Number.isFinite(value)) return String(value);
	if (Array.isArray(value)) return value.map(toPlainJson);
	if (typeof value !== "object" || value === null) return (value ?? null) as Json;
	const members = Object.entries(value).filter(([, member]) => member !== undefined);
	return Object.fromEntries(members.map(([name, member]) => [name, toPlainJson(member)]));
}
