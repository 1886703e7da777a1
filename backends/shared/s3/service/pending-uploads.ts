import type { ListMultipartUploadsCommandOutput } from "@aws-sdk/client-s3";
import { aborted, StoreError } from "../../../../src/errors.js";
import type { AbortUploadsOptions, PendingUpload, ServiceCall } from "../../../../src/object-service.js";
import { type Calls, causeOf } from "./calls.js";
import { durationOf } from "./duration.js";
import { unescaped } from "./names.js";

interface Marker {
	readonly KeyMarker?: string;
	readonly UploadIdMarker?: string;
}

export async function* listUploads(
	calls: Calls,
	prefix: string,
	{ signal }: ServiceCall,
): AsyncGenerator<PendingUpload> {
	let marker: Marker | undefined = {};
	while (marker !== undefined) {
		const input = { ...calls.bucket, Prefix: prefix, EncodingType: "url" as const, ...marker };
		const question = { operation: "list", what: "listed with its uploads", key: prefix || undefined, signal } as const;
		const page: ListMultipartUploadsCommandOutput = await calls.askPerhaps(
			{ ...question, feature: "list of uploads" },
			({ sdk, client }, options) => client.send(new sdk.ListMultipartUploadsCommand(input), options),
		);
		for (const { Key = "", UploadId = "", Initiated } of page.Uploads ?? []) {
			if (signal?.aborted) throw aborted(signal);
			// What is told without a time counts as new, so that nobody aborts it for its age.
			yield { key: named(Key, page), id: UploadId, started: Initiated ?? new Date() };
		}
		marker = nextOf(calls, page, marker);
	}
}

/** @throws StoreError UNSUPPORTED where the server says that there is more and not where */
function nextOf(calls: Calls, page: ListMultipartUploadsCommandOutput, last: Marker): Marker | undefined {
	const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
	if (!IsTruncated) return undefined;
	const KeyMarker = NextKeyMarker === undefined ? undefined : named(NextKeyMarker, page);
	if (KeyMarker === undefined || (KeyMarker === last.KeyMarker && NextUploadIdMarker === last.UploadIdMarker))
		throw new StoreError("UNSUPPORTED", `${calls.location}: the server lists only a part of the uploads`);
	return { KeyMarker, ...(NextUploadIdMarker !== undefined && { UploadIdMarker: NextUploadIdMarker }) };
}

function named(key: string, { EncodingType }: ListMultipartUploadsCommandOutput): string {
	return EncodingType === "url" ? unescaped(key) : key;
}

/** One that has ended is no error. */
export async function abortUpload(
	calls: Calls,
	{ key, id }: Pick<PendingUpload, "key" | "id">,
	{ signal }: ServiceCall,
): Promise<void> {
	const input = { ...calls.bucket, Key: key, UploadId: id };
	try {
		await calls.ask({ operation: "delete", what: "given up", key, signal }, ({ sdk, client }, options) =>
			client.send(new sdk.AbortMultipartUploadCommand(input), options),
		);
	} catch (error) {
		if (causeOf(error).name !== "NoSuchUpload") throw error;
	}
}

/** Yields each once it is aborted. */
export async function* abortUploads(
	calls: Calls,
	prefix: string,
	{ olderThan, dryRun = false, signal }: AbortUploadsOptions,
): AsyncGenerator<PendingUpload> {
	const before = Date.now() - durationOf(olderThan);
	for await (const upload of listUploads(calls, prefix, { signal })) {
		if (upload.started.getTime() > before) continue;
		if (!dryRun) await abortUpload(calls, upload, { signal });
		yield upload;
	}
}
