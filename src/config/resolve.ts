/** From a target that names a cluster, or means the default one, to a backend and its options. */
import { StoreError } from "../errors.js";
import { isClusterScheme, type Place } from "../target-text.js";
import { nearestTo } from "../unknown-options.js";
import type { Cluster, ClusterOptions, Configuration } from "./configuration.js";
import { whereSearched } from "./find.js";
import { type OssEnvironment, ossEnvironment } from "./oss-environment.js";

interface Options {
	readonly [name: string]: unknown;
}

/** What is opened: `SCHEME:REST`, or a part of it, with the options of `connect`. */
export interface Resolved {
	readonly scheme: string;
	readonly rest: string;
	/** The part of it that is the store; `""` for all of it. */
	readonly prefix: string;
	readonly options: Options;
	/** Some of the options are those of a cluster. */
	readonly isOfCluster: boolean;
}

/**
 * Fills in what the configuration says of the cluster of a target. Of each option, what `given` says holds before what the environment says
 * (`env = "oss"`), and that before the file. Other targets stay as they are.
 * @throws StoreError INVALID_ARGUMENT for a cluster that there is not, naming those there are, and for `CLUSTER:` before another scheme
 */
export function resolvePlace(
	place: Place & { readonly scheme: string },
	given: Options,
	configuration: Configuration | undefined,
): Resolved {
	const { scheme, rest } = place;
	if (place.cluster !== undefined && !isClusterScheme(scheme))
		throw invalid(
			`there is no backend ${JSON.stringify(scheme)} behind ${JSON.stringify(`${place.cluster}:`)}: a cluster is written CLUSTER:s3://BUCKET/PREFIX`,
		);
	const cluster = clusterOf(place, configuration);
	if (cluster === undefined) return { scheme, rest, prefix: "", options: given, isOfCluster: false };
	if (cluster.backend === "ram") return onRam(cluster, rest, given);
	if (cluster.backend === "s3" && scheme === "ceph")
		throw invalid(`the cluster ${cluster.name} has the backend s3: write ${cluster.name}:s3:${rest}`);
	const known = overridden(cluster.options, given);
	const environment =
		cluster.env === "oss" ? ossEnvironment(cluster.name, { ...known, ...withoutUndefined(given) }) : undefined;
	const options = { ...known, ...overridden(environment?.options ?? {}, given), ...withoutUndefined(given) };
	return {
		scheme: cluster.backend ?? scheme,
		rest: withBucket(rest, environment),
		prefix: "",
		options: consistent(options, given),
		isOfCluster: true,
	};
}

function clusterOf(place: Place, configuration: Configuration | undefined): Cluster | undefined {
	if (place.cluster !== undefined) return namedCluster(place.cluster, configuration);
	if (configuration === undefined || !isClusterScheme(place.scheme)) return undefined;
	const { clusters, defaultCluster, file } = configuration;
	const byDefault = defaultCluster === undefined ? undefined : clusters.get(defaultCluster);
	if (place.scheme === "s3" || (byDefault !== undefined && byDefault.backend !== "s3")) return byDefault;
	const onCeph = [...clusters.values()].filter(({ backend }) => backend === "ceph");
	if (onCeph.length <= 1) return onCeph[0];
	const names = onCeph.map(({ name }) => name);
	throw invalid(
		`${file} has several clusters of the backend ceph: write ${names[0]}:ceph://…, or another of ${names.join(", ")}`,
	);
}

function namedCluster(name: string, configuration: Configuration | undefined): Cluster {
	const cluster = configuration?.clusters.get(name);
	if (cluster !== undefined) return cluster;
	const missing = `there is no cluster ${JSON.stringify(name)}`;
	if (configuration === undefined) throw invalid(`${missing}, since there is no configuration: ${whereSearched()}`);
	const names = [...configuration.clusters.keys()];
	const nearest = nearestTo(name, names);
	const meant = nearest === undefined ? "" : ` (is ${nearest} meant?)`;
	throw invalid(`${missing}${meant}: ${configuration.file} has ${names.join(", ") || "none"}`);
}

/** What opens a store is of no meaning in memory. */
const OF_SERVERS = [
	...["endpoint", "region", "credentials", "profile", "anonymous", "pathStyle", "ca", "allowInsecureTls"],
	...["retries", "multipart", "requests"],
];

/** A cluster that is not there: one memory of the process for each of its buckets. */
function onRam({ name, options }: Cluster, rest: string, given: Options): Resolved {
	const [, bucket = "", prefix = ""] = /^\/*([^/]*)\/?(.*?)\/*$/s.exec(rest) ?? [];
	if (bucket === "") throw invalid(`a target of the cluster ${name} names a bucket: write ${name}:s3://BUCKET/PREFIX`);
	const all = { ...options, ...withoutUndefined(given) };
	const kept = Object.entries(all).filter(([option]) => !OF_SERVERS.includes(option));
	return {
		scheme: "ram",
		rest: `${name}:${bucket}`,
		prefix,
		options: consistent(Object.fromEntries(kept), given),
		isOfCluster: true,
	};
}

/** What of a cluster is left where `connect` is told otherwise: who one is, is told as a whole, and trust is in one server, not in another. */
function overridden(options: ClusterOptions, given: Options): Options {
	const left: Record<string, unknown> = { ...options };
	const isSomebody = given.credentials !== undefined || given.profile !== undefined || given.anonymous === true;
	if (isSomebody) for (const name of ["credentials", "profile", "anonymous"]) delete left[name];
	if (given.endpoint !== undefined) for (const name of ["ca", "allowInsecureTls"]) delete left[name];
	return left;
}

/** More requests at once, where `connect` asks for that alone, may be more than the file has for metadata. */
function consistent(options: Options, given: Options): Options {
	const { concurrency, metadataConcurrency } = options;
	const isRaised = given.concurrency !== undefined && given.metadataConcurrency === undefined;
	if (!isRaised || !(Number(metadataConcurrency) < Number(concurrency))) return options;
	return { ...options, metadataConcurrency: concurrency };
}

function withBucket(rest: string, environment: OssEnvironment | undefined): string {
	if (environment?.bucket === undefined || !/^\/\/(?:\/|$)/.test(rest)) return rest;
	return `//${environment.bucket}${rest.slice(2)}`;
}

function withoutUndefined(options: Options): Options {
	return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
