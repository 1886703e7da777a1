import { configurationFor } from "../../../src/config/for-target.js";
import { type Resolved, resolvePlace } from "../../../src/config/resolve.js";
import { parseOptions } from "../../../src/connection-options.js";
import { StoreError } from "../../../src/errors.js";
import type { ObjectService } from "../../../src/object-service.js";
import { isClusterScheme } from "../../../src/target-text.js";
import { placeOf } from "../../../src/targets.js";
import type { Shell } from "../shell.js";

interface ServiceModule {
	/** Takes what the module's `open` takes. */
	service(target: string, options: { readonly [name: string]: unknown }): ObjectService | Promise<ObjectService>;
}

/** Whether a target is a bucket of an object service. */
export async function hasService(shell: Shell, target: string): Promise<boolean> {
	return isClusterScheme((await resolve(shell, target)).scheme);
}

/** The bucket of `from` where one service, asked by the same user, has both targets; undefined elsewhere. */
export async function sharedBucket(shell: Shell, from: string, to: string): Promise<string | undefined> {
	const [a, b] = [await resolve(shell, from), await resolve(shell, to)];
	const identity = ({ scheme, options }: Resolved): string =>
		JSON.stringify([scheme, Object.entries(parseOptions(options).backendOptions).sort()]);
	if (!isClusterScheme(a.scheme) || identity(a) !== identity(b)) return undefined;
	return /^\/\/([^/]+)/.exec(a.rest)?.[1];
}

/**
 * Does `work` with the object service of a target, such as `s3://BUCKET`.
 * @throws StoreError UNSUPPORTED where the target has none
 */
export async function withService<T>(
	shell: Shell,
	target: string,
	work: (service: ObjectService) => Promise<T>,
): Promise<T> {
	const { scheme, rest, options } = await resolve(shell, target);
	if (!isClusterScheme(scheme))
		throw new StoreError(
			"UNSUPPORTED",
			`${target} is no bucket of an object service: write s3://BUCKET or ceph://BUCKET`,
		);
	const { service } = await loadModule(scheme);
	const opened = await service(rest, parseOptions(options).backendOptions);
	try {
		return await work(opened);
	} finally {
		await opened.close();
	}
}

/** As `connect` does: clusters are those of the configuration file. */
async function resolve(shell: Shell, target: string): Promise<Resolved> {
	const options = shell.storeOptions();
	const place = placeOf(target);
	return resolvePlace(place, options, await configurationFor(place, options));
}

/** By the package's own exports, as `connect` loads backends. */
async function loadModule(scheme: string): Promise<ServiceModule> {
	const name = `tesserae/backends/${scheme}`;
	const module = (await import(name).catch(unlessMissing)) as Partial<ServiceModule> | undefined;
	if (module?.service !== undefined) return module as ServiceModule;
	throw new StoreError("UNSUPPORTED", `this version of tesserae knows no object service of ${scheme}:`);
}

function unlessMissing(error: unknown): undefined {
	if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
	return undefined;
}
