import { checkKey } from "../../../src/backend.js";
import { StoreError } from "../../../src/errors.js";

/** Bytes of a key in UTF-8, as S3 has it. */
const LONGEST_KEY = 1024;

/**
 * The prefix of a store with the slash that ends it, or nothing.
 * @throws StoreError INVALID_ARGUMENT
 */
export function checkPrefix(prefix: string): string {
	if (typeof prefix !== "string") throw new StoreError("INVALID_ARGUMENT", "prefix is a text such as scans/monday");
	const bare = prefix.replace(/^\/|\/$/g, "");
	if (bare === "") return "";
	checkKey(bare);
	checkText(bare, bare);
	return `${bare}/`;
}

/**
 * The name under which the object of a key is stored.
 * @throws StoreError INVALID_ARGUMENT for what S3 cannot hold
 */
export function storedName(prefix: string, key: string): string {
	checkKey(key);
	const name = prefix + key;
	checkText(name, key);
	return name;
}

function checkText(name: string, key: string): void {
	if (!isWellFormed(name))
		throw new StoreError("INVALID_ARGUMENT", `${JSON.stringify(key)} cannot be stored: it is no well-formed text`, {
			key,
		});
	const bytes = Buffer.byteLength(name);
	if (bytes <= LONGEST_KEY) return;
	throw new StoreError(
		"INVALID_ARGUMENT",
		`${JSON.stringify(key.slice(0, 40))}… cannot be stored: with the prefix it takes ${bytes} bytes, of ${LONGEST_KEY} at most`,
		{ key },
	);
}

/** No half of a surrogate pair stands alone. */
function isWellFormed(text: string): boolean {
	return !/\p{Surrogate}/u.test(text);
}

/** True for what a key may be: other programs also store names that none can be, such as `dir/` for an empty directory. */
export function isKey(name: string): boolean {
	try {
		checkKey(name);
		return true;
	} catch {
		return false;
	}
}
