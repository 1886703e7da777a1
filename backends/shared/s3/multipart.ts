import type { CompletedPart } from "@aws-sdk/client-s3";
import { aborted } from "../../../src/errors.js";
import { checksumOf } from "./checksum.js";
import type { Client } from "./client.js";
import { inLanes } from "./lanes.js";
import { etagOfParts } from "./parts-etag.js";

/** S3 takes no more parts of one object. */
const MOST_PARTS = 10_000;

export interface Upload {
	readonly key: string;
	/** The name under which it is stored. */
	readonly name: string;
	readonly bytes: Uint8Array;
	readonly metadata: Record<string, string>;
	readonly contentType: string | undefined;
	readonly signal: AbortSignal | undefined;
}

interface Begun extends Upload {
	readonly id: string;
	readonly isChecked: boolean;
}

/** Sends a large object in parts, several at a time. It is there when all of them are; after a failure nothing is left. @returns the store's etag */
export async function putInParts(client: Client, upload: Upload): Promise<string> {
	const { bucket } = client.settings;
	const isChecked = client.verifiesChecksums === true;
	const { key, name, metadata, contentType, signal } = upload;
	const id = await client.ask({ what: "written", key, signal }, async ({ sdk, client: s3 }) => {
		const input = {
			Bucket: bucket,
			Key: name,
			Metadata: metadata,
			...(contentType === undefined ? {} : { ContentType: contentType }),
			...(isChecked ? { ChecksumAlgorithm: "CRC32" as const } : {}),
		};
		const { UploadId } = await s3.send(new sdk.CreateMultipartUploadCommand(input), {
			abortSignal: signal as AbortSignal,
		});
		return UploadId ?? "";
	});
	const begun = { ...upload, id, isChecked };
	try {
		return await complete(client, begun, await sendParts(client, begun));
	} catch (error) {
		await abandon(client, begun);
		throw error;
	}
}

async function sendParts(client: Client, upload: Begun): Promise<CompletedPart[]> {
	const { bytes, signal } = upload;
	const { partSize, concurrency } = client.settings.multipart;
	const size = Math.max(partSize, Math.ceil(bytes.length / MOST_PARTS));
	const offsets = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => i * size);
	const stop = new AbortController();
	const onAbort = (): void => stop.abort(signal?.reason);
	signal?.addEventListener("abort", onAbort, { once: true });
	try {
		return await inLanes(offsets, concurrency, async (offset, i) => {
			if (signal?.aborted) throw aborted(signal);
			return sendPart(
				client,
				{ ...upload, signal: stop.signal, bytes: bytes.subarray(offset, offset + size) },
				i + 1,
			).catch((error: unknown) => {
				// The others need not end: nothing will come of them.
				stop.abort();
				throw error;
			});
		});
	} finally {
		signal?.removeEventListener("abort", onAbort);
	}
}

function sendPart(
	client: Client,
	{ key, name, id, bytes, isChecked, signal }: Begun,
	number: number,
): Promise<CompletedPart> {
	const checksum = isChecked ? { ChecksumCRC32: checksumOf(bytes) } : {};
	return client.ask({ what: "written", key, signal }, async ({ sdk, client: s3 }) => {
		const input = {
			Bucket: client.settings.bucket,
			Key: name,
			UploadId: id,
			PartNumber: number,
			Body: bytes,
			...checksum,
		};
		const { ETag } = await s3.send(new sdk.UploadPartCommand(input), { abortSignal: signal as AbortSignal });
		return { PartNumber: number, ...(ETag === undefined ? {} : { ETag }), ...checksum };
	});
}

function complete(client: Client, { key, name, id, signal }: Begun, parts: CompletedPart[]): Promise<string> {
	return client.ask({ what: "written", key, signal }, async ({ sdk, client: s3 }) => {
		const input = { Bucket: client.settings.bucket, Key: name, UploadId: id, MultipartUpload: { Parts: parts } };
		const { ETag } = await s3.send(new sdk.CompleteMultipartUploadCommand(input), {
			abortSignal: signal as AbortSignal,
		});
		return ETag || etagOfParts(parts);
	});
}

/** Also where the caller has cancelled: parts that nobody asks for again would be paid for ever. */
async function abandon(client: Client, { key, name, id }: Begun): Promise<void> {
	const input = { Bucket: client.settings.bucket, Key: name, UploadId: id };
	await client
		.ask({ what: "given up", key }, async ({ sdk, client: s3 }) => s3.send(new sdk.AbortMultipartUploadCommand(input)))
		.catch(() => undefined);
}
