import type { Backend } from "../../src/backend.js";
import { isStoreError, StoreError } from "../../src/errors.js";
import type { ArrayMetadata, NodeMetadata } from "../../src/format/metadata.js";
import { chunkPrefix } from "../../src/format/names.js";
import { readNode } from "../../src/operations/hierarchy/hierarchy.js";

/** A node of the hierarchy, with its full name; also one whose metadata cannot be read, which must not hide the others. */
export type Found =
	| { readonly name: string; readonly kind: "group" }
	| { readonly name: string; readonly kind: "dataset"; readonly array: ArrayMetadata }
	| { readonly name: string; readonly kind: "damaged"; readonly error: StoreError };

interface WalkOptions {
	readonly recursive: boolean;
	readonly signal: AbortSignal;
}

/**
 * What is in a group, by name, or in groups below it, too; of a dataset itself. One group's names are in memory at a time.
 * @throws StoreError NOT_FOUND
 */
export async function* walk(backend: Backend, path: string, options: WalkOptions): AsyncGenerator<Found> {
	const own = await readNode(backend, path, options.signal);
	if (own === undefined && path !== "")
		throw new StoreError(
			"NOT_FOUND",
			`there is no dataset or group ${JSON.stringify(path)} in ${backend.location}: list all by "tesserae ls -r"`,
		);
	if (own?.node.nodeType === "array") yield { name: path, kind: "dataset", array: own.node.array };
	else yield* members(backend, path, options);
}

async function* members(backend: Backend, path: string, options: WalkOptions): AsyncGenerator<Found> {
	const names: string[] = [];
	for await (const { kind, key } of backend.list(chunkPrefix(path), { delimiter: "/", signal: options.signal }))
		if (kind === "prefix") names.push(key.slice(0, -1));
	for (const name of names.sort()) {
		const found = await look(backend, name, options.signal);
		if (found !== undefined) yield found;
		if (options.recursive && found?.kind === "group") yield* members(backend, name, options);
	}
}

async function look(backend: Backend, name: string, signal: AbortSignal): Promise<Found | undefined> {
	try {
		const found = await readNode(backend, name, signal);
		return found && describe(name, found.node);
	} catch (error) {
		if (isStoreError(error, "CORRUPT") || isStoreError(error, "UNSUPPORTED")) return { name, kind: "damaged", error };
		throw error;
	}
}

function describe(name: string, node: NodeMetadata): Found {
	return node.nodeType === "array" ? { name, kind: "dataset", array: node.array } : { name, kind: "group" };
}
