/** What a server can do, found out by doing it: what it answers to a condition says nothing about whether it minds the condition. */
import { StoreError } from "../../../src/errors.js";
import { checksumOf } from "./checksum.js";
import type { Client } from "./client.js";
import type { Condition } from "./condition.js";
import { failureOf } from "./failures.js";
import { deleteVersions } from "./scratch-versions.js";
import type { S3 } from "./sdk.js";
import { bare } from "./versions.js";

export interface Measured {
	readonly createIfAbsent: boolean;
	readonly compareAndSwap: boolean;
	/** Conditions name versions in quotes, as RFC 9110 has it; Ceph knows them without only. */
	readonly quotesEtags: boolean;
	readonly ranges: boolean;
	readonly suffixes: boolean;
	readonly bulkDelete: boolean;
	readonly verifiesChecksums: boolean;
}

/** Writers that race for one object: who checks and then writes lets several win. */
const RACERS = [1, 2, 3, 4];

/** Measures on objects of its own, which are deleted afterwards. @throws StoreError where that fails for other reasons: nothing is known then */
export async function measure(client: Client): Promise<Measured> {
	const scratch = new Scratch(client);
	return client.ask({ what: "probed", key: scratch.name.slice(client.settings.prefix.length) }, async (s3) => {
		const measuring = [
			measureCreation(scratch.at(s3, "create")),
			measureSwaps(scratch.at(s3, "swap")),
			measureRanges(scratch.at(s3, "range")),
			measureBulkDelete(scratch.at(s3, "bulk")),
			measureChecksums(scratch.at(s3, "sum")),
		] as const;
		// What is still on its way would come back after it was removed.
		await Promise.allSettled(measuring);
		await scratch.remove(s3);
		const [createIfAbsent, swaps, ranges, bulkDelete, verifiesChecksums] = await Promise.all(measuring);
		return { createIfAbsent, ...swaps, ...ranges, bulkDelete, verifiesChecksums };
	});
}

type Outcome = "done" | "refused" | "lost" | "unsupported";

interface Attempt {
	readonly outcome: Outcome;
	readonly etag: string;
	readonly body: string;
}

class Scratch {
	readonly name: string;
	readonly #bucket: string;
	readonly #used = new Set<string>();

	constructor({ settings }: Client) {
		this.name = `${settings.prefix}.tesserae-probe-${Math.random().toString(36).slice(2)}`;
		this.#bucket = settings.bucket;
	}

