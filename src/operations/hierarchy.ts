/** Groups and arrays as nodes of the hierarchy: found, created, listed and removed by their `zarr.json`. */
import type { Backend } from "../backend.js";
import { giveWay } from "../engine.js";
import { isStoreError, StoreError } from "../errors.js";
import { CONSOLIDATED } from "../format/consolidated.js";
import { type Json, parseJson } from "../format/json.js";
import {
	type ArrayMetadata,
	type Attributes,
	formatArray,
	formatGroup,
	type GroupMetadata,
	type NodeMetadata,
	parseNode,
} from "../format/metadata.js";
import { chunkPrefix, metadataKey } from "../format/names.js";

/** A node as stored, with the version it was read in. */
export interface StoredNode {
	readonly node: NodeMetadata;
	readonly etag: string;
}

export async function readNode(backend: Backend, path: string, signal?: AbortSignal): Promise<StoredNode | undefined> {
	const key = metadataKey(path);
	const fetched = await backend.get(key, { fresh: true, signal });
	if (fetched === undefined) return undefined;
	return { node: parseNode(decodeText(fetched.parts[0] as Uint8Array, key), key), etag: fetched.etag };
}

/** The document of a node as it is, parsed and not looked at; undefined where there is none. */
export async function readDocument(
	backend: Backend,
	path: string,
	signal: AbortSignal | undefined,
): Promise<{ readonly document: Json; readonly etag: string } | undefined> {
	const key = metadataKey(path);
	const fetched = await backend.get(key, { fresh: true, signal });
	if (fetched === undefined) return undefined;
	return { document: parseJson(decodeText(fetched.parts[0] as Uint8Array, key), key), etag: fetched.etag };
}

export function decodeText(bytes: Uint8Array, key: string): string {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch (cause) {
		throw new StoreError("CORRUPT", `${key}: is not UTF-8 text`, { key, cause });
	}
}

/** An array's metadata with its version. */
export interface ArrayNode {
	readonly metadata: ArrayMetadata;
	readonly etag: string;
}

/** @throws StoreError NOT_FOUND where there is no array of that name */
export async function readArray(backend: Backend, name: string, signal?: AbortSignal): Promise<ArrayNode> {
	const found = await readNode(backend, name, signal);
	if (found?.node.nodeType === "array") return { metadata: found.node.array, etag: found.etag };
	const what = found === undefined ? "there is no dataset" : "there is a group, not a dataset, named";
	throw new StoreError("NOT_FOUND", `${what} ${JSON.stringify(name)} in ${backend.location}`, {
		dataset: name,
		key: metadataKey(name),
	});
}

/** A group's metadata. The root of an empty store is an empty group. @throws StoreError NOT_FOUND */
export async function readGroup(backend: Backend, path: string, signal?: AbortSignal): Promise<GroupMetadata> {
	const found = await readNode(backend, path, signal);
	if (found?.node.nodeType === "group") return found.node.group;
	if (found === undefined && path === "") return EMPTY_GROUP;
	const what = found === undefined ? "there is no group" : "there is a dataset, not a group, named";
	throw new StoreError("NOT_FOUND", `${what} ${JSON.stringify(path)} in ${backend.location}`, {
		key: metadataKey(path),
	});
}

const EMPTY_GROUP: GroupMetadata = { attributes: {}, extensions: {} };

/**
 * Stores the metadata of a new array and makes the groups above it. Chunks that an interrupted deletion left under its name are
 * removed first.
 * @throws StoreError ALREADY_EXISTS where a node of that name exists, or a dataset above it
 */
export async function createArray(backend: Backend, name: string, metadata: ArrayMetadata): Promise<string> {
	await makeGroups(backend, name);
	await removeLeftovers(backend, name);
	const etag = await createNode(backend, name, formatArray(metadata));
	await forgetAbove(backend, name);
	return etag;
}

export async function createGroup(backend: Backend, path: string, attributes: Attributes): Promise<void> {
	await makeGroups(backend, path);
	await createNode(backend, path, formatGroup({ attributes, extensions: {} }));
	await forgetAbove(backend, path);
}

async function createNode(backend: Backend, path: string, text: string): Promise<string> {
	const key = metadataKey(path);
	const when =
		(backend.supports.createIfAbsent ?? (await backend.probe()).createIfAbsent) ? { absent: true as const } : undefined;
	if (when === undefined && (await backend.head(key)) !== undefined) throw alreadyExists(backend, path);
	try {
		return await backend.put(key, new TextEncoder().encode(text), { when, owned: true });
	} catch (error) {
		throw isStoreError(error, "CONFLICT") ? alreadyExists(backend, path) : error;
	}
}

export function alreadyExists(backend: Backend, path: string): StoreError {
	return new StoreError(
		"ALREADY_EXISTS",
		`${JSON.stringify(path)} exists already in ${backend.location}: choose another name, or pass ifExists: "open" or "replace"`,
		{ dataset: path, key: metadataKey(path) },
	);
}

/** Makes every group above `path` that is not there yet, the root among them. */
async function makeGroups(backend: Backend, path: string): Promise<void> {
	for (const parent of ancestors(path)) {
		const found = await readNode(backend, parent);
		if (found?.node.nodeType === "array")
			throw new StoreError(
				"ALREADY_EXISTS",
				`${JSON.stringify(parent)} is a dataset, so ${JSON.stringify(path)} cannot be below it`,
			);
		if (found !== undefined) {
			await forgetConsolidated(backend, parent, found);
			continue;
		}
		try {
			await createNode(backend, parent, formatGroup(EMPTY_GROUP));
		} catch (error) {
			if (!isStoreError(error, "ALREADY_EXISTS")) throw error;
		}
	}
}

