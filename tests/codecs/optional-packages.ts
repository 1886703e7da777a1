import { createRequire } from "node:module";

/** Whether a package that is installed only where it is needed can be loaded here; in CI all of them must be. */
export function packageIsThere(name: string): boolean {
	try {
		createRequire(import.meta.url)(name);
		return true;
	} catch (error) {
		if (process.env.CI) throw error;
		return false;
	}
}
