/** What is stored under an array's name: its chunks, and what is none. */
import { giveWay } from "../../engine.js";
import { isStoreError } from "../../errors.js";
import { chunkPrefix, metadataKeys } from "../../format/names.js";
import { parseZarray } from "../../format/v2/documents.js";
import { describeGrid } from "../../selection/grid.js";
import type { Plan } from "../../selection/plan.js";
import type { StoredArray } from "../../stored-array.js";
import { workPrefix } from "../apply/ledger.js";
import { readArray } from "../hierarchy/hierarchy.js";
import { readZarray } from "../hierarchy/node-documents.js";
import { chunkNumbers } from "../stored-keys.js";
import { type Fault, type Finding, keep, replaceVersion } from "./verification.js";

export interface Listed {
	/** Numbers of the stored chunks in ascending order; undefined where the store cannot tell, or all are there. */
	readonly chunks: Float64Array | undefined;
	readonly orphans: readonly Orphan[];
	/** What belongs to work on the array as a whole, such as the ledger of an apply. */
	readonly work: readonly Orphan[];
}

export interface Orphan {
	readonly key: string;
	readonly bytes: number;
}

export async function listObjects(array: StoredArray, grid: Plan, signal: AbortSignal | undefined): Promise<Listed> {
	if (!array.backend.supports.list) return { chunks: undefined, orphans: [], work: [] };
	const numbers: number[] = [];
	const orphans: Orphan[] = [];
	const work: Orphan[] = [];
	const worksUnder = workPrefix(array.name);
	const ownKeys = metadataKeys(array.name);
	const numberOf = chunkNumbers(array);
	for await (const entry of array.backend.list(chunkPrefix(array.name), { signal })) {
		await giveWay();
		if (entry.kind !== "object" || ownKeys.includes(entry.key)) continue;
		const number = numberOf(entry.key);
		if (number !== undefined) numbers.push(number);
		else (entry.key.startsWith(worksUnder) ? work : orphans).push({ key: entry.key, bytes: entry.size });
	}
	return { chunks: numbers.length === grid.count ? undefined : Float64Array.from(numbers).sort(), orphans, work };
}

/** Without those that became chunks while the others were read, for the array may have grown. */
export async function orphanFaults(
	array: StoredArray,
	orphans: readonly Orphan[],
	signal: AbortSignal | undefined,
): Promise<Fault[]> {
	if (orphans.length === 0) return [];
	const { metadata } = await readArray(array.backend, array.name, signal);
	const numberOf = chunkNumbers({ name: array.name, metadata });
	const others = await otherOwners(array, orphans, signal);
	const left = orphans.filter(({ key }) => numberOf(key) === undefined && others.numberOf(key) === undefined);
	left.sort((a, b) => (a.key < b.key ? -1 : 1));
	const message = `it is no chunk of a grid of [${metadata.shape.join(", ")}] in chunks of ${describeGrid(metadata.grid)}`;
	return left.map(({ key, bytes }): Fault => {
		const finding: Finding = { kind: "orphaned", key, bytes, message };
		const node = others.nodes.find((path) => key.startsWith(chunkPrefix(path)));
		if (node !== undefined) return { finding, fix: keep(key, `it belongs to ${JSON.stringify(node)}: delete that`) };
		const run = (s: AbortSignal | undefined): Promise<boolean> => deleteOrphan(array, key, s);
		return { finding, fix: { action: "delete", key, message: "it belongs to no chunk", run } };
	});
}

interface OtherOwners {
	/** Nodes below the array, where none should be. */
	readonly nodes: readonly string[];
	/** Of a chunk of the same array as format 2 has it, where it is stored in both formats. */
	numberOf(key: string): number | undefined;
}

async function otherOwners(
	array: StoredArray,
	orphans: readonly Orphan[],
	signal: AbortSignal | undefined,
): Promise<OtherOwners> {
	const nodes = orphans.flatMap(({ key }) => /^(.+)\/(?:zarr\.json|\.zarray|\.zgroup)$/s.exec(key)?.[1] ?? []);
	if (array.metadata.v2 !== undefined) return { nodes, numberOf: () => undefined };
	try {
		const document = await readZarray(array.backend, array.name, signal);
		if (document === undefined) return { nodes, numberOf: () => undefined };
		return { nodes, numberOf: chunkNumbers({ name: array.name, metadata: parseZarray(document, array.name, {}) }) };
	} catch (error) {
		if (!isStoreError(error, "CORRUPT") && !isStoreError(error, "UNSUPPORTED")) throw error;
		// What such an array owns nobody can tell.
		return { nodes, numberOf: () => 0 };
	}
}

/** Looks once more whether it is an orphan, after its version was taken: what is written to it from then on is another version. */
async function deleteOrphan(array: StoredArray, key: string, signal: AbortSignal | undefined): Promise<boolean> {
	const found = await array.backend.head(key, { signal });
	if (found === undefined) return true;
	const { metadata } = await readArray(array.backend, array.name, signal);
	if (chunkNumbers({ name: array.name, metadata })(key) !== undefined) return false;
	return replaceVersion(array, { key, etag: found.etag }, undefined, signal);
}
