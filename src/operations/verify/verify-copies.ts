/** Whether consolidated metadata says what is there, and what it still knows of nodes whose own metadata is gone. */
import type { Backend } from "../../backend.js";
import { isStoreError, type StoreError } from "../../errors.js";
import {
	CONSOLIDATED,
	type ConsolidatedV2Node,
	parseConsolidated,
	parseConsolidatedV2,
} from "../../format/consolidated.js";
import { formatJson } from "../../format/json.js";
import type { Json, JsonObject } from "../../format/metadata.js";
import { chunkPrefix, consolidatedV2Key, metadataKey } from "../../format/names.js";
import { textOf } from "../hierarchy/node-documents.js";
import type { Survey, SurveyedNode } from "./survey.js";

/** A consolidated copy, and how it differs from what is there. */
export interface Copy {
	readonly group: string;
	readonly key: string;
	readonly isV2: boolean;
	/** In words, one for each node that differs. */
	readonly differences: readonly string[];
	/** Nodes that it knows and that are not there, by full name. */
	readonly gone: ReadonlyMap<string, ConsolidatedV2Node>;
}

/** Every copy of the groups that were surveyed. */
export async function copiesOf(backend: Backend, surveyed: Survey, signal: AbortSignal | undefined): Promise<Copy[]> {
	const copies: Copy[] = [];
	for (const [group, node] of surveyed.nodes) {
		if (node.kind !== "group") continue;
		const read = node.found.isV2 ? await readCopyV2(backend, group, signal) : copyIn(group, node.found.document);
		if (read !== undefined) copies.push({ ...compare(group, read, surveyed), group });
	}
	return copies;
}

type Read = { readonly key: string; readonly isV2: boolean } & (
	| { readonly nodes: readonly ConsolidatedV2Node[] }
	| { readonly error: StoreError }
);

function copyIn(group: string, document: Json): Read | undefined {
	const member = (document as JsonObject)[CONSOLIDATED];
	if (member === undefined || member === null) return undefined;
	const key = metadataKey(group);
	return reading({ key, isV2: false }, () =>
		parseConsolidated(member, key).map((node) => ({ ...node, attributes: {} })),
	);
}

async function readCopyV2(backend: Backend, group: string, signal: AbortSignal | undefined): Promise<Read | undefined> {
	const key = consolidatedV2Key(group);
	const fetched = await backend.get(key, { fresh: true, signal });
	if (fetched === undefined) return undefined;
	return reading({ key, isV2: true }, () => parseConsolidatedV2(textOf(fetched, key), key));
}

function reading(place: { key: string; isV2: boolean }, parse: () => readonly ConsolidatedV2Node[]): Read {
	try {
		return { ...place, nodes: parse() };
	} catch (error) {
		if (isStoreError(error, "CORRUPT") || isStoreError(error, "UNSUPPORTED")) return { ...place, error };
		throw error;
	}
}

function compare(group: string, read: Read, { nodes }: Survey): Omit<Copy, "group"> {
	const { key, isV2 } = read;
	if ("error" in read) return { key, isV2, differences: [read.error.message], gone: new Map() };
	const prefix = chunkPrefix(group);
	const known = new Map(read.nodes.map((node) => [node.path === "" ? group : prefix + node.path, node]));
	const gone = new Map<string, ConsolidatedV2Node>();
	const differences: string[] = [];
	for (const [name, node] of known) {
		const stored = nodes.get(name);
		if (stored === undefined) gone.set(name, node);
		else if (!isSame(node, stored, isV2)) differences.push(`${JSON.stringify(name)} is another now`);
	}
	for (const [name, node] of nodes) {
		const belongs = name !== group && name.startsWith(prefix) && node.kind !== "damaged" && node.found.isV2 === isV2;
		if (belongs && !known.has(name)) differences.push(`${JSON.stringify(name)} is not in it`);
	}
	return { key, isV2, differences, gone };
}

/** A damaged node says nothing of the copy. */
function isSame(copied: ConsolidatedV2Node, stored: SurveyedNode, isV2: boolean): boolean {
	if (stored.kind === "damaged") return true;
	const { found } = stored;
	if (found.isV2 !== isV2 || found.nodeType !== copied.nodeType) return false;
	const same = inOneForm(copied.document) === inOneForm(found.document);
	return same && (!isV2 || inOneForm(copied.attributes) === inOneForm(found.attributes ?? {}));
}

/** Without what copies have in another way: the copy of a group's own copy, attributes that there are none of, the order of members. */
function inOneForm(document: Json): string {
	const { [CONSOLIDATED]: _, attributes = {}, ...others } = document as JsonObject;
	return formatJson(sorted({ ...others, attributes }), 0);
}

function sorted(value: Json): Json {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([name, member]) => [name, sorted(member)]),
	);
}
