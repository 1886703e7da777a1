/** The documents of a node on the store, of Zarr v3 and of v2: found, decoded, and written where they have changed. */
import type { Backend, Fetched, Precondition } from "../../backend.js";
import { isStoreError, StoreError } from "../../errors.js";
import { within } from "../../format/extension-point.js";
import { type Json, parseJson } from "../../format/json.js";
import {
	type ArrayMetadata,
	formatArray,
	formatGroup,
	type GroupMetadata,
	type NodeMetadata,
	nodeTypeOf,
	parseNode,
} from "../../format/metadata.js";
import { metadataKey, v2Keys } from "../../format/names.js";
import {
	formatZarray,
	formatZattrs,
	formatZgroup,
	parseZarray,
	parseZattrs,
	parseZgroup,
} from "../../format/v2/documents.js";

/** The versions of a node's documents. */
export interface Versions {
	readonly etag: string;
	/** Of `.zattrs`, where there is one. */
	readonly attributesEtag?: string | undefined;
}

/** A node as stored, with the versions it was read in. */
export interface StoredNode extends Versions {
	readonly node: NodeMetadata;
}

/** One document as text. The first of a node's is the one that makes it exist. */
export interface Document {
	readonly key: string;
	readonly text: string;
}

/**
 * Reads a node: by one request where it is of v3, which comes first where there are both, as in zarr-python; else `.zarray`, `.zgroup` and
 * `.zattrs` are asked for at once.
 */
export async function readNode(backend: Backend, path: string, signal?: AbortSignal): Promise<StoredNode | undefined> {
	const key = metadataKey(path);
	const fetched = await backend.get(key, { fresh: true, signal });
	if (fetched === undefined) return readNodeV2(backend, path, signal);
	return { node: parseNode(textOf(fetched, key), key), etag: fetched.etag };
}

async function readNodeV2(backend: Backend, path: string, signal?: AbortSignal): Promise<StoredNode | undefined> {
	const { zarray, zgroup, zattrs } = v2Keys(path);
	const [array, group, attributes] = await Promise.all(
		[zarray, zgroup, zattrs].map((key) => backend.get(key, { fresh: true, signal })),
	);
	const main = array ?? group;
	if (main === undefined) return undefined;
	const found = { etag: main.etag, attributesEtag: attributes?.etag };
	const values = parseZattrs(attributes && parseJson(textOf(attributes, zattrs), zattrs), zattrs);
	if (array !== undefined)
		return {
			node: { nodeType: "array", array: parseZarray(parseJson(textOf(array, zarray), zarray), zarray, values) },
			...found,
		};
	return {
		node: { nodeType: "group", group: parseZgroup(parseJson(textOf(main, zgroup), zgroup), zgroup, values) },
		...found,
	};
}

export function textOf(fetched: Fetched, key: string): string {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(fetched.parts[0] as Uint8Array);
	} catch (cause) {
		throw new StoreError("CORRUPT", `${key}: is not UTF-8 text`, { key, cause });
	}
}

/** The document that makes a node exist, as it is. */
export interface FoundDocument {
	readonly nodeType: "array" | "group";
	readonly document: Json;
	readonly etag: string;
	readonly isV2: boolean;
	/** Of `.zattrs`, where there is one and it was asked for. */
	readonly attributes?: Json | undefined;
	readonly attributesEtag?: string | undefined;
}

interface ReadDocumentOptions {
	readonly signal?: AbortSignal | undefined;
	/** Format 2: also the attributes, which cost a request more. */
	readonly attributes?: boolean | undefined;
}

