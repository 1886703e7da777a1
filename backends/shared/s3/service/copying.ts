/** Copies within a service: the bytes do not come here. */
import type { CompletedPart, HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { conflict, type Etag } from "../../../../src/backend.js";
import { StoreError } from "../../../../src/errors.js";
import type { CopyInServiceOptions, CopySource } from "../../../../src/object-service.js";
import { storedName } from "../keys.js";
import { inLanes } from "../lanes.js";
import { etagOfParts } from "../parts-etag.js";
import { answered, bare, etagOf } from "../versions.js";
import type { Calls } from "./calls.js";
import { abortUpload } from "./pending-uploads.js";

/** What a copy is made of and goes to. */
interface Job {
	readonly source: CopySource;
	/** The destination. */
	readonly key: string;
	readonly name: string;
	readonly head: HeadObjectCommandOutput;
	readonly size: number;
	readonly signal: AbortSignal | undefined;
	moved(bytes: number): void;
}

/** S3 takes no more parts of one object. */
const MOST_PARTS = 10_000;

/**
 * Copies an object or a version of one with its media type and metadata. What is large is copied in parts, several at once: S3 copies 5 GiB at most
 * by one request, and is silent for as long as that takes.
 * @throws StoreError NOT_FOUND, CONFLICT where the source changes meanwhile
 */
export async function copy(
	calls: Calls,
	source: CopySource,
	to: string,
	{ signal, onProgress }: CopyInServiceOptions,
): Promise<Etag> {
	const name = storedName(calls.settings.prefix, to);
	const { bucket = calls.settings.bucket } = source;
	const head = await lookAt(calls, source, signal);
	if (head === undefined) throw absent(source);
	const size = head.ContentLength ?? 0;
	let done = 0;
	const moved = (bytes: number): void => {
		done += bytes;
		onProgress?.({ done, total: size, bytes: done });
	};
	const job = { source: { ...source, bucket }, key: to, name, head, size, signal, moved };
	const stored = size > calls.settings.multipart.threshold ? await inParts(calls, job) : await atOnce(calls, job);
	return etagOf({ ...answered(head.ETag, head.Metadata), stored: bare(stored) });
}

async function atOnce(calls: Calls, { source, key, name, head, size, signal, moved }: Job): Promise<string> {
	const input = { ...calls.bucket, Key: name, CopySource: textOf(source) };
	const result = await calls.ask({ operation: "put", what: "copied", key, signal }, ({ sdk, client }, options) =>
		client.send(new sdk.CopyObjectCommand({ ...input, ...carried(head), MetadataDirective: "REPLACE" }), options),
	);
	moved(size);
	return result.CopyObjectResult?.ETag ?? "";
}

async function inParts(calls: Calls, job: Job): Promise<string> {
	const { key, name, head, signal } = job;
	const question = { operation: "put", what: "copied", key, signal } as const;
	const { UploadId: id = "" } = await calls.ask(question, ({ sdk, client }, options) =>
		client.send(new sdk.CreateMultipartUploadCommand({ ...calls.bucket, Key: name, ...carried(head) }), options),
	);
	try {
		const parts = await copyParts(calls, job, id);
		await requireUnchanged(calls, job);
		const { ETag } = await calls.ask(question, ({ sdk, client }, options) => {
			const input = { ...calls.bucket, Key: name, UploadId: id, MultipartUpload: { Parts: parts } };
			return client.send(new sdk.CompleteMultipartUploadCommand(input), options);
		});
		return ETag || etagOfParts(parts);
	} catch (error) {
		// Also where the caller has cancelled, and that it fails is not what is to be told.
		await abortUpload(calls, { key: name, id }, {}).catch(() => undefined);
		throw error;
	}
}

function copyParts(calls: Calls, job: Job, id: string): Promise<CompletedPart[]> {
	const { source, key, name, size, signal, moved } = job;
	const { partSize, threshold, concurrency } = calls.settings.multipart;
	const step = Math.max(partSize, Math.min(threshold, 2 ** 30), Math.ceil(size / MOST_PARTS));
	const offsets = Array.from({ length: Math.ceil(size / step) }, (_, i) => i * step);
	const common = { ...calls.bucket, Key: name, UploadId: id, CopySource: textOf(source) };
	return inLanes(offsets, concurrency, async (offset, i) => {
		const end = Math.min(offset + step, size);
		const input = { ...common, PartNumber: i + 1, CopySourceRange: `bytes=${offset}-${end - 1}` };
		const { CopyPartResult } = await calls.ask(
			{ operation: "put", what: "copied", key, signal },
			({ sdk, client }, options) => client.send(new sdk.UploadPartCopyCommand(input), options),
		);
		moved(end - offset);
		return { PartNumber: i + 1, ...(CopyPartResult?.ETag !== undefined && { ETag: CopyPartResult.ETag }) };
	});
}

/** Parts of two versions would make an object that there never was. */
async function requireUnchanged(calls: Calls, { source, head, signal }: Job): Promise<void> {
	const now = await lookAt(calls, source, signal);
	if (now?.ETag !== head.ETag || now?.LastModified?.getTime() !== head.LastModified?.getTime())
		throw conflict(source.key);
}

function lookAt(
	calls: Calls,
	{ bucket = calls.settings.bucket, key, version }: CopySource,
	signal: AbortSignal | undefined,
): Promise<HeadObjectCommandOutput | undefined> {
	const input = { Bucket: bucket, Key: key, ...(version !== undefined && { VersionId: version }) };
	return calls.find({ operation: "head", what: "looked for", key, signal }, ({ sdk, client }, options) =>
		client.send(new sdk.HeadObjectCommand(input), options),
	);
}

/** What goes with the bytes. */
function carried(head: HeadObjectCommandOutput): object {
	const { ContentType, ContentEncoding, ContentLanguage, ContentDisposition, CacheControl, Metadata } = head;
	const all = { ContentType, ContentEncoding, ContentLanguage, ContentDisposition, CacheControl, Metadata };
	return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function textOf({ bucket, key, version }: CopySource): string {
	const path = [bucket, ...key.split("/")].map((part) => encodeURIComponent(part ?? "")).join("/");
	return version === undefined ? path : `${path}?versionId=${encodeURIComponent(version)}`;
}

function absent({ key, version }: CopySource): StoreError {
	const what = version === undefined ? "object" : `version ${version} of`;
	return new StoreError("NOT_FOUND", `there is no ${what} ${JSON.stringify(key)} to copy`, { key });
}
