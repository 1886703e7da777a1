/** Writing consolidated metadata, so that it is right when it is there: decisions/014. */
import type { Backend } from "../backend.js";
import { StoreError } from "../errors.js";
import { CONSOLIDATED, type ConsolidatedNode, formatConsolidated } from "../format/consolidated.js";
import { chunkPrefix } from "../format/names.js";
import { forgetConsolidated, readNode, rewriteGroup } from "./hierarchy.js";
import { walk } from "./members.js";

interface ConsolidateOptions {
	/** Requests in flight at once. */
	readonly concurrency: number;
	readonly signal?: AbortSignal | undefined;
}

/** Times that the hierarchy may change while it is being read. */
const MOST_ATTEMPTS = 5;

/**
 * Writes the metadata of every node below a group into the group's own, as zarr-python's `consolidate_metadata` does. It is then read a
 * second time: whoever changes a node looks for a copy afterwards, so either they see this one, or this sees the change.
 * @throws StoreError NOT_FOUND; CONFLICT where the hierarchy did not stand still, UNSUPPORTED where the store cannot list
 */
export async function consolidate(backend: Backend, path: string, options: ConsolidateOptions): Promise<void> {
	if (!backend.supports.list)
		throw new StoreError(
			"UNSUPPORTED",
			`${backend.location} cannot list what it holds, so nothing can be consolidated`,
		);
	try {
		let snapshot = await takeSnapshot(backend, path, options);
		for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
			const copy = formatConsolidated(snapshot.nodes);
			await rewriteGroup(backend, path, (group) => ({
				...group,
				extensions: { ...group.extensions, [CONSOLIDATED]: copy },
			}));
			const now = await takeSnapshot(backend, path, options);
			if (now.versions === snapshot.versions && (await isThere(backend, path))) return;
			snapshot = now;
		}
		throw new StoreError(
			"CONFLICT",
			`${JSON.stringify(path)} kept changing while it was consolidated: try again later`,
		);
	} catch (error) {
		await forget(backend, path).catch(() => {});
		throw error;
	}
}

interface Snapshot {
	readonly nodes: readonly ConsolidatedNode[];
	/** Names every node and its version, in one text. */
	readonly versions: string;
}

async function takeSnapshot(backend: Backend, path: string, options: ConsolidateOptions): Promise<Snapshot> {
	const nodes: ConsolidatedNode[] = [];
	const versions: string[] = [];
	const above = chunkPrefix(path).length;
	for await (const { name, nodeType, document, etag, isV2 } of walk(backend, path, options)) {
		// Its documents have a copy of their own kind, `.zmetadata`.
		if (isV2) continue;
		nodes.push({ path: name.slice(above), nodeType, document });
		versions.push(JSON.stringify([name, etag]));
	}
	return { nodes, versions: versions.sort().join() };
}

/** A concurrent change that came to its end after the first reading took away what was right. */
async function isThere(backend: Backend, path: string): Promise<boolean> {
	const found = await readNode(backend, path);
	return found?.node.nodeType === "group" && found.node.group.extensions[CONSOLIDATED] !== undefined;
}

/** What was written and not checked. */
async function forget(backend: Backend, path: string): Promise<void> {
	await forgetConsolidated(backend, path, await readNode(backend, path));
}
