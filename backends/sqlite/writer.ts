import { aborted, isStoreError } from "../../src/errors.js";
import { backOff } from "../shared/pauses.js";
import { STEP, sweepStep } from "./changes.js";
import type { DatabaseFile } from "./database-file.js";
import { failureOf, isBusy } from "./failures.js";
import type { Pace } from "./pace.js";
import { type LooseRow, rollBack, type Tables } from "./tables.js";

/** How a backend object wants its writes. */
export interface WriteSettings {
	/** On the disk when a write returns. */
	readonly durable: boolean;
	/** Of the file, if it has to be made. */
	readonly fileMode: number;
	/** Milliseconds to wait for other processes. */
	readonly busyTimeout: number;
}

/** Something to be done within a transaction. */
export interface Task<T> {
	/** Synchronous. When it throws a StoreError it has changed nothing. */
	run(tables: Tables): T;
	/** How many bytes it writes. */
	readonly bytes: number;
	readonly settings: WriteSettings;
	readonly signal?: AbortSignal | undefined;
	/** Named in errors. */
	readonly key?: string | undefined;
}

interface Abandoned {
	readonly tables: Tables;
	readonly range: LooseRow;
}

interface Waiting {
	readonly task: Task<unknown>;
	readonly giveUp: number;
	readonly resolve: (value: never) => void;
	readonly reject: (error: unknown) => void;
}

/**
 * The writes of one thread to one file. Those that wait share one transaction, hence one wait for the disk (group commit). A transaction
 * begins and ends within one synchronous call, so nobody of this thread sees half of one, and the lock is never held while others work.
 */
export class Writer {
	readonly #file: DatabaseFile;
	readonly #pace: Pace;
	readonly #queue: Waiting[] = [];
	#draining: Promise<void> | undefined;
	/** Staged rows that were given up, until a transaction has succeeded in saying so. */
	readonly #abandoned: Abandoned[] = [];
	#sweeping = false;
	#stopped = false;
	#durable: boolean | undefined;
	#settingOf: Tables | undefined;

	constructor(file: DatabaseFile, pace: Pace) {
		this.#file = file;
		this.#pace = pace;
	}

	submit<T>(task: Task<T>): Promise<T> {
		return new Promise<T>((resolve, reject) => {
			this.#queue.push({ task, giveUp: performance.now() + task.settings.busyTimeout, resolve, reject });
			this.#draining ??= this.#drain();
		});
	}

	/** Has rows removed that were staged in vain. */
	abandon(rows: Abandoned): void {
		this.#abandoned.push(rows);
		this.#sweeping = true;
		this.#draining ??= this.#drain();
	}

	/** Waits until all is written, and what was replaced is removed. */
	async idle(): Promise<void> {
		await this.#draining;
	}

	/** Waits until all is written; what is to be removed is left to the next writer. */
	async stop(): Promise<void> {
		this.#stopped = true;
		await this.#draining;
	}

	async #drain(): Promise<void> {
		do {
			// Whatever else can run now may add to what is written next.
			await new Promise<void>((resolve) => process.nextTick(resolve));
			await this.#pace.breathe();
			const batch = this.#takeBatch();
			if (batch.length > 0) await this.#serve(batch);
			else this.#sweep();
		} while (this.#queue.length > 0 || (this.#sweeping && !this.#stopped));
		this.#draining = undefined;
	}

	/** The next of the queue, as many as are written in a short while. */
	#takeBatch(): Waiting[] {
		let bytes = 0;
		let count = 0;
		for (const { task } of this.#queue) {
			bytes += task.bytes;
			if (count > 0 && bytes > STEP) break;
			count++;
		}
		return this.#queue.splice(0, count);
	}

	/** Settles all of the batch, and never throws. */
	async #serve(batch: readonly Waiting[]): Promise<void> {
		for (let attempt = 0; ; attempt++) {
			const live = batch.filter(isLive);
			if (live.length === 0) return;
			try {
				for (const settle of this.#pace.run(() => this.#transact(live))) settle();
				return;
			} catch (error) {
				if (!isBusy(error)) return await this.#separate(live, error);
				batch = live.filter((waiting) => waiting.giveUp > performance.now() || this.#fail(waiting, error));
			}
			await backOff(attempt);
		}
	}

	/** A failure of the whole transaction is the fault of one of them, perhaps: each once more, alone. */
	async #separate(batch: readonly Waiting[], error: unknown): Promise<void> {
		const [first] = batch;
		if (batch.length === 1 && first !== undefined) this.#fail(first, error);
		else for (const waiting of batch) await this.#serve([waiting]);
	}

	#fail({ task, reject }: Waiting, error: unknown): false {
		reject(failureOf(error, this.#file.path, task.key));
		return false;
	}

	/** One transaction. Returns what tells the callers how theirs ended. */
	#transact(batch: readonly Waiting[]): (() => void)[] {
		const fileMode = batch[0]?.task.settings.fileMode ?? 0;
		const tables = this.#file.writable(fileMode);
		const { database } = tables;
		this.#setDurable(
			tables,
			batch.some(({ task }) => task.settings.durable),
		);
		database.exec("BEGIN IMMEDIATE");
		try {
			for (const abandoned of this.#abandoned)
				if (abandoned.tables === tables && tables.isLoose(abandoned.range)) tables.loosen(abandoned.range, 0);
			const outcomes = batch.map((waiting) => outcomeOf(waiting, tables));
			this.#sweeping = tables.oldestLoose(Date.now()) !== undefined;
			database.exec("COMMIT");
			this.#abandoned.length = 0;
			return outcomes;
		} catch (error) {
			rollBack(database);
			giveBackLog(tables);
			throw error;
		}
	}

	#setDurable(tables: Tables, durable: boolean): void {
		if (this.#durable === durable && this.#settingOf === tables) return;
		// Without FULL, power loss may undo the last commits, each whole; the file is never damaged.
		tables.database.exec(`PRAGMA synchronous = ${durable ? "FULL" : "NORMAL"}`);
		this.#durable = durable;
		this.#settingOf = tables;
	}

	/** Removes some of what was replaced. Where that fails, it is left to a later write. */
	#sweep(): void {
		const settings = { durable: false, fileMode: 0, busyTimeout: 0 };
		const task = { run: (tables: Tables) => sweepStep(tables, Date.now()), bytes: 0, settings };
		this.#sweeping = false;
		try {
			this.#pace.run(() => this.#transact([{ task, giveUp: 0, resolve() {}, reject() {} }]));
		} catch {
			this.#sweeping = false;
		}
	}
}

function isLive({ task: { signal }, reject }: Waiting): boolean {
	if (signal?.aborted) reject(aborted(signal));
	return !signal?.aborted;
}

function outcomeOf({ task, resolve, reject }: Waiting, tables: Tables): () => void {
	try {
		const value = task.run(tables) as never;
		return () => resolve(value);
	} catch (error) {
		if (!isStoreError(error)) throw error;
		return () => reject(error);
	}
}

/** After a failure the log may have filled the disk with what was rolled back. */
function giveBackLog({ database }: Tables): void {
	try {
		database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
	} catch {
		// The disk is too full even for that, or others read.
	}
}
