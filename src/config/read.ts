import type { Configuration } from "./configuration.js";
import { type Found, findConfiguration } from "./find.js";

/**
 * Finds the configuration file and reads it, anew each time. Undefined where there is none.
 * @param option see {@link findConfiguration}
 * @throws StoreError INVALID_ARGUMENT, NOT_FOUND, FORBIDDEN
 */
export async function readConfiguration(option: string | false | undefined): Promise<Configuration | undefined> {
	const found = findConfiguration(option);
	return found && (await readFound(found));
}

export async function readFound({ file }: Found): Promise<Configuration> {
	// Loaded where there is a file: nobody else pays for parsers.
	const { loadConfiguration } = await import("./load.js");
	return loadConfiguration(file);
}
