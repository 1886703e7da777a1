/** What is wrong with a hierarchy beside its arrays: groups, consolidated metadata, chunks of no array. */
import type { Backend } from "../../backend.js";
import { isStoreError } from "../../errors.js";
import type { ConsolidatedV2Node } from "../../format/consolidated.js";
import { formatJson, type JsonObject } from "../../format/json.js";
import { type ArrayMetadata, type Attributes, parseNode } from "../../format/metadata.js";
import { ancestors, chunkPrefix, metadataKey, v2Keys } from "../../format/names.js";
import { parseZarray } from "../../format/v2/documents.js";
import type { Session } from "../../session.js";
import { consolidate } from "../hierarchy/consolidate.js";
import { forgetAbove } from "../hierarchy/consolidated-copies.js";
import { type Document, putDocuments, readDocument } from "../hierarchy/node-documents.js";
import { hasStoredChunk } from "../stored-keys.js";
import { unfinishedFaults } from "../unfinished.js";
import type { Stray, Survey } from "./survey.js";
import { type Fault, keep, replaceVersion } from "./verification.js";
import { type Copy, copiesOf } from "./verify-copies.js";

export interface HierarchyFaults {
	readonly faults: readonly Fault[];
	/** Arrays that a repair brings back: their names, by the key of the metadata. */
	readonly restored: ReadonlyMap<string, string>;
}

export async function hierarchyFaults(
	session: Session,
	surveyed: Survey,
	signal: AbortSignal | undefined,
): Promise<HierarchyFaults> {
	const { backend } = session;
	const copies = await copiesOf(backend, surveyed, signal);
	const lost = await lostNodes(backend, surveyed, copies, signal);
	const restored = new Map([...lost].flatMap(([name, { isArray, key }]) => (isArray ? [[key, name] as const] : [])));
	const belongs = ({ key }: Stray): boolean => ancestors(key).some((name) => lost.get(name)?.isArray);
	const faults = [
		...groupFaults(surveyed),
		...[...lost].map(([name, node]) => lostFault(backend, name, node)),
		...surveyed.strays.filter((stray) => !belongs(stray)).map((stray) => strayFault(session, stray)),
		...copies.flatMap((copy) => staleFaults(session, copy, lost)),
	];
	return { faults, restored };
}

/** Groups that are being filled, and those that cannot be read. */
function groupFaults({ nodes }: Survey): Fault[] {
	return [...nodes].flatMap(([path, node]) => {
		if (node.kind !== "group") return [];
		const { isV2, document, attributes } = node.found;
		const noted = (isV2 ? attributes : (document as JsonObject).attributes) ?? {};
		return unfinishedFaults(noted as Attributes, isV2 ? v2Keys(path).zgroup : metadataKey(path));
	});
}

/** A node whose metadata is gone while what belongs to it is there. */
interface LostNode {
	readonly isArray: boolean;
	readonly isV2: boolean;
	/** Of its metadata. */
	readonly key: string;
	readonly documents: readonly [Document, ...Document[]];
	/** Whether a copy tells its metadata; else it is a group of which nothing more is known. */
	readonly isKnown: boolean;
}

async function lostNodes(
	backend: Backend,
	surveyed: Survey,
	copies: readonly Copy[],
	signal: AbortSignal | undefined,
): Promise<Map<string, LostNode>> {
	const arrays = new Map<string, LostNode>();
	for (const { gone, isV2 } of copies)
		for (const [name, node] of gone)
			if (node.nodeType === "array" && !arrays.has(name) && (await hasChunks(backend, name, { node, isV2 }, signal)))
				arrays.set(name, lostNode(name, node, isV2));
	const above = [...arrays.keys()].flatMap(ancestors).filter((path) => path !== "" && !surveyed.nodes.has(path));
	const groups = [...new Set([...surveyed.bare, ...above])].sort().map((name) => {
		const copy = copies.find(({ gone }) => gone.get(name)?.nodeType === "group");
		const known = copy?.gone.get(name);
		const group = known === undefined ? emptyGroup(name, surveyed, arrays) : lostNode(name, known, copy?.isV2 ?? false);
		return [name, group] as const;
	});
	return new Map([...groups, ...arrays]);
}

/** A group of which nothing is known, in the format of what is below it. */
function emptyGroup(name: string, { nodes }: Survey, arrays: ReadonlyMap<string, LostNode>): LostNode {
	const isBelow = ([path]: readonly [string, unknown]): boolean => path.startsWith(chunkPrefix(name));
	const isV2 =
		[...arrays].filter(isBelow).every(([, node]) => node.isV2) &&
		[...nodes].filter(isBelow).every(([, node]) => node.kind !== "damaged" && node.found.isV2);
	const document: JsonObject = isV2 ? { zarr_format: 2 } : { zarr_format: 3, node_type: "group", attributes: {} };
	const node: ConsolidatedV2Node = { path: name, nodeType: "group", document, attributes: {} };
	return { ...lostNode(name, node, isV2), isKnown: false };
}

