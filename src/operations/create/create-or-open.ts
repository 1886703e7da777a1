import type { Backend } from "../../backend.js";
import { isStoreError, StoreError } from "../../errors.js";
import type { ArrayMetadata } from "../../format/metadata.js";
import { type ArrayNode, alreadyExists, createArray, readArray, readNode, removeNode } from "../hierarchy/hierarchy.js";
import { members } from "../hierarchy/members.js";

interface Wanted {
	readonly metadata: ArrayMetadata;
	readonly ifExists: "error" | "open" | "replace";
}

/** Stores a new array, or does what is wanted where there is one of that name. @throws StoreError ALREADY_EXISTS */
export async function createOrOpen(backend: Backend, name: string, { metadata, ifExists }: Wanted): Promise<ArrayNode> {
	const existing = await readNode(backend, name);
	if (existing !== undefined && (ifExists === "error" || existing.node.nodeType === "group"))
		await refuse(backend, name, existing.node.nodeType);
	if (existing?.node.nodeType === "array" && ifExists === "open")
		return likeWanted(name, { metadata: existing.node.array, etag: existing.etag }, metadata);
	if (existing !== undefined) await removeNode(backend, name);
	try {
		return { metadata, etag: await createArray(backend, name, metadata) };
	} catch (error) {
		if (ifExists !== "open" || !isStoreError(error, "ALREADY_EXISTS")) throw error;
		return likeWanted(name, await readArray(backend, name), metadata);
	}
}

/** A group may become a dataset only while it is the root of an otherwise empty store. */
async function refuse(backend: Backend, name: string, kind: "array" | "group"): Promise<void> {
	if (kind === "group" && name === "")
		for await (const _ of members(backend, name, { concurrency: 2 })) throw alreadyExists(backend, name);
	else throw alreadyExists(backend, name);
}

function likeWanted(name: string, node: ArrayNode, wanted: ArrayMetadata): ArrayNode {
	const { shape, dtype } = node.metadata;
	const same =
		dtype.name === wanted.dtype.name &&
		shape.length === wanted.shape.length &&
		shape.every((length, d) => length === wanted.shape[d]);
	if (same) return node;
	throw new StoreError(
		"ALREADY_EXISTS",
		`${JSON.stringify(name)} exists as ${dtype.name} [${shape.join(", ")}], not ${wanted.dtype.name} [${wanted.shape.join(", ")}]: open it with getDataset`,
		{ dataset: name },
	);
}
