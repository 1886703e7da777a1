/** Whether a server minds a condition on what completes an object of parts. Ceph ignores it, Amazon does not: so it is tried. */
import type { Precondition } from "../../../../src/backend.js";
import { StoreError } from "../../../../src/errors.js";
import type { Condition } from "../condition.js";
import { failureOf } from "../failures.js";
import type { Measured } from "../probe.js";
import type { S3 } from "../sdk.js";
import { versionOf } from "../versions.js";
import type { Calls } from "./calls.js";

/** What is known of each bucket of each service, for each kind of condition. */
const known = new Map<string, Promise<boolean>>();

interface Question {
	readonly key: string;
	readonly when: Precondition;
	readonly measured: Measured;
	readonly signal: AbortSignal | undefined;
}

/** @throws StoreError UNSUPPORTED, before anything is sent */
export async function requireCheckedCompletion(calls: Calls, { key, when, measured, signal }: Question): Promise<void> {
	const { endpoint = "", bucket } = calls.settings;
	const kind = "absent" in when ? "absent" : "etag";
	const isPossible = kind === "absent" ? measured.createIfAbsent : measured.compareAndSwap;
	const place = `${endpoint} ${bucket} ${kind}`;
	const measuring = known.get(place) ?? measure(calls, kind, measured);
	known.set(place, measuring);
	measuring.catch(() => known.delete(place));
	if (isPossible && (await measuring)) return;
	calls.enter(signal);
	throw new StoreError(
		"UNSUPPORTED",
		`${JSON.stringify(key)} is written in parts, and this server checks no condition then: look first whether it is there, and write without`,
		{ key },
	);
}

/** What the condition becomes. */
export function conditionFor(when: Precondition, quotesEtags = true): Condition {
	if ("absent" in when) return { IfNoneMatch: "*" };
	const { stored } = versionOf(when.etag);
	return { IfMatch: quotesEtags ? `"${stored}"` : stored };
}

/** Completes an upload over an object of its own on a condition that does not hold. */
function measure(calls: Calls, kind: "absent" | "etag", { quotesEtags }: Measured): Promise<boolean> {
	const name = `${calls.settings.prefix}.tesserae-probe-${Math.random().toString(36).slice(2)}-parts`;
	const stale: Precondition = kind === "absent" ? { absent: true } : { etag: "0123456789abcdef0123456789abcdef" };
	return calls.ask({ operation: "put", what: "probed", key: name }, async (s3) => {
		const place = { ...calls.bucket, Key: name };
		try {
			await s3.client.send(new s3.sdk.PutObjectCommand({ ...place, Body: "there already" }));
			return await isRefused(s3, place, conditionFor(stale, quotesEtags));
		} finally {
			await s3.client.send(new s3.sdk.DeleteObjectCommand(place)).catch(() => undefined);
		}
	});
}

interface Place {
	readonly Bucket: string;
	readonly Key: string;
}

async function isRefused({ sdk, client }: S3, place: Place, condition: Condition): Promise<boolean> {
	const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(place));
	const upload = { ...place, UploadId };
	try {
		const { ETag } = await client.send(new sdk.UploadPartCommand({ ...upload, PartNumber: 1, Body: "part" }));
		const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
		await client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload, ...condition }));
		return false;
	} catch (error) {
		const { status = 0 } = failureOf(error);
		await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
		if (status === 412 || status === 409) return true;
		if (status === 501 || status === 400) return false;
		throw error;
	}
}
