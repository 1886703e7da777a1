import {
	type Backend,
	type BackendSpec,
	type CallOptions,
	type Capabilities,
	checkKey,
	type Etag,
	type Fetched,
	type GetOptions,
	type ListEntry,
	type ListOptions,
	type ObjectInfo,
	type PutOptions,
	type Usage,
	type Write,
} from "../../src/backend.js";
import { aborted, StoreError } from "../../src/errors.js";
import { checkOptionNames } from "../shared/options.js";
import { checkOptions, type HttpOptions, OPTIONS, type Settings } from "./options.js";
import { Reader } from "./reading.js";
import { Server } from "./server.js";

export type { HttpOptions } from "./options.js";

export interface HttpCapabilities extends Capabilities {
	/**
	 * The server names versions by strong entity tags, so that `ifMatch`, and several ranges in one `get`, meet every change of an
	 * object. Where false, a change goes unnoticed that keeps the size and happens within the second of the one before. Undefined until
	 * an object was read or `probe` has looked at one.
	 */
	readonly strongEtags: boolean | undefined;
}

/**
 * Objects of an HTTP server, read only: a GET of `URL/KEY` for each, with ranges where the server sends them. Runs in browsers, too.
 * @throws StoreError INVALID_ARGUMENT
 */
export function http(options: HttpOptions): Backend {
	return new HttpBackend(checkOptions(options));
}

/**
 * Opens `http://HOST/PATH`, given as `//HOST/PATH`, or a whole URL.
 * @throws StoreError INVALID_ARGUMENT on an unknown option, listing the known ones
 */
export function open(target: string, options: Record<string, unknown> = {}): Backend {
	checkOptionNames("http", options, OPTIONS);
	return http({ ...options, url: /^https?:/i.test(target) ? target : `http:${target}` });
}

/** Objects of which one is in most stores, and small. */
const PROBED = ["zarr.json", ".zgroup", ".zarray", ".zmetadata"];

class HttpBackend implements Backend {
	readonly name = "http";
	readonly location: string;
	readonly spec: BackendSpec | undefined;
	readonly #reader: Reader;
	#probed = false;
	#closed = false;

	constructor(settings: Settings) {
		this.location = settings.location;
		this.spec = settings.spec;
		this.#reader = new Reader(new Server(settings));
	}

	get supports(): HttpCapabilities {
		const unseen = this.#probed ? false : undefined;
		return {
			write: false,
			list: false,
			ranges: this.#reader.sendsRanges ?? unseen,
			readsInto: true,
			createIfAbsent: false,
			compareAndSwap: false,
			conditionalDelete: false,
			atomicMultiPut: false,
			persistent: true,
			sharedBetweenProcesses: this.spec !== undefined,
			remote: true,
			strongEtags: this.#reader.tagsStrongly ?? unseen,
		};
	}

	async get(key: string, options: GetOptions = {}): Promise<Fetched | undefined> {
		this.#enter(options, key);
		return this.#reader.get(key, options);
	}

	async head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
		this.#enter(options, key);
		return this.#reader.head(key, { signal: options?.signal });
	}

	put(key: string, _bytes: Uint8Array, options?: PutOptions): Promise<Etag> {
		return this.#refuse([key], options);
	}

	commit(writes: readonly Write[], options?: CallOptions): Promise<(Etag | undefined)[]> {
		return this.#refuse(
			writes.map(({ key }) => key),
			options,
		);
	}

	delete(keys: readonly string[], options?: CallOptions): Promise<void> {
		return this.#refuse(keys, options);
	}

	// biome-ignore lint/correctness/useYield: there is nothing to list
	async *list(_prefix: string, options?: ListOptions): AsyncGenerator<ListEntry> {
		this.#enter(options);
		throw new StoreError(
			"UNSUPPORTED",
			`${this.location} cannot be listed, since HTTP has no way to: open its datasets by their names, with getDataset`,
		);
	}

	/** Looks at the metadata of the root. Where there is none, nothing is promised. */
	async probe(options?: CallOptions): Promise<Capabilities> {
		for (const key of PROBED) {
			this.#enter(options, key);
			const ranges = [{ offset: 0, length: 1 }];
			if ((await this.#reader.get(key, { ranges, fresh: true, signal: options?.signal })) !== undefined) break;
		}
		this.#probed = true;
		return this.supports;
	}

	async usage(options?: CallOptions): Promise<Usage> {
		this.#enter(options);
		return { bytes: undefined, reclaimable: undefined };
	}

	compact(options?: CallOptions): Promise<void> {
		return this.#refuse([], options);
	}

	async close(): Promise<void> {
		this.#closed = true;
	}

	async #refuse(keys: readonly string[], options: CallOptions | undefined): Promise<never> {
		this.#enter(options, ...keys);
		throw new StoreError(
			"READ_ONLY",
			`${this.location} is only read from: to write, open the store where it lies, such as file:DIR, or copy it`,
			{ key: keys[0] },
		);
	}

	#enter(options: CallOptions | undefined, ...keys: readonly string[]): void {
		if (this.#closed) throw new StoreError("CLOSED", `${this.location} was closed; open it again to go on using it`);
		if (options?.signal?.aborted) throw aborted(options.signal);
		keys.forEach(checkKey);
	}
}
