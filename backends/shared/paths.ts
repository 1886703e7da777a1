import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { StoreError } from "../../src/errors.js";

/**
 * A path as users give it, made absolute.
 * @throws StoreError INVALID_ARGUMENT for a URL of another host or kind
 */
export function absolutePathOf(path: string | URL): string {
	if (!(path instanceof URL)) return resolve(path);
	try {
		return resolve(fileURLToPath(path));
	} catch (cause) {
		throw new StoreError("INVALID_ARGUMENT", `${path.href} is not the URL of a place on this machine`, { cause });
	}
}

/** The path itself, or the nearest directory above it that exists. */
export function nearestExisting(path: string): string {
	let existing = path;
	while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
	return existing;
}

/** An absolute path with its links resolved, as far as it exists. */
export function realPathOf(absolute: string): string {
	const existing = nearestExisting(absolute);
	return join(realpathSync(existing), relative(existing, absolute));
}
