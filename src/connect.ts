import type { Backend } from "./backend.js";
import { configurationFor } from "./config/for-target.js";
import { resolvePlace } from "./config/resolve.js";
import { Connection } from "./connection.js";
import { type ConnectOptions, parseOptions, type Settings } from "./connection-options.js";
import { StoreError } from "./errors.js";
import { metadataKeys } from "./format/names.js";
import { reopeningSpec } from "./reopen-target.js";
import { openBackend, openEngine, placeOf } from "./targets.js";
import { prefix } from "./wrap/prefix.js";

/**
 * Opens a store. Nothing is made before the first write.
 *
 * A bare name is opened by the default backend of `use`, at first `sqlite`: `connect("tutorial")` is
 * `connect("sqlite:tutorial")`, the file of exactly that name. Names of directories, `scan.zarr` and `scan/`, are then opened
 * as `file:`. A directory of another name, and a file that is something else, are refused and left as they are.
 *
 * `CLUSTER:s3://BUCKET/PREFIX` is a cluster of the configuration file, and `s3://BUCKET/PREFIX` its default one, if it has one. Options given here
 * hold before those of the file.
 * @param target `sqlite:PATH`, `file:DIR`, `ram:NAME`, `http(s)://…`, `CLUSTER:s3://BUCKET/PREFIX`, a bare name, or a Backend object
 * @throws StoreError INVALID_ARGUMENT for an unknown scheme, cluster or option, and for a configuration that is wrong; NOT_FOUND where a
 * configuration file that is named is missing, and in the modes `r` and `r+` where there is no store
 */
export async function connect(target: string | URL | Backend, options: ConnectOptions = {}): Promise<Connection> {
	if (typeof target !== "object" || !("supports" in target)) return openTarget(target, options);
	const configuration = await configurationFor(undefined, options);
	const settings = parseOptions(options, configuration?.log);
	const unknown = Object.keys(settings.backendOptions);
	if (unknown.length === 0) return openConnection(target, settings);
	throw new StoreError(
		"INVALID_ARGUMENT",
		`unknown option ${unknown.join(", ")}: a backend object has its own already`,
	);
}

async function openTarget(target: string | URL, options: ConnectOptions): Promise<Connection> {
	const place = placeOf(target);
	const configuration = await configurationFor(place, options);
	const resolved = resolvePlace(place, options, configuration);
	const settings = parseOptions(resolved.options, configuration?.log);
	const spec = resolved.isOfCluster ? reopeningSpec(target, options) : undefined;
	const backend = await openBackend(resolved, settings.backendOptions, { ...settings, spec });
	try {
		return await openConnection(prefix(backend, resolved.prefix), settings);
	} catch (error) {
		await backend.close();
		throw error;
	}
}

async function openConnection(backend: Backend, settings: Settings): Promise<Connection> {
	const engine = await openEngine(settings.engine, { workers: settings.workers });
	await engine.admit(backend, settings.log);
	if (settings.mode !== "a") await requireStore(backend);
	return new Connection(backend, engine, settings);
}

async function requireStore(backend: Backend): Promise<void> {
	for (const key of metadataKeys("")) if ((await backend.head(key)) !== undefined) return;
	if (backend.supports.list) for await (const _ of backend.list("")) return;
	throw new StoreError("NOT_FOUND", `there is no store at ${backend.location}: mode "a" makes one by the first write`);
}
