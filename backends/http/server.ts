import { aborted, isStoreError, StoreError } from "../../src/errors.js";
import { invalid, type Settings } from "./options.js";

export interface Request {
	readonly method?: "GET" | "HEAD" | undefined;
	/** The header of that name. */
	readonly range?: string | undefined;
	/** Past every cache on the way. */
	readonly fresh?: boolean | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** Asks for objects of one store, and says in the terms of `Backend` what went wrong. */
export class Server {
	readonly #settings: Settings;

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/** True in a page of another origin, which is shown few headers of an answer, and must ask leave to send unusual ones. */
	get isForeign(): boolean {
		const page = (globalThis as { readonly location?: { readonly origin: string } }).location;
		return page !== undefined && page.origin !== new URL(this.#settings.base).origin;
	}

	/**
	 * Sends a request, and hands the answer to `use`, which reads its body or leaves it; undefined where there is no such object.
	 * @param use sees the status codes 200, where a range was asked for 206 and 416 as well, and those in `also`
	 */
	async ask<T>(
		key: string,
		request: Request,
		use: (response: Response) => Promise<T>,
		also: readonly number[] = request.range === undefined ? [] : [206, 416],
	): Promise<T | undefined> {
		try {
			const response = await this.#settings.fetch(this.#urlOf(key), this.#init(request));
			try {
				if (response.status === 200 || also.includes(response.status)) return await use(response);
				if (this.#settings.missing.has(response.status)) return undefined;
				throw refusal(key, response, this.#settings.location);
			} finally {
				if (response.body?.locked === false) await response.body.cancel();
			}
		} catch (error) {
			throw this.#failureOf(error, key, request.signal);
		}
	}

	#init({ method = "GET", range, fresh = false, signal }: Request): RequestInit & { readonly cache: string } {
		const headers = new Headers(this.#settings.headers);
		// Ranges are of the object's own bytes, so nobody on the way may compress them. Browsers do not let us say so, and say it themselves.
		headers.set("accept-encoding", "identity");
		if (range !== undefined) headers.set("range", range);
		return { method, headers, cache: fresh ? "no-cache" : "default", ...(signal === undefined ? {} : { signal }) };
	}

	#urlOf(key: string): string {
		try {
			return `${this.#settings.base}/${key.split("/").map(encodeURIComponent).join("/")}${this.#settings.query}`;
		} catch (cause) {
			throw invalid(`${JSON.stringify(key)} cannot be part of a URL: it is no well-formed text`, cause);
		}
	}

	#failureOf(error: unknown, key: string, signal: AbortSignal | undefined): StoreError {
		if (signal?.aborted) return aborted(signal);
		if (isStoreError(error))
			return error.key === undefined ? new StoreError(error.code, `${key}: ${error.message}`, { key }) : error;
		const advice = this.isForeign ? "; a page may read from another origin only what its server allows by CORS" : "";
		return new StoreError(
			error instanceof RangeError ? "TOO_LARGE" : "UNAVAILABLE",
			`${key} could not be read from ${this.#settings.location} (${reasonOf(error)})${advice}`,
			{ key, cause: error },
		);
	}
}

/** `fetch` says little itself; the system's own error is its cause. */
function reasonOf(error: unknown): string {
	const { message, cause } = error as Error;
	if (!(cause instanceof Error)) return message;
	return `${message}: ${cause.message || String((cause as { readonly code?: unknown }).code)}`;
}

/** What a status code that is neither success nor absence means. */
function refusal(key: string, { status, statusText }: Response, location: string): StoreError {
	const answer = `${location} answered ${`${status} ${statusText}`.trim()} for ${key}`;
	if (status === 403)
		return new StoreError(
			"FORBIDDEN",
			`${answer}: pass headers: { authorization: "…" }, or missing: [403] where that is its answer for what is not there`,
			{ key },
		);
	if (status === 401) return new StoreError("FORBIDDEN", `${answer}: pass headers: { authorization: "…" }`, { key });
	if (status >= 500 || status === 408 || status === 425 || status === 429)
		return new StoreError("UNAVAILABLE", `${answer}: try again later`, { key });
	return new StoreError("UNSUPPORTED", `${answer}: expected is 200, or 404 for what is not there`, { key });
}
