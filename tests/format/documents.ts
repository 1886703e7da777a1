import { expect } from "vitest";
import { formatJson, type Json, type JsonObject } from "../../dist/src/format/json.js";
import { type ArrayMetadata, type GroupMetadata, parseNode } from "../../dist/src/format/metadata.js";

export const KEY = "a/b/zarr.json";

/** The example of the core specification. */
export const EXAMPLE: JsonObject = {
	zarr_format: 3,
	node_type: "array",
	shape: [10000, 1000],
	dimension_names: ["rows", "columns"],
	data_type: "float64",
	chunk_grid: { name: "regular", configuration: { chunk_shape: [1000, 100] } },
	chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
	codecs: [{ name: "bytes", configuration: { endian: "little" } }],
	fill_value: "NaN",
	attributes: { foo: 42, bar: "apples", baz: [1, 2, 3, 4] },
};
export const GROUP: JsonObject = { zarr_format: 3, node_type: "group", attributes: { spam: "ham", eggs: 42 } };

export type Changes = { readonly [member: string]: Json | undefined };

/** A document with some members changed, or left out where the change is undefined. */
export function changed(document: JsonObject, changes: Changes): string {
	const members = Object.entries({ ...document, ...changes }).filter(
		(entry): entry is [string, Json] => entry[1] !== undefined,
	);
	return formatJson(Object.fromEntries(members));
}

export function readArray(text: string): ArrayMetadata {
	const node = parseNode(text, KEY);
	return node.nodeType === "array" ? node.array : expect.unreachable("it is a group");
}

export function readGroup(text: string): GroupMetadata {
	const node = parseNode(text, KEY);
	return node.nodeType === "group" ? node.group : expect.unreachable("it is an array");
}

/** Reads the example with some members changed. */
export const readChanged = (changes: Changes): ArrayMetadata => readArray(changed(EXAMPLE, changes));
