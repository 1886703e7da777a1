import type { EncodedSize } from "../codec.js";
import { corrupt, tooLong } from "../corrupt.js";
import { tight } from "../memory.js";
import { builtin } from "../node-modules.js";
import { framesOf } from "./frame.js";
import type { Zstd } from "./library.js";

/** The part of `node:zlib` that Node has from 22.15 on. */
interface ZlibWithZstd {
	readonly zstdCompressSync?: (
		bytes: Uint8Array,
		options: { readonly params: { readonly [parameter: number]: number }; readonly pledgedSrcSize: number },
	) => Uint8Array;
	readonly zstdDecompressSync?: (
		bytes: Uint8Array,
		options: { readonly maxOutputLength: number; readonly chunkSize: number },
	) => Uint8Array;
	readonly constants: { readonly ZSTD_c_compressionLevel: number; readonly ZSTD_c_checksumFlag: number };
}

/** zstd by Node's own zlib; undefined where it has none. */
export function loadRuntime(): Zstd | undefined {
	const zlib = builtin<ZlibWithZstd>("node:zlib");
	const { zstdCompressSync: compress, zstdDecompressSync: decompress } = zlib ?? {};
	if (zlib === undefined || compress === undefined || decompress === undefined) return undefined;
	const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = zlib.constants;
	return {
		compress(bytes, { level, checksum }) {
			const params = { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: checksum ? 1 : 0 };
			return tight(compress(bytes, { params, pledgedSrcSize: bytes.length }));
		},
		decompress(bytes, size) {
			// Node 22 takes a cut frame for a whole one.
			const bound = framesOf(bytes).reduce((sum, frame) => sum + frame.bound, 0);
			const room = Math.min(size.limit, bound);
			try {
				return tight(decompress(bytes, { maxOutputLength: Math.max(1, size.limit), chunkSize: room + 64 }));
			} catch (error) {
				throw explained(error, size);
			}
		},
	};
}

function explained(error: unknown, { limit }: EncodedSize): Error {
	const { code, message } = error as { code?: string; message: string };
	return code === "ERR_BUFFER_TOO_LARGE" ? tooLong(limit) : corrupt("zstd", message, error);
}
