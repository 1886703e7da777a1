import type { CodecFactory, MaybePromise } from "./codec.js";
import { checkMembers, integerMember } from "./configuration.js";
import type { Gzip } from "./gzip/library.js";
import { loadNative } from "./gzip/native.js";
import { deflating } from "./gzip.js";
import { lazy } from "./maybe-promise.js";

/** Where zlib is done, the fastest first; undefined where it is not to be had here. */
export const zlibImplementations: { readonly [name: string]: () => MaybePromise<Gzip | undefined> } = {
	native: () => loadNative("zlib"),
	portable: loadPortable,
};

export const loadZlib: () => MaybePromise<Gzip> = lazy(() => loadNative("zlib") ?? loadPortable());

/** Compresses as RFC 1950 says (numcodecs, codec `zlib`). */
export const zlib: CodecFactory = zlibOver(loadZlib);

export function zlibOver(load: () => MaybePromise<Gzip>): CodecFactory {
	const name = "numcodecs.zlib";
	return {
		name,
		kind: "bytes-to-bytes",
		parse(configuration) {
			checkMembers(name, configuration, ["level"]);
			return deflating(name, integerMember(name, { level: 1, ...configuration }, "level", [-1, 9]), load);
		},
	};
}

async function loadPortable(): Promise<Gzip> {
	const { portableZlib } = await import("./zlib/portable.js");
	return portableZlib();
}
