import type { BytesToBytesCodec, CodecFactory, MaybePromise } from "./codec.js";
import { checkMembers, integerMember } from "./configuration.js";
import { checkedSize } from "./corrupt.js";
import type { Gzip } from "./gzip/library.js";
import { loadNative } from "./gzip/native.js";
import { andThen, lazy } from "./maybe-promise.js";

/** Where gzip is done, the fastest first; undefined where it is not to be had here. */
export const gzipImplementations: { readonly [name: string]: () => MaybePromise<Gzip | undefined> } = {
	native: loadNative,
	portable: loadPortable,
};

/** Compresses as RFC 1952 says (core specification 3.1, codec `gzip`). */
export const gzip: CodecFactory = gzipOver(lazy(() => loadNative() ?? loadPortable()));

export function gzipOver(load: () => MaybePromise<Gzip>): CodecFactory {
	return {
		name: "gzip",
		kind: "bytes-to-bytes",
		parse(configuration) {
			checkMembers("gzip", configuration, ["level"]);
			return deflating("gzip", integerMember("gzip", configuration, "level", [0, 9]), load);
		},
	};
}

/** The codec of this name, for gzip and for other formats around the same compression. */
export function deflating(name: string, level: number, load: () => MaybePromise<Gzip>): BytesToBytesCodec {
	return {
		kind: "bytes-to-bytes",
		name,
		encodedSize: ({ limit }) => ({ limit: 2 * limit + OVERHEAD, exact: false }),
		encode: (bytes) => andThen(load(), (library) => library.compress(bytes, level)),
		decode: (bytes, size) => {
			const decoded = andThen(load(), (library) => library.decompress(bytes, size));
			return andThen(decoded, (result) => checkedSize(result, size));
		},
	};
}

/** Together with doubling far more than any writer's headers and incompressible blocks add. */
const OVERHEAD = 65536;

async function loadPortable(): Promise<Gzip> {
	const { portableGzip } = await import("./gzip/portable.js");
	return portableGzip();
}
