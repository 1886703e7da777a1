import type { EncodedSize } from "../codec.js";
import { corrupt, tooLong } from "../corrupt.js";
import { tight } from "../memory.js";
import type { Gzip } from "./library.js";

/**
 * Chunks of at least so many bytes are left to libuv's threads. Measured on 2 cores with 8 chunks under way, that takes 0.6 of the time;
 * a chunk on its own pays 0.1 ms for the journey, which below this size is more than a third of the work.
 */
const THREADED_BYTES = 128 * 1024;

/** gzip, or zlib's own format, by Node's zlib; undefined elsewhere. */
export function loadNative(format: "gzip" | "zlib" = "gzip"): Gzip | undefined {
	const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
	if (zlib?.gunzipSync === undefined) return undefined;
	const { gzip, gzipSync, gunzip, gunzipSync } = zlib;
	const { deflate, deflateSync, inflate, inflateSync } =
		format === "zlib" ? zlib : { deflate: gzip, deflateSync: gzipSync, inflate: gunzip, inflateSync: gunzipSync };
	return {
		compress(bytes, level) {
			if (bytes.length < THREADED_BYTES) return tight(deflateSync(bytes, { level }));
			return new Promise((resolve, reject) => {
				deflate(bytes, { level }, (error, encoded) => (error ? reject(error) : resolve(tight(encoded))));
			});
		},
		decompress(bytes, size) {
			const most = Math.min(Math.max(1, size.limit), MAX_BYTES);
			const options = { maxOutputLength: most, chunkSize: roomFor(bytes, size) };
			if (size.limit >= THREADED_BYTES)
				return new Promise((resolve, reject) => {
					inflate(bytes, options, (error, decoded) =>
						error ? reject(explained(error, size, format)) : resolve(tight(decoded)),
					);
				});
			try {
				return tight(inflateSync(bytes, options));
			} catch (error) {
				throw explained(error, size, format);
			}
		},
	};
}

/** No chunk is larger, and Node takes no larger number for a length. */
const MAX_BYTES = 2 ** 32;

/** Deflate makes at most so many bytes of one (zlib, "Maximum Compression Factor"), so that a small object needs little room whatever it should hold. */
const MAX_EXPANSION = 1032;

/** Room for all of the result at once, where its size is known, so that its pieces need not be joined. */
function roomFor(bytes: Uint8Array, { limit, exact }: EncodedSize): number {
	const expected = exact ? Math.min(limit, MAX_EXPANSION * bytes.length) : Math.min(limit, 4 * bytes.length);
	return Math.min(expected + 64, MAX_BYTES);
}

function explained(error: unknown, { limit }: EncodedSize, format: string): unknown {
	const { code, message } = error as { code?: string; message: string };
	if (error instanceof RangeError && code !== "ERR_BUFFER_TOO_LARGE") return error;
	return code === "ERR_BUFFER_TOO_LARGE" ? tooLong(limit) : corrupt(format, message, error);
}
