import type { Backend } from "../backend.js";
import { openSpec } from "../open-spec.js";
import { type LimitOptions, limit } from "./limit.js";
import { prefix } from "./prefix.js";
import { type RetryOptions, retry } from "./retry.js";
import type { WrapperSpec } from "./spec.js";

/** Makes a wrapped backend again, in another thread or process: what `spec` of a wrapper names. */
export async function reopen({ wrapper, options, inner }: WrapperSpec): Promise<Backend> {
	const backend = await openSpec(inner);
	if (wrapper === "prefix") return prefix(backend, options as string);
	return wrapper === "retry" ? retry(backend, options as RetryOptions) : limit(backend, options as LimitOptions);
}
