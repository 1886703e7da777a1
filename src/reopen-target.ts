import type { Backend, BackendSpec } from "./backend.js";
import { configurationFor } from "./config/for-target.js";
import { resolvePlace } from "./config/resolve.js";
import { type ConnectOptions, parseOptions } from "./connection-options.js";
import { openBackend, placeOf } from "./targets.js";

/** A target whose credentials are in the configuration file: who opens it again reads the file that is found there. */
interface Reopening {
	readonly target: string;
	/** Which file, where `connect` was told. */
	readonly config: string | undefined;
	/** What `connect` was given for the backend. */
	readonly options: { readonly [name: string]: unknown };
}

/** What opens the store of a target again, in another thread, process or host; undefined where that would take credentials along. */
export function reopeningSpec(target: string | URL, options: ConnectOptions): BackendSpec | undefined {
	if (options.credentials !== undefined || options.config === false) return undefined;
	const reopening: Reopening = {
		target: String(target),
		config: options.config,
		options: parseOptions(options).backendOptions,
	};
	return { module: "tesserae/reopen", factory: "reopenTarget", options: reopening };
}

/**
 * Opens the store that {@link reopeningSpec} tells of, by the configuration of this process. Without what is wrapped around it, which has specs of
 * its own, and without warnings, which its owner was given.
 * @throws StoreError INVALID_ARGUMENT where there is no such cluster here
 */
export async function reopenTarget({ target, config, options }: Reopening): Promise<Backend> {
	const place = placeOf(target);
	const configuration = await configurationFor(place, { config, log: "silent" });
	const resolved = resolvePlace(place, { ...options, retries: 0 }, configuration);
	const settings = parseOptions(resolved.options, configuration?.log);
	return openBackend(resolved, settings.backendOptions, settings);
}
