/**
 * The ledger of an apply (decisions/032): objects next to the data that say what is being done to it and how far that is. While the header is there, an
 * apply runs or was interrupted.
 */
import type { Etag } from "../../backend.js";
import { isStoreError, StoreError } from "../../errors.js";
import { isObject } from "../../format/extension-point.js";
import { parseJson } from "../../format/json.js";
import { chunkPrefix } from "../../format/names.js";
import { randomId } from "../../random-id.js";
import { planWhole } from "../../selection/plan.js";
import { type StoredArray, storedArray } from "../../stored-array.js";
import { removePrefix } from "../hierarchy/hierarchy.js";
import { textOf } from "../hierarchy/node-documents.js";
import { type AppliedWork, kernelText } from "./apply-work.js";

/**
 * `changing`: chunks are replaced one by one. `mapping`: results are stored apart, the dataset is as it was. `copying`: they are all there and take the
 * place of the values. `complete`, `dropped`: only the ledger is left, to be removed.
 */
export type LedgerState = "changing" | "mapping" | "copying" | "complete" | "dropped";

export interface LedgerHeader {
	readonly id: string;
	/** Another one each time that somebody goes on with it, so that whoever was thought dead can see that. */
	readonly run: string;
	readonly state: LedgerState;
	/** When it was begun, in ISO 8601. */
	readonly since: string;
	readonly work: AppliedWork;
}

/** A ledger in the version in which its header was last seen. */
export interface Ledger {
	readonly array: StoredArray;
	readonly header: LedgerHeader;
	readonly etag: Etag;
}

/** What whoever works on an apply knows of its ledger: plain and cloneable. */
export interface LedgerReference extends Pick<LedgerHeader, "id" | "run"> {
	/** Of the header while chunks are changed. */
	readonly etag: Etag;
}

export function referenceTo({ header: { id, run }, etag }: Ledger): LedgerReference {
	return { id, run, etag };
}

const FORM = 1;

/** What the keys of everything that belongs to no chunk, but to work on an array, begin with. */
export function workPrefix(name: string): string {
	return `${chunkPrefix(name)}.tesserae/`;
}

export function headerKey(name: string): string {
	return `${workPrefix(name)}apply/ledger.json`;
}

/** What the keys of one ledger begin with, but for its header. */
export function ledgerPrefix(name: string, id: string): string {
	return `${workPrefix(name)}apply/${id}/`;
}

/** Of the marks of chunks that were stored together with them: their numbers follow. */
export function markPrefix(name: string, { id }: Pick<LedgerHeader, "id">): string {
	return `${ledgerPrefix(name, id)}chunks/`;
}

/** Of records of chunks that are to be stored: numbers of blocks of chunks follow. */
export function recordPrefix(name: string, { id }: Pick<LedgerHeader, "id">): string {
	return `${ledgerPrefix(name, id)}records/`;
}

/** Of lists of chunks that are done. */
export function donePrefix(name: string, { id }: Pick<LedgerHeader, "id">): string {
	return `${ledgerPrefix(name, id)}done/`;
}

/** The array in which the results of an apply with a halo wait. It has no metadata of its own, so nobody takes it for a dataset. */
export function resultsOf({ array, header }: Ledger): StoredArray {
	return storedArray(array.backend, `${ledgerPrefix(array.name, header.id)}values`, array.metadata, array);
}

/** Begins a ledger; undefined where there is one. */
export async function createLedger(
	array: StoredArray,
	work: AppliedWork,
	state: LedgerState,
): Promise<Ledger | undefined> {
	const { backend, name } = array;
	const header: LedgerHeader = { id: randomId(), run: randomId(), state, since: new Date().toISOString(), work };
	const can = backend.supports.createIfAbsent ?? (await backend.probe()).createIfAbsent;
	const when = can ? { absent: true as const } : undefined;
	if (when === undefined && (await backend.head(headerKey(name))) !== undefined) return undefined;
	try {
		return { array, header, etag: await backend.put(headerKey(name), bytesOf(header), { when, owned: true }) };
	} catch (error) {
		if (isStoreError(error, "CONFLICT")) return undefined;
		await forgetFailed(array, header);
		throw error;
	}
}

