/**
 * GET and PUT of objects without the SDK's layers, which take four times the processor time of the request itself: headers are put together here,
 * signed by the SDK's own signer, and sent over the same connections. Where the bucket is, and who asks, the SDK says once.
 */
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SignatureV4 } from "@smithy/signature-v4";
import { StoreError } from "../../../src/errors.js";
import { getAnswerOf, refusalOf, textOf } from "./lean-answers.js";
import type { Settings } from "./options.js";
import type { GetInput, PutInput, Requests } from "./requests.js";
import type { Sdk, Wiring } from "./sdk.js";
import type { Answer } from "./transport.js";
import { escaped } from "./uri.js";

const [EMPTY_SHA256, UNSIGNED] = [createHash("sha256").digest("hex"), "UNSIGNED-PAYLOAD"];

interface Request {
	readonly method: "GET" | "PUT";
	readonly key: string;
	readonly headers: Record<string, string>;
	readonly body?: Uint8Array | undefined;
	readonly signal: AbortSignal | undefined;
}

type Send = (request: Request) => Promise<Answer["response"]>;

/** @throws StoreError UNSUPPORTED where the bucket wants another kind of signature, or the signer is not installed; what the SDK fails with */
export async function leanRequests(
	sdk: Sdk,
	client: S3Client,
	{ settings, wiring }: { readonly settings: Settings; readonly wiring: Wiring },
): Promise<Requests> {
	const bucket = await placeOf(sdk, client, settings.bucket);
	const signer = settings.anonymous ? undefined : await newSigner(client, bucket);
	const send: Send = async ({ method, key, headers, body, signal }) => {
		const { url, host, path } = bucket;
		const place = { ...url, method, path: `${path}/${key.split("/").map(escaped).join("/")}` };
		const unsigned = { ...place, query: {}, headers: { host, ...headers } };
		const signed = signer === undefined ? unsigned : await signer.sign(unsigned);
		const question = { ...place, headers: signed.headers, body };
		return (await wiring.transport.handle(question, { abortSignal: signal })).response;
	};
	return {
		get: (input, signal) => get(send, input, signal),
		put: (input, signal) => put(send, { ...input, isProtected: wiring.isProtected() }, signal),
	};
}

async function get(send: Send, { Key, Range, IfMatch }: GetInput, signal: AbortSignal | undefined) {
	const headers: Record<string, string> = { "x-amz-content-sha256": EMPTY_SHA256 };
	if (Range === undefined) headers["x-amz-checksum-mode"] = "ENABLED";
	else headers.range = Range;
	if (IfMatch !== undefined) headers["if-match"] = IfMatch;
	const response = await send({ method: "GET", key: Key, headers, signal });
	if (isSuccess(response)) return getAnswerOf(response);
	throw refusalOf(response, await textOf(response.body));
}

async function put(
	send: Send,
	{
		Key,
		Body,
		Metadata,
		ChecksumCRC32,
		IfMatch,
		IfNoneMatch,
		isProtected,
	}: PutInput & { readonly isProtected: boolean },
	signal: AbortSignal | undefined,
) {
	const headers: Record<string, string> = {
		"content-type": "application/octet-stream",
		"content-length": String(Body.length),
		"x-amz-checksum-crc32": ChecksumCRC32,
		"x-amz-content-sha256": isProtected ? UNSIGNED : createHash("sha256").update(Body).digest("hex"),
	};
	for (const [name, value] of Object.entries(Metadata)) headers[`x-amz-meta-${name}`] = value;
	if (IfMatch !== undefined) headers["if-match"] = IfMatch;
	if (IfNoneMatch !== undefined) headers["if-none-match"] = IfNoneMatch;
	const response = await send({ method: "PUT", key: Key, headers, body: Body, signal });
	const text = await textOf(response.body);
	if (!isSuccess(response)) throw refusalOf(response, text);
	// S3 may begin an answer before it knows how the request ends.
	if (text.endsWith("</Error>")) throw refusalOf({ ...response, statusCode: 503 }, text);
	return { ETag: response.headers.etag };
}

function isSuccess({ statusCode }: Answer["response"]): boolean {
	return statusCode >= 200 && statusCode < 300;
}

interface BucketPlace {
	readonly url: { readonly protocol: string; readonly hostname: string; readonly port?: number };
	/** The header: with the port, where that is not the usual one. */
	readonly host: string;
	/** Without a slash at its end. */
	readonly path: string;
	/** For signatures. */
	readonly region: string;
}

interface Endpoint {
	readonly url: URL;
	readonly properties?: {
		readonly authSchemes?: readonly {
			readonly name: string;
			readonly signingName?: string;
			readonly signingRegion?: string;
		}[];
	};
}

/** Where the SDK would send a request for an object of the bucket. It is not sent. */
async function placeOf(sdk: Sdk, client: S3Client, bucket: string): Promise<BucketPlace> {
	let endpoint: Endpoint | undefined;
	const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: "tesserae" });
	command.middlewareStack.add(
		(_, context) => async () => {
			endpoint = (context as { readonly endpointV2?: Endpoint }).endpointV2;
			return { output: { $metadata: {} }, response: undefined };
		},
		{ step: "build", priority: "low", name: "tesseraePlace" },
	);
	await client.send(command);
	const scheme = endpoint?.properties?.authSchemes?.[0];
	if (endpoint === undefined || scheme?.name !== "sigv4" || scheme.signingName !== "s3")
		throw new StoreError("UNSUPPORTED", `the bucket ${JSON.stringify(bucket)} wants requests: "sdk"`);
	const { protocol, hostname, port, host, pathname } = endpoint.url;
	const region = scheme.signingRegion ?? (await client.config.region());
	const url = { protocol, hostname, ...(port === "" ? {} : { port: Number(port) }) };
	return { url, host, path: pathname.replace(/\/$/, ""), region };
}

async function newSigner(client: S3Client, { region }: BucketPlace): Promise<SignatureV4> {
	const { SignatureV4 } = await loadSigner();
	const { credentials } = client.config;
	return new SignatureV4({
		credentials,
		region,
		service: "s3",
		sha256: Sha256,
		uriEscapePath: false,
		applyChecksum: false,
	});
}

async function loadSigner(): Promise<typeof import("@smithy/signature-v4")> {
	try {
		return await import("@smithy/signature-v4");
	} catch (cause) {
		const { code } = cause as { readonly code?: unknown };
		if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
		const name = "@smithy/signature-v4";
		throw new StoreError("UNSUPPORTED", `requests: "lean" needs the package ${name}: npm install ${name}`, { cause });
	}
}

/** SHA-256, and HMAC of it, as the signer wants them. */
class Sha256 {
	readonly #secret: Source | undefined;
	#hash: Hash | Hmac;

	constructor(secret?: Source) {
		this.#secret = secret;
		this.#hash = begun(secret);
	}

	update(data: Source): void {
		this.#hash.update(known(data));
	}

	async digest(): Promise<Uint8Array> {
		return this.#hash.digest();
	}

	reset(): void {
		this.#hash = begun(this.#secret);
	}
}

type Source = string | ArrayBuffer | ArrayBufferView;

function begun(secret: Source | undefined): Hash | Hmac {
	return secret === undefined ? createHash("sha256") : createHmac("sha256", known(secret));
}

function known(source: Source): string | Uint8Array {
	if (typeof source === "string" || source instanceof Uint8Array) return source;
	return source instanceof ArrayBuffer
		? new Uint8Array(source)
		: new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}
