/** Chunks on their way into the store on a condition, and what that takes of it. */
import type { Backend, Write } from "./backend.js";
import { StoreError } from "./errors.js";
import type { StoredArray } from "./stored-array.js";

/** The deletion of what is not there: only its condition matters, and only to a commit of several writes. */
export function isNothing({ bytes, when }: Write): boolean {
	return bytes === undefined && when !== undefined && "absent" in when;
}

/** Stores a chunk as {@link Write} has it, on its condition where the store minds one. @throws StoreError CONFLICT */
export async function storeWrite(array: StoredArray, write: Write): Promise<void> {
	const { backend } = array;
	const { key, bytes, writeId } = write;
	const when = writesOnCondition(array) ? write.when : undefined;
	if (bytes === undefined && when === undefined) await backend.delete([key]);
	else if (bytes === undefined) await backend.commit([{ key, bytes, when }]);
	else await backend.put(key, bytes, { when, owned: true, writeId });
}

/** Whether chunks are written on condition; else the caller has vouched for being the only writer. */
export function writesOnCondition({ backend: { supports }, singleWriter }: StoredArray): boolean {
	return !singleWriter || (supports.compareAndSwap === true && supports.createIfAbsent === true);
}

/**
 * What is edited may not be there yet, so both conditions are needed.
 * @throws StoreError UNSUPPORTED, saying what to do instead
 */
export async function requireCompareAndSwap(backend: Backend): Promise<void> {
	const { supports } = backend;
	const isKnown = supports.compareAndSwap !== undefined && supports.createIfAbsent !== undefined;
	const { compareAndSwap, createIfAbsent } = isKnown ? supports : await backend.probe();
	if (compareAndSwap && createIfAbsent) return;
	throw new StoreError(
		"UNSUPPORTED",
		`${backend.location} cannot compare-and-swap, so a write to a part of a chunk could undo another writer's: ` +
			'write whole chunks, or connect with { writeSafety: "single-writer" } where nobody else writes',
	);
}

/** Waits a random while that grows with every lost race, up to 50 ms. */
export async function backOff(attempt: number): Promise<void> {
	if (attempt === 0) return;
	const ceiling = Math.min(50, 2 ** Math.min(attempt, 6));
	await new Promise((resolve) => setTimeout(resolve, Math.random() * ceiling));
}
