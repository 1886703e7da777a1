/** An array's metadata as one text, whatever documents it is kept in: how it travels to those who work on the array's chunks. */
import { isObject } from "./extension-point.js";
import { parseJson } from "./json.js";
import { type ArrayMetadata, formatArray, type NodeMetadata, parseNode } from "./metadata.js";
import { formatZarray, parseZarray } from "./v2/documents.js";

/** The attributes of an array of format 2 are not part of it. */
export function formatArrayText(metadata: ArrayMetadata): string {
	return metadata.v2 === undefined ? formatArray(metadata) : formatZarray(metadata);
}

/** @throws StoreError as `parseNode` */
export function parseArrayText(text: string, name: string): NodeMetadata {
	const document = parseJson(text, name);
	const isV2 = isObject(document) && document.zarr_format === 2;
	return isV2 ? { nodeType: "array", array: parseZarray(document, name, {}) } : parseNode(text, name);
}
