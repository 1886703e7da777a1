/**
 * Consolidated metadata: one document that repeats the metadata of every node below a group. Format 3 keeps it inline, as the member
 * `consolidated_metadata` of the group's `zarr.json`, in the form that zarr-python 3 writes (it is no part of the core specification);
 * format 2 in an object of its own, `.zmetadata`. When it is to be believed: decisions/014.
 */
import { isStoreError, StoreError } from "../errors.js";
import { isObject, malformed, quote, within } from "./extension-point.js";
import { formatJson, type Json, type JsonObject, parseJson } from "./json.js";
import { nodeTypeOf } from "./metadata.js";
import { checkName, chunkPrefix } from "./names.js";

/** The member of a group's `zarr.json`. */
export const CONSOLIDATED = "consolidated_metadata";

/** A node as consolidated metadata has it. */
export interface ConsolidatedNode {
	/** Its name as seen from the group. */
	readonly path: string;
	readonly nodeType: "array" | "group";
	/** The content of its `zarr.json`; of format 2, of its `.zarray` or `.zgroup`. */
	readonly document: JsonObject;
}

/** A node of format 2, whose attributes are a document of their own. */
export interface ConsolidatedV2Node extends ConsolidatedNode {
	/** The content of its `.zattrs`; empty where it has none. */
	readonly attributes: JsonObject;
}

/**
 * The member that repeats `nodes`. Those near the root come first and siblings stand together, which zarr-python relies on; it also
 * takes a group below without a member of its own for one that was not consolidated, so each gets an empty one.
 */
export function formatConsolidated(nodes: readonly ConsolidatedNode[]): JsonObject {
	const documents = byDepth(nodes).map(({ path, nodeType, document }) => [
		path,
		nodeType === "array" ? document : { ...document, [CONSOLIDATED]: inline({}) },
	]);
	return inline(Object.fromEntries(documents));
}

function byDepth<T extends ConsolidatedNode>(nodes: readonly T[]): T[] {
	return nodes
		.map((node) => ({ node, depth: node.path === "" ? 0 : node.path.split("/").length }))
		.sort((a, b) => a.depth - b.depth || (a.node.path < b.node.path ? -1 : 1))
		.map(({ node }) => node);
}

/** The content of `.zmetadata` that repeats `nodes`, the group itself among them as `""`; in the same order. */
export function formatConsolidatedV2(nodes: readonly ConsolidatedV2Node[]): string {
	const documents = byDepth(nodes).flatMap(({ path, nodeType, document, attributes }) => [
		[`${chunkPrefix(path)}.z${nodeType}`, document] as const,
		...(Object.keys(attributes).length === 0 ? [] : [[`${chunkPrefix(path)}.zattrs`, attributes] as const]),
	]);
	return formatJson({ zarr_consolidated_format: 1, metadata: Object.fromEntries(documents) });
}

function inline(metadata: JsonObject): JsonObject {
	return { kind: "inline", must_understand: false, metadata };
}

/**
 * Reads the member.
 * @param key names the file in messages
 * @throws StoreError CORRUPT, or UNSUPPORTED where it is of another kind than `inline`, naming file and node
 */
export function parseConsolidated(member: Json, key: string): ConsolidatedNode[] {
	return within({ place: `${key}: member ${quote(CONSOLIDATED)}`, key }, () => {
		if (!isObject(member)) throw malformed("an object", member);
		const { kind, metadata } = member;
		if (typeof kind !== "string") throw malformed('an object whose "kind" is a string', kind);
		if (kind !== "inline") throw new StoreError("UNSUPPORTED", `the kind ${quote(kind)} is not supported`);
		if (!isObject(metadata)) throw malformed('an object as "metadata"', metadata);
		return Object.entries(metadata).map(([path, document]) =>
			within({ place: quote(path) }, () => {
				checkPath(path);
				if (!isObject(document)) throw malformed("an object", document);
				return { path, nodeType: nodeTypeOf(document), document };
			}),
		);
	});
}

/**
 * Reads `.zmetadata` (as zarr-python 2 writes it: its version 1). The group itself is among the nodes, as `""`.
 * @param key names the file in messages
 * @throws StoreError CORRUPT, or UNSUPPORTED where it is of another version, naming file and node
 */
export function parseConsolidatedV2(text: string, key: string): ConsolidatedV2Node[] {
	const content = parseJson(text, key);
	return within({ place: key, key }, () => {
		if (!isObject(content)) throw malformed("an object", content);
		const { zarr_consolidated_format: version, metadata } = content;
		if (typeof version !== "number") throw malformed('a number as "zarr_consolidated_format"', version);
		if (version !== 1) throw new StoreError("UNSUPPORTED", `version ${version} is not supported, only 1`);
		if (!isObject(metadata)) throw malformed('an object as "metadata"', metadata);
		return Object.entries(metadata).flatMap(([name, document]) => {
			const node = within({ place: quote(name) }, () => nodeOfV2(name, document));
			if (node === undefined) return [];
			const attributes = metadata[`${chunkPrefix(node.path)}.zattrs`] ?? {};
			if (!isObject(attributes)) throw malformed(`an object as the attributes of ${quote(node.path)}`, attributes);
			return [{ ...node, attributes }];
		});
	});
}

/** Undefined for attributes, and for files that are no metadata. */
function nodeOfV2(name: string, document: Json): ConsolidatedNode | undefined {
	const match = /^(?:(.*)\/)?\.z(array|group)$/s.exec(name);
	if (match === null) return undefined;
	const [, path = "", kind] = match;
	checkPath(path);
	if (!isObject(document)) throw malformed("an object", document);
	return { path, nodeType: kind as "array" | "group", document };
}

function checkPath(path: string): void {
	try {
		checkName(path);
	} catch (error) {
		throw isStoreError(error) ? new StoreError("CORRUPT", error.message) : error;
	}
}
