import { StoreError } from "../errors.js";

/**
 * Checks the name of a dataset or group: `""` for the root, else node names joined by `/` (core specification 3.1, "Node names").
 * @throws StoreError INVALID_ARGUMENT, saying what a name looks like
 */
export function checkName(name: string): void {
	const wrong = typeof name === "string" ? complaint(name) : "it is not a string";
	if (wrong !== undefined)
		throw new StoreError("INVALID_ARGUMENT", `${shown(name)} is no dataset or group name: ${wrong}`);
}

function complaint(name: string): string | undefined {
	if (name === "") return undefined;
	if (name.includes("\0")) return "it contains NUL";
	if (/\p{Surrogate}/u.test(name)) return "it contains half of a surrogate pair, which has no UTF-8 form";
	const segments = name.split("/");
	if (segments.includes(""))
		return 'use segments joined by single slashes, as in "a/b", without one at the beginning or end';
	for (const segment of segments) {
		if (/^\.+$/.test(segment)) return `a segment cannot be ${JSON.stringify(segment)}: name the node in full`;
		if (segment.startsWith("__")) return 'segments that begin with "__" are reserved: begin with another character';
		if (DOCUMENTS.includes(segment))
			return `${JSON.stringify(segment)} is the name of the metadata: choose another one`;
	}
	return undefined;
}

function shown(name: unknown): string {
	return typeof name === "string" ? JSON.stringify(name) : `a value of type ${typeof name}`;
}

/** Names of the documents that metadata is kept in: of Zarr v3, then those of v2. */
const DOCUMENTS: readonly string[] = ["zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"];

/** Every key under which metadata of the node at `path` may be, whatever its format. */
export function metadataKeys(path: string): string[] {
	return DOCUMENTS.map((name) => chunkPrefix(path) + name);
}

/** The key of the metadata of the node at `path` in Zarr v3; `""` is the root. */
export function metadataKey(path: string): string {
	return `${chunkPrefix(path)}zarr.json`;
}

/** The key in which Zarr v2 keeps the consolidated metadata of the group at `path`. */
export function consolidatedV2Key(path: string): string {
	return `${chunkPrefix(path)}.zmetadata`;
}

/** What the keys of everything that belongs to the node at `path` begin with. */
export function chunkPrefix(path: string): string {
	return path === "" ? "" : `${path}/`;
}

/** The groups above a node: `a/b/c` → `""`, `a`, `a/b`. */
export function ancestors(path: string): string[] {
	if (path === "") return [];
	const segments = path.split("/");
	return segments.map((_, i) => segments.slice(0, i).join("/"));
}

/** Whether a key is that of metadata by which a node exists. */
export function isMetadataKey(key: string): boolean {
	return /(?:^|\/)(?:zarr\.json|\.zarray|\.zgroup)$/.test(key);
}

/** The keys of the documents of the node at `path` in Zarr v2. */
export function v2Keys(path: string): { readonly [name in "zarray" | "zgroup" | "zattrs"]: string } {
	const prefix = chunkPrefix(path);
	return { zarray: `${prefix}.zarray`, zgroup: `${prefix}.zgroup`, zattrs: `${prefix}.zattrs` };
}
