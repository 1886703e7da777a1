import { aborted } from "../../src/errors.js";
import { backOff } from "../shared/pauses.js";
import { DatabaseFile } from "./database-file.js";
import { failureOf, isBusy } from "./failures.js";
import { Pace } from "./pace.js";
import type { Tables } from "./tables.js";
import { Writer } from "./writer.js";

export interface ReadSettings {
	/** Milliseconds to wait where another process keeps even readers out. */
	readonly busyTimeout: number;
	readonly signal?: AbortSignal | undefined;
	/** Named in errors. */
	readonly key?: string | undefined;
}

/** One file, its handle and its writer: shared by all backends of this thread over the same file. */
export class Store {
	readonly path: string;
	readonly file: DatabaseFile;
	readonly writer: Writer;
	readonly #pace = new Pace();

	constructor(path: string) {
		this.path = path;
		this.file = new DatabaseFile(path);
		this.writer = new Writer(this.file, this.#pace);
	}

	/** Calls `body` with the tables, undefined where there is no store yet; once more where another holds a lock that is in its way. */
	async read<T>(body: (tables: Tables | undefined) => T, settings: ReadSettings): Promise<T> {
		const giveUp = performance.now() + settings.busyTimeout;
		for (let attempt = 0; ; attempt++) {
			await this.#pace.breathe();
			if (settings.signal?.aborted) throw aborted(settings.signal);
			try {
				return this.#pace.run(() => body(this.file.readable()));
			} catch (error) {
				if (!isBusy(error) || performance.now() > giveUp) throw failureOf(error, this.path, settings.key);
			}
			await backOff(attempt);
		}
	}

	async close(): Promise<void> {
		await this.writer.stop();
		this.file.close();
	}
}

interface Shared {
	readonly store: Store;
	users: number;
}

/** Open stores of this thread, by real path. */
const stores = new Map<string, Shared>();

export function acquireStore(path: string): Store {
	const shared = stores.get(path) ?? { store: new Store(path), users: 0 };
	shared.users++;
	stores.set(path, shared);
	return shared.store;
}

/** The last to give it back closes it. */
export async function releaseStore(store: Store): Promise<void> {
	const shared = stores.get(store.path);
	if (shared === undefined || --shared.users > 0) return;
	stores.delete(store.path);
	await store.close();
}