	at(s3: S3, part: string): ScratchObject {
		const name = `${this.name}-${part}`;
		this.#used.add(name);
		return new ScratchObject(s3, this.#bucket, name);
	}

	async remove(s3: S3): Promise<void> {
		const { sdk, client } = s3;
		let isKept = false;
		for (const name of this.#used) {
			const deletion = new sdk.DeleteObjectCommand({ Bucket: this.#bucket, Key: name });
			const answer = await client.send(deletion).catch(() => undefined);
			isKept ||= answer?.VersionId !== undefined;
		}
		if (isKept) await deleteVersions(s3, this.#bucket, this.name).catch(() => undefined);
	}
}

class ScratchObject {
	readonly s3: S3;
	readonly place: { readonly Bucket: string; readonly Key: string };

	constructor(s3: S3, bucket: string, name: string) {
		this.s3 = s3;
		this.place = { Bucket: bucket, Key: name };
	}

	async put(body: string, condition: Condition = {}): Promise<Attempt> {
		const { sdk, client } = this.s3;
		const bytes = new TextEncoder().encode(body);
		const input = { ...this.place, Body: bytes, ChecksumCRC32: checksumOf(bytes), ...condition };
		try {
			const { ETag } = await client.send(new sdk.PutObjectCommand(input));
			return { outcome: "done", etag: bare(ETag ?? ""), body };
		} catch (error) {
			return { outcome: outcomeOf(error), etag: "", body };
		}
	}

	async read(range?: string): Promise<{ readonly text: string; readonly status: number | undefined }> {
		const { sdk, client } = this.s3;
		const output = await client.send(
			new sdk.GetObjectCommand({ ...this.place, ...(range === undefined ? {} : { Range: range }) }),
		);
		return { text: (await output.Body?.transformToString()) ?? "", status: output.$metadata.httpStatusCode };
	}

	async exists(): Promise<boolean> {
		const { sdk, client } = this.s3;
		try {
			await client.send(new sdk.HeadObjectCommand(this.place));
			return true;
		} catch (error) {
			if (failureOf(error).status === 404) return false;
			throw error;
		}
	}
}

/** Servers refuse what they do not know in more than one way. */
const UNKNOWN_TO_IT = ["NotImplemented", "InvalidRequest", "InvalidArgument", "MethodNotAllowed"];

/** @throws the error itself where it says nothing about conditions */
function outcomeOf(error: unknown): Outcome {
	const { status = 0, name } = failureOf(error);
	if (UNKNOWN_TO_IT.includes(name) || status === 501 || status === 405) return "unsupported";
	if (name === "NoSuchKey" || status === 412 || status === 409) return "refused";
	if (status === 500) return "lost";
	throw error;
}

async function measureCreation(object: ScratchObject): Promise<boolean> {
	const create = (body: string): Promise<Attempt> => object.put(body, { IfNoneMatch: "*" });
	if (!(await hasOneWinner(object, create))) return false;
	return (await create("late")).outcome === "refused";
}

async function measureSwaps(object: ScratchObject): Promise<Pick<Measured, "compareAndSwap" | "quotesEtags">> {
	const [stale, current] = [await required(object.put("first")), await required(object.put("second"))];
	for (const quotesEtags of [true, false]) {
		const naming = (etag: string): Condition => ({ IfMatch: quotesEtags ? `"${etag}"` : etag });
		const swapped = await object.put("third", naming(current.etag));
		if (swapped.outcome === "refused") continue;
		const isMinded =
			swapped.outcome === "done" && (await object.put("fourth", naming(stale.etag))).outcome === "refused";
		const compareAndSwap = isMinded && (await hasOneWinner(object, (body) => object.put(body, naming(swapped.etag))));
		return { compareAndSwap, quotesEtags };
	}
	return { compareAndSwap: false, quotesEtags: true };
}

/** Of several who write on one condition at once, one does, and what it wrote is there. */
async function hasOneWinner(object: ScratchObject, write: (body: string) => Promise<Attempt>): Promise<boolean> {
	const racing = RACERS.map((n) => write(`racer ${n}`));
	await Promise.allSettled(racing);
	const attempts = await Promise.all(racing);
	const winners = attempts.filter(({ outcome }) => outcome === "done");
	const isUnsure = winners.length === 0 && attempts.every(({ outcome }) => outcome === "lost" || outcome === "refused");
	if (isUnsure) throw unsure();
	return winners.length === 1 && (await object.read()).text === winners[0]?.body;
}

async function measureRanges(object: ScratchObject): Promise<Pick<Measured, "ranges" | "suffixes">> {
	await required(object.put("0123456789"));
	const [part, end] = [await object.read("bytes=2-4"), await object.read("bytes=-3")];
	const ranges = part.status === 206 && part.text === "234";
	return { ranges, suffixes: ranges && end.status === 206 && end.text === "789" };
}

async function measureBulkDelete(object: ScratchObject): Promise<boolean> {
	const { sdk, client } = object.s3;
	const { Bucket, Key } = object.place;
	await required(object.put("to be deleted"));
	try {
		const Delete = { Quiet: true, Objects: [{ Key }, { Key: `${Key}-missing` }] };
		const { Errors = [] } = await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete }));
		return Errors.length === 0 && !(await object.exists());
	} catch (error) {
		const { status = 0 } = failureOf(error);
		if (status >= 400 && status < 500 && status !== 429) return false;
		if (status === 501) return false;
		throw error;
	}
}

/** Bytes with the checksum of others. */
async function measureChecksums(object: ScratchObject): Promise<boolean> {
	const { sdk, client } = object.s3;
	const sum = checksumOf(new TextEncoder().encode("others"));
	try {
		await client.send(new sdk.PutObjectCommand({ ...object.place, Body: "some", ChecksumCRC32: sum }));
		return false;
	} catch (error) {
		if (failureOf(error).status === 400) return true;
		throw error;
	}
}

async function required(put: Promise<Attempt>): Promise<Attempt> {
	const attempt = await put;
	if (attempt.outcome !== "done") throw unsure();
	return attempt;
}

function unsure(): StoreError {
	return new StoreError("UNAVAILABLE", "the server failed while its abilities were measured: try again");
}
