import { conflict, type Precondition } from "../../../src/backend.js";
import { StoreError } from "../../../src/errors.js";
import { versionOf } from "./versions.js";

/** What was found out of a server by doing it. */
export interface Measured {
	readonly createIfAbsent: boolean;
	readonly compareAndSwap: boolean;
	/** Conditions name versions in quotes, as RFC 9110 has it; Ceph knows them without only. */
	readonly quotesEtags: boolean;
	readonly ranges: boolean;
	readonly suffixes: boolean;
	readonly bulkDelete: boolean;
	readonly verifiesChecksums: boolean;
}

/** The header that a condition becomes. */
export type Condition = { readonly IfNoneMatch: string } | { readonly IfMatch: string } | Record<string, never>;

/** Names no version, so that every object that is there meets it. */
export const ANY_VERSION: Condition = { IfNoneMatch: '"tesserae"' };
export const NONE_THERE: Condition = { IfNoneMatch: "*" };

/** @throws StoreError UNSUPPORTED where the server does not do what the condition asks, CONFLICT for what cannot be a version */
export function conditionFor(key: string, when: Precondition, measured: Measured): Condition {
	if ("absent" in when) {
		if (measured.createIfAbsent) return NONE_THERE;
		throw unsupported(key, "whether an object is there already");
	}
	if (!measured.compareAndSwap) throw unsupported(key, "which version it replaces");
	const { stored } = versionOf(when.etag);
	if (!/^[\x21-\x7e]+$/.test(stored)) throw conflict(key);
	return { IfMatch: measured.quotesEtags ? `"${stored}"` : stored };
}

function unsupported(key: string, what: string): StoreError {
	return new StoreError(
		"UNSUPPORTED",
		`${JSON.stringify(key)} cannot be written on a condition: this server does not check ${what}`,
		{ key },
	);
}
