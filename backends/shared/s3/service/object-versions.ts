import type { Readable } from "node:stream";
import type { ListObjectVersionsCommandOutput } from "@aws-sdk/client-s3";
import type { Etag } from "../../../../src/backend.js";
import { aborted, isStoreError, StoreError } from "../../../../src/errors.js";
import type { ObjectVersionEntry, ServiceCall } from "../../../../src/object-service.js";
import { storeErrorOf } from "../failures.js";
import { type Calls, causeOf } from "./calls.js";
import { copy } from "./copying.js";
import { unescaped } from "./names.js";

/** Page by page; of each key the current version first, then the others by their time. */
export async function* listVersions(
	calls: Calls,
	prefix: string,
	{ signal }: ServiceCall,
): AsyncGenerator<ObjectVersionEntry> {
	let marker: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | undefined = {};
	while (marker !== undefined) {
		const page: ListObjectVersionsCommandOutput = await listPage(calls, { prefix, marker, signal });
		for (const entry of entriesOf(page)) {
			if (signal?.aborted) throw aborted(signal);
			yield entry;
		}
		marker = nextOf(calls, page, marker);
	}
}

interface PageOf {
	readonly prefix: string;
	readonly marker: { readonly KeyMarker?: string; readonly VersionIdMarker?: string };
	readonly signal: AbortSignal | undefined;
}

function listPage(calls: Calls, { prefix, marker, signal }: PageOf): Promise<ListObjectVersionsCommandOutput> {
	const question = { operation: "list", what: "listed with its versions", key: prefix || undefined, signal } as const;
	const input = { ...calls.bucket, Prefix: prefix, EncodingType: "url" as const, ...marker };
	return calls.askPerhaps({ ...question, feature: "versioning of objects" }, ({ sdk, client }, options) =>
		client.send(new sdk.ListObjectVersionsCommand(input), options),
	);
}

/** @throws StoreError UNSUPPORTED where the server says that there is more and not where */
function nextOf(
	calls: Calls,
	{ IsTruncated, NextKeyMarker, NextVersionIdMarker, EncodingType }: ListObjectVersionsCommandOutput,
	last: PageOf["marker"],
): PageOf["marker"] | undefined {
	if (!IsTruncated) return undefined;
	const KeyMarker = NextKeyMarker === undefined ? undefined : named(NextKeyMarker, EncodingType);
	const isSame = KeyMarker === last.KeyMarker && NextVersionIdMarker === last.VersionIdMarker;
	if (KeyMarker === undefined || isSame)
		throw new StoreError("UNSUPPORTED", `${calls.location}: the server lists only a part of the versions`);
	return { KeyMarker, ...(NextVersionIdMarker !== undefined && { VersionIdMarker: NextVersionIdMarker }) };
}

/** Versions and deletions come as two lists. */
function entriesOf({
	Versions = [],
	DeleteMarkers = [],
	EncodingType,
}: ListObjectVersionsCommandOutput): ObjectVersionEntry[] {
	const entryOf = ({
		Key = "",
		VersionId = "null",
		IsLatest = false,
		LastModified,
	}: (typeof DeleteMarkers)[number]) => ({
		key: named(Key, EncodingType),
		version: VersionId,
		isLatest: IsLatest,
		modified: LastModified ?? new Date(0),
	});
	const entries = [
		...Versions.map((one) => ({ ...entryOf(one), isDeletion: false, size: one.Size ?? 0 })),
		...DeleteMarkers.map((one) => ({ ...entryOf(one), isDeletion: true, size: 0 })),
	];
	return entries.sort(
		(a, b) =>
			compareTexts(a.key, b.key) ||
			Number(b.isLatest) - Number(a.isLatest) ||
			b.modified.getTime() - a.modified.getTime(),
	);
}

function compareTexts(a: string, b: string): number {
	return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function named(key: string, encoding: string | undefined): string {
	return encoding === "url" ? unescaped(key) : key;
}

/**
 * The bytes of one version, as they come. Where the connection breaks they go on from there, since a version does not change.
 * @returns undefined where there is no such version, or it is a deletion
 */
export async function getVersion(
	calls: Calls,
	key: string,
	version: string,
	{ signal }: ServiceCall,
): Promise<ReadableStream<Uint8Array> | undefined> {
	const place = { key, version, signal };
	const first = await openVersion(calls, place, 0);
	if (first === undefined) return undefined;
	const pieces = piecesOf(calls, place, first);
	return new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				const { done, value } = await pieces.next();
				if (done) controller.close();
				else controller.enqueue(value);
			},
			async cancel() {
				await pieces.return(undefined);
			},
		},
		{ highWaterMark: 0 },
	);
}

