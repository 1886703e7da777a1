/** HTTP as the SDK is to speak it: over connections of our own, whose silence is noticed at any moment, and whose answers are handed on as they come. */
import { readFileSync } from "node:fs";
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { StoreError } from "../../../src/errors.js";
import type { Settings } from "./options.js";
import { escaped } from "./uri.js";

/** What the SDK asks for. */
interface Question {
	readonly protocol: string;
	readonly hostname: string;
	readonly port?: number | undefined;
	readonly method: string;
	readonly path: string;
	readonly query?: { readonly [name: string]: string | readonly string[] | null } | undefined;
	readonly headers: { readonly [name: string]: string };
	readonly body?: Uint8Array | string | undefined;
}

export interface Answer {
	readonly response: {
		readonly statusCode: number;
		readonly reason: string | undefined;
		readonly headers: { readonly [name: string]: string };
		readonly body: IncomingMessage;
	};
}

/** The part of an HTTP handler that the SDK calls. */
export interface Transport {
	readonly metadata: { readonly handlerProtocol: string };
	handle(question: Question, options?: { readonly abortSignal?: AbortSignal | undefined }): Promise<Answer>;
	updateHttpClientConfig(): void;
	httpHandlerConfigs(): object;
	destroy(): void;
}

/** No byte came or went for the time that was allowed. */
class SilenceError extends Error {
	override readonly name = "TimeoutError";

	constructor(timeout: number) {
		super(`nothing came or went for ${timeout} ms`);
	}
}

type Limits = Pick<Settings, "timeout" | "ca" | "allowInsecureTls" | "concurrency" | "metadataConcurrency">;

export function transport(settings: Limits): Transport {
	const { timeout, metadataConcurrency } = settings;
	const common = { keepAlive: true, maxSockets: metadataConcurrency, timeout, scheduling: "lifo" } as const;
	const agents = {
		"http:": new HttpAgent(common),
		"https:": new HttpsAgent({ ...common, rejectUnauthorized: !settings.allowInsecureTls, ...trusted(settings.ca) }),
	};
	return {
		metadata: { handlerProtocol: "http/1.1" },
		handle: (question, { abortSignal } = {}) => ask(question, { agents, timeout, signal: abortSignal }),
		updateHttpClientConfig() {},
		httpHandlerConfigs: () => ({}),
		destroy() {
			for (const agent of Object.values(agents)) agent.destroy();
		},
	};
}

/** @throws StoreError INVALID_ARGUMENT where a file cannot be read */
function trusted(ca: readonly string[] | undefined): { readonly ca?: string[] } {
	if (ca === undefined) return {};
	return { ca: ca.map((entry) => (entry.includes("-----BEGIN") ? entry : readAuthorities(entry))) };
}

function readAuthorities(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (cause) {
		throw new StoreError("INVALID_ARGUMENT", `ca: the file ${path} cannot be read (${(cause as Error).message})`, {
			cause,
		});
	}
}

interface Line {
	readonly agents: { readonly "http:": HttpAgent; readonly "https:": HttpsAgent };
	readonly timeout: number;
	readonly signal: AbortSignal | undefined;
}

function ask(question: Question, { agents, timeout, signal }: Line): Promise<Answer> {
	const { protocol, hostname, port, method, path, query, headers, body } = question;
	const options = {
		host: hostname.replace(/^\[|\]$/g, ""),
		method,
		path: path + queryOf(query),
		headers,
		timeout,
		...(port === undefined ? {} : { port }),
	};
	return new Promise((resolve, reject) => {
		const sent =
			protocol === "https:"
				? requestHttps({ ...options, agent: agents["https:"] })
				: requestHttp({ ...options, agent: agents["http:"] });
		// Whoever reads the body hears of what happens to it then.
		let taken: ClientRequest | IncomingMessage = sent;
		const onAbort = (): void => void taken.destroy(abortion());
		sent.on("response", (response) => {
			taken = response;
			resolve({ response: answerOf(response) });
		});
		sent.on("timeout", () => taken.destroy(new SilenceError(timeout)));
		sent.on("error", reject);
		sent.on("close", () => signal?.removeEventListener("abort", onAbort));
		signal?.addEventListener("abort", onAbort, { once: true });
		if (signal?.aborted) onAbort();
		else if (body === undefined) sent.end();
		else sent.end(body);
	});
}

function answerOf(response: IncomingMessage): Answer["response"] {
	const headers: Record<string, string> = {};
	for (const [name, value] of Object.entries(response.headers))
		if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ");
	return { statusCode: response.statusCode ?? 0, reason: response.statusMessage, headers, body: response };
}

function abortion(): Error {
	return Object.assign(new Error("the request was cancelled"), { name: "AbortError" });
}

/** As it was signed. */
function queryOf(query: Question["query"] = {}): string {
	const pairs = Object.entries(query).flatMap(([name, value]) =>
		(Array.isArray(value) ? value : [value ?? ""]).map((one) => `${escaped(name)}=${escaped(String(one))}`),
	);
	return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
