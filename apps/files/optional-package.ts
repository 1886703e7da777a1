import { StoreError } from "../../src/errors.js";

/**
 * What `load` imports: a package that is installed only by those who need it.
 * @throws StoreError UNSUPPORTED, naming the package to install
 */
export async function optionalPackage<M>(name: string, purpose: string, load: () => Promise<M>): Promise<M> {
	try {
		return await load();
	} catch (error) {
		const code = (error as { code?: unknown }).code;
		if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw error;
		throw new StoreError("UNSUPPORTED", `${purpose} needs the package ${name}: npm install ${name}`, { cause: error });
	}
}
