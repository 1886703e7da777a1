/** The bytes of one stored object in one version, fetched as a codec asks for them. */
import { conflict, type Etag, type Fetched, type GetOptions } from "./backend.js";
import { cut } from "./codecs/byte-sources.js";
import type {
	ByteSource,
	Pipeline,
	ReadRanges,
	SourceNotes,
	SourceParts,
	SourceRange,
	SourceReadOptions,
} from "./codecs/codec.js";
import { isStoreError, StoreError } from "./errors.js";
import type { StoredArray } from "./stored-array.js";

interface SourceOptions {
	readonly signal?: AbortSignal | undefined;
	/** Memory for the whole object, if it is fetched whole. */
	readonly into?: Uint8Array | undefined;
	/** Memory for so many bytes of parts; undefined where the store would not fill it. */
	readonly room?: ((length: number) => Uint8Array) | undefined;
	/** Other threads will read what is fetched. */
	readonly shared?: boolean | undefined;
	/** Fetch the whole object whatever is asked for. */
	readonly whole: boolean;
	readonly ranges: ReadRanges;
	/** Of the whole object: bytes. */
	readonly limit: number;
}

/** Bytes beyond the largest encoding that are read all the same, so that the codecs say what is wrong. */
const SLACK = 65536;

/** Bytes of an object that may be a chunk. */
export function objectLimit({ largestSize }: Pipeline): number {
	return largestSize + SLACK;
}

/**
 * Reads an object, and lets what is known of its store learn from that.
 * @throws StoreError CORRUPT where it is larger than `limit`
 */
export async function fetchObject(
	{ backend, tuner }: Pick<StoredArray, "backend" | "tuner">,
	key: string,
	options: GetOptions & { readonly limit: number },
): Promise<Fetched | undefined> {
	const began = performance.now();
	let fetched: Fetched | undefined;
	try {
		fetched = await backend.get(key, options);
	} catch (cause) {
		// With a cause of its own it would be that there is not enough memory.
		if (!isStoreError(cause, "TOO_LARGE") || cause.cause !== undefined) throw cause;
		throw new StoreError("CORRUPT", `${cause.message}: no chunk of this dataset is that large once encoded`, {
			key,
			cause,
		});
	}
	if (fetched !== undefined) {
		const bytes = fetched.parts.reduce((sum, part) => sum + part.length, 0);
		tuner.note(bytes, performance.now() - began);
	}
	return fetched;
}

export class ChunkSource implements ByteSource {
	readonly notes: SourceNotes;
	readonly ranges: ReadRanges;
	readonly #array: StoredArray;
	readonly #key: string;
	readonly #options: SourceOptions;
	/** The version that is read; undefined before the first request. */
	#etag: Etag | undefined;
	#all: Uint8Array | undefined;

	constructor(array: StoredArray, key: string, options: SourceOptions) {
		this.#array = array;
		this.#key = key;
		this.#options = options;
		this.ranges = options.ranges;
		this.notes = {
			get: () => (options.whole ? undefined : this.#note()),
			set: (note, bytes) => {
				if (this.#etag !== undefined) array.notes.set(key, { etag: this.#etag, note, bytes });
			},
		};
	}

	/** Bytes of the object, where it was fetched whole. */
	get fetchedWhole(): number {
		return this.#all?.length ?? 0;
	}

	async read(ranges: readonly SourceRange[], options?: SourceReadOptions): Promise<SourceParts | undefined> {
		if (!this.#options.whole && this.#all === undefined) {
			const into = options?.isBrief ? this.#options.room?.(lengthOf(ranges)) : undefined;
			return this.#fetch({ ranges, into });
		}
		const bytes = await this.readAll();
		return bytes && { parts: ranges.map((range) => cut(bytes, range)), size: bytes.length };
	}

	async readAll(): Promise<Uint8Array | undefined> {
		if (this.#all === undefined) this.#all = (await this.#fetch({ into: this.#options.into }))?.parts[0];
		return this.#all;
	}

	/** @throws StoreError CONFLICT where the object has changed since the first request, or since what is known of it was noted */
	async #fetch(what: {
		ranges?: readonly SourceRange[];
		into?: Uint8Array | undefined;
	}): Promise<SourceParts | undefined> {
		const { signal, limit, shared } = this.#options;
		const options = { ...what, ifMatch: this.#etag, signal, limit, shared };
		const fetched = await fetchObject(this.#array, this.#key, options);
		if (fetched === undefined && this.#etag !== undefined) throw conflict(this.#key);
		this.#etag = fetched?.etag;
		return fetched;
	}

	#note(): unknown {
		const kept = this.#array.notes.get(this.#key);
		if (kept === undefined || (this.#etag !== undefined && kept.etag !== this.#etag)) return undefined;
		this.#etag = kept.etag;
		return kept.note;
	}
}

function lengthOf(ranges: readonly SourceRange[]): number {
	return ranges.reduce((sum, range) => sum + ("suffix" in range ? range.suffix : range.length), 0);
}
