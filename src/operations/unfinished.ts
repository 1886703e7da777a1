/** The mark of a dataset or group that is being filled (decisions/012): an attribute, so that every reader of the store can see it. */
import type { Attributes } from "../format/metadata.js";
import { type Fault, keep } from "./verification.js";

export const UNFINISHED = "tesserae_unfinished";

/** From where it is, or was, being filled; undefined where it is complete. */
export function unfinishedFrom(attributes: Attributes): string | undefined {
	const mark = attributes[UNFINISHED];
	if (mark === undefined) return undefined;
	const source = typeof mark === "object" && mark !== null && !Array.isArray(mark) ? mark.source : undefined;
	return typeof source === "string" ? source : "an unknown source";
}

/** The mark as a fault. @param key of the metadata that has it */
export function unfinishedFaults(attributes: Attributes, key: string): Fault[] {
	const from = unfinishedFrom(attributes);
	if (from === undefined) return [];
	const message = `it is being filled from ${from}, or was`;
	const fix = keep(key, "what is there is good: go on with the copy by its own command with --resume");
	return [{ finding: { kind: "unfinished", key, message }, fix }];
}
