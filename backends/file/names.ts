import { checkKey } from "../../src/backend.js";
import { StoreError } from "../../src/errors.js";

/** Names that begin so are the backend's own; `list` skips them and no key may have them. */
const OWN = ".tesserae.";
export const LOCK_NAME: string = `${OWN}lock`;
const TEMPORARY = `${OWN}tmp-`;

/** Case is ignored, since some file systems do. */
const OWN_SEGMENT = /(?:^|\/)\.tesserae\./i;
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
const FORBIDDEN_ON_WINDOWS = /[<>:"|?*\p{Cc}]|[. ]$/u;

/**
 * Refuses keys that have no file of their own in every directory.
 * @throws StoreError INVALID_ARGUMENT
 */
export function checkFileKey(key: string): void {
	checkKey(key);
	if (key.includes("\\"))
		throw badKey(key, 'a backslash is a separator on some systems; segments are separated by "/"');
	if (OWN_SEGMENT.test(key)) throw badKey(key, `names that begin with ${OWN} are locks and unfinished writes`);
	if (process.platform !== "win32") return;
	const bad = key.split("/").find((segment) => DEVICE.test(segment) || FORBIDDEN_ON_WINDOWS.test(segment));
	if (bad !== undefined) throw badKey(key, `Windows has no file of the name ${JSON.stringify(bad)}`);
}

export function isFileKey(key: string): boolean {
	try {
		checkFileKey(key);
		return true;
	} catch {
		return false;
	}
}

function badKey(key: string, why: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", `${JSON.stringify(key)} cannot be a key of a directory: ${why}`, { key });
}

let temporaries = 0;

/** A name that no other writer has, in this process or another. */
export function temporaryName(): string {
	const random = Math.random().toString(36).slice(2);
	return `${TEMPORARY}${process.pid.toString(36)}-${(++temporaries).toString(36)}-${random}`;
}

export function isTemporary(name: string): boolean {
	return name.startsWith(TEMPORARY);
}

/**
 * The directory whose lock guards the objects of `directory` (an absolute real path): the array's, where `directory` holds chunks
 * (`…/c/0/1`), else itself. A function of the path alone, so that whoever reaches an object, through whichever root, takes one lock.
 */
export function lockDirectoryOf(directory: string): string {
	return directory.replace(/[/\\]c(?:[/\\]\d+)*$/, "") || directory;
}
