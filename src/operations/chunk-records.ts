/** The records of single chunks in the ledger of an apply: what makes each change once (decisions/032). */
import type { Etag, Precondition, Write } from "../backend.js";
import { storeWrite, writesOnCondition } from "../chunk-commit.js";
import type { StoredEdit } from "../chunk-edit.js";
import { chunkContext, describeChunk, located } from "../chunk-errors.js";
import { fetchObject, objectLimit } from "../chunk-source.js";
import { digestOf } from "../digest.js";
import { isStoreError, StoreError } from "../errors.js";
import { parseJson } from "../format/json.js";
import { enqueue } from "../lanes.js";
import { randomId } from "../random-id.js";
import type { StoredArray } from "../stored-array.js";
import { donePrefix, headerKey, type LedgerReference, readHeader, recordPrefix, takenOver } from "./ledger.js";
import { textOf } from "./node-documents.js";

/** What to do about a chunk that somebody else wrote to, so that nobody can tell whether the kernel was applied to it. */
export type OnChanged = "error" | "keep" | "apply";

/** An attempt at changing a chunk, recorded before it is made. */
interface Attempt {
	/** The version that it replaces; null: there is none. */
	readonly old: Etag | null;
	/** A digest of what it stores; null: it deletes. */
	readonly new: string | null;
	/** Its id among writes. */
	readonly write: string;
}

interface Recorded {
	readonly attempts: readonly Attempt[];
	/** The chunk was stored together with its record. */
	readonly isDone: boolean;
	readonly etag: Etag;
}

/** What became of recorded attempts. `unknown`: somebody else has written to the chunk since. */
interface Fate {
	readonly kind: "done" | "open" | "unknown";
	/** The version that is there now; null: none. */
	readonly etag: Etag | null;
}

export interface RecordOptions {
	readonly onChanged: OnChanged;
	/** Others may work on the same chunks, as they do where tasks are begun again elsewhere. */
	readonly strict: boolean;
}

/**
 * How long the header of a ledger in a remote store is believed to be as it was last seen, unless others work on the same chunks (ms). It is looked at for
 * those who were stopped for so long that another has gone on with their work, and ended it.
 */
const BELIEVED = 1000;
/** Numbers of a list of chunks that are done. */
const LISTED = 64;

/** The record of a chunk that was stored together with it. */
export const TOGETHER: Uint8Array = new TextEncoder().encode("{}");

export class ChunkRecords {
	readonly #array: StoredArray;
	readonly #ledger: LedgerReference;
	readonly #options: RecordOptions;
	/** Of the chunks that are being worked on. */
	readonly #known = new Map<number, Recorded>();
	/** Attempts of ours that the store refused: these were not made, and never will be. */
	readonly #refused = new Set<string>();
	#done: number[] = [];
	#seen = performance.now();

	constructor(array: StoredArray, { id, run }: LedgerReference, options: RecordOptions) {
		this.#array = array;
		this.#ledger = { id, run };
		this.#options = options;
	}

