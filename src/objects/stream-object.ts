import { type ByteRange, conflict, type Etag } from "../backend.js";
import type { CallOptions } from "../engine.js";
import { aborted } from "../errors.js";
import type { Session } from "../session.js";
import { satisfiableSpan } from "./byte-ranges.js";
import { type Freshness, ObjectVersion } from "./object-version.js";
import { ownCopy, readObject } from "./read-object.js";

export type Bytes = Uint8Array<ArrayBuffer>;

export interface StreamSettings extends Pick<CallOptions, "signal"> {
	readonly range: ByteRange;
	/** Bytes of one request, and of one chunk of the stream. */
	readonly chunkSize: number;
	readonly ifMatch: Etag | undefined;
	readonly freshness: Freshness;
}

/** Large enough that the time of a request is little beside that of its bytes. */
export const CHUNK_SIZE: number = 8 * 2 ** 20;

/**
 * Opens a stream over a part of one version of an object. It reads one chunk ahead of what was taken from it, and no
 * further; from a store that cannot send ranges everything behind the first chunk at once.
 * @returns undefined where there is no such object
 */
export async function streamObject(
	session: Session,
	key: string,
	settings: StreamSettings,
): Promise<ReadableStream<Bytes> | undefined> {
	const { range, chunkSize, signal } = settings;
	const opened = await session.call({ signal }, ({ signal }) => open(session, key, { ...settings, signal }));
	if (opened === undefined) return undefined;
	const { version, first } = opened;
	const source = new ChunkSource(version, { ...satisfiableSpan(key, range, version.size), chunkSize, first }, signal);
	return new ReadableStream(source, { highWaterMark: 1 });
}

interface Opened {
	readonly version: ObjectVersion;
	/** The first chunk, where it came along. */
	readonly first?: Uint8Array;
}

/** Learns version and size by reading the first chunk; where a range is counted from the end, nobody knows yet where that is. */
async function open(session: Session, key: string, settings: StreamSettings): Promise<Opened | undefined> {
	const { range, chunkSize, ifMatch, freshness, signal } = settings;
	if ("suffix" in range) {
		const info = await session.backend.head(key, { signal });
		if (info === undefined) return undefined;
		if (ifMatch !== undefined && ifMatch !== info.etag) throw conflict(key);
		return { version: new ObjectVersion(session, key, info, freshness) };
	}
	const chunk = { offset: range.offset, length: Math.min(chunkSize, range.length ?? chunkSize) };
	const read = await readObject(session.backend, key, { ...freshness, range: chunk, ifMatch, signal });
	return read && { version: new ObjectVersion(session, key, read, freshness), first: read.bytes };
}

interface Chunks {
	readonly start: number;
	readonly end: number;
	readonly chunkSize: number;
	/** Bytes from `start` on that are there already. */
	readonly first: Uint8Array | undefined;
}

/** What a stream draws from. */
class ChunkSource {
	readonly #version: ObjectVersion;
	readonly #end: number;
	readonly #chunkSize: number;
	readonly #signal: AbortSignal | undefined;
	/** Ends a read whose bytes nobody wants any more. */
	readonly #stop = new AbortController();
	/** Where the next chunk begins, and the bytes from there on that are there already. */
	#at: number;
	#held: Uint8Array;
	#leave: () => void = () => {};

	constructor(version: ObjectVersion, { start, end, chunkSize, first }: Chunks, signal: AbortSignal | undefined) {
		this.#version = version;
		this.#end = end;
		this.#chunkSize = chunkSize;
		this.#signal = signal;
		this.#at = start;
		this.#held = first ?? new Uint8Array();
	}

	/** An abort is seen at once, also while nobody reads. */
	start(controller: ReadableStreamDefaultController<Bytes>): void {
		const signal = this.#signal;
		if (signal === undefined) return;
		const onAbort = (): void => {
			controller.error(aborted(signal));
			this.#stop.abort(signal.reason);
		};
		if (signal.aborted) onAbort();
		else signal.addEventListener("abort", onAbort, { once: true });
		this.#leave = () => signal.removeEventListener("abort", onAbort);
	}

	async pull(controller: ReadableStreamDefaultController<Bytes>): Promise<void> {
		try {
			if (this.#held.byteLength === 0) this.#held = await this.#read();
		} catch (error) {
			this.#leave();
			throw error;
		}
		const chunk = ownCopy(this.#held.subarray(0, this.#chunkSize));
		this.#held = this.#held.subarray(chunk.byteLength);
		this.#at += chunk.byteLength;
		if (chunk.byteLength > 0) controller.enqueue(chunk);
		if (this.#at < this.#end) return;
		this.#leave();
		controller.close();
	}

	cancel(reason: unknown): void {
		this.#leave();
		this.#stop.abort(reason);
	}

	/** A store that sends no ranges sends each time all that lies before, so it is asked once for all the rest. */
	#read(): Promise<Uint8Array> {
		const next = this.#version.sendsRanges ? Math.min(this.#end, this.#at + this.#chunkSize) : this.#end;
		return this.#version.read(this.#at, next, { signal: this.#stop.signal });
	}
}
