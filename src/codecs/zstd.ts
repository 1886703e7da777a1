import type { BytesToBytesCodec, CodecFactory, Configuration, MaybePromise } from "./codec.js";
import { checkMembers, integerMember, invalidMember } from "./configuration.js";
import { checkedSize, corrupt } from "./corrupt.js";
import { andThen, lazy } from "./maybe-promise.js";
import type { Zstd, ZstdSettings } from "./zstd/library.js";
import { loadNative } from "./zstd/native.js";
import { loadRuntime } from "./zstd/runtime.js";

/** Where zstd is done, the fastest first; undefined where it is not to be had here. */
export const zstdImplementations: { readonly [name: string]: () => MaybePromise<Zstd | undefined> } = {
	native: loadNative,
	runtime: loadRuntime,
	wasm: loadWasm,
};

export const loadZstd: () => MaybePromise<Zstd> = lazy(() => loadNative() ?? loadRuntime() ?? loadWasm());

/** Compresses as RFC 8878 says (zarr-extensions, codec `zstd`). */
export const zstd: CodecFactory = zstdOver(loadZstd);

export function zstdOver(load: () => MaybePromise<Zstd>): CodecFactory {
	return {
		name: "zstd",
		kind: "bytes-to-bytes",
		parse(configuration): BytesToBytesCodec {
			const settings = settingsOf(configuration);
			return {
				kind: "bytes-to-bytes",
				name: "zstd",
				encodedSize: ({ limit }) => ({ limit: 2 * limit + OVERHEAD, exact: false }),
				encode: (bytes) => andThen(load(), (library) => library.compress(bytes, settings)),
				decode: (bytes, size, allocate) => {
					if (bytes.length === 0) throw corrupt("zstd", "there are no bytes, not even a frame");
					const decoded = andThen(load(), (library) => library.decompress(bytes, size, allocate));
					return andThen(decoded, (result) => checkedSize(result, size));
				},
			};
		},
	};
}

/** Together with doubling far more than any writer's headers and incompressible blocks add. */
const OVERHEAD = 65536;

/** `checksum` may be left out and is then false, as the specification says and TensorStore writes. */
function settingsOf(configuration: Configuration): ZstdSettings {
	checkMembers("zstd", configuration, ["level", "checksum"]);
	const level = integerMember("zstd", configuration, "level", [-131072, 22]);
	const { checksum = false } = configuration;
	if (typeof checksum !== "boolean") throw invalidMember("zstd", configuration, "checksum", "true or false");
	return { level, checksum };
}

async function loadWasm(): Promise<Zstd> {
	const { wasmZstd } = await import("./zstd/wasm.js");
	return wasmZstd();
}
