import type { CompletedPart } from "@aws-sdk/client-s3";
import type { Etag } from "../../../../src/backend.js";
import { aborted } from "../../../../src/errors.js";
import type { UploadOptions } from "../../../../src/object-service.js";
import { checksumOf } from "../checksum.js";
import type { Measurements } from "../measurements.js";
import { etagOfParts } from "../parts-etag.js";
import type { S3 } from "../sdk.js";
import { bare, etagOf, metadataOf, writesOf } from "../versions.js";
import type { Writer } from "../writing.js";
import type { Calls } from "./calls.js";
import { conditionFor } from "./completion.js";
import { abortUpload } from "./pending-uploads.js";

interface Target extends UploadOptions {
	readonly key: string;
	readonly name: string;
	readonly writer: Writer;
	readonly measurements: Measurements;
}

/** What the SDK's upload asks for. */
interface Command {
	readonly input: {
		readonly Body?: Uint8Array;
		readonly PartNumber?: number;
		readonly UploadId?: string;
		readonly MultipartUpload?: { readonly Parts: CompletedPart[] };
	};
}

/** What the SDK's upload reads of a client's settings. */
const CONFIG = {
	requestChecksumCalculation: async () => "WHEN_REQUIRED",
	forcePathStyle: true,
	endpoint: async () => ({ protocol: "http:", hostname: "", port: undefined }),
};

/**
 * Stands in the place of the client of the SDK's upload, which cuts the stream and keeps the parts together: requests go through `Calls`, so that they
 * are tried again, cancelled and checked as all others are, and what fits in one part is written as any object is.
 */
export class PartSender {
	readonly config: object = CONFIG;
	/** Of the object, once it is written. */
	etag: Etag = "";
	/** What failed first. */
	failure: unknown;
	readonly #calls: Calls;
	readonly #target: Target;
	readonly #writes: readonly string[];
	readonly #stop = new AbortController();
	readonly #signal: AbortSignal;
	#sent = 0;

	constructor(calls: Calls, target: Target) {
		const { when, signal } = target;
		this.#calls = calls;
		this.#target = target;
		this.#writes = writesOf(undefined, when !== undefined && "etag" in when ? when.etag : undefined);
		this.#signal = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
	}

	async send({ input }: Command): Promise<object> {
		try {
			return await this.#answer(input);
		} catch (error) {
			this.failure ??= error;
			// The parts on their way need not end: nothing will come of them.
			this.#stop.abort();
			throw error;
		}
	}

	#answer({ Body, UploadId, PartNumber, MultipartUpload }: Command["input"]): Promise<object> {
		if (UploadId === undefined) return Body === undefined ? this.#begin() : this.#whole(Body);
		if (PartNumber !== undefined && Body !== undefined) return this.#part(UploadId, PartNumber, Body);
		if (MultipartUpload !== undefined) return this.#complete(UploadId, MultipartUpload.Parts);
		return this.#giveUp(UploadId);
	}

	async #whole(bytes: Uint8Array): Promise<object> {
		const { key, when, contentType, writer, measurements } = this.#target;
		const signal = this.#signal;
		const put = () =>
			writer.put(key, bytes, { when, contentType, signal, measured: () => measurements.take(this.#target.signal) });
		this.etag = await this.#calls.attempt({ operation: "put", key, signal }, put);
		this.#progress(bytes.length);
		return { ETag: this.etag };
	}

	/** Never cancelled on its way: whoever is not told the name of an upload cannot take it back. */
	#begin(): Promise<object> {
		const { key, name, contentType } = this.#target;
		const input = {
			...this.#calls.bucket,
			Key: name,
			Metadata: metadataOf(this.#writes),
			...(contentType !== undefined && { ContentType: contentType }),
			...(this.#isChecked && { ChecksumAlgorithm: "CRC32" as const }),
		};
		return this.#ask(key, async ({ sdk, client }) => {
			if (this.#signal.aborted) throw aborted(this.#signal);
			return client.send(new sdk.CreateMultipartUploadCommand(input));
		});
	}

	async #part(id: string, number: number, bytes: Uint8Array): Promise<object> {
		const { key, name } = this.#target;
		const checksum = this.#isChecked ? { ChecksumCRC32: checksumOf(bytes) } : {};
		const input = { ...this.#calls.bucket, Key: name, UploadId: id, PartNumber: number, Body: bytes, ...checksum };
		const question = { operation: "put", what: "written", key, signal: this.#signal } as const;
		const { ETag } = await this.#calls.ask(question, ({ sdk, client }, options) =>
			client.send(new sdk.UploadPartCommand(input), options),
		);
		this.#progress(bytes.length);
		return { ETag, ...checksum };
	}

	/** Never cancelled on its way: it would not be known whether the object is there. */
	async #complete(id: string, parts: CompletedPart[]): Promise<object> {
		const { key, name, when, measurements } = this.#target;
		if (this.#signal.aborted) throw aborted(this.#signal);
		const condition = when === undefined ? {} : conditionFor(when, measurements.known?.quotesEtags);
		const input = { ...this.#calls.bucket, Key: name, UploadId: id, MultipartUpload: { Parts: parts }, ...condition };
		const answer = await this.#ask(key, ({ sdk, client }) =>
			client.send(new sdk.CompleteMultipartUploadCommand(input)),
		);
		this.etag = etagOf({ stored: bare(answer.ETag || etagOfParts(parts)), writes: this.#writes });
		return answer;
	}

	/** That it fails is not what is to be told. */
	async #giveUp(id: string): Promise<object> {
		await abortUpload(this.#calls, { key: this.#target.name, id }, {}).catch(() => undefined);
		return {};
	}

	#ask<T>(key: string, work: (s3: S3) => Promise<T>): Promise<T> {
		return this.#calls.ask({ operation: "put", what: "written", key }, work);
	}

	get #isChecked(): boolean {
		return this.#calls.client.verifiesChecksums === true;
	}

	#progress(bytes: number): void {
		const { size, onProgress } = this.#target;
		this.#sent += bytes;
		onProgress?.({ done: this.#sent, total: size ?? this.#sent, bytes: this.#sent });
	}
}
