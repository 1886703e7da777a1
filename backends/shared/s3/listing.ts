import type { ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import type { ListEntry, ListOptions } from "../../../src/backend.js";
import { aborted, StoreError } from "../../../src/errors.js";
import type { Client } from "./client.js";
import { isKey } from "./keys.js";

/** Lists page by page; names come escaped, since not every one can stand in XML. */
export async function* listKeys(
	client: Client,
	prefix: string,
	{ delimiter, signal }: ListOptions,
): AsyncGenerator<ListEntry> {
	const root = client.settings.prefix;
	let token: string | undefined;
	const seen = new Set<string>();
	do {
		const page = await client.ask(
			{ what: "listed", key: prefix === "" ? undefined : prefix, signal },
			({ sdk, client: s3 }) => {
				const input = {
					Bucket: client.settings.bucket,
					Prefix: root + prefix,
					EncodingType: "url" as const,
					...(delimiter === undefined ? {} : { Delimiter: delimiter }),
					...(token === undefined ? {} : { ContinuationToken: token }),
				};
				return s3.send(new sdk.ListObjectsV2Command(input), { abortSignal: signal as AbortSignal });
			},
		);
		for (const entry of entriesOf(page, root)) {
			yield entry;
			if (signal?.aborted) throw aborted(signal);
		}
		token = page.IsTruncated ? (page.NextContinuationToken ?? "") : undefined;
		if (token !== undefined && (token === "" || seen.has(token))) throw goesInCircles(client);
		if (token !== undefined) seen.add(token);
	} while (token !== undefined);
}

function* entriesOf(page: ListObjectsV2CommandOutput, root: string): Generator<ListEntry> {
	const nameOf = page.EncodingType === "url" ? unescaped : (name: string): string => name;
	for (const { Key = "", Size = 0 } of page.Contents ?? []) {
		const key = nameOf(Key).slice(root.length);
		if (isKey(key)) yield { kind: "object", key, size: Size };
	}
	for (const { Prefix = "" } of page.CommonPrefixes ?? []) {
		const key = nameOf(Prefix).slice(root.length);
		if (isKey(key.slice(0, -1))) yield { kind: "prefix", key };
	}
}

/** Amazon writes a blank as `+`, others as `%20`. */
function unescaped(name: string): string {
	return decodeURIComponent(name.replaceAll("+", " "));
}

function goesInCircles(client: Client): StoreError {
	return new StoreError(
		"UNSUPPORTED",
		`the server does not list the bucket ${JSON.stringify(client.settings.bucket)} beyond the first page: what else there is cannot be found`,
	);
}
