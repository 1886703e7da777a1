/** The mark of a dataset or group that is being filled (decisions/012): an attribute, so that every reader of the store can see it. */
import { isObject } from "../format/extension-point.js";
import type { Attributes, Json } from "../format/metadata.js";
import type { AppliedWork } from "./apply/apply-work.js";
import { type Fault, keep } from "./verify/verification.js";

export const UNFINISHED = "tesserae_unfinished";

/** The attribute that says from where something is being filled, and by what work if not by copying. */
export function unfinishedMark(source: string, work?: AppliedWork): Attributes {
	const since = new Date().toISOString();
	return { [UNFINISHED]: work === undefined ? { source, since } : { source, since, work: work as unknown as Json } };
}

/** From where it is, or was, being filled; undefined where it is complete. */
export function unfinishedFrom(attributes: Attributes): string | undefined {
	const mark = attributes[UNFINISHED];
	if (mark === undefined) return undefined;
	const source = isObject(mark) ? mark.source : undefined;
	return typeof source === "string" ? source : "an unknown source";
}

/** By what work it is, or was, being filled; undefined where it is a copy. */
export function unfinishedWork(attributes: Attributes): AppliedWork | undefined {
	const mark = attributes[UNFINISHED];
	return isObject(mark) && isObject(mark.work) ? (mark.work as unknown as AppliedWork) : undefined;
}

/** The mark as a fault. @param key of the metadata that has it */
export function unfinishedFaults(attributes: Attributes, key: string): Fault[] {
	const from = unfinishedFrom(attributes);
	if (from === undefined) return [];
	const message = `it is being filled from ${from}, or was`;
	const isMap = unfinishedWork(attributes) !== undefined;
	const fix = keep(
		key,
		`what is there is good: go on with the ${isMap ? "map" : "copy by its own command"} with --resume`,
	);
	return [{ finding: { kind: "unfinished", key, message }, fix }];
}