function lostNode(name: string, { nodeType, document, attributes }: ConsolidatedV2Node, isV2: boolean): LostNode {
	const isArray = nodeType === "array";
	const keys = v2Keys(name);
	const key = !isV2 ? metadataKey(name) : isArray ? keys.zarray : keys.zgroup;
	const { consolidated_metadata: _, ...own } = document;
	const notes = Object.keys(attributes).length === 0 ? [] : [{ key: keys.zattrs, text: formatJson(attributes) }];
	return { isArray, isV2, key, documents: [{ key, text: formatJson(own) }, ...notes], isKnown: true };
}

/** Whether chunks are there of an array that a copy still describes. */
async function hasChunks(
	backend: Backend,
	name: string,
	{ node, isV2 }: { readonly node: ConsolidatedV2Node; readonly isV2: boolean },
	signal: AbortSignal | undefined,
): Promise<boolean> {
	const metadata = metadataOf(name, node, isV2);
	return metadata !== undefined && (await hasStoredChunk({ backend, name, metadata }, signal));
}

function metadataOf(name: string, node: ConsolidatedV2Node, isV2: boolean): ArrayMetadata | undefined {
	try {
		if (isV2) return parseZarray(node.document, name, node.attributes);
		const parsed = parseNode(formatJson(node.document), name);
		return parsed.nodeType === "array" ? parsed.array : undefined;
	} catch (error) {
		if (isStoreError(error, "CORRUPT") || isStoreError(error, "UNSUPPORTED")) return undefined;
		throw error;
	}
}

function lostFault(backend: Backend, name: string, { key, documents, isKnown, isArray }: LostNode): Fault {
	const what = isArray ? "chunks of it are" : "what is in it is";
	const message = `the metadata of ${JSON.stringify(name)} is gone, but ${what} there`;
	const run = async (): Promise<boolean> => {
		try {
			if (!isKnown) await forgetAbove(backend, name);
			for (const document of documents) {
				// Attributes that are there outlived the rest, and are newer than a copy.
				if (document.key !== key && (await backend.head(document.key)) !== undefined) continue;
				await putDocuments(backend, [{ ...document, when: { absent: true } }]);
			}
			return true;
		} catch (error) {
			if (isStoreError(error, "CONFLICT")) return false;
			throw error;
		}
	};
	const source = isKnown ? "as consolidated metadata has it" : "as that of a group without attributes";
	return { finding: { kind: "missing", key, message }, fix: { action: "restore", key, message: source, run } };
}

function strayFault(session: Session, { key, bytes }: Stray): Fault {
	const { backend } = session;
	const run = async (signal: AbortSignal | undefined): Promise<boolean> => {
		const found = await backend.head(key, { signal });
		if (found === undefined) return true;
		// Its version was taken before: what is written to it from now on is another.
		const owners = await Promise.all(ancestors(key).map((name) => readDocument(backend, name, { signal })));
		if (owners.some((owner) => owner?.nodeType === "array")) return false;
		return replaceVersion(session, { key, etag: found.etag }, undefined, signal);
	};
	const message = "it is by its name a chunk, but there is no array that it belongs to";
	const fix = { action: "delete", key, message: "it belongs to no array", run } as const;
	return { finding: { kind: "orphaned", key, bytes, message }, fix };
}

/** Differences that are named. */
const MOST_NAMED = 5;

function staleFaults(session: Session, copy: Copy, lost: ReadonlyMap<string, LostNode>): Fault[] {
	const { key, group, gone } = copy;
	const left = [...gone.keys()].filter((name) => !lost.has(name)).map((name) => `${JSON.stringify(name)} is gone`);
	const differences = [...copy.differences, ...left];
	if (differences.length === 0) return [];
	const more = differences.length > MOST_NAMED ? `, and ${differences.length - MOST_NAMED} more` : "";
	const message = `its consolidated metadata is out of date: ${differences.slice(0, MOST_NAMED).join(", ")}${more}`;
	const run = async (signal: AbortSignal | undefined): Promise<boolean> => {
		try {
			await consolidate(session.backend, group, { concurrency: session.metadataConcurrency, signal });
			return true;
		} catch (error) {
			if (isStoreError(error, "CONFLICT")) return false;
			throw error;
		}
	};
	const cannot = !session.backend.supports.list;
	const fix = cannot
		? keep(key, "the store cannot list what it holds")
		: ({ action: "consolidate", key, message: "written again from what is there", run } as const);
	return [{ finding: { kind: "stale", key, message }, fix }];
}