/** A header that could not be stored may be there all the same; nothing was done by it. */
async function forgetFailed(array: StoredArray, { id }: LedgerHeader): Promise<void> {
	try {
		if ((await readLedger(array))?.header.id === id) await array.backend.delete([headerKey(array.name)]);
	} catch {
		// It then says that an apply was interrupted, which is true.
	}
}

/** @throws StoreError CORRUPT where it cannot be read */
export async function readLedger(array: StoredArray, signal?: AbortSignal): Promise<Ledger | undefined> {
	const found = await readHeader(array, signal);
	return found && { array, ...found };
}

/** What the ledger of an array says, if there is one. @throws StoreError CORRUPT where it cannot be read */
export async function readHeader(
	{ backend, name }: Pick<StoredArray, "backend" | "name">,
	signal?: AbortSignal,
): Promise<Omit<Ledger, "array"> | undefined> {
	const key = headerKey(name);
	const fetched = await backend.get(key, { fresh: true, signal });
	if (fetched === undefined) return undefined;
	const document = parseJson(textOf(fetched, key), key);
	if (!isObject(document) || document.tesserae_apply !== FORM)
		throw new StoreError("CORRUPT", `${key} is no ledger of an apply that this version of the package can read`, {
			key,
		});
	return { header: document as unknown as LedgerHeader, etag: fetched.etag };
}

/** Changes the header in one step. @throws StoreError CONFLICT where somebody else has gone on with the apply */
export async function updateLedger(ledger: Ledger, changes: Partial<LedgerHeader>): Promise<Ledger> {
	const { array, etag } = ledger;
	const { backend, name } = array;
	const header = { ...ledger.header, ...changes };
	const can = backend.supports.compareAndSwap ?? (await backend.probe()).compareAndSwap;
	try {
		const options = { when: can ? { etag } : undefined, owned: true };
		return { array, header, etag: await backend.put(headerKey(name), bytesOf(header), options) };
	} catch (error) {
		throw isStoreError(error, "CONFLICT") ? takenOver(array) : error;
	}
}

/** Removes a ledger that says of itself that nothing is left to do. */
export async function removeLedger({ array, header }: Ledger): Promise<void> {
	const { backend, name } = array;
	if (backend.supports.list) await removePrefix(backend, ledgerPrefix(name, header.id));
	else await removeUnlisted(array, header);
	await backend.delete([headerKey(name)]);
}

/** Where the store cannot list, the keys are those that there could be. */
async function removeUnlisted(array: StoredArray, header: LedgerHeader): Promise<void> {
	const plan = planWhole(array.metadata.shape, array.metadata.grid);
	const results = resultsOf({ array, header, etag: "" });
	const [marks, records] = [markPrefix, recordPrefix].map((prefix) => prefix(array.name, header));
	for (let n = 0; n < plan.count; n++)
		await array.backend.delete([`${marks}${n}`, `${records}${n}`, results.keyOf(plan.coords(n))]);
}

export function takenOver({ name, backend }: StoredArray): StoreError {
	return new StoreError(
		"CONFLICT",
		`the apply to ${JSON.stringify(name)} in ${backend.location} is in other hands: another process has gone on with it, ended or dropped it`,
		{ dataset: name, key: headerKey(name) },
	);
}

/** Whether nothing is left to do but to remove the ledger. */
export function isOver({ state }: LedgerHeader): boolean {
	return state === "complete" || state === "dropped";
}

export function newRun(): string {
	return randomId();
}

/** What a ledger says to people. */
export function interrupted({ work, since }: LedgerHeader): string {
	return `an apply of ${kernelText(work.kernel)} was begun at ${since} and has not come to its end: it was interrupted, or runs in another process`;
}

function bytesOf({ id, run, state, since, work }: LedgerHeader): Uint8Array<ArrayBuffer> {
	return new TextEncoder().encode(JSON.stringify({ tesserae_apply: FORM, id, run, state, since, work }));
}
