/** What kind of target a text is, by how it is written alone. */

/** A target in its parts: `CLUSTER:SCHEME:REST`. */
export interface Place {
	/** The cluster of the configuration file, as in `CLUSTER:s3://BUCKET`. */
	readonly cluster?: string | undefined;
	/** In lower case; undefined for a bare name. */
	readonly scheme: string | undefined;
	/** What follows the colon, or the bare name. */
	readonly rest: string;
}

/** `SCHEME://…` and `CLUSTER:SCHEME://…`. Names of files have no colon before two slashes: a single letter there is a drive. */
const URL_LIKE = /^(?:([^:/\\]+):)?([A-Za-z][A-Za-z0-9+.-]+):(\/\/.*)$/s;
/** A single letter is a drive, not a scheme. */
const SCHEMED = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s;

/** True for `SCHEME://…` and `CLUSTER:SCHEME://…`. */
export function isUrl(target: string): boolean {
	return URL_LIKE.test(target);
}

/** True where the text itself says what opens it: it is no name of a file. */
export function hasScheme(target: string): boolean {
	return SCHEMED.test(target) || URL_LIKE.test(target);
}

/**
 * `file:./x` → `file`, `./x`; `a:s3://b/c` → cluster `a`, `s3`, `//b/c`.
 * @param isBackend what has a backend of its own opens also what looks like a URL behind it, unless that is one of a cluster
 */
export function splitTarget(target: string, isBackend: (scheme: string) => boolean): Place {
	const [, cluster, scheme = "", rest = ""] = URL_LIKE.exec(target) ?? [];
	if (cluster !== undefined && (isClusterScheme(scheme) || !isBackend(cluster.toLowerCase())))
		return { cluster, scheme: scheme.toLowerCase(), rest };
	const [, plain, tail] = SCHEMED.exec(target) ?? [];
	if (plain === undefined || tail === undefined) return { scheme: undefined, rest: target };
	return { scheme: plain.toLowerCase(), rest: tail };
}

/** Those of which clusters of the configuration file are told apart. */
export function isClusterScheme(scheme: string | undefined): boolean {
	return /^(?:s3|ceph)$/i.test(scheme ?? "");
}
