import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import type { Backend, BackendSpec } from "../../../src/backend.js";
import { limit } from "../../../src/wrap/limit.js";
import { retry } from "../../../src/wrap/retry.js";
import { checkOptionNames } from "../options.js";
import { checkOptions, invalid, OPTIONS, type S3Options, type Settings } from "./options.js";
import { S3Store } from "./store.js";

/**
 * A backend over what `options` name.
 * @param reopening what opens the store again elsewhere, where credentials were given that cannot travel
 * @throws StoreError INVALID_ARGUMENT
 */
export function s3Backend(name: "s3" | "ceph", options: S3Options, reopening?: BackendSpec): Backend {
	const settings = checkOptions(options);
	if (settings.allowInsecureTls) warnOfInsecureTls(settings);
	const spec = specOf(name, settings) ?? reopening;
	const store = new S3Store({ name, location: locationOf(settings), spec }, settings);
	const { concurrency, metadataConcurrency, retries } = settings;
	return retries === 0 ? store : retry(limit(store, { concurrency, metadataConcurrency }), { attempts: retries + 1 });
}

/** What the connection knows that the backend takes. */
export interface FromConnection extends Pick<S3Options, "concurrency" | "metadataConcurrency"> {
	readonly spec?: BackendSpec | undefined;
}

/** What `open` of both backends does with `//BUCKET/PREFIX`. @throws StoreError INVALID_ARGUMENT on an unknown option, listing the known ones */
export function optionsOf(
	name: "s3" | "ceph",
	target: string,
	{ asked, ...options }: { readonly [name: string]: unknown; readonly asked: FromConnection },
): S3Options {
	checkOptionNames(name, options, OPTIONS);
	const [, bucket, prefix = ""] = /^\/\/([^/]+)(?:\/(.*))?$/s.exec(target) ?? [];
	if (bucket === undefined)
		throw invalid(`${JSON.stringify(`${name}:${target}`)} names no bucket: write ${name}://BUCKET/PREFIX`);
	const { concurrency, metadataConcurrency } = asked;
	return { ...options, concurrency, metadataConcurrency, bucket, prefix };
}

/** The same for both backends, which may be opened over one place. */
function locationOf({ bucket, prefix, endpoint }: Settings): string {
	const place = `s3://${bucket}/${prefix}`.replace(/\/$/, "");
	return endpoint === undefined ? place : `${place} (${endpoint})`;
}

/**
 * Of the store as it is, since the wrappers around it add themselves. Without the credentials, which never travel: whoever opens the store again has
 * their own, or is served by this thread.
 */
function specOf(name: string, { credentials, ...options }: Settings): BackendSpec | undefined {
	if (credentials !== undefined) return undefined;
	const prefix = options.prefix.slice(0, -1);
	return { module: `tesserae/backends/${name}`, factory: name, options: { ...options, prefix, retries: 0 } };
}

const WARNED = "tesserae: insecure TLS";

/** Once in a process, its threads included as far as they begin later. */
function warnOfInsecureTls({ endpoint = "Amazon S3" }: Settings): void {
	if (getEnvironmentData(WARNED) === true) return;
	setEnvironmentData(WARNED, true);
	process.emitWarning(
		`certificates of ${endpoint} are not checked (allowInsecureTls), so anybody on the way can read and change what is sent: pass ca instead`,
		{ type: "TesseraeWarning", code: "INSECURE_TLS" },
	);
}
