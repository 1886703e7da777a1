import { StoreError } from "../errors.js";
import type { LogLevel } from "../log.js";
import type { Credentials } from "./credentials.js";

/** A configuration file. */
export interface Configuration extends Contents {
	/** It holds keys, and not its owner alone can read it. */
	readonly isExposed: boolean;
}

/** What a configuration file says. */
export interface Contents {
	/** Absolute path of the file that was read. */
	readonly file: string;
	readonly clusters: ReadonlyMap<string, Cluster>;
	/** The cluster of `s3://…`; one of `clusters`. */
	readonly defaultCluster: string | undefined;
	readonly log: LogSettings;
	/** Checked and kept; no cache reads it yet. */
	readonly cache: CacheSettings | undefined;
	/** What is odd about the file without being wrong, a sentence each. */
	readonly warnings: readonly string[];
}

/** An object store that targets name: `NAME:s3://BUCKET/PREFIX`. */
export interface Cluster {
	readonly name: string;
	/** What opens its targets; where the file does not say, their scheme. */
	readonly backend: "s3" | "ceph" | "ram" | undefined;
	/** Endpoint, bucket and keys are taken from these environment variables when a target is opened. */
	readonly env: "oss" | undefined;
	/** Options of `connect`, as they are passed on where `connect` is not given them itself. */
	readonly options: ClusterOptions;
}

/** As `connect` names them. */
export interface ClusterOptions {
	readonly endpoint?: string;
	readonly region?: string;
	readonly credentials?: Credentials;
	readonly profile?: string;
	readonly anonymous?: boolean;
	readonly pathStyle?: boolean;
	/** Absolute path of a file of PEM certificates. */
	readonly ca?: string;
	readonly allowInsecureTls?: boolean;
	readonly concurrency?: number;
	readonly metadataConcurrency?: number;
	/** Bytes. */
	readonly memory?: number;
	/** Milliseconds. */
	readonly timeout?: number;
	readonly retries?: number;
	readonly writeSafety?: "compare-and-swap" | "single-writer";
}

export interface LogSettings {
	readonly level: LogLevel | undefined;
	/** Operations between two reports of what was asked of a store; 0 for none. */
	readonly meterEvery: number | undefined;
}

export interface CacheSettings {
	/** Bytes of the tier in memory; true for its default. */
	readonly memory?: number | true;
	readonly disk?: { readonly path?: string; readonly size?: number; readonly minFree?: number };
	readonly memcached?: {
		/** `HOST:PORT` each. */
		readonly servers?: readonly string[];
		/** Petrel's: files that name the servers and set up their client, and how keys are made. */
		readonly serverList?: string;
		readonly clientConfig?: string;
		readonly keyOf?: string;
		/** Milliseconds. */
		readonly timeout?: number;
	};
	/** Bytes. */
	readonly pageSize?: number;
	readonly consistency?: "immutable" | "etag" | "ttl";
	/** Seconds. */
	readonly ttl?: number;
	/** Petrel's: the clusters that are read through the cache. Undefined for all. */
	readonly clusters?: readonly string[];
}

/** Something in a file that is wrong. `text` must not quote a value: it may be a secret. */
export function fault(file: string, line: number | undefined, text: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", `${file}${line === undefined ? "" : `, line ${line}`}: ${text}`);
}

/** Members whose value is undefined are left out. */
export function defined<T extends object>(members: T): { [name in keyof T]?: Exclude<T[name], undefined> } {
	const entries = Object.entries(members).filter(([, value]) => value !== undefined);
	return Object.fromEntries(entries) as { [name in keyof T]?: Exclude<T[name], undefined> };
}
