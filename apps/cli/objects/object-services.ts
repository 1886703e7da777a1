import { parseOptions } from "../../../src/connection-options.js";
import { StoreError } from "../../../src/errors.js";
import type { ObjectService } from "../../../src/object-service.js";
import type { Shell } from "../shell.js";

interface ServiceModule {
	/** Takes what the module's `open` takes. */
	service(target: string, options: { readonly [name: string]: unknown }): ObjectService | Promise<ObjectService>;
}

/** Perhaps behind the name of a cluster. */
const BUCKET = /^(?:([^:/#]+):)?(s3|ceph):(\/\/.*)$/is;

/** Whether a target is a bucket of an object service that {@link withService} reaches. */
export function hasService(target: string): boolean {
	const match = BUCKET.exec(target);
	return match !== null && match[1] === undefined;
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
	const [, cluster, scheme, rest] = BUCKET.exec(target) ?? [];
	if (scheme === undefined || rest === undefined)
		throw new StoreError(
			"UNSUPPORTED",
			`${target} is no bucket of an object service: write s3://BUCKET or ceph://BUCKET`,
		);
	if (cluster !== undefined)
		throw new StoreError("UNSUPPORTED", `${target}: name the service itself, as in ${scheme}:${rest} -O endpoint=URL`);
	const { service } = await loadModule(scheme.toLowerCase());
	const opened = await service(rest, parseOptions(shell.options.option ?? {}).backendOptions);
	try {
		return await work(opened);
	} finally {
		await opened.close();
	}
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