interface Place {
	readonly key: string;
	readonly version: string;
	readonly signal: AbortSignal | undefined;
}

interface Opened {
	readonly body: Readable;
	/** Bytes that are to come. */
	readonly length: number;
}

/** Attempts that bring no byte further, one after another. */
const FRUITLESS = 5;

async function* piecesOf(calls: Calls, place: Place, first: Opened): AsyncGenerator<Uint8Array, undefined, undefined> {
	const size = first.length;
	let offset = 0;
	let opened: Opened | undefined = first;
	for (let fruitless = 0; ; ) {
		const before: number = offset;
		try {
			opened ??= await openVersion(calls, place, offset);
			if (opened === undefined) throw goneMeanwhile(place);
			for await (const piece of opened.body as AsyncIterable<Uint8Array>) {
				offset += piece.length;
				if (offset > size) throw wrongLength(place, size);
				yield piece;
			}
			if (offset === size) return undefined;
			throw wrongLength(place, size);
		} catch (error) {
			const told = storeErrorOf(error, { what: "read", key: place.key, signal: place.signal }, calls.settings);
			fruitless = offset > before ? 0 : fruitless + 1;
			if (!isPassing(told) || fruitless >= FRUITLESS) throw told;
		} finally {
			opened?.body.destroy();
			opened = undefined;
		}
	}
}

function isPassing(error: StoreError): boolean {
	return isStoreError(error, "UNAVAILABLE") || isStoreError(error, "TIMEOUT") || isStoreError(error, "THROTTLED");
}

async function openVersion(calls: Calls, { key, version, signal }: Place, offset: number): Promise<Opened | undefined> {
	const range = offset === 0 ? {} : { Range: `bytes=${offset}-` };
	const input = { ...calls.bucket, Key: key, VersionId: version, ...range };
	try {
		return await calls.find({ operation: "get", what: "read", key, signal }, async ({ sdk, client }, options) => {
			const output = await client.send(new sdk.GetObjectCommand(input), options);
			const isPart = output.$metadata.httpStatusCode === 206;
			if (offset > 0 && !isPart) {
				(output.Body as Readable).destroy();
				throw new StoreError(
					"UNSUPPORTED",
					`${JSON.stringify(key)}: the connection broke, and the server sends no rest`,
					{ key },
				);
			}
			return { body: output.Body as Readable, length: output.ContentLength ?? 0 };
		});
	} catch (error) {
		if (isNoVersion(error)) return undefined;
		throw error;
	}
}

/** Servers have many words for it; to read a deletion is not allowed as a method. */
function isNoVersion(error: unknown): boolean {
	const { name = "", status } = causeOf(error);
	return name === "NoSuchVersion" || status === 405 || (status === 400 && /version|InvalidArgument/i.test(name));
}

function goneMeanwhile({ key, version }: Place): StoreError {
	return new StoreError("NOT_FOUND", `the version ${version} of ${JSON.stringify(key)} was deleted while it was read`, {
		key,
	});
}

function wrongLength({ key }: Place, size: number): StoreError {
	return new StoreError(
		"UNAVAILABLE",
		`${JSON.stringify(key)} did not come as the ${size} bytes that it has: try again`,
		{ key },
	);
}

/** Copies an old version over what is there now, which becomes an old version itself. @throws StoreError NOT_FOUND */
export async function restoreVersion(
	calls: Calls,
	key: string,
	version: string,
	{ signal }: ServiceCall,
): Promise<Etag> {
	try {
		return await copy(calls, { key, version }, key, { signal });
	} catch (error) {
		if (!isNoVersion(error)) throw error;
		throw new StoreError(
			"NOT_FOUND",
			`there is no version ${version} of ${JSON.stringify(key)} that could be restored: list the versions`,
			{ key, cause: (error as Error).cause },
		);
	}
}

/** For ever. One that is not there is no error. */
export async function deleteVersion(
	calls: Calls,
	key: string,
	version: string,
	{ signal }: ServiceCall,
): Promise<void> {
	const input = { ...calls.bucket, Key: key, VersionId: version };
	try {
		await calls.ask({ operation: "delete", what: "deleted", key, signal }, ({ sdk, client }, options) =>
			client.send(new sdk.DeleteObjectCommand(input), options),
		);
	} catch (error) {
		const { name } = causeOf(error);
		if (name !== "NoSuchVersion" && name !== "NoSuchKey") throw error;
	}
}
