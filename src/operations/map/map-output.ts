/** The output of a map: made anew, or found as an interrupted map has left it. */
import { formatAddress } from "../../address.js";
import type { Backend } from "../../backend.js";
import { StoreError } from "../../errors.js";
import { formatArrayText } from "../../format/array-text.js";
import type { ArrayMetadata, Attributes } from "../../format/metadata.js";
import { metadataKey } from "../../format/names.js";
import { describeGrid } from "../../selection/grid.js";
import type { StoredArray } from "../../stored-array.js";
import { type AppliedWork, describeWork, differenceOf } from "../apply/apply-work.js";
import { type ArrayNode, readNode } from "../hierarchy/hierarchy.js";
import { UNFINISHED, unfinishedFrom, unfinishedMark, unfinishedWork } from "../unfinished.js";
import type { MapDescription } from "./map.js";

type MapWork = Pick<MapDescription, "kernel" | "inputs" | "blocks">;

interface WantedOutput {
	readonly name: string;
	/** With the mark of what is unfinished. */
	readonly metadata: ArrayMetadata;
}

/**
 * The output of a map that was interrupted; undefined where there is none.
 * @throws StoreError ALREADY_EXISTS where something else is there, or it would be stored otherwise; INVALID_ARGUMENT where it is of other work
 */
export async function interruptedOutput(
	backend: Backend,
	{ name, metadata }: WantedOutput,
	signal: AbortSignal | undefined,
): Promise<ArrayNode | undefined> {
	const found = await readNode(backend, name, signal);
	if (found === undefined) return undefined;
	const stored = found.node.nodeType === "array" ? found.node.array : undefined;
	const refuse = (code: "ALREADY_EXISTS" | "INVALID_ARGUMENT", reason: string): StoreError => {
		const advice = 'choose another name, or pass ifExists: "replace" in place of resume';
		const message = `${JSON.stringify(name)} in ${backend.location} ${reason}: ${advice}`;
		return new StoreError(code, message, { dataset: name, key: metadataKey(name) });
	};
	if (stored === undefined) throw refuse("ALREADY_EXISTS", "is a group");
	const [then, now] = [unfinishedWork(stored.attributes), unfinishedWork(metadata.attributes) as AppliedWork];
	const from = unfinishedFrom(stored.attributes);
	if (from === undefined)
		throw refuse("ALREADY_EXISTS", "is complete, or no map's output, so there is nothing to resume");
	if (then === undefined || from !== unfinishedFrom(metadata.attributes))
		throw refuse("INVALID_ARGUMENT", `is being filled from ${from}${then === undefined ? ", by a copy" : ""}`);
	const difference = differenceOf(then, now);
	if (difference !== undefined) throw refuse("INVALID_ARGUMENT", `is the output of another map, for ${difference}`);
	const other = otherwise(stored, metadata);
	if (other !== undefined) throw refuse("ALREADY_EXISTS", `was begun ${other}`);
	return { metadata: stored, etag: found.etag, attributesEtag: found.attributesEtag };
}

/** How the output would be stored otherwise; undefined where it would not. */
function otherwise(then: ArrayMetadata, now: ArrayMetadata): string | undefined {
	if (then.dtype.name !== now.dtype.name) return `as ${then.dtype.name}, not ${now.dtype.name}`;
	const [had, has] = [then, now].map(({ grid }) => describeGrid(grid));
	if (had !== has) return `in chunks of ${had}, not ${has}`;
	const [before, after] = [then, now].map(({ attributes: { [UNFINISHED]: _, ...attributes }, ...metadata }) => [
		formatArrayText({ ...metadata, attributes: {} }),
		JSON.stringify(attributes),
	]) as [string[], string[]];
	if (before[0] !== after[0]) return "with other codecs, shape or fill value";
	return before[1] === after[1] ? undefined : "with other attributes";
}

/** The attribute of an output that says what it is being made of, and how. */
export async function markOfMap(
	read: readonly StoredArray[],
	{ kernel, inputs, blocks }: MapWork,
): Promise<Attributes> {
	const places = read.map(({ backend, name }) => formatAddress({ target: backend.location, dataset: name }));
	const [source, ...others] = places as [string, ...string[]];
	const named = others.map((place, i) => `${inputs[i]}=${place}`);
	return unfinishedMark(source, { ...(await describeWork(read[0] as StoredArray, kernel, blocks)), inputs: named });
}
