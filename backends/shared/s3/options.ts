import { StoreError } from "../../../src/errors.js";
import { endpointOf } from "./endpoint.js";
import { checkPrefix } from "./keys.js";

export interface S3Credentials {
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	readonly sessionToken?: string | undefined;
	/** A function that gives credentials is called again when these have expired. */
	readonly expiration?: Date | undefined;
}

export interface MultipartOptions {
	/** Objects of so many bytes or more are sent in parts, unless the write has a condition. Default 64 MiB. */
	readonly threshold?: number | undefined;
	/** Bytes of a part, 5 MiB to 5 GiB. Default 16 MiB. */
	readonly partSize?: number | undefined;
	/** Parts on their way at once. Default 4. */
	readonly concurrency?: number | undefined;
}

export interface S3Options {
	readonly bucket: string;
	/** Keys are stored as `PREFIX/KEY`. Default: the bucket itself. */
	readonly prefix?: string | undefined;
	/** Where the service is, such as `https://s3.example.org:9000`. Default: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, else Amazon's. */
	readonly endpoint?: string | URL | undefined;
	/** Default: that of the environment or the profile; where there is an endpoint, else `us-east-1`. */
	readonly region?: string | undefined;
	/** Of the files `~/.aws/config` and `~/.aws/credentials`. Default: `AWS_PROFILE`, else `default`. */
	readonly profile?: string | undefined;
	/** Default: the usual chain (environment, profile, container, instance), asked again when they have expired. */
	readonly credentials?: S3Credentials | (() => Promise<S3Credentials>) | undefined;
	/** Requests are not signed, for what is public. */
	readonly anonymous?: boolean | undefined;
	/** `ENDPOINT/BUCKET/KEY` rather than `BUCKET.ENDPOINT/KEY`. Default: where there is an endpoint. */
	readonly pathStyle?: boolean | undefined;
	/** The authorities trusted for TLS in place of the system's: PEM text, or the path of a file of it. */
	readonly ca?: string | readonly string[] | undefined;
	/** Trusts every server, also a false one. Warns. */
	readonly allowInsecureTls?: boolean | undefined;
	/** Milliseconds without a byte in either direction after which a request is given up. Default 30,000. */
	readonly timeout?: number | undefined;
	/** Requests at once. Default 32. */
	readonly concurrency?: number | undefined;
	/** Requests at once where no object's bytes travel: heads, listings, deletes. At least `concurrency`. Default: the same, 64 at least. */
	readonly metadataConcurrency?: number | undefined;
	/**
	 * Times that a call is tried again where its failure may pass by itself. Default 9. With 0 calls are neither tried again nor held back, for those who
	 * put wrappers of their own around the store.
	 */
	readonly retries?: number | undefined;
	readonly multipart?: MultipartOptions | undefined;
	/**
	 * Who makes the requests that read and write objects: Amazon's SDK, or, with the same signer, a few lines of this backend, which take a quarter of
	 * the processor time where objects are small. All other requests are the SDK's. `lean` needs the package `@smithy/signature-v4`. Default `sdk`.
	 */
	readonly requests?: "sdk" | "lean" | undefined;
}

/** What `connect("s3://…", options)` hands on; the common options of a connection are not among them. */
export const OPTIONS = [
	"endpoint",
	"region",
	"profile",
	"credentials",
	"anonymous",
	"pathStyle",
	"ca",
	"allowInsecureTls",
	"retries",
	"multipart",
	"requests",
] as const;

/** Checked, with defaults. */
export interface Settings {
	readonly bucket: string;
	/** Ends in `/`, or is empty. */
	readonly prefix: string;
	/** Without a slash at its end; undefined for Amazon's. */
	readonly endpoint: string | undefined;
	readonly region: string | undefined;
	readonly profile: string | undefined;
	readonly credentials: S3Options["credentials"];
	readonly anonymous: boolean;
	readonly pathStyle: boolean;
	readonly ca: readonly string[] | undefined;
	readonly allowInsecureTls: boolean;
	readonly timeout: number;
	readonly concurrency: number;
	readonly metadataConcurrency: number;
	readonly retries: number;
	readonly multipart: { readonly threshold: number; readonly partSize: number; readonly concurrency: number };
	readonly requests: "sdk" | "lean";
}

const DEFAULTS = { timeout: 30_000, concurrency: 32, metadataConcurrency: 64, retries: 9 };
const MIB = 2 ** 20;
/** Of a part, as S3 has it. */
const [SMALLEST_PART, LARGEST_PART] = [5 * MIB, 5120 * MIB];

