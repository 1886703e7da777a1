/** Taking consolidated metadata away where a change makes it wrong: decisions/014. */
import type { Backend } from "../../backend.js";
import { isStoreError } from "../../errors.js";
import { CONSOLIDATED } from "../../format/consolidated.js";
import { ancestors, consolidatedV2Key } from "../../format/names.js";
import { groupDocuments, readNode, replaceNode, type StoredNode } from "./node-documents.js";

/**
 * Removes the consolidated metadata of every group above a node that changes: before it does, so that no copy is ever wrong, and afterwards, where
 * one was written meanwhile.
 */
export async function forgetAbove(backend: Backend, path: string): Promise<void> {
	await Promise.all(
		ancestors(path).map(async (group) => {
			const found = await readNode(backend, group).catch(unlessUnreadable);
			await forgetConsolidated(backend, group, found);
		}),
	);
}

/** @param found the group as it was read last; undefined where there is none, or none that can be read */
export async function forgetConsolidated(backend: Backend, path: string, found: StoredNode | undefined): Promise<void> {
	let current = found;
	while (current?.node.nodeType === "group" && current.node.group.extensions[CONSOLIDATED] !== undefined) {
		const { group } = current.node;
		const { [CONSOLIDATED]: _, ...extensions } = group.extensions;
		const stored = { versions: current, documents: groupDocuments(path, group) };
		if ((await replaceNode(backend, groupDocuments(path, { ...group, extensions }), stored)) !== undefined) return;
		current = await readNode(backend, path);
	}
	if (found === undefined || isGroupV2(found)) await forgetOwn(backend, path);
}

export function isGroupV2(found: StoredNode | undefined): boolean {
	return found?.node.nodeType === "group" && found.node.group.v2 !== undefined;
}

/** Removes the object in which a group of format 2 repeats itself and what is below it. */
export async function forgetOwn(backend: Backend, path: string): Promise<void> {
	const key = consolidatedV2Key(path);
	if ((await backend.head(key)) !== undefined) await backend.delete([key]);
}

/** A group that cannot be read tells nobody what is below it. */
function unlessUnreadable(error: unknown): undefined {
	if (!isStoreError(error, "CORRUPT") && !isStoreError(error, "UNSUPPORTED")) throw error;
}
