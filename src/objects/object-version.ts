import { type ByteRange, conflict, type Etag, type GetOptions } from "../backend.js";
import type { CallOptions } from "../engine.js";
import { StoreError } from "../errors.js";
import type { Session } from "../session.js";
import { readObject } from "./read-object.js";

/** What caches on the way to an object do. */
export type Freshness = Pick<GetOptions, "fresh" | "refresh">;

/** One version of one object, which is read part by part; every part is a call of the session. */
export class ObjectVersion {
	readonly key: string;
	readonly etag: Etag;
	/** Bytes. */
	readonly size: number;
	readonly #session: Session;
	readonly #freshness: Freshness;

	constructor(
		session: Session,
		key: string,
		of: { readonly etag: Etag; readonly size: number },
		freshness: Freshness = {},
	) {
		this.#session = session;
		this.#freshness = freshness;
		this.key = key;
		this.etag = of.etag;
		this.size = of.size;
	}

	/** False where the store is known to send whole objects only. */
	get sendsRanges(): boolean {
		return this.#session.backend.supports.ranges !== false;
	}

	/**
	 * Reads bytes `start` to `end`, which must be within the object. The bytes are borrowed.
	 * @throws StoreError CONFLICT where the object was replaced or deleted, UNAVAILABLE where too little came
	 */
	async read(start: number, end: number, options: Pick<CallOptions, "signal">): Promise<Uint8Array> {
		if (start >= end) return new Uint8Array();
		const range: ByteRange = { offset: start, length: end - start };
		const { key, etag, size } = this;
		const found = await this.#session.call(options, ({ signal }) =>
			readObject(this.#session.backend, key, { ...this.#freshness, range, ifMatch: etag, signal }),
		);
		if (found === undefined)
			throw new StoreError("CONFLICT", `${JSON.stringify(key)} was deleted while it was being read`, { key });
		if (found.size !== size) throw conflict(key);
		return found.bytes;
	}
}
