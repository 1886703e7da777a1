/** The records of single chunks in the ledger of an apply: what makes each change once (decisions/032). */
import type { Etag, Write } from "../../backend.js";
import { storeWrite } from "../../chunk-commit.js";
import type { StoredEdit } from "../../chunk-edit.js";
import { located } from "../../chunk-errors.js";
import { isStoreError } from "../../errors.js";
import { enqueue } from "../../lanes.js";
import { randomId } from "../../random-id.js";
import type { StoredArray } from "../../stored-array.js";
import { nextTurn } from "../../turns.js";
import { type Attempt, attemptOf, changedByOthers, type Fate, fateOf } from "./attempts.js";
import {
	donePrefix,
	headerKey,
	type LedgerReference,
	markPrefix,
	readHeader,
	recordPrefix,
	takenOver,
} from "./ledger.js";
import { blockOf, RecordBlocks } from "./record-blocks.js";

/** What to do about a chunk that somebody else wrote to, so that nobody can tell whether the kernel was applied to it. */
export type OnChanged = "error" | "keep" | "apply";

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

/** The content of what is stored together with a chunk: that it is there tells all. */
const TOGETHER = new TextEncoder().encode("{}");

type Recorded = "recorded" | "before" | "changed";

interface ToRecord {
	readonly n: number;
	readonly coords: readonly number[];
	readonly attempt: Attempt;
	/** Where it is not to be recorded. */
	outcome: Exclude<Recorded, "recorded"> | undefined;
	failure: { readonly error: unknown } | undefined;
}

export class ChunkRecords {
	readonly #array: StoredArray;
	readonly #ledger: LedgerReference;
	readonly #options: RecordOptions;
	readonly #blocks: RecordBlocks;
	/** Attempts of ours that the store refused: these were not made, and never will be. */
	readonly #refused = new Set<string>();
	/** Names the lines in which records wait for one another. */
	readonly #name = randomId();
	#done: number[] = [];
	/** The version of the header in which nothing is over yet, and when it was last seen. */
	#header: Etag;
	#seen = performance.now();

	constructor(array: StoredArray, ledger: LedgerReference, options: RecordOptions) {
		this.#array = array;
		this.#ledger = ledger;
		this.#header = ledger.etag;
		this.#options = options;
		this.#blocks = new RecordBlocks(array, recordPrefix(array.name, ledger));
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
		if (this.#storesTogether) return (await this.#array.backend.head(this.#markOf(n))) !== undefined;
		const attempts = await this.#blocks.read(n);
		return attempts.length > 0 && (await this.#decide(coords, attempts)).kind === "done";
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
		const key = this.#markOf(n);
		// Marks go when all is over, and then the header is another one: so the mark is looked for first.
		if (this.#options.strict && (await backend.head(key)) !== undefined) return "before";
		await enqueue(`${this.#name}\nheader`, undefined, () => this.#checkHeader(), nextTurn);
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
		const recorded = await this.#record({ n, coords, attempt });
		if (recorded !== "recorded") return recorded;
		try {
			await storeWrite(this.#array, { ...write, writeId: attempt.write });
			return "stored";
		} catch (error) {
			if (!isStoreError(error, "CONFLICT")) throw error;
		}
		this.#refused.add(attempt.write);
		await this.#checkHeader("now");
		const attempts = await this.#blocks.read(n);
		return attempts.length > 0 && (await this.#decide(coords, attempts)).kind === "done" ? "before" : "changed";
	}

	/** Puts an attempt on record, with those at chunks beside it that wait for that now, or come at once; then nothing is over yet. */
	async #record(entry: Pick<ToRecord, "n" | "coords" | "attempt">): Promise<Recorded> {
		const toRecord: ToRecord = { ...entry, outcome: undefined, failure: undefined };
		const block = blockOf(entry.n);
		await enqueue(`${this.#name}\n${block}`, toRecord, (batch) => this.#recordAll(block, batch), nextTurn);
		if (toRecord.failure !== undefined) throw toRecord.failure.error;
		return toRecord.outcome ?? "recorded";
	}

	async #recordAll(block: number, batch: readonly ToRecord[]): Promise<void> {
		for (;;) {
			await Promise.all(batch.map((entry) => this.#settleKnown(entry)));
			const left = batch.filter(({ outcome, failure }) => outcome === undefined && failure === undefined);
			if (left.length === 0) return;
			const isAdded = await this.#blocks.add(block, left);
			await this.#checkHeader(isAdded ? "in time" : "now");
			if (isAdded) return;
		}
	}

	/** Looks what became of earlier attempts: of others, or of ours whose answer was lost, or that still run. */
	async #settleKnown(entry: ToRecord): Promise<void> {
		const { n, coords, attempt } = entry;
		if (entry.outcome !== undefined || entry.failure !== undefined) return;
		try {
			const attempts = await this.#blocks.known(n);
			if (attempts.every(({ write }) => this.#refused.has(write))) return;
			const { kind, etag } = await this.#decide(coords, attempts);
			if (kind === "done") entry.outcome = "before";
			else if (etag !== attempt.old) entry.outcome = "changed";
		} catch (error) {
			entry.failure = { error };
		}
	}

	/** The fate of recorded attempts; where it is not known, what the caller chose. */
	async #decide(coords: readonly number[], attempts: readonly Attempt[]): Promise<Fate> {
		const fate = await fateOf(this.#array, coords, attempts);
		if (fate.kind !== "unknown") return fate;
		if (attempts.every(({ write }) => this.#refused.has(write))) return { ...fate, kind: "open" };
		const { onChanged } = this.#options;
		if (onChanged === "error") throw changedByOthers(this.#array, coords);
		return { ...fate, kind: onChanged === "keep" ? "done" : "open" };
	}

	/** @throws StoreError CONFLICT where the apply is over, or in other hands */
	async #checkHeader(when: "now" | "in time" = "in time"): Promise<void> {
		const array = this.#array;
		const believes = array.backend.supports.remote && !this.#options.strict && when === "in time";
		if (believes && performance.now() - this.#seen < BELIEVED) return;
		const info = await array.backend.head(headerKey(array.name));
		if (info?.etag !== this.#header) await this.#readHeader();
		this.#seen = performance.now();
	}

	/** Another version may say the same: where the store was copied, or names versions otherwise to each who opens it. */
	async #readHeader(): Promise<void> {
		const found = await readHeader(this.#array);
		const { run, state } = found?.header ?? {};
		if (found === undefined || run !== this.#ledger.run || state !== "changing") throw takenOver(this.#array);
		this.#header = found.etag;
	}

	#markOf(n: number): string {
		return markPrefix(this.#array.name, this.#ledger) + n;
	}
}