/** @throws StoreError INVALID_ARGUMENT naming the option */
export function checkOptions(options: S3Options): Settings {
	const { bucket, prefix = "", region, profile, credentials, anonymous, allowInsecureTls } = options;
	if (typeof bucket !== "string" || !/^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/.test(bucket))
		throw invalid(
			`${JSON.stringify(bucket)} is no name of a bucket: write s3://BUCKET/PREFIX, with 3 characters or more`,
		);
	for (const [name, value] of Object.entries({ region, profile }))
		if (value !== undefined && (typeof value !== "string" || value === "")) throw invalid(`${name} is a name`);
	for (const [name, value] of Object.entries({ anonymous, allowInsecureTls, pathStyle: options.pathStyle }))
		if (value !== undefined && typeof value !== "boolean") throw invalid(`${name} is true or false`);
	checkCredentials(credentials);
	if (anonymous && (credentials ?? profile) !== undefined)
		throw invalid("anonymous requests are not signed: leave out credentials and profile, or anonymous");
	const endpoint = endpointOf(options.endpoint);
	const concurrency = wholeNumber("concurrency", options.concurrency, 1) ?? DEFAULTS.concurrency;
	return {
		bucket,
		prefix: checkPrefix(prefix),
		endpoint,
		region,
		profile,
		credentials,
		anonymous: anonymous ?? false,
		pathStyle: options.pathStyle ?? endpoint !== undefined,
		ca: checkAuthorities(options.ca),
		allowInsecureTls: allowInsecureTls ?? false,
		timeout: wholeNumber("timeout", options.timeout, 1) ?? DEFAULTS.timeout,
		concurrency,
		metadataConcurrency: metadataConcurrencyOf(options.metadataConcurrency, concurrency),
		retries: wholeNumber("retries", options.retries, 0) ?? DEFAULTS.retries,
		multipart: checkMultipart(options.multipart),
		requests: checkRequests(options.requests),
	};
}

/** Never tells what it was given: that may be a secret in the wrong place. */
function checkCredentials(credentials: S3Options["credentials"]): void {
	if (credentials === undefined || typeof credentials === "function") return;
	const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
	const { accessKeyId, secretAccessKey, sessionToken } = credentials ?? {};
	if (isText(accessKeyId) && isText(secretAccessKey) && (sessionToken === undefined || isText(sessionToken))) return;
	throw invalid("credentials is { accessKeyId, secretAccessKey, sessionToken? }, or a function that gives such");
}

function checkAuthorities(ca: S3Options["ca"]): readonly string[] | undefined {
	if (ca === undefined) return undefined;
	const list = typeof ca === "string" ? [ca] : ca;
	if (Array.isArray(list) && list.length > 0 && list.every((entry) => typeof entry === "string" && entry !== ""))
		return list;
	throw invalid("ca is a certificate in PEM, or the path of a file of such, or a list of these");
}

function metadataConcurrencyOf(given: number | undefined, concurrency: number): number {
	const value = wholeNumber("metadataConcurrency", given, 1) ?? Math.max(concurrency, DEFAULTS.metadataConcurrency);
	if (value >= concurrency) return value;
	throw invalid(`metadataConcurrency (${value}) must be at least concurrency (${concurrency})`);
}

function checkMultipart(multipart: MultipartOptions = {}): Settings["multipart"] {
	if (typeof multipart !== "object" || multipart === null)
		throw invalid("multipart is { threshold, partSize, concurrency }");
	const unknown = Object.keys(multipart).find((name) => !["threshold", "partSize", "concurrency"].includes(name));
	if (unknown !== undefined)
		throw invalid(`multipart has no ${JSON.stringify(unknown)}: it has threshold, partSize, concurrency`);
	const partSize = wholeNumber("multipart.partSize", multipart.partSize, SMALLEST_PART) ?? 16 * MIB;
	if (partSize > LARGEST_PART) throw invalid(`multipart.partSize is at most ${LARGEST_PART} bytes`);
	return {
		threshold: wholeNumber("multipart.threshold", multipart.threshold, 1) ?? 64 * MIB,
		partSize,
		concurrency: wholeNumber("multipart.concurrency", multipart.concurrency, 1) ?? 4,
	};
}

function checkRequests(requests: S3Options["requests"] = "sdk"): Settings["requests"] {
	if (requests === "sdk" || requests === "lean") return requests;
	throw invalid(`requests is "sdk" or "lean", not ${JSON.stringify(requests)}`);
}

function wholeNumber(name: string, value: number | undefined, least: number): number | undefined {
	if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return value;
	throw invalid(`${name} is a whole number ≥ ${least}, not ${JSON.stringify(value)}`);
}

export function invalid(message: string, cause?: unknown): StoreError {
	return new StoreError("INVALID_ARGUMENT", message, { cause });
}
