import { StoreError } from "../../../src/errors.js";
import type { ObjectService } from "../../../src/object-service.js";
import type { Shell } from "../shell.js";

interface ServiceModule {
	/** Takes what the module's `open` takes. */
	service(target: string, options: { readonly [name: string]: unknown }): ObjectService | Promise<ObjectService>;
}

const SCHEMES: readonly string[] = ["s3", "ceph"];

/** Whether a target is a bucket of an object service. */
export function hasService(target: string): boolean {
	return SCHEMES.includes(schemeOf(target).scheme);
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
	const { scheme, rest } = schemeOf(target);
	if (!SCHEMES.includes(scheme))
		throw new StoreError(
			"UNSUPPORTED",
			`${target} is no bucket of an object service: write s3://BUCKET or ceph://BUCKET`,
		);
	const { service } = await loadModule(scheme);
	const opened = await service(rest, shell.options.option ?? {});
	try {
		return await work(opened);
	} finally {
		await opened.close();
	}
}

function schemeOf(target: string): { readonly scheme: string; readonly rest: string } {
	const [, scheme = "", rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s.exec(target) ?? [];
	return { scheme: scheme.toLowerCase(), rest };
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
