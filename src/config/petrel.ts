/** The `.conf` file of the Petrel OSS SDK, as far as it has a meaning here. */
import type { LogLevel } from "../log.js";
import { nearestTo } from "../unknown-options.js";
import { type CacheSettings, type Cluster, type Contents, defined, fault } from "./configuration.js";
import { hidden } from "./credentials.js";
import { type Ini, parseIni, type Section } from "./ini.js";
import { Values } from "./interpolate.js";
import * as kinds from "./kinds.js";

/** Sections that are no clusters, in any case. */
const OTHERS = ["cache", "mc", "dfs"];

/** What the keys of `[DEFAULT]` and of clusters mean. Those without a meaning here are known all the same, so that nobody is warned of them. */
const KNOWN = [
	...["host_base", "endpoint_url", "access_key", "secret_key", "session_token", "region", "anonymous", "verify_ssl"],
	...["address_style", "boto", "fake", "enable_mc", "enable_cache", "enable_mem_cache", "default_cluster"],
	...["count_disp", "console_log_level", "log_level", "mc_server_list_path", "mc_client_config_path", "mc_key_cb"],
	...["debug_mc", "file_log_level", "file_log_max_bytes", "file_log_backup_count", "log_file_path", "get_retry_max"],
	...["enable_mem_trace", "s3_cpp_log_level", "cpp_multipart_threads", "cpp_multipart_chunk_size", "conf", "keyring"],
	...["name", "cluster", "uid"],
];

interface Document {
	readonly file: string;
	readonly source: string;
	/** Makes the path of a file, which the document may give relative to itself, absolute. */
	readonly pathOf: (path: string) => string;
}

/**
 * Reads a configuration of the Petrel OSS SDK. A cluster without keys is not anonymous, as it is there: `anonymous = True` says so; and
 * certificates are verified unless `verify_ssl = False` is written.
 * @throws StoreError INVALID_ARGUMENT naming file, line and key, never a value
 */
export function readPetrel({ file, source, pathOf }: Document): Contents {
	const ini = parseIni(file, source);
	const general = new Reader(file, ini, undefined);
	const readers = [...ini.sections].map(([name, section]) => ({ name, read: new Reader(file, ini, section) }));
	const ofClusters = readers.filter(({ name }) => !OTHERS.includes(name.toLowerCase()));
	const clusters = new Map(ofClusters.map(({ name, read }) => [name, clusterOf(file, name, ini, read)]));
	const defaultCluster = general.text("default_cluster");
	if (defaultCluster !== undefined && !clusters.has(defaultCluster))
		throw general.wrong(
			"default_cluster",
			`names no cluster of this file: it has ${[...clusters.keys()].join(", ") || "none"}`,
		);
	const cached = ofClusters.filter(({ read }) =>
		["enable_mc", "enable_cache", "enable_mem_cache"].some((key) => read.flag(key)),
	);
	const tier =
		readers.find(({ name }) => name.toLowerCase() === "cache") ??
		readers.find(({ name }) => name.toLowerCase() === "mc");
	return {
		file,
		clusters,
		defaultCluster,
		log: { level: levelOf(general), meterEvery: general.count("count_disp") },
		cache: cached.length === 0 ? undefined : cacheOf(tier?.read ?? general, cached, pathOf),
		warnings: unknownKeys(file, ini, [general, ...readers.map(({ read }) => read)]),
	};
}

/** The values that one section sees, by kind. */
class Reader {
	readonly values: Values;

	constructor(file: string, { defaults }: Ini, section: Section | undefined) {
		this.values = new Values(file, (key) => section?.entries.get(key) ?? defaults.get(key));
	}

