/** What verifying finds, and what becomes of it: reports, and the repairs that stand behind them. */
import type { Backend, Etag } from "../../backend.js";
import type { CallOptions } from "../../engine.js";
import { aborted, isStoreError, StoreError } from "../../errors.js";
import type { OptionNames } from "../../unknown-options.js";

/** What `verify` is to look for and to do. */
export interface VerifyOptions extends CallOptions {
	/** Chunks that are not stored, which otherwise are fill value and no fault, are findings of kind `missing`. */
	readonly complete?: boolean | undefined;
	/** Puts right what can be without losing values; each change only where nobody wrote to the object since it was looked at. */
	readonly repair?: boolean | undefined;
	/** Tells what a repair would do, and does nothing. */
	readonly dryRun?: boolean | undefined;
	/** A repair gives up damaged chunks, which then read as fill value. */
	readonly dropCorrupt?: boolean | undefined;
}

export const VERIFY: OptionNames<VerifyOptions> = {
	complete: true,
	repair: true,
	dryRun: true,
	dropCorrupt: true,
	signal: true,
	onProgress: true,
};

/** One thing that is wrong with what is stored. */
export interface Finding {
	/**
	 * - `truncated`: a chunk that lacks bytes at its end, as far as its encoding tells. `corrupt`: one that does not decode.
	 * - `missing`: a chunk that is not stored where all should be; metadata of a group or dataset that is gone while what belongs to it is there.
	 * - `orphaned`: an object that belongs to no chunk of any dataset; a file that a killed writer left.
	 * - `stale`: consolidated metadata that does not say what is there.
	 * - `unfinished`: a copy, a map or an apply that was interrupted, or runs. `unreadable`: metadata that cannot be read.
	 */
	readonly kind: "truncated" | "corrupt" | "missing" | "orphaned" | "stale" | "unfinished" | "unreadable";
	readonly key: string;
	/** Coordinates in the grid of stored objects, where it is about one of them. */
	readonly chunk?: readonly number[] | undefined;
	/** Of a shard: coordinates of the inner chunk within it, where the others are readable. */
	readonly inner?: readonly number[] | undefined;
	/** Bytes of what is damaged or does not belong there; undefined where it could not be fetched. */
	readonly bytes?: number | undefined;
	/** What was wrong, for people. */
	readonly message: string;
	/** Set where a repair has put it right. */
	readonly repaired?: true | undefined;
}

/** What a repair does to one object, or would do. */
export interface Repair {
	/**
	 * `delete`: removes the object. `rewrite`: stores it again without what is damaged. `restore`: writes metadata again. `consolidate`: writes
	 * consolidated metadata again. `keep`: leaves it as it is, for the reason that the message gives.
	 */
	readonly action: "delete" | "rewrite" | "restore" | "consolidate" | "keep";
	readonly key: string;
	readonly message: string;
	/** `changed`: somebody wrote to it meanwhile, so it was left alone. */
	readonly outcome: "planned" | "done" | "changed" | "kept";
}

/** What `verify` found in a dataset. */
export interface Verification {
	/** The dataset's name. */
	readonly dataset: string;
	/** Nothing is wrong, or nothing is any more. */
	readonly ok: boolean;
	/** Stored objects of the grid, chunks or shards: those that are stored, and those that are not and read as fill value. */
	readonly chunks: number;
	readonly stored: number;
	readonly missing: number;
	/** Chunks within shards: those of the grid, and those that are stored. Undefined where there are no shards. */
	readonly inner?: { readonly chunks: number; readonly stored: number } | undefined;
	/** Bytes of the stored objects, as they are encoded. */
	readonly bytes: number;
	/**
	 * True where the codecs keep a checksum, so that any changed byte is found. False where only lengths, and what a decompressor
	 * notices, could be checked.
	 */
	readonly checksums: boolean;
	/** The dataset as a whole, then chunks in row-major order, then orphans by key. */
	readonly findings: readonly Finding[];
	/** What was done about them, or would be; empty where neither was asked for. */
	readonly repairs: readonly Repair[];
}

/** How one object is put right. Several findings may share it. */
export interface Fix {
	readonly action: Repair["action"];
	readonly key: string;
	readonly message: string;
	/** False where somebody wrote to the object meanwhile. Undefined where nothing can be done. */
	readonly run?: ((signal: AbortSignal | undefined) => Promise<boolean>) | undefined;
}

export interface Fault {
	readonly finding: Finding;
	readonly fix: Fix;
}

/** What is left to people. */
export function keep(key: string, message: string): Fix {
	return { action: "keep", key, message };
}

export interface Settled {
	readonly ok: boolean;
	readonly findings: readonly Finding[];
	readonly repairs: readonly Repair[];
}

/** Does what the options ask for about all faults. */
export async function settleFaults(faults: readonly Fault[], options: VerifyOptions): Promise<Settled> {
	const { repair = false, dryRun = false, signal } = options;
	const outcomes = new Map<Fix, Repair["outcome"]>();
	if (repair || dryRun)
		for (const { fix } of faults) {
			if (outcomes.has(fix)) continue;
			if (signal?.aborted) throw aborted(signal);
			outcomes.set(fix, await outcomeOf(fix, dryRun, signal));
		}
	const findings = faults.map(
		({ finding, fix }): Finding => (outcomes.get(fix) === "done" ? { ...finding, repaired: true } : finding),
	);
	const repairs = [...outcomes].map(([{ action, key, message }, outcome]) => ({ action, key, message, outcome }));
	return { ok: findings.every(({ repaired }) => repaired), findings, repairs };
}

async function outcomeOf({ run }: Fix, dryRun: boolean, signal: AbortSignal | undefined): Promise<Repair["outcome"]> {
	if (run === undefined) return "kept";
	if (dryRun) return "planned";
	return (await run(signal)) ? "done" : "changed";
}

/** Refuses options that contradict one another. @throws StoreError INVALID_ARGUMENT */
export function checkVerifyOptions({ repair, dryRun, dropCorrupt }: VerifyOptions): void {
	if (!dropCorrupt || repair || dryRun) return;
	throw new StoreError("INVALID_ARGUMENT", "dropCorrupt is a part of repairs: ask for repair, or dryRun, as well");
}

/** An object in the version in which it was looked at. */
export interface Version {
	readonly key: string;
	readonly etag: Etag;
}

/** Where repairs write to. */
export interface Place {
	readonly backend: Backend;
	/** The caller vouches for being the only writer. */
	readonly singleWriter: boolean;
}

/**
 * Stores an object in place of the version that was looked at, or deletes it; false where somebody wrote to it since.
 * @throws StoreError UNSUPPORTED where the store cannot tell and the caller did not vouch for being alone
 */
export async function replaceVersion(
	{ backend, singleWriter }: Place,
	{ key, etag }: Version,
	bytes: Uint8Array | undefined,
	signal?: AbortSignal | undefined,
): Promise<boolean> {
	const name = bytes === undefined ? "conditionalDelete" : "compareAndSwap";
	const can = backend.supports[name] ?? (await backend.probe({ signal }))[name];
	if (!can && !singleWriter)
		throw new StoreError(
			"UNSUPPORTED",
			`${backend.location} cannot ${bytes === undefined ? "delete" : "write"} only what nobody changed meanwhile, so a repair could undo another writer's work: connect with { writeSafety: "single-writer" } where nobody else writes`,
			{ key },
		);
	try {
		await backend.commit([{ key, bytes, ...(can ? { when: { etag } } : undefined) }], { signal });
		return true;
	} catch (error) {
		if (isStoreError(error, "CONFLICT")) return false;
		throw error;
	}
}
