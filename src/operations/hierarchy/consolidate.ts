/** Writing consolidated metadata, so that it is right when it is there: decisions/014. */
import type { Backend } from "../../backend.js";
import { StoreError } from "../../errors.js";
import {
	CONSOLIDATED,
	type ConsolidatedV2Node,
	formatConsolidated,
	formatConsolidatedV2,
} from "../../format/consolidated.js";
import type { JsonObject } from "../../format/metadata.js";
import { chunkPrefix, consolidatedV2Key } from "../../format/names.js";
import { forgetConsolidated, isGroupV2 } from "./consolidated-copies.js";
import { readNode, rewriteGroup } from "./hierarchy.js";
import { type FoundNode, walk } from "./members.js";
import { readDocument } from "./node-documents.js";

interface ConsolidateOptions {
	/** Requests in flight at once. */
	readonly concurrency: number;
	readonly signal?: AbortSignal | undefined;
}

/** Times that the hierarchy may change while it is being read. */
const MOST_ATTEMPTS = 5;

/**
 * Writes the metadata of every node of a group's format below it into the group's own, or beside it in format 2, as zarr-python's
 * `consolidate_metadata` does. It is then read a second time: whoever changes a node looks for a copy afterwards, so either they see this
 * one, or this sees the change.
 * @throws StoreError NOT_FOUND; CONFLICT where the hierarchy did not stand still, UNSUPPORTED where the store cannot list
 */
export async function consolidate(backend: Backend, path: string, options: ConsolidateOptions): Promise<void> {
	if (!backend.supports.list)
		throw new StoreError(
			"UNSUPPORTED",
			`${backend.location} cannot list what it holds, so nothing can be consolidated`,
		);
	try {
		const form = isGroupV2(await readNode(backend, path, options.signal)) ? FORM_V2 : FORM_V3;
		let snapshot = await form.read(backend, path, options);
		for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
			await form.write(backend, path, snapshot.nodes);
			const now = await form.read(backend, path, options);
			if (now.versions === snapshot.versions && (await form.isThere(backend, path))) return;
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
	readonly nodes: readonly ConsolidatedV2Node[];
	/** Names every node and its version, in one text. */
	readonly versions: string;
}

/** How a format keeps consolidated metadata. */
interface Form {
	read(backend: Backend, path: string, options: ConsolidateOptions): Promise<Snapshot>;
	write(backend: Backend, path: string, nodes: readonly ConsolidatedV2Node[]): Promise<void>;
	/** A concurrent change that came to its end after the first reading took away what was right. */
	isThere(backend: Backend, path: string): Promise<boolean>;
}

const FORM_V3: Form = {
	read: (backend, path, options) => takeSnapshot(walk(backend, path, options), path, false),
	async write(backend, path, nodes) {
		const copy = formatConsolidated(nodes);
		await rewriteGroup(backend, path, (group) => ({
			...group,
			extensions: { ...group.extensions, [CONSOLIDATED]: copy },
		}));
	},
	async isThere(backend, path) {
		const found = await readNode(backend, path);
		return found?.node.nodeType === "group" && found.node.group.extensions[CONSOLIDATED] !== undefined;
	},
};

const FORM_V2: Form = {
	read: (backend, path, options) => takeSnapshot(withItself(backend, path, options), path, true),
	async write(backend, path, nodes) {
		await backend.put(consolidatedV2Key(path), new TextEncoder().encode(formatConsolidatedV2(nodes)), { owned: true });
	},
	isThere: async (backend, path) => (await backend.head(consolidatedV2Key(path))) !== undefined,
};

async function* withItself(backend: Backend, path: string, options: ConsolidateOptions): AsyncGenerator<FoundNode> {
	const own = await readDocument(backend, path, { signal: options.signal, attributes: true });
	if (own !== undefined) yield { ...own, name: path, document: own.document as JsonObject };
	yield* walk(backend, path, options);
}

/** Of the nodes of one format: those of the other have a copy of their own kind. */
async function takeSnapshot(source: AsyncIterable<FoundNode>, path: string, ofV2: boolean): Promise<Snapshot> {
	const nodes: ConsolidatedV2Node[] = [];
	const versions: string[] = [];
	const above = chunkPrefix(path).length;
	for await (const { name, nodeType, document, etag, isV2, attributes = {}, attributesEtag } of source) {
		if (isV2 !== ofV2) continue;
		nodes.push({ path: name.slice(above), nodeType, document, attributes: attributes as JsonObject });
		versions.push(JSON.stringify([name, etag, attributesEtag]));
	}
	return { nodes, versions: versions.sort().join() };
}

/** What was written and not checked. */
async function forget(backend: Backend, path: string): Promise<void> {
	await forgetConsolidated(backend, path, await readNode(backend, path));
}
