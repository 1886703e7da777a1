import { type ByteRange, conflict, type Fetched, type GetOptions, type ObjectInfo, spanOf } from "../../src/backend.js";
import { expectedOf, isEncoded, isRange, isStrong, lengthOf, rangeHeader, totalOf, versionOf } from "./answers.js";
import { readBody } from "./body.js";
import type { Request, Server } from "./server.js";

type Call = Pick<Request, "fresh" | "signal"> & Pick<GetOptions, "limit">;

/** Parts of one version. */
type Found = ObjectInfo & Pick<Fetched, "parts">;

/** Requests at once for the ranges of one `get`. */
const LANES = 8;

/** Reads objects and parts of them, and learns on the way what the server can do. */
export class Reader {
	/** Asked for a range, the server sent it; undefined before one was asked for. */
	sendsRanges: boolean | undefined;
	/** The last object came with a strong entity tag. */
	tagsStrongly: boolean | undefined;
	readonly #server: Server;

	constructor(server: Server) {
		this.#server = server;
	}

	/**
	 * Every range is a request of its own, and a cache may hold another version than the server. So versions are compared, and where they
	 * differ everything is asked for again, past the caches. Ranges of an object that goes on changing are then cut from the whole of it.
	 */
	async get(key: string, options: GetOptions): Promise<Fetched | undefined> {
		const { ranges, ifMatch, into, signal, limit } = options;
		for (const range of ranges ?? []) spanOf(range, 0);
		for (const fresh of options.fresh ? [true] : [false, true]) {
			const found = ranges
				? await this.#parts(key, ranges, { fresh, signal, limit })
				: await this.#whole(key, { fresh, signal, limit }, into);
			if (found === undefined) return undefined;
			if (found !== "mixed" && (ifMatch ?? found.etag) === found.etag) return fetched(found);
		}
		if (ifMatch !== undefined) throw conflict(key);
		const whole = await this.#whole(key, { fresh: true, signal, limit });
		return whole && fetched(cut(whole, ranges ?? []));
	}

	async head(key: string, call: Call): Promise<ObjectInfo | undefined> {
		const info = await this.#head(key, call);
		if (info !== "untold") return info;
		const found = await this.#part(key, [{ offset: 0, length: 1 }], call);
		return found && { etag: found.etag, size: found.size, modified: found.modified };
	}

