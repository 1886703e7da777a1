/** Codecs that read what others stored, by packages that are installed only where they are needed. */
import { StoreError } from "../errors.js";
import type { BytesToBytesCodec } from "./codec.js";
import { optionalPackage } from "./optional-package.js";

/** All of a compressor that has no writer but its `decode`. */
export function readOnly(name: string): Omit<BytesToBytesCodec, "decode"> {
	return {
		kind: "bytes-to-bytes",
		name,
		encodedSize: ({ limit }) => ({ limit: 2 * limit + OVERHEAD, exact: false }),
		encode() {
			throw new StoreError("UNSUPPORTED", `codec ${name} is only read: write with zstd, gzip or blosc instead`);
		},
	};
}

/** Together with doubling far more than any writer's headers and incompressible blocks add. */
const OVERHEAD = 65536;

/** @throws StoreError UNSUPPORTED, naming the package, where it is not to be had */
export function requiredPackage<M>(codec: string, packageName: string): M {
	const library = optionalPackage<M>(packageName);
	if (library !== undefined) return library;
	throw new StoreError(
		"UNSUPPORTED",
		`codec ${codec} needs the package ${packageName}, which does not load here: npm install ${packageName}`,
	);
}
