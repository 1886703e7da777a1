import type { ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { compareKeys, type ListEntry, type ListOptions } from "../../../src/backend.js";
import { aborted, StoreError } from "../../../src/errors.js";
import type { Client } from "./client.js";
import { isKey } from "./keys.js";

/**
 * Lists page by page; names come escaped, since not every one can stand in XML.
 * @throws StoreError UNSUPPORTED where the server gives no next page, or is to begin after a key and does not list in order
 */
export async function* listKeys(client: Client, prefix: string, options: ListOptions): AsyncGenerator<ListEntry> {
	const { after, signal } = options;
	let last = after;
	let token: string | undefined;
	do {
		const page = await listPage(client, prefix, { ...options, token });
		for (const entry of entriesOf(page, client.settings.prefix)) {
			// What is folded into one entry begins after the key that ends it.
			if (entry.key === after) continue;
			if (last !== undefined && compareKeys(entry.key, last) <= 0) client.listsInOrder = false;
			if (after !== undefined && !client.listsInOrder) throw incomplete(client);
			last = entry.key;
			yield entry;
			if (signal?.aborted) throw aborted(signal);
		}
		const next = page.IsTruncated ? (page.NextContinuationToken ?? "") : undefined;
		if (next === "" || (next !== undefined && next === token)) throw incomplete(client);
		token = next;
	} while (token !== undefined);
}

interface PageOptions extends ListOptions {
	/** Where the page before ended. */
	readonly token: string | undefined;
}

function listPage(
	client: Client,
	prefix: string,
	{ delimiter, after, token, signal }: PageOptions,
): Promise<ListObjectsV2CommandOutput> {
	const root = client.settings.prefix;
	const asked = { what: "listed", key: prefix === "" ? undefined : prefix, signal };
	return client.ask(asked, ({ sdk, client: s3 }) => {
		const input = {
			Bucket: client.settings.bucket,
			Prefix: root + prefix,
			EncodingType: "url" as const,
			...(delimiter === undefined ? {} : { Delimiter: delimiter }),
			...(after === undefined ? {} : { StartAfter: root + after }),
			...(token === undefined ? {} : { ContinuationToken: token }),
		};
		return s3.send(new sdk.ListObjectsV2Command(input), { abortSignal: signal as AbortSignal });
	});
}

/** Objects and folded prefixes, which come as two lists, as one. */
function entriesOf(page: ListObjectsV2CommandOutput, root: string): ListEntry[] {
	const keyOf = (name: string): string => (page.EncodingType === "url" ? unescaped(name) : name).slice(root.length);
	const entries: ListEntry[] = [];
	for (const { Key = "", Size = 0 } of page.Contents ?? [])
		entries.push({ kind: "object", key: keyOf(Key), size: Size });
	const prefixes = page.CommonPrefixes ?? [];
	for (const { Prefix = "" } of prefixes) entries.push({ kind: "prefix", key: keyOf(Prefix) });
	if (prefixes.length > 0) entries.sort((a, b) => compareKeys(a.key, b.key));
	return entries.filter(({ kind, key }) => isKey(kind === "prefix" ? key.slice(0, -1) : key));
}

/** Amazon writes a blank as `+`, others as `%20`. */
function unescaped(name: string): string {
	return decodeURIComponent(name.replaceAll("+", " "));
}

function incomplete(client: Client): StoreError {
	return new StoreError(
		"UNSUPPORTED",
		`the server lists only a part of the bucket ${JSON.stringify(client.settings.bucket)}: what else is there cannot be found`,
	);
}
