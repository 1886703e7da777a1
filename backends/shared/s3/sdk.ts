/** Amazon's SDK, loaded by the first request, and set up so that it does what this backend asks and nothing by itself. */
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { StoreError } from "../../../src/errors.js";
import type { S3Credentials, Settings } from "./options.js";
import { prepareHeaders } from "./request-headers.js";
import type { Requests } from "./requests.js";
import type { Transport } from "./transport.js";

export type Sdk = typeof import("@aws-sdk/client-s3");

/** The SDK with a client: what requests are made with. */
export interface S3 {
	readonly sdk: Sdk;
	readonly client: S3Client;
	/** GET and PUT of objects. */
	readonly requests: Requests;
}

/** @throws StoreError UNSUPPORTED, naming the package to install */
export async function loadSdk(): Promise<Sdk> {
	try {
		return await import("@aws-sdk/client-s3");
	} catch (cause) {
		const { code } = cause as { readonly code?: unknown };
		if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
		const name = "@aws-sdk/client-s3";
		throw new StoreError("UNSUPPORTED", `the backends s3 and ceph need the package ${name}: npm install ${name}`, {
			cause,
		});
	}
}

/** What a client needs beside its settings. */
export interface Wiring {
	readonly transport: Transport;
	/** Whether bytes are protected on their way without being signed. */
	isProtected(): boolean;
}

export function newClient(sdk: Sdk, settings: Settings, { transport, isProtected }: Wiring): S3Client {
	const client = new sdk.S3Client({
		...regionOf(settings),
		...credentialsOf(settings),
		...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
		...(settings.profile === undefined ? {} : { profile: settings.profile }),
		forcePathStyle: settings.pathStyle,
		requestHandler: transport as unknown as NonNullable<S3ClientConfig["requestHandler"]>,
		// Whoever called tries again; the checksums that the SDK would add by itself make streams of bodies, which Ceph refuses.
		maxAttempts: 1,
		requestChecksumCalculation: "WHEN_REQUIRED",
		responseChecksumValidation: "WHEN_REQUIRED",
		...UNTYPED,
	});
	prepareHeaders(client, isProtected);
	return client;
}

/**
 * Settings that the SDK reads and its types do not have: no round trip before a body, a wrong clock is told and not guessed at, and files of
 * credentials are read again by every new client.
 */
const UNTYPED = {
	expectContinueHeader: false,
	disableClockSkewCorrection: true,
	ignoreCache: true,
} as Partial<S3ClientConfig>;

/** Services other than Amazon's seldom mind the region, and are often used without one. */
function regionOf({ region, endpoint, profile }: Settings): Pick<S3ClientConfig, "region"> {
	const { AWS_REGION, AWS_DEFAULT_REGION, AWS_PROFILE } = process.env;
	const known = region ?? AWS_REGION ?? AWS_DEFAULT_REGION;
	if (known !== undefined) return { region: known };
	return endpoint === undefined || (profile ?? AWS_PROFILE) !== undefined ? {} : { region: "us-east-1" };
}

function credentialsOf({ anonymous, credentials }: Settings): Pick<S3ClientConfig, "credentials" | "signer"> {
	if (anonymous) {
		const none = { accessKeyId: "", secretAccessKey: "" };
		return { credentials: none, signer: { sign: async (request) => request } };
	}
	if (credentials === undefined) return {};
	return {
		credentials: typeof credentials === "function" ? async () => defined(await credentials()) : defined(credentials),
	};
}

function defined({ accessKeyId, secretAccessKey, sessionToken, expiration }: S3Credentials): Required<
	Pick<S3Credentials, "accessKeyId" | "secretAccessKey">
> & {
	sessionToken?: string;
	expiration?: Date;
} {
	return {
		accessKeyId,
		secretAccessKey,
		...(sessionToken === undefined ? {} : { sessionToken }),
		...(expiration === undefined ? {} : { expiration }),
	};
}

/** What must not be told to anybody of the credentials in use. */
export async function secretsOf({ client }: Pick<S3, "client">): Promise<readonly string[]> {
	try {
		const { secretAccessKey, sessionToken } = await client.config.credentials();
		return [secretAccessKey, sessionToken ?? ""].filter((secret) => secret !== "");
	} catch {
		return [];
	}
}
