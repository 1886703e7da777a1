/** Groups and arrays as nodes of the hierarchy: found, created, listed and removed by their metadata. */
import type { Backend } from "../../backend.js";
import { giveWay } from "../../engine.js";
import { isStoreError, StoreError } from "../../errors.js";
import type { ArrayMetadata, Attributes, GroupMetadata } from "../../format/metadata.js";
import { ancestors, chunkPrefix, metadataKey, metadataKeys } from "../../format/names.js";
import { withDimensionNames } from "../../format/v2/documents.js";
import { forgetAbove, forgetConsolidated, forgetOwn } from "./consolidated-copies.js";
import {
	arrayDocuments,
	type Document,
	groupDocuments,
	putDocuments,
	readNode,
	replaceNode,
	type Versions,
} from "./node-documents.js";

export { readNode } from "./node-documents.js";

/** An array's metadata with its version. */
export interface ArrayNode extends Versions {
	readonly metadata: ArrayMetadata;
}

/** @throws StoreError NOT_FOUND where there is no array of that name */
export async function readArray(backend: Backend, name: string, signal?: AbortSignal): Promise<ArrayNode> {
	const found = await readNode(backend, name, signal);
	if (found?.node.nodeType === "array")
		return { metadata: found.node.array, etag: found.etag, attributesEtag: found.attributesEtag };
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
const EMPTY_GROUP_V2: GroupMetadata = { ...EMPTY_GROUP, v2: { document: { zarr_format: 2 } } };

/**
 * Stores the metadata of a new array and makes the groups above it, of the same format. Chunks that an interrupted deletion left under its name are
 * removed first.
 * @throws StoreError ALREADY_EXISTS where a node of that name exists, or a dataset above it
 */
export async function createArray(backend: Backend, name: string, metadata: ArrayMetadata): Promise<string> {
	const documents = arrayDocuments(name, metadata);
	await makeGroups(backend, name, metadata.v2 === undefined ? EMPTY_GROUP : EMPTY_GROUP_V2);
	await removeLeftovers(backend, name, documents[0].key);
	const etag = await createNode(backend, name, documents);
	await forgetAbove(backend, name);
	return etag;
}

/** Stores a new group, of that format, and makes those above it. @throws StoreError ALREADY_EXISTS */
export async function createGroup(
	backend: Backend,
	path: string,
	{ attributes, format }: { readonly attributes: Attributes; readonly format: 2 | 3 },
): Promise<GroupMetadata> {
	const empty = format === 2 ? EMPTY_GROUP_V2 : EMPTY_GROUP;
	const group = { ...empty, attributes };
	await makeGroups(backend, path, empty);
	if (format === 2) await forgetOwn(backend, path);
	await createNode(backend, path, groupDocuments(path, group));
	await forgetAbove(backend, path);
	return group;
}

/**
 * Of several who create a node at once one wins. Where the store cannot create on condition it is looked for first, which two may do at the same
 * moment: then both believe that it is theirs, and the later one's metadata stays.
 */
async function createNode(
	backend: Backend,
	path: string,
	[main, ...others]: readonly [Document, ...Document[]],
): Promise<string> {
	const { key } = main;
	const when =
		(backend.supports.createIfAbsent ?? (await backend.probe()).createIfAbsent) ? { absent: true as const } : undefined;
	if (when === undefined && (await backend.head(key)) !== undefined) throw alreadyExists(backend, path);
	try {
		const [etag] = await putDocuments(backend, [{ ...main, when }, ...others.filter(({ text }) => text !== "{}")]);
		return etag as string;
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

/** Makes every group above `path` that is not there yet, the root among them, as `group` is. */
async function makeGroups(backend: Backend, path: string, group: GroupMetadata): Promise<void> {
	for (const parent of ancestors(path)) {
		const found = await readNode(backend, parent);
		if (found?.node.nodeType === "array")
			throw new StoreError(
				"ALREADY_EXISTS",
				`${JSON.stringify(parent)} is a dataset, so ${JSON.stringify(path)} cannot be below it`,
			);
		await forgetConsolidated(backend, parent, found);
		if (found !== undefined) continue;
		try {
			await createNode(backend, parent, groupDocuments(parent, group));
		} catch (error) {
			if (!isStoreError(error, "ALREADY_EXISTS")) throw error;
		}
	}
}

async function removeLeftovers(backend: Backend, name: string, key: string): Promise<void> {
	if (name === "" || !backend.supports.list) return;
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
		const documents = arrayDocuments(name, changed);
		const stored = { versions: current, documents: arrayDocuments(name, current.metadata) };
		const versions = await replaceNode(backend, documents, stored);
		if (versions === undefined) continue;
		await forgetAbove(backend, name);
		return { metadata: withDimensionNames(changed), ...versions };
	}
}

/** Changes what a group says of itself, as {@link updateArray} does. */
export async function updateGroup(
	backend: Backend,
	path: string,
	change: (group: GroupMetadata) => GroupMetadata,
): Promise<GroupMetadata> {
	await forgetAbove(backend, path);
	const group = await rewriteGroup(backend, path, async (stored) => {
		// Format 2 repeats what a group says of itself beside it.
		if (stored.v2 !== undefined) await forgetOwn(backend, path);
		return change(stored);
	});
	if (group.v2 !== undefined) await forgetOwn(backend, path);
	await forgetAbove(backend, path);
	return group;
}

/** Changes the document of a group in a way that leaves true what groups above may repeat of it. */
export async function rewriteGroup(
	backend: Backend,
	path: string,
	change: (group: GroupMetadata) => GroupMetadata | Promise<GroupMetadata>,
): Promise<GroupMetadata> {
	for (;;) {
		const current = await readNode(backend, path);
		if (current?.node.nodeType === "array") throw alreadyExists(backend, path);
		const before = current?.node.group ?? (await readGroup(backend, path));
		const group = await change(before);
		const stored = current && { versions: current, documents: groupDocuments(path, before) };
		if ((await replaceNode(backend, groupDocuments(path, group), stored)) !== undefined) return group;
	}
}

/** Keys per delete request. */
export const DELETE_BATCH = 1000;

/** Removes a node and everything below it: its metadata first, so that what an interruption leaves is no array. */
export async function removeNode(backend: Backend, path: string, signal?: AbortSignal): Promise<void> {
	await forgetAbove(backend, path);
	await backend.delete(metadataKeys(path), { signal });
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
	for await (const batch of keysBelow(backend, prefix, { signal, isKept: keep, length: DELETE_BATCH }))
		await backend.delete(batch, { signal });
}

interface KeysOptions {
	readonly signal: AbortSignal | undefined;
	readonly isKept: (key: string) => boolean;
	/** Keys of a batch. */
	readonly length: number;
}

/** Every key that begins with `prefix`, but for those that are kept, in batches. */
export async function* keysBelow(
	backend: Backend,
	prefix: string,
	{ signal, isKept, length }: KeysOptions,
): AsyncGenerator<string[], undefined, undefined> {
	let batch: string[] = [];
	for await (const { key } of backend.list(prefix, { signal })) {
		await giveWay();
		if (isKept(key)) continue;
		batch.push(key);
		if (batch.length < length) continue;
		yield batch;
		batch = [];
	}
	if (batch.length > 0) yield batch;
}
