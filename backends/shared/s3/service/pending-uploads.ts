import type { ListMultipartUploadsCommandOutput } from "@aws-sdk/client-s3";
import { aborted, StoreError } from "../../../../src/errors.js";
import type { AbortUploadsOptions, PendingUpload, ServiceCall } from "../../../../src/object-service.js";
import { failureOf } from "../failures.js";
import type { Calls } from "./calls.js";
import { durationOf } from "./duration.js";

interface Marker {
	readonly KeyMarker?: string;
	readonly UploadIdMarker?: string;
}

/** Names are not asked for escaped: Ceph escapes them then and does not say so. */
export async function* listUploads(
	calls: Calls,
	prefix: string,
	{ signal }: ServiceCall,
): AsyncGenerator<PendingUpload> {
	let marker: Marker | undefined = {};
	while (marker !== undefined) {
		const input = { ...calls.bucket, Prefix: prefix, ...marker };
		const question = { operation: "list", what: "listed with its uploads", key: prefix || undefined, signal } as const;
		const page: ListMultipartUploadsCommandOutput = await calls.askPerhaps(
			{ ...question, feature: "list of uploads" },
			({ sdk, client }, options) => client.send(new sdk.ListMultipartUploadsCommand(input), options),
		);
		for (const { Key = "", UploadId = "", Initiated } of page.Uploads ?? []) {
			if (signal?.aborted) throw aborted(signal);
			// What is told without a time counts as new, so that nobody aborts it for its age.
			yield { key: Key, id: UploadId, started: Initiated ?? new Date() };
		}
		marker = nextOf(calls, page, marker);
	}
}

/** @throws StoreError UNSUPPORTED where the server says that there is more and not where */
function nextOf(calls: Calls, page: ListMultipartUploadsCommandOutput, last: Marker): Marker | undefined {
	const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker } = page;
	if (!IsTruncated) return undefined;
	if (KeyMarker === undefined || (KeyMarker === last.KeyMarker && NextUploadIdMarker === last.UploadIdMarker))
		throw new StoreError("UNSUPPORTED", `${calls.location}: the server lists only a part of the uploads`);
	return { KeyMarker, ...(NextUploadIdMarker !== undefined && { UploadIdMarker: NextUploadIdMarker }) };
}

/** One that has ended is no error. */
export async function abortUpload(
	calls: Calls,
	{ key, id }: Pick<PendingUpload, "key" | "id">,
	{ signal }: ServiceCall,
): Promise<void> {
	const input = { ...calls.bucket, Key: key, UploadId: id };
	await calls.ask({ operation: "delete", what: "given up", key, signal }, async ({ sdk, client }, options) => {
		await client.send(new sdk.AbortMultipartUploadCommand(input), options).catch((error: unknown) => {
			if (failureOf(error).name !== "NoSuchUpload") throw error;
		});
	});
}

/** Yields each once it is aborted. */
export async function* abortUploads(
	calls: Calls,
	prefix: string,
	{ olderThan, dryRun = false, signal }: AbortUploadsOptions,
): AsyncGenerator<PendingUpload> {
	const age = durationOf(olderThan);
	// Of all of them the clock of the server, which may go otherwise, is not asked.
	const before = age === 0 ? Number.POSITIVE_INFINITY : Date.now() - age;
	for await (const upload of listUploads(calls, prefix, { signal })) {
		if (upload.started.getTime() > before) continue;
		if (!dryRun) await abortUpload(calls, upload, { signal });
		yield upload;
	}
}
