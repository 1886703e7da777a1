import type { Backend } from "./backend.js";
import { Connection } from "./connection.js";
import { type ConnectOptions, parseOptions } from "./connection-options.js";
import { StoreError } from "./errors.js";
import { metadataKeys } from "./format/names.js";
import { openBackend, openEngine } from "./targets.js";

/**
 * Opens a store. Nothing is made before the first write.
 *
 * A bare name is opened by the default backend of `use`, at first `sqlite`: `connect("tutorial")` is
 * `connect("sqlite:tutorial")`, the file of exactly that name. Names of directories, `scan.zarr` and `scan/`, are then opened
 * as `file:`. A directory of another name, and a file that is something else, are refused and left as they are.
 * @param target `sqlite:PATH`, `file:DIR`, `ram:NAME`, a bare name, or a Backend object
 * @throws StoreError INVALID_ARGUMENT for an unknown scheme or option, NOT_FOUND in the modes `r` and `r+` where there is no store
 */
export async function connect(target: string | URL | Backend, options: ConnectOptions = {}): Promise<Connection> {
	const settings = parseOptions(options);
	const isBackend = typeof target === "object" && "supports" in target;
	if (isBackend && Object.keys(settings.backendOptions).length > 0)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`unknown option ${Object.keys(settings.backendOptions).join(", ")}: a backend object has its own already`,
		);
	const backend = isBackend ? target : await openBackend(target, settings.backendOptions, settings);
	try {
		if (settings.mode !== "a") await requireStore(backend);
		const engine = await openEngine(settings.engine, { workers: settings.workers });
		return new Connection(backend, engine, settings);
	} catch (error) {
		if (!isBackend) await backend.close();
		throw error;
	}
}

async function requireStore(backend: Backend): Promise<void> {
	for (const key of metadataKeys("")) if ((await backend.head(key)) !== undefined) return;
	if (backend.supports.list) for await (const _ of backend.list("")) return;
	throw new StoreError("NOT_FOUND", `there is no store at ${backend.location}: mode "a" makes one by the first write`);
}