	/** Undefined where the key is missing or empty. */
	text(key: string): string | undefined {
		const value = this.values.get(key) || undefined;
		if (value === undefined) return undefined;
		if (/\s[#;]/.test(value))
			throw this.wrong(key, "has a comment behind it, which would belong to its value: give it a line of its own");
		if (kinds.text.read(value) === undefined)
			throw this.wrong(key, `is ${kinds.text.words}, without control characters`);
		return value;
	}

	/** As Python's `getboolean` reads it. */
	flag(key: string): boolean | undefined {
		const value = this.text(key)?.toLowerCase();
		if (value === undefined) return undefined;
		if (["1", "yes", "true", "on"].includes(value)) return true;
		if (["0", "no", "false", "off"].includes(value)) return false;
		throw this.wrong(key, "is True or False");
	}

	count(key: string): number | undefined {
		const value = this.text(key);
		if (value === undefined) return undefined;
		const whole = kinds.countOrNone.read(/^\d+$/.test(value) ? Number(value) : undefined);
		if (whole === undefined) throw this.wrong(key, `is ${kinds.countOrNone.words}`);
		return whole;
	}

	wrong(key: string, text: string) {
		return this.values.fault(key, ` ${text}`);
	}
}

function clusterOf(file: string, name: string, { sections }: Ini, read: Reader): Cluster {
	const line = sections.get(name)?.line;
	if (!kinds.isClusterName(name))
		throw fault(file, line, `[${name}] is a cluster that no target can name: leave out blanks and : / \\ # [`);
	const isFake = read.flag("fake") ?? false;
	const endpoint = endpointOf(read);
	if (endpoint === undefined && !isFake) throw fault(file, line, `[${name}] has neither host_base nor endpoint_url`);
	const [accessKeyId, secretAccessKey] = [read.text("access_key"), read.text("secret_key")];
	if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
		throw fault(file, line, `[${name}] has only one of access_key and secret_key`);
	const anonymous = read.flag("anonymous");
	const hasKeys = accessKeyId !== undefined && secretAccessKey !== undefined && !anonymous;
	const options = {
		endpoint,
		region: read.text("region"),
		credentials: hasKeys
			? hidden({ accessKeyId, secretAccessKey, sessionToken: read.text("session_token") })
			: undefined,
		anonymous: anonymous || undefined,
		pathStyle: read.text("address_style")?.toLowerCase() !== "virtual",
		allowInsecureTls: read.flag("verify_ssl") === false ? true : undefined,
	};
	// `boto = False` is the SDK's way to RADOS itself, of which the gateway is what can be reached here.
	const isRados = /^(0|no|false|off)$/i.test(read.text("boto") ?? "");
	return { name, backend: isFake ? "ram" : isRados ? "ceph" : undefined, env: undefined, options: defined(options) };
}

function endpointOf(read: Reader): string | undefined {
	const key = read.values.get("endpoint_url") ? "endpoint_url" : "host_base";
	const written = read.text(key);
	if (written === undefined) return undefined;
	const endpoint = kinds.endpoint.read(written.includes("://") ? written : `http://${written}`);
	if (endpoint === undefined) throw read.wrong(key, `is ${kinds.endpoint.words}`);
	return endpoint;
}

/** Python's levels, of which `CRITICAL` is above all that is told here. */
const LEVELS: { readonly [name: string]: LogLevel } = {
	CRITICAL: "silent",
	FATAL: "silent",
	ERROR: "error",
	WARNING: "warn",
	WARN: "warn",
	INFO: "info",
	DEBUG: "debug",
	NOTSET: "debug",
};

function levelOf(general: Reader): LogLevel | undefined {
	const key = general.text("console_log_level") === undefined ? "log_level" : "console_log_level";
	const name = general.text(key)?.toUpperCase();
	if (name === undefined) return undefined;
	const level = Object.hasOwn(LEVELS, name) ? LEVELS[name] : undefined;
	if (level === undefined) throw general.wrong(key, `is one of ${Object.keys(LEVELS).join(", ")}`);
	return level;
}

function cacheOf(
	read: Reader,
	cached: readonly { readonly name: string; readonly read: Reader }[],
	pathOf: (path: string) => string,
): CacheSettings {
	const [list, client] = [read.text("mc_server_list_path"), read.text("mc_client_config_path")];
	const inMemory = cached.some((cluster) => cluster.read.flag("enable_mem_cache"));
	const onServers = cached.some((cluster) => cluster.read.flag("enable_mc") || cluster.read.flag("enable_cache"));
	const memcached = {
		serverList: list && pathOf(list),
		clientConfig: client && pathOf(client),
		keyOf: read.text("mc_key_cb"),
	};
	return defined({
		memory: inMemory ? (true as const) : undefined,
		memcached: onServers ? defined(memcached) : undefined,
		clusters: cached.map(({ name }) => name),
	});
}

/** Keys that mean nothing, and that no other key refers to either. Petrel ignores them silently. */
function unknownKeys(file: string, { defaults, sections }: Ini, readers: readonly Reader[]): string[] {
	const referred = new Set(readers.flatMap(({ values }) => [...values.referred]));
	return [{ entries: defaults }, ...sections.values()].flatMap(({ entries }) =>
		[...entries].flatMap(([key, { line }]) => {
			if (KNOWN.includes(key) || referred.has(key)) return [];
			const nearest = nearestTo(key, KNOWN);
			return [
				`${file}, line ${line}: ${JSON.stringify(key)} means nothing${nearest === undefined ? "" : ` (is ${nearest} meant?)`}`,
			];
		}),
	);
}