	async #parts(key: string, ranges: readonly ByteRange[], call: Call): Promise<Found | "mixed" | undefined> {
		if (ranges.length === 0) return withParts(await this.head(key, call), []);
		if (this.sendsRanges) return joined(await inLanes(ranges, (range) => this.#part(key, [range], call)));
		// The server may send the whole object, which is to be fetched once, not once for each range.
		const first = await this.#part(key, ranges, call);
		if (first === undefined || first.parts.length === ranges.length) return first;
		return joined([first, ...(await inLanes(ranges.slice(1), (range) => this.#part(key, [range], call)))]);
	}

	/** The first of `ranges`, or all of them where the server sends the whole object. */
	async #part(key: string, ranges: readonly ByteRange[], call: Call): Promise<Found | undefined> {
		const range = ranges[0] as ByteRange;
		if (isEmpty(range)) return withParts(await this.head(key, call), [new Uint8Array()]);
		const request = { ...call, range: rangeHeader(await this.#askable(key, range, call)) };
		const found = await this.#server.ask(key, request, (response) => this.#partsOf(response, key, ranges, call));
		if (found !== "unusable") return found;
		const whole = await this.#whole(key, call);
		return whole && cut(whole, ranges);
	}

	/** To count from the end a page must ask the server of another origin for leave, which few give: the size is asked for instead. */
	async #askable(key: string, range: ByteRange, call: Call): Promise<ByteRange> {
		if (!("suffix" in range && this.#server.isForeign)) return range;
		const info = await this.#head(key, call);
		return info === undefined || info === "untold" ? range : { offset: spanOf(range, info.size).start };
	}

	/** What an answer to the request for the first of `ranges` holds; unusable where it is not sure to be that range. */
	async #partsOf(
		response: Response,
		key: string,
		ranges: readonly ByteRange[],
		call: Call,
	): Promise<Found | "unusable"> {
		const { status, headers, body } = response;
		const range = ranges[0] as ByteRange;
		if (status === 200) return this.#cutFrom(response, key, ranges, call);
		if (status === 416) return this.#beyond(key, range, call);
		this.sendsRanges = true;
		if (isEncoded(headers)) return "unusable";
		const bytes = await readBody(key, body, { expected: expectedOf(response) });
		const info = totalOf(headers) ?? (await this.#head(key, call));
		const size = typeof info === "object" ? info.size : info;
		if (typeof size !== "number" || !isRange(headers, bytes.length, range, size)) return "unusable";
		return this.#found(response, size, [bytes]);
	}

	/** The server says that nothing is stored at `range`: true where that begins at the object's end or past it. */
	async #beyond(key: string, range: ByteRange, call: Call): Promise<Found | "unusable"> {
		const info = await this.#head(key, call);
		if (typeof info !== "object") return "unusable";
		const { start, end } = spanOf(range, info.size);
		return start === end ? { ...info, parts: [new Uint8Array()] } : "unusable";
	}

	/** The server ignored the range: what lies behind the last one wanted is not read. */
	async #cutFrom(response: Response, key: string, ranges: readonly ByteRange[], { limit }: Call): Promise<Found> {
		this.sendsRanges = false;
		const size = expectedOf(response);
		const enough = size && Math.max(...ranges.map((range) => spanOf(range, size).end));
		const bytes = await readBody(key, response.body, { expected: size, enough, limit });
		return cut(this.#found(response, size ?? bytes.length, [bytes]), ranges);
	}

	async #whole(key: string, call: Call, into?: Uint8Array): Promise<Found | undefined> {
		return this.#server.ask(key, call, async (response) => {
			const bytes = await readBody(key, response.body, { expected: expectedOf(response), into, limit: call.limit });
			return this.#found(response, bytes.length, [bytes]);
		});
	}

	/** Untold: the server does not answer HEAD, or keeps the size to itself. */
	async #head(key: string, call: Call): Promise<ObjectInfo | "untold" | undefined> {
		const use = async (response: Response): Promise<ObjectInfo | "untold"> => {
			const size = response.ok ? lengthOf(response.headers) : undefined;
			return size === undefined ? "untold" : this.#found(response, size, []);
		};
		return this.#server.ask(key, { ...call, method: "HEAD" }, use, [405, 501]);
	}

	#found({ headers }: Response, size: number, parts: readonly Uint8Array[]): Found {
		this.tagsStrongly = isStrong(headers.get("etag"));
		return { ...versionOf(headers, size), parts };
	}
}

function isEmpty(range: ByteRange): boolean {
	return ("suffix" in range ? range.suffix : range.length) === 0;
}

function withParts(info: ObjectInfo | undefined, parts: readonly Uint8Array[]): Found | undefined {
	return info && { ...info, parts };
}

/** Copies, so that a small part keeps no large object in memory. */
function cut({ parts: [bytes], ...info }: Found, ranges: readonly ByteRange[]): Found {
	const parts = ranges.map((range) => {
		const { start, end } = spanOf(range, info.size);
		return (bytes as Uint8Array).slice(start, end);
	});
	return { ...info, parts };
}

/** The parts as one answer; mixed where they are of several versions. */
function joined(found: readonly (Found | undefined)[]): Found | "mixed" | undefined {
	const first = found[0];
	if (found.some((part) => part?.etag !== first?.etag)) return "mixed";
	return first && { ...first, parts: found.flatMap((part) => part?.parts ?? []) };
}

function fetched({ parts, etag, size }: Found): Fetched {
	return { parts, etag, size };
}

/** Runs `work` for every item, some at a time; after a failure for no more of them. */
async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
	const results = new Array<R>(items.length);
	let next = 0;
	const lane = async (): Promise<void> => {
		while (next < items.length) {
			const i = next++;
			results[i] = await work(items[i] as T).catch((error: unknown) => {
				next = items.length;
				throw error;
			});
		}
	};
	await Promise.all(Array.from({ length: Math.min(LANES, items.length) }, lane));
	return results;
}
