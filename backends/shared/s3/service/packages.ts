/** Packages of Amazon's SDK that only some calls need, loaded by the first of these. */
import { StoreError } from "../../../../src/errors.js";

interface Packages {
	"@aws-sdk/lib-storage": typeof import("@aws-sdk/lib-storage");
	"@aws-sdk/s3-presigned-post": typeof import("@aws-sdk/s3-presigned-post");
	"@aws-sdk/s3-request-presigner": typeof import("@aws-sdk/s3-request-presigner");
}

/** Each is named where it is loaded, so that bundlers see it. */
const LOADERS: { readonly [N in keyof Packages]: () => Promise<Packages[N]> } = {
	"@aws-sdk/lib-storage": () => import("@aws-sdk/lib-storage"),
	"@aws-sdk/s3-presigned-post": () => import("@aws-sdk/s3-presigned-post"),
	"@aws-sdk/s3-request-presigner": () => import("@aws-sdk/s3-request-presigner"),
};

/**
 * @param purpose such as `to sign URLs`
 * @throws StoreError UNSUPPORTED, naming the package to install
 */
export async function loadPackage<N extends keyof Packages>(name: N, purpose: string): Promise<Packages[N]> {
	try {
		return await LOADERS[name]();
	} catch (cause) {
		const { code } = cause as { readonly code?: unknown };
		if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
		throw new StoreError("UNSUPPORTED", `${purpose} takes the package ${name}: npm install ${name}`, { cause });
	}
}
