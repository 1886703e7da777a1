import {
	type ByteRange,
	conflict,
	type Etag,
	type Fetched,
	type GetOptions,
	type ObjectInfo,
	spanOf,
} from "../../../src/backend.js";
import { isStoreError } from "../../../src/errors.js";
import { readBody } from "./body.js";
import { verifyChecksum } from "./checksum.js";
import type { Client } from "./client.js";
import { failureOf } from "./failures.js";
import { storedName } from "./keys.js";
import { inLanes } from "./lanes.js";
import { contentRangeOf, cut, isEmpty, isRange, rangeHeader } from "./ranges.js";
import type { GetAnswer, GetInput } from "./requests.js";
import type { S3 } from "./sdk.js";
import { answered, etagOf, type Version, versionOf } from "./versions.js";

type Call = Pick<GetOptions, "signal" | "limit" | "ifMatch">;

/** Parts of one version. */
interface Found {
	readonly version: Version;
	readonly size: number;
	readonly modified: Date;
	readonly parts: readonly Uint8Array[];
}

/** Requests at once for the ranges of one `get`. */
const LANES = 8;
/** Times that ranges without `ifMatch` are asked for before the whole object is. */
const ATTEMPTS = 2;

/** Reads objects and parts of them, and learns on the way which ranges the server sends. */
export class Reader {
	/** Asked for a range, the server sent it; undefined before one was asked for. */
	sendsRanges: boolean | undefined;
	/** The same for ranges counted from the end. */
	sendsSuffixes: boolean | undefined;
	readonly #client: Client;

	constructor(client: Client) {
		this.#client = client;
	}

	/**
	 * Every range is a request of its own; their versions are compared. Where they differ everything is asked for again, and ranges of an object that
	 * goes on changing are cut from the whole of it.
	 */
	async get(key: string, { ranges, into, ...call }: GetOptions): Promise<Fetched | undefined> {
		if (ranges === undefined) return fetched(await this.#whole(key, call, into));
		for (const range of ranges) spanOf(range, 0);
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			const found = await this.#parts(key, ranges, call);
			if (found !== "mixed") return fetched(found);
		}
		if (call.ifMatch !== undefined) throw conflict(key);
		return fetched(await this.#cutFromWhole(key, ranges, call));
	}

	/** An answer to HEAD does not say why it is a refusal; that to GET does. */
	async head(key: string, { signal }: Pick<Call, "signal">): Promise<ObjectInfo | undefined> {
		try {
			return infoOf(await this.#head(key, { signal }));
		} catch (error) {
			if (!isStoreError(error, "FORBIDDEN") && !isStoreError(error, "UNSUPPORTED")) throw error;
			return infoOf(await this.#part(key, [{ offset: 0, length: 1 }], { signal }));
		}
	}

	async #head(key: string, { ifMatch, signal }: Call): Promise<Found | undefined> {
		const input = this.#inputFor(key);
		const found = await this.#client.find({ what: "looked for", key, signal }, async ({ sdk, client }) => {
			const output = await client.send(new sdk.HeadObjectCommand(input), { abortSignal: signal as AbortSignal });
			return foundIn(output, output.ContentLength ?? 0, []);
		});
		if (found !== undefined) checkVersion(key, found.version, ifMatch);
		return found;
	}

