import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SignatureV4 } from "@smithy/signature-v4";
import type { S3Service } from "../services/services.js";

/** A request as it went by. */
export interface Seen {
	/** `GET`, `PUT`, …; `LIST`, `DELETE MANY`, `CREATE BUCKET` for what S3 does by one of these. */
	readonly kind: string;
	/** Of the object: without the bucket. */
	readonly key: string;
	readonly headers: IncomingHttpHeaders;
}

/** What may be done with a request instead of handing it on: anything, where it returns true. */
type Interfere = (seen: Seen, response: ServerResponse, incoming: IncomingMessage) => boolean;

export interface CountingProxy extends S3Service {
	/** Every request since the last call. */
	take(): Seen[];
	/** What was done how often since the last call. */
	counts(): Record<string, number>;
	/** Headers to leave out of what is handed on, which is then signed anew. */
	strip: readonly string[];
	interfere: Interfere;
	stop(): Promise<void>;
}

/** A server between a client and a service, that counts and can get in the way. */
export async function startProxy(service: S3Service): Promise<CountingProxy> {
	let seen: Seen[] = [];
	const target = new URL(service.endpoint);
	const server = createServer((incoming, response) => {
		const one = { ...describe(incoming), headers: incoming.headers };
		seen.push(one);
		if (proxy.interfere(one, response, incoming)) return;
		void headersFor(incoming, proxy).then((headers) => {
			const { method, url: path } = incoming;
			const onward = request({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
				response.writeHead(answer.statusCode ?? 500, answer.headers);
				answer.pipe(response);
				answer.on("error", () => response.destroy());
			});
			onward.on("error", () => response.destroy());
			incoming.pipe(onward);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const take = (): Seen[] => {
		const taken = seen;
		seen = [];
		return taken;
	};
	const proxy: CountingProxy = {
		endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		secondEndpoint: undefined,
		credentials: service.credentials,
		strip: [],
		interfere: () => false,
		take,
		counts: () => countsOf(take()),
		async stop() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return proxy;
}

async function headersFor(
	incoming: IncomingMessage,
	{ strip, credentials }: CountingProxy,
): Promise<IncomingHttpHeaders> {
	const all = incoming.headers;
	if (!strip.some((name) => name in all)) return all;
	const { authorization, ...others } = Object.fromEntries(
		Object.entries(all).filter(([name]) => !strip.includes(name)),
	);
	const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://host");
	const signer = new SignatureV4({
		credentials,
		region: "us-east-1",
		service: "s3",
		sha256: Sha256 as never,
		uriEscapePath: false,
	});
	const { headers } = await signer.sign({
		method: incoming.method ?? "GET",
		protocol: "http:",
		hostname: "host",
		path: pathname,
		query: Object.fromEntries(searchParams),
		headers: { ...(others as Record<string, string>), "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
	});
	return headers;
}

/** The digest that signatures are made of, as the signer wants it. */
class Sha256 {
	readonly #hash: Hash | Hmac;

	constructor(secret?: string | Uint8Array) {
		this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret);
	}

	update(data: string | Uint8Array): void {
		this.#hash.update(data);
	}

	async digest(): Promise<Uint8Array> {
		return this.#hash.digest();
	}

	reset(): void {}
}

function describe({ method = "GET", url = "/" }: IncomingMessage): Pick<Seen, "kind" | "key"> {
	const { pathname, searchParams } = new URL(url, "http://host");
	const key = decodeURIComponent(pathname.split("/").slice(2).join("/"));
	if (searchParams.has("list-type")) return { kind: "LIST", key: searchParams.get("prefix") ?? "" };
	if (searchParams.has("delete")) return { kind: "DELETE MANY", key };
	if (searchParams.has("uploads")) return { kind: "BEGIN PARTS", key };
	if (searchParams.has("partNumber")) return { kind: "PUT PART", key };
	if (searchParams.has("uploadId")) return { kind: method === "DELETE" ? "ABORT PARTS" : "COMPLETE PARTS", key };
	return { kind: key === "" ? `${method} BUCKET` : method, key };
}

function countsOf(seen: readonly Seen[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { kind } of seen) counts[kind] = (counts[kind] ?? 0) + 1;
	return counts;
}
