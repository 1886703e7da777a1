/** URLs and forms by which others get or send one object, without credentials of their own. No request is made for them. */

import type { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { PresignedPostOptions } from "@aws-sdk/s3-presigned-post";
import { StoreError } from "../../../../src/errors.js";
import type { PresignedPost, PresignOptions, PresignPostOptions } from "../../../../src/object-service.js";
import { storedName } from "../keys.js";
import type { S3 } from "../sdk.js";
import type { Calls } from "./calls.js";
import { loadPackage } from "./packages.js";

type Conditions = NonNullable<PresignedPostOptions["Conditions"]>;

const HOUR = 3600;
/** Seconds; signatures of version 4 hold no longer. */
const LONGEST = 604_800;

interface PutOptions extends PresignOptions {
	readonly contentType?: string | undefined;
}

export async function presignGet(calls: Calls, key: string, options: PresignOptions): Promise<string> {
	const Key = nameToSign(calls, key, options);
	return sign(calls, key, options, ({ sdk }) => new sdk.GetObjectCommand({ ...calls.bucket, Key }));
}

/** What is sent is not part of what is signed: nobody knows it yet. */
export async function presignPut(calls: Calls, key: string, options: PutOptions): Promise<string> {
	const Key = nameToSign(calls, key, options);
	const { contentType } = options;
	const input = { ...calls.bucket, Key, ...(contentType !== undefined && { ContentType: contentType }) };
	const isTyped = contentType !== undefined;
	return sign(calls, key, { ...options, isTyped }, ({ sdk }) => new sdk.PutObjectCommand(input));
}

export async function presignPost(calls: Calls, key: string, options: PresignPostOptions): Promise<PresignedPost> {
	const Key = nameToSign(calls, key, options);
	const { contentType, expires = HOUR, fields = {}, signal } = options;
	const conditions = conditionsOf(options);
	const { createPresignedPost } = await loadPackage("@aws-sdk/s3-presigned-post", "signing a form");
	return calls.ask({ operation: "put", what: "signed", key, signal }, ({ client }) =>
		createPresignedPost(client, {
			...calls.bucket,
			Key,
			Expires: expires,
			Conditions: conditions,
			Fields: { ...fields, ...(contentType !== undefined && { "Content-Type": contentType }) },
		}),
	);
}

function conditionsOf({ maxSize, conditions = [] }: PresignPostOptions): Conditions {
	if (maxSize === undefined) return conditions as Conditions;
	if (!Number.isSafeInteger(maxSize) || maxSize < 0)
		throw invalid(`maxSize is a whole number of bytes, not ${JSON.stringify(maxSize)}`);
	return [...(conditions as Conditions), ["content-length-range", 0, maxSize]];
}

/** @throws StoreError INVALID_ARGUMENT */
function nameToSign(calls: Calls, key: string, { expires = HOUR, signal }: PresignOptions): string {
	calls.enter(signal);
	if (!Number.isSafeInteger(expires) || expires < 1)
		throw invalid(`expires is a whole number of seconds, 1 or more, not ${JSON.stringify(expires)}`);
	if (expires > LONGEST) throw invalid(`expires is ${LONGEST} seconds (7 days) at most, not ${expires}`);
	if (calls.settings.anonymous) throw invalid("without credentials nothing can be signed: leave out anonymous");
	return storedName(calls.settings.prefix, key);
}

type Signer = typeof import("@aws-sdk/s3-request-presigner").getSignedUrl;

async function sign(
	calls: Calls,
	key: string,
	{ expires = HOUR, isTyped = false, signal }: PresignOptions & { readonly isTyped?: boolean },
	command: (s3: S3) => GetObjectCommand | PutObjectCommand,
): Promise<string> {
	const { getSignedUrl } = await loadPackage("@aws-sdk/s3-request-presigner", "signing a URL");
	return calls.ask({ operation: "get", what: "signed", key, signal }, (s3) =>
		getSignedUrl(bareClient(s3), command(s3) as unknown as Parameters<Signer>[1], {
			expiresIn: expires,
			// Where it is not named the SDK signs no media type, so that any can be sent.
			...(isTyped && { signableHeaders: new Set(["content-type"]) }),
		}),
	);
}

/** The same client without the headers that this backend adds, which would have to be sent along with what is signed. */
function bareClient({ client }: S3): S3["client"] {
	const middlewareStack = client.middlewareStack.clone();
	middlewareStack.remove("tesseraeHeaders");
	return Object.create(client, { middlewareStack: { value: middlewareStack } }) as S3["client"];
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
