import { aborted, StoreError } from "../errors.js";
import { formatJson } from "../format/json.js";
import { jsonFromUser } from "../format/json-from-user.js";

type Piece = Uint8Array | ArrayBuffer | string;

/**
 * What can be put: bytes (any view or buffer, its bytes as they lie in memory), text (as UTF-8), a Blob, or a stream of such pieces: a web
 * stream, a Node stream, an async generator.
 */
export type ObjectBody = ArrayBufferView | ArrayBuffer | string | Blob | ReadableStream<Piece> | AsyncIterable<Piece>;

export interface Body {
	readonly bytes: Uint8Array;
	/** Made here, so that the store may keep them. */
	readonly owned: boolean;
}

export interface BodyOptions {
	/** Bytes that a stream may bring. */
	readonly limit: number;
	readonly signal?: AbortSignal | undefined;
}

/** A body that is in memory already; undefined where it must be waited for. @throws StoreError INVALID_ARGUMENT where it is none */
export function bodyInMemory(key: string, body: unknown): Body | undefined {
	if (typeof body === "string") return { bytes: utf8(body), owned: true };
	if (ArrayBuffer.isView(body))
		return { bytes: new Uint8Array(body.buffer, body.byteOffset, body.byteLength), owned: false };
	if (body instanceof ArrayBuffer) return { bytes: new Uint8Array(body), owned: false };
	if (isStream(body) || body instanceof Blob) return undefined;
	throw new StoreError(
		"INVALID_ARGUMENT",
		`${JSON.stringify(key)} is put from bytes, text, a Blob or a stream of these, not from ${kindOf(body)}: for values of JSON add { as: "json" }`,
		{ key },
	);
}

/** A value as JSON, integers of any size exact. @throws StoreError INVALID_ARGUMENT naming what JSON cannot hold */
export function jsonBody(value: unknown): Body {
	return { bytes: utf8(formatJson(jsonFromUser(value, "value"), 0)), owned: true };
}

/**
 * Collects a Blob or a stream.
 * @throws StoreError TOO_LARGE, ABORTED; what the stream throws
 */
export async function collectBody(key: string, body: unknown, options: BodyOptions): Promise<Body> {
	if (!(body instanceof Blob)) return { bytes: await collect(key, piecesOf(body), options), owned: true };
	if (body.size > options.limit) throw tooLarge(key, options.limit);
	return { bytes: new Uint8Array(await unlessAborted(() => body.arrayBuffer(), options.signal)), owned: true };
}

async function collect(
	key: string,
	pieces: AsyncIterator<unknown>,
	{ limit, signal }: BodyOptions,
): Promise<Uint8Array> {
	const collected: Uint8Array[] = [];
	let size = 0;
	let ended = false;
	try {
		for (;;) {
			const { done, value } = await unlessAborted(() => pieces.next(), signal);
			ended = done === true;
			if (ended) return concatenate(collected, size);
			const bytes = pieceBytes(key, value);
			size += bytes.byteLength;
			if (size > limit) throw tooLarge(key, limit);
			collected.push(bytes);
		}
	} finally {
		// Not waited for: a source that is stuck would hold up the error.
		if (!ended) pieces.return?.()?.catch(() => {});
	}
}

/** A copy: many sources use their buffer again for the next piece. */
function pieceBytes(key: string, piece: unknown): Uint8Array {
	const body = bodyInMemory(key, piece);
	if (body === undefined)
		throw new StoreError("INVALID_ARGUMENT", `a stream for ${JSON.stringify(key)} brings bytes or text`, { key });
	return body.owned ? body.bytes : new Uint8Array(body.bytes);
}

function concatenate(pieces: readonly Uint8Array[], size: number): Uint8Array {
	const [first] = pieces;
	if (pieces.length === 1 && first !== undefined) return first;
	const whole = new Uint8Array(size);
	let at = 0;
	for (const piece of pieces) {
		whole.set(piece, at);
		at += piece.byteLength;
	}
	return whole;
}

/** The result of `step`, unless the signal comes first: a source may never answer. */
async function unlessAborted<T>(step: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (signal === undefined) return step();
	if (signal.aborted) throw aborted(signal);
	let leave = (): void => {};
	const abort = new Promise<never>((_, reject) => {
		const onAbort = (): void => reject(aborted(signal));
		signal.addEventListener("abort", onAbort, { once: true });
		leave = () => signal.removeEventListener("abort", onAbort);
	});
	try {
		return await Promise.race([step(), abort]);
	} finally {
		leave();
	}
}

function isStream(body: unknown): body is ReadableStream | AsyncIterable<unknown> {
	if (typeof body !== "object" || body === null) return false;
	return Symbol.asyncIterator in body || typeof (body as { getReader?: unknown }).getReader === "function";
}

/** Not every browser can iterate over web streams. */
function piecesOf(body: unknown): AsyncIterator<unknown> {
	const stream = body as ReadableStream & Partial<AsyncIterable<unknown>>;
	if (typeof stream[Symbol.asyncIterator] === "function") return stream[Symbol.asyncIterator]();
	const reader = (stream as ReadableStream<unknown>).getReader();
	return {
		next: () => reader.read() as Promise<IteratorResult<unknown>>,
		return: async () => {
			await reader.cancel();
			return { done: true, value: undefined };
		},
	};
}

/** @throws StoreError INVALID_ARGUMENT where the text has half a surrogate pair, which UTF-8 cannot hold */
function utf8(text: string): Uint8Array<ArrayBuffer> {
	if (/\p{Surrogate}/u.test(text))
		throw new StoreError("INVALID_ARGUMENT", "the text has half a surrogate pair, which UTF-8 cannot hold: put bytes");
	return new TextEncoder().encode(text);
}

function tooLarge(key: string, limit: number): StoreError {
	return new StoreError(
		"TOO_LARGE",
		`what is put as ${JSON.stringify(key)} has more than ${limit} bytes, and a put holds it in memory: give more ({ limit }, or memory of connect), or put it as several objects`,
		{ key },
	);
}

function kindOf(value: unknown): string {
	if (value === null || value === undefined) return String(value);
	return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
