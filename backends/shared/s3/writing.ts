import { conflict, type Etag, type Precondition, type PutOptions } from "../../../src/backend.js";
import { isStoreError, StoreError } from "../../../src/errors.js";
import { checksumOf } from "./checksum.js";
import type { Client } from "./client.js";
import type { Condition } from "./condition.js";
import { storedName } from "./keys.js";
import { putInParts } from "./multipart.js";
import { Presence } from "./presence.js";
import type { Measured } from "./probe.js";
import { bare, etagOf, metadataOf, versionOf, writesOf } from "./versions.js";

/** The largest object that one request writes. */
const LARGEST_PUT = 5 * 2 ** 30;

/** Names no version, so that every object that is there meets it. */
const ANY_VERSION: Condition = { IfNoneMatch: '"tesserae"' };
const NONE_THERE: Condition = { IfNoneMatch: "*" };

interface Call extends Pick<PutOptions, "when" | "writeId" | "contentType" | "signal"> {
	/** Asked only where there is a condition. */
	measured(): Promise<Measured>;
}

interface Outgoing {
	readonly key: string;
	readonly name: string;
	readonly bytes: Uint8Array;
	readonly metadata: Record<string, string>;
	readonly contentType: string | undefined;
	readonly signal: AbortSignal | undefined;
}

/**
 * Writes objects, each by one request; in parts where it is large and the write has no condition, since some servers ignore a condition on what
 * completes parts.
 *
 * A write without a condition is sent with one that it meets. Ceph drops a plain write without a word where a conditional one to the same object
 * lands at the same moment, as if that had come later, which its condition rules out; with a condition of its own the write is refused instead,
 * and tried again. Which condition it meets depends on whether the object is there, which is guessed.
 */
export class Writer {
	readonly presence: Presence = new Presence();
	readonly #client: Client;
	/** The server minds `If-None-Match` with an etag; undefined before that was tried. Amazon refuses it, and needs none. */
	#isGuarded: boolean | undefined;

	constructor(client: Client) {
		this.#client = client;
	}

	async put(key: string, bytes: Uint8Array, { when, writeId, contentType, signal, measured }: Call): Promise<Etag> {
		const name = storedName(this.#client.settings.prefix, key);
		const condition = when && conditionFor(key, when, await measured());
		const writes = writesOf(writeId, when !== undefined && "etag" in when ? when.etag : undefined);
		const outgoing = { key, name, bytes, metadata: metadataOf(writes), contentType, signal };
		const stored = condition ? await this.#putOn(condition, outgoing) : await this.#putPlain(outgoing);
		if (condition === NONE_THERE) this.presence.created(key);
		else this.presence.note(key, true);
		return etagOf({ stored: bare(stored), writes });
	}

	async #putOn(condition: Condition, outgoing: Outgoing): Promise<string> {
		const { key, bytes } = outgoing;
		if (bytes.length > LARGEST_PUT)
			throw new StoreError(
				"TOO_LARGE",
				`${JSON.stringify(key)}: a write on a condition takes ${LARGEST_PUT} bytes at most: choose smaller chunks or shards`,
				{ key },
			);
		return this.#send(outgoing, condition);
	}

	async #putPlain(outgoing: Outgoing): Promise<string> {
		const { threshold } = this.#client.settings.multipart;
		if (outgoing.bytes.length >= threshold) return putInParts(this.#client, outgoing);
		for (let isThere = this.presence.guess(outgoing.key), turn = 0; this.#isGuarded !== false && turn < 4; turn++) {
			const stored = await this.#tryGuarded(outgoing, isThere);
			if (stored !== undefined) return stored;
			isThere = !isThere;
		}
		return this.#send(outgoing, {});
	}

	/** Undefined where the guess was wrong, or the server refuses such conditions. */
	async #tryGuarded(outgoing: Outgoing, isThere: boolean): Promise<string | undefined> {
		try {
			const stored = await this.#send(outgoing, isThere ? ANY_VERSION : NONE_THERE);
			this.presence.written(outgoing.key, isThere);
			if (isThere) this.#isGuarded = true;
			return stored;
		} catch (error) {
			if (isStoreError(error, "UNSUPPORTED")) this.#isGuarded = false;
			else if (!isStoreError(error, "CONFLICT")) throw error;
			return undefined;
		}
	}

	async #send({ key, name, bytes, metadata, contentType, signal }: Outgoing, condition: Condition): Promise<string> {
		const type = contentType === undefined ? {} : { ContentType: contentType };
		const place = { Bucket: this.#client.settings.bucket, Key: name, ...type };
		const input = { ...place, Body: bytes, Metadata: metadata, ChecksumCRC32: checksumOf(bytes), ...condition };
		try {
			return await this.#client.ask({ what: "written", key, signal }, async ({ requests }) => {
				const { ETag } = await requests.put(input, signal);
				return ETag ?? "";
			});
		} catch (error) {
			throw isAbsence(error) && "IfMatch" in condition ? conflict(key) : error;
		}
	}
}

/** Asked to replace a version of what is not there, Amazon answers 404 and Ceph 412. */
function isAbsence(error: unknown): boolean {
	return isStoreError(error, "NOT_FOUND") && (error.cause as Error | undefined)?.name === "NoSuchKey";
}

/** @throws StoreError UNSUPPORTED where the server does not do what the condition asks */
function conditionFor(key: string, when: Precondition, measured: Measured): Condition {
	if ("absent" in when) {
		if (measured.createIfAbsent) return NONE_THERE;
		throw unsupported(key, "whether an object is there already");
	}
	if (!measured.compareAndSwap) throw unsupported(key, "which version it replaces");
	const { stored } = versionOf(when.etag);
	if (!/^[\x21-\x7e]+$/.test(stored)) throw conflict(key);
	return { IfMatch: measured.quotesEtags ? `"${stored}"` : stored };
}

function unsupported(key: string, what: string): StoreError {
	return new StoreError(
		"UNSUPPORTED",
		`${JSON.stringify(key)} cannot be written on a condition: this server does not check ${what}`,
		{ key },
	);
}
