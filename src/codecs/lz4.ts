import type { BytesToBytesCodec, CodecFactory, MaybePromise } from "./codec.js";
import { checkMembers, integerMember } from "./configuration.js";
import { corrupt, tooLong, wrongLength } from "./corrupt.js";
import type { Lz4 } from "./lz4/library.js";
import { loadNative } from "./lz4/native.js";
import { andThen, lazy } from "./maybe-promise.js";

/** Where LZ4 is decompressed, the fastest first; undefined where it is not to be had here. */
export const lz4Implementations: { readonly [name: string]: () => MaybePromise<Lz4 | undefined> } = {
	native: loadNative,
	portable: loadPortable,
};

export const loadLz4: () => MaybePromise<Lz4> = lazy(() => loadNative() ?? loadPortable());

/** One LZ4 block with its decompressed size before it, 4 bytes little-endian (numcodecs, codec `lz4`). */
export const lz4: CodecFactory = lz4Over(loadLz4);

export function lz4Over(load: () => MaybePromise<Lz4>): CodecFactory {
	const name = "numcodecs.lz4";
	return {
		name,
		kind: "bytes-to-bytes",
		parse(configuration): BytesToBytesCodec {
			checkMembers(name, configuration, ["acceleration"]);
			const range = [-(2 ** 31), 2 ** 31 - 1] as const;
			const acceleration = Math.max(
				1,
				integerMember(name, { acceleration: 1, ...configuration }, "acceleration", range),
			);
			return {
				kind: "bytes-to-bytes",
				name,
				// The format's own bound: a block of literals has a byte of length for every 255.
				encodedSize: ({ limit }) => ({ limit: SIZE_BYTES + limit + Math.floor(limit / 255) + 16, exact: false }),
				encode: (bytes) => andThen(loadCompressors(), ({ sizedLz4 }) => sizedLz4(bytes, acceleration)),
				decode(bytes, { limit, exact }, allocate = (length) => new Uint8Array(length)) {
					if (bytes.length < SIZE_BYTES) throw corrupt("lz4", `${bytes.length} bytes are too few to tell a size`);
					const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
					if (length > limit) throw tooLong(limit);
					if (exact && length !== limit) throw wrongLength(length, limit);
					return andThen(load(), (library) => {
						const target = allocate(length);
						library.decompress(bytes.subarray(SIZE_BYTES), target);
						return target;
					});
				},
			};
		},
	};
}

const SIZE_BYTES = 4;

const loadCompressors = lazy(() => import("./lempel-ziv/compressors.js"));

async function loadPortable(): Promise<Lz4> {
	const { portableLz4 } = await import("./lz4/portable.js");
	return portableLz4();
}
