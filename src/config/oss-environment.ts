import { StoreError } from "../errors.js";
import { type ClusterOptions, defined } from "./configuration.js";
import { hidden } from "./credentials.js";

/** What the environment says of a store. */
export interface OssEnvironment {
	readonly options: ClusterOptions;
	readonly bucket: string | undefined;
}

/**
 * Reads the variables that programs for an OSS bucket go by: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, perhaps OSS_SESSION_TOKEN, URL and BUCKET.
 * @param has what is known already, so that its variables may be missing
 * @throws StoreError INVALID_ARGUMENT naming the variable that is missing
 */
export function ossEnvironment(cluster: string, has: { readonly [name: string]: unknown }): OssEnvironment {
	const env = globalThis.process?.env ?? {};
	const wanted = (name: string, isNeeded: boolean): string | undefined => {
		const value = env[name]?.trim() || undefined;
		if (value !== undefined || !isNeeded) return value;
		throw new StoreError(
			"INVALID_ARGUMENT",
			`the cluster ${cluster} is taken from the environment, where ${name} is not set`,
		);
	};
	const isSomebody = has.credentials !== undefined || has.profile !== undefined || has.anonymous === true;
	const accessKeyId = wanted("OSS_ACCESS_KEY_ID", !isSomebody);
	const secretAccessKey = wanted("OSS_ACCESS_KEY_SECRET", !isSomebody);
	const hasKeys = accessKeyId !== undefined && secretAccessKey !== undefined && !isSomebody;
	const url = wanted("URL", has.endpoint === undefined);
	const endpoint = url === undefined || url.includes("://") ? url : `https://${url}`;
	const options = {
		endpoint,
		credentials: hasKeys
			? hidden({ accessKeyId, secretAccessKey, sessionToken: wanted("OSS_SESSION_TOKEN", false) })
			: undefined,
		// The vendor's servers refuse the other form; a server for tests behind the same variables may know only that one.
		pathStyle: endpoint !== undefined && /\.aliyuncs\.com(?::\d+)?\/?$/i.test(endpoint) ? false : undefined,
	};
	return { options: defined(options), bucket: wanted("BUCKET", false) };
}
