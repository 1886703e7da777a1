import {
	type Backend,
	type BackendSpec,
	type CallOptions,
	type Capabilities,
	checkKey,
	checkWrites,
	type Etag,
	type Fetched,
	type GetOptions,
	type ListEntry,
	type ListOptions,
	type ObjectInfo,
	type PutOptions,
	type Usage,
	type Write,
} from "../../../src/backend.js";
import { aborted, StoreError } from "../../../src/errors.js";
import { Client } from "./client.js";
import { Deleter } from "./deleting.js";
import { listKeys } from "./listing.js";
import { Measurements } from "./measurements.js";
import type { Settings } from "./options.js";
import { Reader } from "./reading.js";
import { Writer } from "./writing.js";

export interface Identity {
	readonly name: string;
	readonly location: string;
	readonly spec: BackendSpec | undefined;
}

/** The objects of one bucket under one prefix. */
export class S3Store implements Backend {
	readonly name: string;
	readonly location: string;
	readonly spec: BackendSpec | undefined;
	readonly #client: Client;
	readonly #reader: Reader;
	readonly #writer: Writer;
	readonly #deleter: Deleter;
	readonly #measurements: Measurements;
	#closed = false;

	constructor({ name, location, spec }: Identity, settings: Settings) {
		this.name = name;
		this.location = location;
		this.spec = spec;
		this.#client = new Client(settings);
		this.#reader = new Reader(this.#client);
		this.#writer = new Writer(this.#client);
		this.#deleter = new Deleter(this.#client);
		this.#measurements = new Measurements(this.#client);
	}

	get supports(): Capabilities {
		const { known } = this.#measurements;
		return {
			write: true,
			list: true,
			ranges: known?.ranges ?? this.#reader.sendsRanges,
			readsInto: true,
			createIfAbsent: known?.createIfAbsent,
			compareAndSwap: known?.compareAndSwap,
			conditionalDelete: false,
			atomicMultiPut: false,
			persistent: true,
			sharedBetweenProcesses: this.spec !== undefined,
			remote: true,
			listsInOrder: this.#client.listsInOrder,
			remembersWrites: true,
		};
	}

	async get(key: string, options: GetOptions = {}): Promise<Fetched | undefined> {
		this.#enter(options, key);
		const fetched = await this.#reader.get(key, options);
		this.#writer.presence.note(key, fetched !== undefined);
		return fetched;
	}

	async head(key: string, options: CallOptions = {}): Promise<ObjectInfo | undefined> {
		this.#enter(options, key);
		return this.#reader.head(key, options);
	}

	async put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<Etag> {
		this.#enter(options, key);
		const { when, writeId, contentType, signal } = options;
		return this.#writer.put(key, bytes, { when, writeId, contentType, signal, measured: () => this.#measured(signal) });
	}

	async commit(writes: readonly Write[], options: CallOptions = {}): Promise<(Etag | undefined)[]> {
		this.#enter(options);
		checkWrites(writes);
		for (const { key, bytes, when } of writes)
			if (bytes === undefined && when !== undefined) throw noConditionalDelete(key);
		const etags: (Etag | undefined)[] = [];
		for (const { key, bytes, when, writeId } of writes) {
			if (bytes === undefined) await this.delete([key], options);
			etags.push(bytes && (await this.put(key, bytes, { when, writeId, ...options })));
		}
		return etags;
	}

	async delete(keys: readonly string[], options: CallOptions = {}): Promise<void> {
		this.#enter(options, ...keys);
		await this.#deleter.delete(keys, options);
		for (const key of keys) this.#writer.presence.note(key, false);
	}

	async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListEntry> {
		this.#enter(options);
		yield* listKeys(this.#client, prefix, options);
	}

	async probe(options: CallOptions = {}): Promise<Capabilities> {
		this.#enter(options);
		await this.#measured(options.signal);
		return this.supports;
	}

	async usage(options: CallOptions = {}): Promise<Usage> {
		this.#enter(options);
		return { bytes: undefined, reclaimable: undefined };
	}

	async compact(options: CallOptions = {}): Promise<void> {
		this.#enter(options);
	}

	async close(): Promise<void> {
		this.#closed = true;
		this.#client.close();
	}

	async #measured(signal: AbortSignal | undefined): ReturnType<Measurements["take"]> {
		const measured = await this.#measurements.take(signal);
		this.#client.verifiesChecksums = measured.verifiesChecksums;
		this.#reader.sendsRanges = measured.ranges;
		this.#reader.sendsSuffixes = measured.suffixes;
		this.#deleter.bulk = measured.bulkDelete;
		return measured;
	}

	#enter(options: CallOptions, ...keys: readonly string[]): void {
		if (this.#closed) throw new StoreError("CLOSED", `${this.location} was closed; open it again to go on using it`);
		if (options.signal?.aborted) throw aborted(options.signal);
		keys.forEach(checkKey);
	}
}

function noConditionalDelete(key: string): StoreError {
	return new StoreError(
		"UNSUPPORTED",
		`${JSON.stringify(key)} cannot be deleted on a condition: S3 servers ignore it, so a write of somebody else could be lost`,
		{ key },
	);
}
