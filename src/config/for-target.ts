import type { ConnectOptions } from "../connection-options.js";
import { type Logger, loggerFor } from "../log.js";
import { isClusterScheme, type Place } from "../target-text.js";
import type { Configuration } from "./configuration.js";
import { findConfiguration } from "./find.js";
import { readFound } from "./read.js";

/**
 * The configuration of one call of `connect`, read anew each time. What is wrong with a file that nobody named matters only where the target may be
 * that of a cluster: elsewhere it is a warning, and what would have been set is not.
 * @param place undefined for a backend that is open already
 * @throws StoreError INVALID_ARGUMENT, NOT_FOUND, FORBIDDEN
 */
export async function configurationFor(
	place: Place | undefined,
	options: Pick<ConnectOptions, "config" | "log">,
): Promise<Configuration | undefined> {
	const found = findConfiguration(options.config);
	if (found === undefined) return undefined;
	const isUsed = found.isNamed || place?.cluster !== undefined || isClusterScheme(place?.scheme);
	try {
		const configuration = await readFound(found);
		const log = loggerFor(options.log, configuration.log.level);
		log.debug(`the configuration is ${found.file}`);
		if (isUsed) for (const warning of configuration.warnings) warnOnce(log, warning);
		return configuration;
	} catch (error) {
		if (isUsed) throw error;
		warnOnce(loggerFor(options.log, undefined), `the configuration is not used: ${(error as Error).message}`);
		return undefined;
	}
}

const warned = new Set<string>();

/** Tells once per process: programs connect often. */
function warnOnce(log: Logger, message: string): void {
	if (warned.has(message)) return;
	warned.add(message);
	log.warn(message);
}
