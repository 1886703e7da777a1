/** What an answer that is no success means, in the terms of `Backend`. */
import { aborted, type ErrorCode, isStoreError, StoreError } from "../../../src/errors.js";
import type { Settings } from "./options.js";

/** What is told of an error of the SDK: its own members hold requests, signatures and keys, and go no further. */
export interface Failure {
	/** S3's name of it, such as `NoSuchKey`; elsewhere that of the error. */
	readonly name: string;
	readonly status: number | undefined;
	readonly message: string;
	readonly requestId: string | undefined;
	readonly headers: { readonly [name: string]: string };
	/** The system's code, such as `ECONNREFUSED`. */
	readonly system: string | undefined;
}

interface SdkError {
	readonly name?: string;
	readonly Code?: string;
	readonly message?: string;
	readonly code?: unknown;
	readonly cause?: unknown;
	readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
	readonly $response?: { readonly statusCode?: number; readonly headers?: { readonly [name: string]: string } };
}

export function failureOf(error: unknown): Failure {
	const { name, Code, message, code, cause, $metadata, $response } = error as SdkError;
	const system = [code, (cause as { readonly code?: unknown } | undefined)?.code].find(
		(one) => typeof one === "string",
	);
	return {
		name: Code ?? name ?? "Error",
		status: $metadata?.httpStatusCode ?? $response?.statusCode,
		message: message ?? "",
		requestId: $metadata?.requestId,
		headers: $response?.headers ?? {},
		system: system as string | undefined,
	};
}

/** What was asked, to say it in the message. */
export interface Asked {
	/** What was to be done, such as `read`. */
	readonly what: string;
	readonly key?: string | undefined;
	readonly signal?: AbortSignal | undefined;
	/** What must not be repeated, whatever an answer says. */
	readonly secrets?: readonly string[] | undefined;
}

type Place = Pick<Settings, "bucket" | "endpoint" | "region">;

/** @returns the error to throw: that of the caller's signal, or what `error` means */
export function storeErrorOf(error: unknown, asked: Asked, place: Place): StoreError {
	if (asked.signal?.aborted) return aborted(asked.signal);
	if (isStoreError(error)) return error;
	const failure = failureOf(error);
	const { code, advice } = meaningOf(failure, place);
	const key = asked.key === undefined ? "" : `${JSON.stringify(asked.key)} `;
	const message = scrubbed(`${key}could not be ${asked.what} (${reasonOf(failure)}): ${advice}`, asked.secrets);
	return new StoreError(code, message, {
		key: asked.key,
		retryAfter: code === "THROTTLED" ? retryAfterOf(failure.headers) : undefined,
		cause: causeOf(failure, asked.secrets),
	});
}

/** The SDK's error without what it was sent with. */
function causeOf({ name, status, message, requestId }: Failure, secrets: Asked["secrets"]): Error {
	const cause = Object.assign(new Error(scrubbed(message, secrets)), { name, status, requestId });
	delete cause.stack;
	return cause;
}

function scrubbed(text: string, secrets: readonly string[] = []): string {
	return secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
}

/** Some servers send no message, for which the SDK has these. */
const NO_MESSAGE = /^(UnknownError|Unknown|\w+|)$/;

function reasonOf({ name, status, message, system }: Failure): string {
	const said = NO_MESSAGE.test(message) ? "" : `: ${message}`;
	if (status !== undefined) return `${status} ${name}${said}`;
	return message === "" ? (system ?? name) : message;
}