/** What is at a place, its document parsed and otherwise not looked at; undefined where there is nothing. */
export async function readDocument(
	backend: Backend,
	path: string,
	{ signal, attributes = false }: ReadDocumentOptions,
): Promise<FoundDocument | undefined> {
	const key = metadataKey(path);
	const fetched = await backend.get(key, { fresh: true, signal });
	if (fetched !== undefined) {
		const document = parseJson(textOf(fetched, key), key);
		const nodeType = within({ place: key, key }, () => nodeTypeOf(document));
		return { nodeType, document, etag: fetched.etag, isV2: false };
	}
	const { zarray, zgroup, zattrs } = v2Keys(path);
	const wanted = attributes ? [zarray, zgroup, zattrs] : [zarray, zgroup];
	const [array, group, noted] = await Promise.all(
		wanted.map((wantedKey) => backend.get(wantedKey, { fresh: true, signal })),
	);
	const main = array ?? group;
	if (main === undefined) return undefined;
	const mainKey = array === undefined ? zgroup : zarray;
	return {
		nodeType: array === undefined ? "group" : "array",
		document: parseJson(textOf(main, mainKey), mainKey),
		etag: main.etag,
		isV2: true,
		attributes: noted && parseJson(textOf(noted, zattrs), zattrs),
		attributesEtag: noted?.etag,
	};
}

/** `.zarray` of a place, parsed and otherwise not looked at, whatever else is there. */
export async function readZarray(
	backend: Backend,
	path: string,
	signal: AbortSignal | undefined,
): Promise<Json | undefined> {
	const { zarray } = v2Keys(path);
	const fetched = await backend.get(zarray, { fresh: true, signal });
	return fetched && parseJson(textOf(fetched, zarray), zarray);
}

/** The key of the document that makes an array exist. */
export function arrayKey(path: string, { v2 }: ArrayMetadata): string {
	return v2 === undefined ? metadataKey(path) : v2Keys(path).zarray;
}

/** The documents of an array. In v2, the second is the attributes. */
export function arrayDocuments(path: string, array: ArrayMetadata): readonly [Document, ...Document[]] {
	if (array.v2 === undefined) return [{ key: metadataKey(path), text: formatArray(array) }];
	const { zarray, zattrs } = v2Keys(path);
	return [
		{ key: zarray, text: formatZarray(array) },
		{ key: zattrs, text: formatZattrs(array.attributes) },
	];
}

/** The documents of a group. In v2, the second is the attributes. */
export function groupDocuments(path: string, group: GroupMetadata): readonly [Document, ...Document[]] {
	if (group.v2 === undefined) return [{ key: metadataKey(path), text: formatGroup(group) }];
	const { zgroup, zattrs } = v2Keys(path);
	return [
		{ key: zgroup, text: formatZgroup(group) },
		{ key: zattrs, text: formatZattrs(group.attributes) },
	];
}

/** Writes documents, in one step where the store can, and returns their versions. */
export async function putDocuments(
	backend: Backend,
	documents: readonly (Document & { readonly when?: Precondition | undefined })[],
): Promise<(string | undefined)[]> {
	const writes = documents.map(({ key, text, when }) => ({
		key,
		bytes: new TextEncoder().encode(text),
		when,
		owned: true,
	}));
	const [only] = writes;
	if (only !== undefined && writes.length === 1) return [await backend.put(only.key, only.bytes, only)];
	return backend.commit(writes);
}

/** Writes those documents that differ from what is stored; undefined where somebody else has changed one of them. */
export async function replaceNode(
	backend: Backend,
	documents: readonly Document[],
	stored: { readonly versions: Versions; readonly documents: readonly Document[] } | undefined,
): Promise<Versions | undefined> {
	const can = backend.supports.compareAndSwap ?? (await backend.probe()).compareAndSwap;
	const etags = [stored?.versions.etag, stored?.versions.attributesEtag];
	const changed = documents.flatMap((document, i) => {
		const etag = etags[i];
		const when = !can ? undefined : etag === undefined ? { absent: true as const } : { etag };
		return document.text === stored?.documents[i]?.text ? [] : [{ ...document, when, i }];
	});
	try {
		const written = changed.length === 0 ? [] : await putDocuments(backend, changed);
		changed.forEach(({ i }, n) => {
			etags[i] = written[n];
		});
		return { etag: etags[0] as string, attributesEtag: etags[1] };
	} catch (error) {
		if (isStoreError(error, "CONFLICT")) return undefined;
		throw error;
	}
}
