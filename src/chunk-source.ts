/** The bytes of one stored object in one version, fetched as a codec asks for them. */
import { conflict, type Etag } from "./backend.js";
import { cut } from "./codecs/byte-sources.js";
import type { ByteSource, SourceNotes, SourceParts, SourceRange } from "./codecs/codec.js";
import type { StoredArray } from "./stored-array.js";

interface SourceOptions {
	readonly signal?: AbortSignal | undefined;
	/** Memory for the whole object, if it is fetched whole. */
	readonly into?: Uint8Array | undefined;
	/** Fetch the whole object whatever is asked for. */
	readonly whole: boolean;
}

export class ChunkSource implements ByteSource {
	readonly notes: SourceNotes;
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

	async read(ranges: readonly SourceRange[]): Promise<SourceParts | undefined> {
		if (!this.#options.whole && this.#all === undefined) return this.#fetch({ ranges });
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
		const options = { ...what, ifMatch: this.#etag, signal: this.#options.signal };
		const fetched = await this.#array.backend.get(this.#key, options);
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
