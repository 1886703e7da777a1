/**
 * A package that only Node can load; undefined where it is not installed, does not load on this machine, or this is not Node. There is
 * no `import` for a bundler to follow, so browsers never see it.
 */
export function optionalPackage<M>(name: string): M | undefined {
	const loader = globalThis.process?.getBuiltinModule?.("node:module");
	if (loader === undefined) return undefined;
	try {
		return loader.createRequire(import.meta.url)(name) as M;
	} catch {
		return undefined;
	}
}