	async #whole(key: string, call: Call, into?: Uint8Array): Promise<Found | undefined> {
		const { limit, signal } = call;
		return this.#client.find({ what: "read", key, signal }, async (s3) => {
			const output = await this.#send(s3, key, call);
			const bytes = await bodyOf(output, { key, expected: output.ContentLength, limit, into });
			verifyChecksum(key, bytes, output);
			return foundIn(output, bytes.length, [bytes]);
		});
	}

	async #cutFromWhole(key: string, ranges: readonly ByteRange[], call: Call): Promise<Found | undefined> {
		const found = await this.#whole(key, call);
		return found && { ...found, parts: cut(found.parts[0] as Uint8Array, ranges, found.size) };
	}

	async #parts(key: string, ranges: readonly ByteRange[], call: Call): Promise<Found | "mixed" | undefined> {
		if (ranges.length === 0) return this.#head(key, call);
		if (this.sendsRanges) return joined(await inLanes(ranges, LANES, (range) => this.#part(key, [range], call)));
		// The server may send the whole object, which is to be fetched once, not once for each range.
		const first = await this.#part(key, ranges, call);
		if (first === undefined || first.parts.length === ranges.length) return first;
		return joined([first, ...(await inLanes(ranges.slice(1), LANES, (range) => this.#part(key, [range], call)))]);
	}

	/** The first of `ranges`, or all of them where the server sends the whole object. */
	async #part(key: string, ranges: readonly ByteRange[], call: Call): Promise<Found | undefined> {
		const range = ranges[0] as ByteRange;
		if (isEmpty(range)) return withParts(await this.#head(key, call), [new Uint8Array()]);
		const asked = await this.#askable(key, range, call);
		if (isEmpty(asked)) return withParts(await this.#head(key, call), [new Uint8Array()]);
		const found = await this.#client.find({ what: "read", key, signal: call.signal }, (s3) =>
			this.#askFor(s3, key, { ranges, asked, call }),
		);
		if (found === "beyond") return this.#beyond(key, range, call);
		if (found !== "unusable") return found;
		if (!("suffix" in range) || this.sendsSuffixes === false) return this.#cutFromWhole(key, ranges, call);
		this.sendsSuffixes = false;
		return this.#part(key, ranges, call);
	}

	/** Where the server does not count from the end, the size is asked for first. */
	async #askable(key: string, range: ByteRange, call: Call): Promise<ByteRange> {
		if (!("suffix" in range) || this.sendsSuffixes !== false) return range;
		const info = await this.#head(key, call);
		if (info === undefined) return range;
		const { start, end } = spanOf(range, info.size);
		return { offset: start, length: end - start };
	}

	async #askFor(
		s3: S3,
		key: string,
		{ ranges, asked, call }: { readonly ranges: readonly ByteRange[]; readonly asked: ByteRange; readonly call: Call },
	): Promise<Found | "beyond" | "unusable"> {
		const range = ranges[0] as ByteRange;
		const output = await this.#send(s3, key, call, rangeHeader(asked)).catch(beyondOrThrow);
		if (output === "beyond") return "beyond";
		if (output.$metadata.httpStatusCode === 200) return this.#cutFrom(output, key, ranges, call);
		const answer = contentRangeOf(output.ContentRange);
		if (answer === undefined || !isRange(answer, range)) {
			output.Body.destroy();
			return "unusable";
		}
		this.sendsRanges = true;
		if ("suffix" in asked) this.sendsSuffixes = true;
		const bytes = await bodyOf(output, { key, expected: answer.end - answer.start });
		return foundIn(output, answer.size, [bytes]);
	}

	/** The server ignored the range: what lies behind the last one wanted is not read. */
	async #cutFrom(output: GetAnswer, key: string, ranges: readonly ByteRange[], { limit }: Call): Promise<Found> {
		this.sendsRanges = false;
		const size = output.ContentLength;
		const enough = size && Math.max(...ranges.map((range) => spanOf(range, size).end));
		const bytes = await bodyOf(output, { key, expected: size, enough, limit });
		const whole = size ?? bytes.length;
		return foundIn(output, whole, cut(bytes, ranges, whole));
	}

	/** The server says that nothing is stored at `range`: right where that begins at the object's end or past it. */
	async #beyond(key: string, range: ByteRange, call: Call): Promise<Found | undefined> {
		const found = await this.#head(key, call);
		if (found === undefined) return undefined;
		const { start, end } = spanOf(range, found.size);
		return start === end ? { ...found, parts: [new Uint8Array()] } : this.#cutFromWhole(key, [range], call);
	}

	async #send({ requests }: S3, key: string, { ifMatch, signal }: Call, range?: string): Promise<GetAnswer> {
		const input: GetInput = {
			...this.#inputFor(key),
			...(range === undefined ? {} : { Range: range }),
			...(ifMatch === undefined ? {} : { IfMatch: conditionOf(key, ifMatch) }),
		};
		const output = await requests.get(input, signal);
		try {
			checkVersion(key, answered(output.ETag, output.Metadata), ifMatch);
		} catch (error) {
			output.Body.destroy();
			throw error;
		}
		return output;
	}

	#inputFor(key: string): { readonly Bucket: string; readonly Key: string } {
		const { bucket, prefix } = this.#client.settings;
		return { Bucket: bucket, Key: storedName(prefix, key) };
	}
}

function beyondOrThrow(error: unknown): "beyond" {
	if (failureOf(error).status === 416) return "beyond";
	throw error;
}

/** @throws StoreError CONFLICT for what cannot be a version */
function conditionOf(key: string, etag: Etag): string {
	const { stored } = versionOf(etag);
	if (!/^[\x21-\x7e]+$/.test(stored)) throw conflict(key);
	return stored.startsWith("W/") ? stored : `"${stored}"`;
}

/** Some servers ignore conditions. */
function checkVersion(key: string, version: Version, ifMatch: Etag | undefined): void {
	if (ifMatch !== undefined && version.stored !== versionOf(ifMatch).stored) throw conflict(key);
}

function bodyOf(output: GetAnswer, room: Parameters<typeof readBody>[1]): Promise<Uint8Array> {
	return readBody(output.Body, room);
}

function foundIn(
	{ ETag, Metadata, LastModified }: Pick<GetAnswer, "ETag" | "Metadata" | "LastModified">,
	size: number,
	parts: readonly Uint8Array[],
): Found {
	return { version: answered(ETag, Metadata), size, parts, modified: LastModified ?? new Date(0) };
}

function withParts(found: Found | undefined, parts: readonly Uint8Array[]): Found | undefined {
	return found && { ...found, parts };
}

/** The parts as one answer; mixed where they are of several versions. */
function joined(found: readonly (Found | undefined)[]): Found | "mixed" | undefined {
	const first = found[0];
	if (found.some((part) => part?.version.stored !== first?.version.stored)) return "mixed";
	return first && { ...first, parts: found.flatMap((part) => part?.parts ?? []) };
}

function fetched(found: Found | undefined): Fetched | undefined {
	return found && { parts: found.parts, etag: etagOf(found.version), size: found.size };
}

function infoOf(found: Found | undefined): ObjectInfo | undefined {
	if (found === undefined) return undefined;
	const { version, size, modified } = found;
	return { etag: etagOf(version), size, modified, writes: version.writes };
}
