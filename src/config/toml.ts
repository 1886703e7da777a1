import { parse, TomlError } from "smol-toml";
import { nearestTo } from "../unknown-options.js";
import { type CacheSettings, type Cluster, type Contents, defined, fault } from "./configuration.js";
import { hidden } from "./credentials.js";
import * as kinds from "./kinds.js";
import { lineOf } from "./toml-lines.js";

/** Arrays and tables within each other. */
const MAX_DEPTH = 32;

/** The document, and what knows its places. */
interface Document {
	readonly file: string;
	readonly toml: string;
	/** Makes the path of a file, which the document may give relative to itself, absolute. */
	readonly pathOf: (path: string) => string;
}

/**
 * Reads a configuration in TOML 1.0. Everything in it is checked, used or not.
 * @throws StoreError INVALID_ARGUMENT naming file, line and member, never a value
 */
export function readToml(document: Document): Contents {
	const root = membersOf(parsed(document), ROOT, [], document);
	const clusters = new Map<string, Cluster>();
	for (const [name, table] of Object.entries(root.clusters ?? {})) clusters.set(name, clusterOf(name, table, document));
	const { default_cluster: defaultCluster } = root;
	if (defaultCluster !== undefined && !clusters.has(defaultCluster))
		throw wrong(document, ["default_cluster"], `names no cluster of this file: it has ${listed(clusters.keys())}`);
	const log = membersOf(root.log ?? {}, LOG, ["log"], document);
	return {
		file: document.file,
		clusters,
		defaultCluster,
		log: { level: log.level, meterEvery: log.meter_every },
		cache: root.cache && cacheOf(root.cache, document),
		warnings: [],
	};
}

/** A message of the parser shows the lines around what is wrong, and they may hold keys: only its first line is passed on, and no cause. */
function parsed({ file, toml }: Document): Table {
	try {
		return parse(toml, { maxDepth: MAX_DEPTH });
	} catch (error) {
		if (!(error instanceof TomlError)) throw fault(file, undefined, "is no TOML document");
		const [first = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
		throw fault(file, error.line, `is no TOML, from column ${error.column} on: ${first}`);
	}
}

interface Table {
	readonly [name: string]: unknown;
}

interface Kinds {
	readonly [name: string]: kinds.Kind<unknown>;
}

type Members<K extends Kinds> = { readonly [name in keyof K]?: kinds.KindValue<K[name]> };

const table: kinds.Kind<Table> = {
	words: "a table",
	read: (value) => (Object.getPrototypeOf(value ?? 0) === null && !Array.isArray(value) ? (value as Table) : undefined),
};

const ROOT = { default_cluster: kinds.text, clusters: table, log: table, cache: table };

const LOG = { level: kinds.logLevel, meter_every: kinds.countOrNone };

const CLUSTER = {
	backend: kinds.oneOf("s3", "ceph", "ram"),
	endpoint: kinds.endpoint,
	region: kinds.text,
	access_key_id: kinds.text,
	secret_access_key: kinds.text,
	session_token: kinds.text,
	profile: kinds.text,
	env: kinds.oneOf("oss"),
	anonymous: kinds.flag,
	path_style: kinds.flag,
	ca: kinds.text,
	allow_insecure_tls: kinds.flag,
	concurrency: kinds.count,
	metadata_concurrency: kinds.count,
	memory: kinds.size,
	timeout: kinds.count,
	retries: kinds.countOrNone,
	write_safety: kinds.oneOf("compare-and-swap", "single-writer"),
};

const CACHE = {
	memory: kinds.size,
	page_size: kinds.size,
	consistency: kinds.oneOf("immutable", "etag", "ttl"),
	ttl: kinds.count,
	disk: table,
	memcached: table,
};
const DISK = { path: kinds.text, size: kinds.size, min_free: kinds.size };
const MEMCACHED = { servers: kinds.texts, timeout: kinds.count };

/** The members of a table, each of its kind. @throws StoreError INVALID_ARGUMENT on a member that there is not, naming the nearest */
function membersOf<K extends Kinds>(members: Table, known: K, path: readonly string[], document: Document): Members<K> {
	const read = Object.entries(members).map(([name, value]) => {
		const kind = Object.hasOwn(known, name) ? known[name] : undefined;
		if (kind === undefined) throw unknownMember(name, Object.keys(known), path, document);
		const wanted = kind.read(value);
		if (wanted === undefined) throw wrong(document, [...path, name], `is ${kind.words}`);
		return [name, wanted];
	});
	return Object.fromEntries(read) as Members<K>;
}

function unknownMember(name: string, known: readonly string[], path: readonly string[], document: Document) {
	const nearest = nearestTo(name, known);
	const meant = nearest === undefined ? "" : ` (is ${nearest} meant?)`;
	const of = path.length === 0 ? "a configuration" : `[${path.join(".")}]`;
	const line = lineOf(document.toml, [...path, name]);
	return fault(document.file, line, `unknown member ${JSON.stringify(name)}${meant}: ${of} has ${known.join(", ")}`);
}

function wrong({ file, toml }: Document, path: readonly string[], text: string) {
	return fault(file, lineOf(toml, path), `${path.join(".")} ${text}`);
}

function clusterOf(name: string, value: unknown, document: Document): Cluster {
	const path = ["clusters", name];
	if (!kinds.isClusterName(name))
		throw wrong(document, path, "names a cluster that no target can name: leave out blanks and : / \\ # [");
	const found = table.read(value);
	if (found === undefined) throw wrong(document, path, `is a table: write [clusters.${name}]`);
	const members = membersOf(found, CLUSTER, path, document);
	checkTogether(members, path, document);
	const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken } = members;
	const hasKeys = accessKeyId !== undefined && secretAccessKey !== undefined;
	const options = {
		endpoint: members.endpoint,
		region: members.region,
		credentials: hasKeys ? hidden({ accessKeyId, secretAccessKey, sessionToken }) : undefined,
		profile: members.profile,
		anonymous: members.anonymous,
		pathStyle: members.path_style,
		ca: members.ca === undefined ? undefined : document.pathOf(members.ca),
		allowInsecureTls: members.allow_insecure_tls,
		concurrency: members.concurrency,
		metadataConcurrency: members.metadata_concurrency,
		memory: members.memory,
		timeout: members.timeout,
		retries: members.retries,
		writeSafety: members.write_safety,
	};
	return { name, backend: members.backend, env: members.env, options: defined(options) };
}

