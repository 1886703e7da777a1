/**
 * Extension points of the metadata (Zarr v3 core specification 3.1, "Extension definition"): an object
 * `{ name, configuration?, must_understand? }`, or the name alone. Errors name what is wrong within the member; whoever reads
 * the document adds which member of which file it is.
 */
import { isStoreError, StoreError } from "../errors.js";
import { excerpt, type Json, type JsonObject } from "./json.js";

export interface Extension {
	readonly name: string;
	readonly configuration?: JsonObject;
	/** Stated where readers that do not know the extension may ignore it. */
	readonly mustUnderstand?: false;
}

/** @throws StoreError CORRUPT where it is neither form, UNSUPPORTED where the object has other members */
export function parseExtension(value: Json | undefined): Extension {
	if (typeof value === "string") return { name: value };
	if (!isObject(value)) throw malformed("an object with a name", value);
	const { name, configuration, must_understand: mustUnderstand = true, ...others } = value;
	if (typeof name !== "string") throw malformed('an object whose "name" is a string', value);
	if (configuration !== undefined && !isObject(configuration))
		throw malformed(`an object as the "configuration" of ${quote(name)}`, configuration);
	if (typeof mustUnderstand !== "boolean")
		throw malformed(`true or false as "must_understand" of ${quote(name)}`, mustUnderstand);
	refuseOthers(others, quote(name));
	return {
		name,
		...(configuration === undefined ? undefined : { configuration }),
		...(mustUnderstand ? undefined : { mustUnderstand }),
	};
}

/** A list of extensions, as `codecs` is, and as codecs that contain codecs have it in their configuration. */
export function parseExtensions(value: unknown): Extension[] {
	if (!Array.isArray(value)) throw malformed("a list", value);
	return (value as Json[]).map((entry, i) => within({ place: `entry ${i}` }, () => parseExtension(entry)));
}

/** The object form, which readers of version 3.0 of the specification know too. */
export function formatExtension({ name, configuration, mustUnderstand }: Extension): JsonObject {
	return {
		name,
		...(configuration === undefined ? undefined : { configuration }),
		...(mustUnderstand === undefined ? undefined : { must_understand: mustUnderstand }),
	};
}

/** Members of an object beyond those that were read: nobody knows what they would change. */
export function refuseOthers(others: JsonObject, of: string): void {
	const [other] = Object.keys(others);
	if (other !== undefined)
		throw new StoreError("UNSUPPORTED", `${of} has the member ${quote(other)}, which is not known here`);
}

export function isObject(value: Json | undefined): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Characters of a reason, which may list what somebody else's document holds. */
const LONGEST_REASON = 600;

/** Adds the place to the message of every StoreError of `read`. */
export function within<T>({ place, key }: { place: string; key?: string }, read: () => T): T {
	try {
		return read();
	} catch (error) {
		if (!isStoreError(error)) throw error;
		throw new StoreError(error.code, `${place}: ${excerpt(error.message, LONGEST_REASON)}`, { key });
	}
}

/** The error of a value that is not what it must be, or is missing. */
export function malformed(expected: string, found: unknown): StoreError {
	if (found === undefined) return new StoreError("CORRUPT", `missing: must be ${expected}`);
	return new StoreError("CORRUPT", `must be ${expected}, not ${describe(found)}`);
}

function describe(found: unknown): string {
	if (Array.isArray(found)) return found.length === 0 ? "an empty list" : `a list of ${found.length}`;
	if (typeof found === "object" && found !== null) return "an object";
	return typeof found === "string" ? quote(found) : excerpt(String(found));
}

export function quote(text: string): string {
	return excerpt(JSON.stringify(text));
}
