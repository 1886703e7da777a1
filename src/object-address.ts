/**
 * Addresses of objects: `TARGET#KEY`, and for what is addressed by URL its own form, `s3://BUCKET/KEY`. A key is exact: nothing in it is escaped.
 */
import { formatAddress, parseAddress } from "./address.js";
import { StoreError } from "./errors.js";

/** What an address names: a store, and an object or directory in it. */
export interface ObjectAddress {
	/** What `connect` opens. Of `s3:` and `ceph:` the bucket alone. */
	readonly target: string;
	/** `""` is the whole store. */
	readonly key: string;
}

/** Perhaps behind the name of a cluster. The bucket may be left to the configuration: `CLUSTER:s3:///KEY`. */
const BUCKET = /^((?:[^:/\\]+:)?(?:s3|ceph):\/\/[^/]*)\/?(.*)$/is;
const HTTP = /^https?:\/\//i;

/**
 * Reads the address of an object, by the scheme of its target:
 * - `s3://BUCKET/KEY`, `ceph://BUCKET/KEY`, `CLUSTER:s3://BUCKET/KEY`: what stands behind the bucket is the key, `#` and `%` included.
 * - `https://HOST/PATH/NAME`: the last segment is the key, its escapes decoded, and the query stays with the target. With a `#` as below.
 * - any other, such as `file:DIR#KEY`: what stands behind the first `#` is the key. In the target `%23`, `%5B` and `%25` are decoded, as in
 *   addresses of datasets.
 * @throws StoreError INVALID_ARGUMENT
 */
export function parseObjectAddress(text: string): ObjectAddress {
	const [, bucket, rest] = BUCKET.exec(text) ?? [];
	if (bucket !== undefined) return { target: bucket, key: rest ?? "" };
	const hash = text.indexOf("#");
	if (hash >= 0) return { target: parseAddress(text.slice(0, hash)).target, key: text.slice(hash + 1) };
	return HTTP.test(text) ? parseUrl(text) : { target: parseAddress(text).target, key: "" };
}

/** The address in its one spelling: what {@link parseObjectAddress} reads as the same again. */
export function formatObjectAddress({ target, key }: ObjectAddress): string {
	if (BUCKET.test(target)) return `${target}/${key}`;
	const place = formatAddress({ target });
	return key === "" && !HTTP.test(target) ? place : `${place}#${key}`;
}

function parseUrl(text: string): ObjectAddress {
	if (!URL.canParse(text)) throw invalid(text, "write https://HOST/PATH/NAME");
	const url = new URL(text);
	const slash = url.pathname.lastIndexOf("/");
	const name = url.pathname.slice(slash + 1);
	url.pathname = url.pathname.slice(0, slash);
	try {
		return { target: url.href, key: decodeURIComponent(name) };
	} catch (cause) {
		throw invalid(text, '"%" in a URL is written %25', cause);
	}
}

function invalid(address: string, advice: string, cause?: unknown): StoreError {
	return new StoreError("INVALID_ARGUMENT", `${JSON.stringify(address)} is no address of an object: ${advice}`, {
		cause,
	});
}
