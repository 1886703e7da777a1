import { type Dirent, realpathSync, type Stats, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { sep } from "node:path";
import type { ListEntry } from "../../src/backend.js";
import { breather } from "../shared/pauses.js";
import { isSystemError } from "./failures.js";
import { isFileKey } from "./names.js";

/** A directory to be walked. `key` is empty or ends in a slash; `links` are the symbolic links on the way, as real paths. */
interface Place {
	readonly key: string;
	readonly links: readonly string[];
}

type Found =
	| { readonly kind: "object"; readonly key: string; readonly size: number }
	| { readonly kind: "directory"; readonly place: Place };

/**
 * The keys that begin with `prefix`, as files below `base` (which ends in a separator); with `fold`, those of one directory and the
 * directories in it that hold objects.
 */
export async function* listFiles(base: string, prefix: string, fold: boolean): AsyncGenerator<ListEntry> {
	const directory = prefix.slice(0, prefix.lastIndexOf("/") + 1);
	// No key begins with such a prefix, and what it names may lie outside.
	if (directory !== "" && !isFileKey(directory.slice(0, -1))) return;
	const stack: Place[] = [{ key: directory, links: [] }];
	for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
		for await (const found of walk(base, place, prefix)) {
			if (found.kind === "object") yield found;
			else if (!fold) stack.push(found.place);
			else if (await holdsObject(base, found.place)) yield { kind: "prefix", key: found.place.key };
		}
	}
}

/** What one directory holds under names that go with `prefix`. */
async function* walk(base: string, place: Place, prefix = ""): AsyncGenerator<Found> {
	const breathe = breather();
	for (const entry of await entriesOf(base + place.key)) {
		const key = place.key + entry.name;
		const fits = key.startsWith(prefix) || prefix.startsWith(`${key}/`);
		if (!fits || !isFileKey(key)) continue;
		const found = look(base, place, entry);
		if (found !== undefined) yield found;
		await breathe();
	}
}

function look(base: string, place: Place, entry: Dirent): Found | undefined {
	const key = place.key + entry.name;
	if (entry.isDirectory()) return { kind: "directory", place: { key: `${key}/`, links: place.links } };
	if (!entry.isFile() && !entry.isSymbolicLink()) return undefined;
	const file = statExisting(base + key);
	if (file?.isFile()) return { kind: "object", key, size: file.size };
	return file?.isDirectory() ? follow(base, place, key) : undefined;
}

/** A symbolic link to a directory, unless it leads back to one that is being walked. */
function follow(base: string, place: Place, key: string): Found | undefined {
	const target = realpathSync(base + key);
	const here = realpathSync(base + place.key) + sep;
	if (here.startsWith(target + sep) || place.links.includes(target)) return undefined;
	return { kind: "directory", place: { key: `${key}/`, links: [...place.links, target] } };
}

/** True where there is an object below: empty directories are what killed writers leave. */
async function holdsObject(base: string, place: Place): Promise<boolean> {
	const directories: Place[] = [];
	for await (const found of walk(base, place)) {
		if (found.kind === "object") return true;
		directories.push(found.place);
	}
	for (const inner of directories) if (await holdsObject(base, inner)) return true;
	return false;
}

/** The entries of a directory, each name once, also where files are replaced meanwhile. */
async function entriesOf(path: string): Promise<Iterable<Dirent>> {
	try {
		const entries = await readdir(path, { withFileTypes: true });
		return new Map(entries.map((entry) => [entry.name, entry])).values();
	} catch (error) {
		if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
		throw error;
	}
}

function statExisting(path: string): Stats | undefined {
	try {
		return statSync(path);
	} catch (error) {
		if (isSystemError(error, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
		throw error;
	}
}