/** Who one is, is said in one way. */
function checkTogether(members: Members<typeof CLUSTER>, path: readonly string[], document: Document): void {
	const { access_key_id: id, secret_access_key: secret, session_token: token } = members;
	const complain = (member: string, text: string) => wrong(document, [...path, member], text);
	if (id === undefined && secret !== undefined) throw complain("secret_access_key", "needs access_key_id beside it");
	if (id !== undefined && secret === undefined) throw complain("access_key_id", "needs secret_access_key beside it");
	if (id === undefined && token !== undefined)
		throw complain("session_token", "needs access_key_id and secret_access_key beside it");
	const ways = (["access_key_id", "profile", "env", "anonymous"] as const).filter((way) => members[way] || false);
	if (ways.length > 1) throw complain(ways[1] as string, `contradicts ${ways[0]}: one of them says who you are`);
	const { concurrency, metadata_concurrency: metadataConcurrency } = members;
	if (concurrency !== undefined && metadataConcurrency !== undefined && metadataConcurrency < concurrency)
		throw complain("metadata_concurrency", "is at least concurrency");
}

function cacheOf(value: Table, document: Document): CacheSettings {
	const cache = membersOf(value, CACHE, ["cache"], document);
	const disk = cache.disk && membersOf(cache.disk, DISK, ["cache", "disk"], document);
	const memcached = cache.memcached && membersOf(cache.memcached, MEMCACHED, ["cache", "memcached"], document);
	return defined({
		memory: cache.memory,
		pageSize: cache.page_size,
		consistency: cache.consistency,
		ttl: cache.ttl,
		disk: disk && defined({ path: disk.path && document.pathOf(disk.path), size: disk.size, minFree: disk.min_free }),
		memcached: memcached && defined(memcached),
	});
}

function listed(names: Iterable<string>): string {
	return [...names].join(", ") || "none";
}