/** Milliseconds that the header Retry-After asks for (RFC 9110, section 10.2.3: seconds, or a date). */
function retryAfterOf(headers: { readonly [name: string]: string }): number | undefined {
	const value = headers["retry-after"];
	if (value === undefined) return undefined;
	const seconds = Number(value);
	const wait = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
	return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

interface Meaning {
	readonly code: ErrorCode;
	/** What to do. */
	readonly advice: string;
}

function meaningOf(failure: Failure, place: Place): Meaning {
	return (
		byName(failure, place) ??
		bySystem(failure, place) ??
		byStatus(failure, place) ?? { code: "UNAVAILABLE", advice: "try again, and where it stays so, look at the server" }
	);
}

function byName(failure: Failure, place: Place): Meaning | undefined {
	const named = Object.hasOwn(NAMES, failure.name) ? NAMES[failure.name] : undefined;
	if (named !== undefined) return { code: named[0], advice: named[1].replace("BUCKET", JSON.stringify(place.bucket)) };
	if (failure.name === "RequestTimeTooSkewed") return { code: "FORBIDDEN", advice: skewOf(failure) };
	if (isOfOtherRegion(failure)) return { code: "INVALID_ARGUMENT", advice: regionOf(failure, place) };
	return undefined;
}

const TRY_AGAIN = "try again, and where it stays so, look at the server";
const CREDENTIALS = "pass credentials or a profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

const NAMES: { readonly [name: string]: readonly [ErrorCode, string] } = {
	NoSuchBucket: ["NOT_FOUND", "there is no bucket BUCKET: create it, or correct the name"],
	InvalidBucketName: ["INVALID_ARGUMENT", "BUCKET cannot be the name of a bucket here"],
	AccessDenied: ["FORBIDDEN", "these credentials do not permit it on the bucket BUCKET: ask its owner for the right"],
	AllAccessDisabled: ["FORBIDDEN", "all access to the bucket BUCKET is switched off"],
	InvalidAccessKeyId: [
		"FORBIDDEN",
		"the access key is not known there: check accessKeyId, and that the endpoint is the right one",
	],
	SignatureDoesNotMatch: [
		"FORBIDDEN",
		"the secret key does not belong to the access key, or something on the way changes requests: check secretAccessKey",
	],
	ExpiredToken: ["FORBIDDEN", "the credentials have expired, and so have those that were asked for anew: log in again"],
	ExpiredTokenException: ["FORBIDDEN", "the credentials have expired: log in again"],
	TokenRefreshRequired: ["FORBIDDEN", "the credentials have to be renewed: log in again"],
	InvalidToken: ["FORBIDDEN", "the session token is not accepted: check sessionToken, or log in again"],
	CredentialsProviderError: [
		"FORBIDDEN",
		`no credentials were found: ${CREDENTIALS}, or anonymous: true for what is public`,
	],
	InvalidObjectState: ["FORBIDDEN", "the object is in an archive: restore it first"],
	PreconditionFailed: ["CONFLICT", "it is not stored in the version expected: read it again and retry"],
	ConditionalRequestConflict: [
		"UNAVAILABLE",
		"somebody else wrote to it at that moment, and whether this write was stored is not known",
	],
	OperationAborted: ["UNAVAILABLE", "somebody else changed it at that moment: try again"],
	SlowDown: ["THROTTLED", "the server asks for fewer requests: wait, or lower concurrency"],
	Throttling: ["THROTTLED", "the server asks for fewer requests: wait, or lower concurrency"],
	ThrottlingException: ["THROTTLED", "the server asks for fewer requests: wait, or lower concurrency"],
	RequestLimitExceeded: ["THROTTLED", "the server asks for fewer requests: wait, or lower concurrency"],
	TooManyRequestsException: ["THROTTLED", "the server asks for fewer requests: wait, or lower concurrency"],
	TimeoutError: ["TIMEOUT", "try again, or allow more by the option timeout"],
	RequestTimeout: ["TIMEOUT", "the server got no byte for too long: try again"],
	EntityTooLarge: ["TOO_LARGE", "the server takes no object of this size: choose smaller chunks or shards"],
	QuotaExceeded: ["NO_SPACE", "the quota is used up: delete something, or have it raised"],
	XMinioStorageFull: ["NO_SPACE", "the server's storage is full"],
	KeyTooLongError: ["INVALID_ARGUMENT", "the name is too long for this server"],
	InvalidObjectName: ["INVALID_ARGUMENT", "the name cannot be stored on this server"],
	BadDigest: ["UNAVAILABLE", "the bytes were damaged on their way to the server: try again"],
	XAmzContentSHA256Mismatch: ["UNAVAILABLE", "the bytes were damaged on their way to the server: try again"],
	XAmzContentChecksumMismatch: ["UNAVAILABLE", "the bytes were damaged on their way to the server: try again"],
	IncompleteBody: ["UNAVAILABLE", "not all bytes reached the server: try again"],
	NotImplemented: ["UNSUPPORTED", "this server does not do that"],
	MethodNotAllowed: ["UNSUPPORTED", "this server does not do that"],
	NoSuchUpload: ["UNAVAILABLE", "the upload in parts was ended from elsewhere: try again"],
};

const OTHER_REGION = [
	"PermanentRedirect",
	"TemporaryRedirect",
	"Redirect",
	"AuthorizationHeaderMalformed",
	"IllegalLocationConstraintException",
];

function isOfOtherRegion({ name, status }: Failure): boolean {
	return OTHER_REGION.includes(name) || (status !== undefined && status >= 300 && status < 400);
}

function regionOf({ headers, message }: Failure, { bucket, region }: Place): string {
	const expected = headers["x-amz-bucket-region"] ?? /expecting '([a-z0-9-]+)'/.exec(message)?.[1];
	const here = region === undefined ? "" : `, not in ${region}`;
	if (expected !== undefined)
		return `the bucket ${JSON.stringify(bucket)} is in the region ${expected}${here}: pass region: "${expected}"`;
	const { location } = headers;
	const there = location === undefined ? "" : ` (it points to ${location.replace(/[?].*/, "")})`;
	return `the bucket ${JSON.stringify(bucket)} is served elsewhere${there}: pass its region, or the endpoint that serves it`;
}

function skewOf({ headers }: Failure): string {
	const ahead = Date.now() - Date.parse(headers.date ?? "");
	const by = Number.isNaN(ahead)
		? "differs from"
		: `is ${durationOf(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"}`;
	return `the clock of this machine ${by} the server's: set it`;
}

function durationOf(milliseconds: number): string {
	const minutes = Math.round(milliseconds / 60_000);
	if (minutes < 120) return `${minutes} minutes`;
	return minutes < 2880 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
}

/** Reasons for which TLS trusts nobody; OpenSSL's names, and Node's. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_|CERT_|ALTNAME|UNTRUSTED|HANDSHAKE_FAILURE/;

function bySystem({ system, message }: Failure, { endpoint, region }: Place): Meaning | undefined {
	const where = endpoint ?? "Amazon S3";
	if (/region is missing/i.test(message)) return { code: "INVALID_ARGUMENT", advice: "pass region, or set AWS_REGION" };
	if (system === undefined) return undefined;
	if (UNTRUSTED.test(system))
		return {
			code: "FORBIDDEN",
			advice: `the certificate of ${where} is not trusted: pass ca: the authority's certificate, or its file; allowInsecureTls: true trusts anybody`,
		};
	if (system === "ENOTFOUND" || system === "EAI_AGAIN")
		return {
			code: "UNAVAILABLE",
			advice: `there is no such host now: check ${endpoint === undefined ? `region ${region ?? ""}` : `the endpoint ${where}`} and the network`,
		};
	if (system === "ECONNREFUSED")
		return { code: "UNAVAILABLE", advice: `nothing answers at ${where}: check the endpoint, and that the server runs` };
	if (system === "EPROTO")
		return { code: "UNAVAILABLE", advice: `${where} does not speak TLS as asked: check whether it is http: or https:` };
	return { code: "UNAVAILABLE", advice: TRY_AGAIN };
}

function byStatus({ status }: Failure, { bucket }: Place): Meaning | undefined {
	if (status === undefined) return undefined;
	if (status === 401 || status === 403)
		return {
			code: "FORBIDDEN",
			advice: `it is not permitted on the bucket ${JSON.stringify(bucket)}: check the credentials and their rights`,
		};
	if (status === 404) return { code: "NOT_FOUND", advice: "the server knows no such thing: check endpoint and bucket" };
	if (status === 405 || status === 501) return { code: "UNSUPPORTED", advice: "this server does not do that" };
	if (status === 408) return { code: "TIMEOUT", advice: TRY_AGAIN };
	if (status === 412)
		return { code: "CONFLICT", advice: "it is not stored in the version expected: read it again and retry" };
	if (status === 413)
		return { code: "TOO_LARGE", advice: "the server takes no object of this size: choose smaller chunks or shards" };
	if (status === 429 || status === 503)
		return { code: "THROTTLED", advice: "the server asks for fewer requests: wait, or lower concurrency" };
	if (status === 507) return { code: "NO_SPACE", advice: "the server's storage is full" };
	if (status >= 500 || status < 300) return { code: "UNAVAILABLE", advice: TRY_AGAIN };
	return { code: "UNSUPPORTED", advice: "the server does not take the request: check that the endpoint speaks S3" };
}
