/**
 * Modules that only Node has, loaded when asked for. There is no `import` for a bundler to follow, so browsers never see them.
 */

/** A module of Node itself, where this is Node. */
export function builtin<M extends object>(name: `node:${string}`): M | undefined {
	return globalThis.process?.getBuiltinModule?.(name) as M | undefined;
}

/** An optional package; undefined where it is not installed, does not load on this machine, or this is not Node. */
export function optionalPackage<M>(name: string): M | undefined {
	const loader = builtin<typeof import("node:module")>("node:module");
	if (loader === undefined) return undefined;
	try {
		return loader.createRequire(import.meta.url)(name) as M;
	} catch {
		return undefined;
	}
}
