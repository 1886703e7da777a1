import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";

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
