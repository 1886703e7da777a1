/** What an apply has left beside the data. */
import { isStoreError } from "../../errors.js";
import type { StoredArray } from "../../stored-array.js";
import { dropApply } from "../apply/apply-steps.js";
import { headerKey, interrupted, isOver, type Ledger, ledgerPrefix, readLedger } from "../apply/ledger.js";
import { type Fault, keep } from "./verification.js";
import type { Orphan } from "./verify-orphans.js";

/** @param found the objects of work on the array; where the store does not list it is asked for the ledger */
export async function ledgerFaults(
	array: StoredArray,
	found: readonly Orphan[],
	signal: AbortSignal | undefined,
): Promise<Fault[]> {
	if (found.length === 0 && array.backend.supports.list) return [];
	const key = headerKey(array.name);
	let ledger: Ledger | undefined;
	try {
		ledger = await readLedger(array, signal);
	} catch (error) {
		if (!isStoreError(error, "CORRUPT")) throw error;
		const fix = keep(key, "what it tells of is not known: apply with { resume: false } forgets it");
		return [{ finding: { kind: "unreadable", key, message: error.message }, fix }];
	}
	const faults = ledger === undefined ? [] : [faultOf(ledger)];
	const known = ledger && ledgerPrefix(array.name, ledger.header.id);
	const left = found.filter((object) => object.key !== key && (known === undefined || !object.key.startsWith(known)));
	return [...faults, ...left.map((object) => leftover(array, object))];
}

function faultOf(ledger: Ledger): Fault {
	const key = headerKey(ledger.array.name);
	if (!isOver(ledger.header)) {
		const message = interrupted(ledger.header);
		const fix = keep(key, "go on with it by apply with { resume: true }, or { resume: false } to start anew");
		return { finding: { kind: "unfinished", key, message }, fix };
	}
	const message = "the ledger of an apply that is over";
	const run = async (): Promise<boolean> => {
		await dropApply(ledger);
		return true;
	};
	return { finding: { kind: "orphaned", key, message }, fix: { action: "delete", key, message, run } };
}

function leftover(array: StoredArray, { key, bytes }: Orphan): Fault {
	const message = "it belongs to an apply that is over";
	// No ledger has a name twice, so nobody will write it again.
	const run = async (signal: AbortSignal | undefined): Promise<boolean> => {
		const ledger = await readLedger(array, signal);
		if (ledger !== undefined && key.startsWith(ledgerPrefix(array.name, ledger.header.id))) return false;
		await array.backend.delete([key], { signal });
		return true;
	};
	return { finding: { kind: "orphaned", key, bytes, message }, fix: { action: "delete", key, message, run } };
}
