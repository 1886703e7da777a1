import { StoreError } from "./errors.js";

/**
 * Takes the place of backends and engines that need Node in bundles for browsers: the condition `browser` of the package's exports says so.
 * @throws StoreError UNSUPPORTED always
 */
export function open(): never {
	throw new StoreError(
		"UNSUPPORTED",
		"this backend or engine needs Node: in a browser there are http://, https:// and ram:, and the engine sequential",
	);
}