	/** Stores an edited chunk and the record of it, in one step or the record first. */
	async store(n: number, coords: readonly number[], write: Write): Promise<StoredEdit> {
		try {
			const outcome = await (this.#storesTogether
				? this.#storeTogether(n, write)
				: this.#storeRecorded(n, coords, write));
			if (outcome !== "changed") await this.noteDone(n);
			return outcome;
		} catch (error) {
			throw located(error, this.#array, coords);
		}
	}

	/** Whether a chunk that was begun is done. @throws StoreError CONFLICT where nobody can tell */
	async isDone(n: number, coords: readonly number[]): Promise<boolean> {
		const recorded = await this.#read(n);
		if (recorded === undefined) return false;
		return recorded.isDone || (await this.#decide(coords, recorded)).kind === "done";
	}

	/** To be put into a list, so that whoever goes on need not look at it. Where chunks are stored together with their records, these tell. */
	async noteDone(n: number): Promise<void> {
		if (this.#storesTogether || !this.#array.backend.supports.list) return;
		this.#done.push(n);
		if (this.#done.length >= LISTED) await this.flush();
	}

	/** Lists what is done and not listed yet. */
	async flush(): Promise<void> {
		const { backend, name } = this.#array;
		if (this.#done.length === 0) return;
		const bytes = new TextEncoder().encode(JSON.stringify(this.#done));
		this.#done = [];
		await backend.put(`${donePrefix(name, this.#ledger)}${randomId()}`, bytes, { owned: true });
	}

	get #storesTogether(): boolean {
		const { atomicMultiPut, compareAndSwap, createIfAbsent } = this.#array.backend.supports;
		return atomicMultiPut && compareAndSwap === true && createIfAbsent === true;
	}

	async #storeTogether(n: number, write: Write): Promise<StoredEdit> {
		const { backend } = this.#array;
		await this.#checkHeader();
		const key = this.#keyOf(n);
		try {
			await backend.commit([write, { key, bytes: TOGETHER, when: { absent: true } }]);
			return "stored";
		} catch (error) {
			if (!isStoreError(error, "CONFLICT")) throw error;
		}
		if ((await backend.head(key)) !== undefined) return "before";
		await this.#checkHeader("now");
		return "changed";
	}

	async #storeRecorded(n: number, coords: readonly number[], write: Write): Promise<StoredEdit> {
		const attempt = await attemptOf(write);
		const recorded = await this.#record(n, coords, attempt);
		if (recorded !== "recorded") return recorded;
		await this.#checkHeader();
		try {
			await storeWrite(this.#array, { ...write, writeId: attempt.write });
			this.#known.delete(n);
			return "stored";
		} catch (error) {
			if (!isStoreError(error, "CONFLICT")) throw error;
		}
		this.#refused.add(attempt.write);
		await this.#checkHeader("now");
		const now = await this.#read(n);
		return now !== undefined && (await this.#decide(coords, now)).kind === "done" ? "before" : "changed";
	}

	/** Puts an attempt on record, behind those that others may have begun. */
	async #record(n: number, coords: readonly number[], attempt: Attempt): Promise<"recorded" | "before" | "changed"> {
		const { backend } = this.#array;
		for (;;) {
			const known = this.#known.get(n);
			const attempts = [...(known?.attempts ?? []), attempt];
			const bytes = new TextEncoder().encode(JSON.stringify({ attempts }));
			try {
				const etag = await backend.put(this.#keyOf(n), bytes, { when: this.#conditionOf(known), owned: true });
				this.#known.set(n, { attempts, isDone: false, etag });
				return "recorded";
			} catch (error) {
				if (!isStoreError(error, "CONFLICT")) throw error;
			}
			const other = await this.#read(n);
			if (other === undefined) await this.#checkHeader("now");
			else {
				const { kind, etag } = await this.#decide(coords, other);
				if (kind === "done") return "before";
				if (etag !== attempt.old) return "changed";
			}
		}
	}

	#conditionOf(known: Recorded | undefined): Precondition | undefined {
		if (!writesOnCondition(this.#array)) return undefined;
		return known === undefined ? { absent: true } : { etag: known.etag };
	}

	async #read(n: number): Promise<Recorded | undefined> {
		const key = this.#keyOf(n);
		const fetched = await this.#array.backend.get(key, { fresh: true });
		if (fetched === undefined) {
			this.#known.delete(n);
			return undefined;
		}
		const { attempts } = parseJson(textOf(fetched, key), key) as { readonly attempts?: unknown };
		const recorded: Recorded = {
			attempts: (attempts ?? []) as readonly Attempt[],
			isDone: attempts === undefined,
			etag: fetched.etag,
		};
		this.#known.set(n, recorded);
		return recorded;
	}

	/** The fate of recorded attempts; where it is not known, what the caller chose. */
	async #decide(coords: readonly number[], { attempts, isDone }: Recorded): Promise<Fate> {
		if (isDone) return { kind: "done", etag: null };
		const fate = await this.#fateOf(coords, attempts);
		if (fate.kind !== "unknown") return fate;
		if (attempts.every(({ write }) => this.#refused.has(write))) return { ...fate, kind: "open" };
		const { onChanged } = this.#options;
		if (onChanged === "error") throw changedByOthers(this.#array, coords);
		return { ...fate, kind: onChanged === "keep" ? "done" : "open" };
	}

	async #fateOf(coords: readonly number[], attempts: readonly Attempt[]): Promise<Fate> {
		const array = this.#array;
		const key = array.keyOf(coords);
		const isOurs = array.backend.supports.remembersWrites ? await this.#isRemembered(key, attempts) : false;
		const limit = objectLimit(array.formOf(coords).pipeline);
		const fetched = await fetchObject(array, key, { fresh: true, limit });
		const etag = fetched?.etag ?? null;
		if (isOurs) return { kind: "done", etag };
		const digest = fetched === undefined ? null : await digestOf(fetched.parts[0] as Uint8Array);
		if (attempts.some((attempt) => attempt.old === etag)) return { kind: "open", etag };
		return { kind: attempts.some((attempt) => attempt.new === digest) ? "done" : "unknown", etag };
	}

	/** Whether one of the attempts made this version of the chunk, or one that was replaced since. */
	async #isRemembered(key: string, attempts: readonly Attempt[]): Promise<boolean> {
		const info = await this.#array.backend.head(key);
		return info?.writes?.some((id) => attempts.some(({ write }) => write === id)) ?? false;
	}

	/** @throws StoreError CONFLICT where the apply is over, or in other hands */
	async #checkHeader(when: "now" | "in time" = "in time"): Promise<void> {
		const array = this.#array;
		const { run } = this.#ledger;
		const believes = array.backend.supports.remote && !this.#options.strict && when === "in time";
		if (believes && performance.now() - this.#seen < BELIEVED) return;
		const lane = `${array.backend.location}\n${headerKey(array.name)}\n${run}`;
		await enqueue(lane, undefined, async () => {
			if ((await readHeader(array))?.header.run !== run) throw takenOver(array);
		});
		this.#seen = performance.now();
	}

	#keyOf(n: number): string {
		return recordPrefix(this.#array.name, this.#ledger) + n;
	}
}

async function attemptOf({ bytes, when }: Write): Promise<Attempt> {
	return {
		old: when !== undefined && "etag" in when ? when.etag : null,
		new: bytes === undefined ? null : await digestOf(bytes),
		write: randomId(),
	};
}

function changedByOthers(array: StoredArray, coords: readonly number[]): StoreError {
	return new StoreError(
		"CONFLICT",
		`chunk ${describeChunk(array, coords)} was written to by others since an apply that was interrupted began to change it, so nobody can tell whether ` +
			'the kernel was applied to it: look at it, then go on with { resume: true, onChanged: "keep" } where it is as it should be, or "apply" where the kernel is still to be applied',
		chunkContext(array, coords),
	);
}
