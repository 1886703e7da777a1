import type { Backend, BackendSpec } from "./backend.js";
import { StoreError } from "./errors.js";

type Factory = (options: unknown) => Backend | Promise<Backend>;

/**
 * Opens the store that a spec tells of, in this thread or process.
 * @throws StoreError UNSUPPORTED where the module has no such factory
 */
export async function openSpec({ module, factory, options }: BackendSpec): Promise<Backend> {
	const exports = (await import(module)) as { readonly [name: string]: Factory };
	const open = exports[factory];
	if (open === undefined) throw new StoreError("UNSUPPORTED", `${module} exports no ${factory}`);
	return open(options);
}