/**
 * Removes the consolidated metadata of every group above a node that changes: before it does, so that no copy is ever wrong, and afterwards, where
 * one was written meanwhile (decisions/014).
 */
async function forgetAbove(backend: Backend, path: string): Promise<void> {
	await Promise.all(
		ancestors(path).map(async (group) => {
			const found = await readNode(backend, group).catch(unlessUnreadable);
			await forgetConsolidated(backend, group, found);
		}),
	);
}

/** @param found the group as it was read last */
export async function forgetConsolidated(backend: Backend, path: string, found: StoredNode | undefined): Promise<void> {
	let current = found;
	while (current?.node.nodeType === "group" && current.node.group.extensions[CONSOLIDATED] !== undefined) {
		const { [CONSOLIDATED]: _, ...extensions } = current.node.group.extensions;
		const text = formatGroup({ ...current.node.group, extensions });
		if ((await replaceNode(backend, path, text, current.etag)) !== undefined) return;
		current = await readNode(backend, path);
	}
}

/** A group that cannot be read tells nobody what is below it. */
function unlessUnreadable(error: unknown): undefined {
	if (!isStoreError(error, "CORRUPT") && !isStoreError(error, "UNSUPPORTED")) throw error;
}

/** `a/b/c` → `""`, `a`, `a/b`. */
export function ancestors(path: string): string[] {
	if (path === "") return [];
	const segments = path.split("/");
	return segments.map((_, i) => segments.slice(0, i).join("/"));
}

async function removeLeftovers(backend: Backend, name: string): Promise<void> {
	if (name === "" || !backend.supports.list) return;
	const key = metadataKey(name);
	const leftovers: string[] = [];
	for await (const entry of backend.list(chunkPrefix(name))) {
		if (entry.key === key) return;
		leftovers.push(entry.key);
	}
	// Whoever created the dataset while it was being listed owns what is there.
	if (leftovers.length === 0 || (await backend.head(key)) !== undefined) return;
	await backend.delete(leftovers);
}

/**
 * Changes the metadata of an array by compare-and-swap: `change` sees what is stored and is called again where somebody else was
 * faster.
 */
export async function updateArray(
	backend: Backend,
	name: string,
	change: (metadata: ArrayMetadata) => ArrayMetadata | undefined,
): Promise<ArrayNode> {
	for (;;) {
		const current = await readArray(backend, name);
		const changed = change(current.metadata);
		if (changed === undefined) return current;
		await forgetAbove(backend, name);
		const etag = await replaceNode(backend, name, formatArray(changed), current.etag);
		if (etag === undefined) continue;
		await forgetAbove(backend, name);
		return { metadata: changed, etag };
	}
}

/** Changes what a group says of itself, as {@link updateArray} does. */
export async function updateGroup(
	backend: Backend,
	path: string,
	change: (group: GroupMetadata) => GroupMetadata,
): Promise<GroupMetadata> {
	await forgetAbove(backend, path);
	const group = await rewriteGroup(backend, path, change);
	await forgetAbove(backend, path);
	return group;
}

/** Changes the document of a group in a way that leaves true what groups above may repeat of it. */
export async function rewriteGroup(
	backend: Backend,
	path: string,
	change: (group: GroupMetadata) => GroupMetadata,
): Promise<GroupMetadata> {
	for (;;) {
		const current = await readNode(backend, path);
		if (current?.node.nodeType === "array") throw alreadyExists(backend, path);
		const group = change(current?.node.group ?? (await readGroup(backend, path)));
		const etag = await replaceNode(backend, path, formatGroup(group), current?.etag);
		if (etag !== undefined) return group;
	}
}

/** The new version, or undefined where the stored one is not `etag` any more. */
async function replaceNode(
	backend: Backend,
	path: string,
	text: string,
	etag: string | undefined,
): Promise<string | undefined> {
	const can = backend.supports.compareAndSwap ?? (await backend.probe()).compareAndSwap;
	const when = !can ? undefined : etag === undefined ? { absent: true as const } : { etag };
	try {
		return await backend.put(metadataKey(path), new TextEncoder().encode(text), { when, owned: true });
	} catch (error) {
		if (isStoreError(error, "CONFLICT")) return undefined;
		throw error;
	}
}

/** Keys per delete request. */
const DELETE_BATCH = 1000;

/** Removes a node and everything below it: its metadata first, so that what an interruption leaves is no array. */
export async function removeNode(backend: Backend, path: string, signal?: AbortSignal): Promise<void> {
	await forgetAbove(backend, path);
	await backend.delete([metadataKey(path)], { signal });
	await forgetAbove(backend, path);
	await removePrefix(backend, chunkPrefix(path), signal);
}

/** Removes every object whose key begins with `prefix`, but for those that `keep` holds back. */
export async function removePrefix(
	backend: Backend,
	prefix: string,
	signal?: AbortSignal,
	keep: (key: string) => boolean = () => false,
): Promise<void> {
	let batch: string[] = [];
	for await (const { key } of backend.list(prefix, { signal })) {
		await giveWay();
		if (keep(key)) continue;
		batch.push(key);
		if (batch.length < DELETE_BATCH) continue;
		await backend.delete(batch, { signal });
		batch = [];
	}
	if (batch.length > 0) await backend.delete(batch, { signal });
}
