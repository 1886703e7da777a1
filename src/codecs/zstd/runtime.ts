import { isStoreError } from "../../errors.js";
import { joined, tight } from "../memory.js";
import { decompressionFailure } from "./failure.js";
import { type Frame, framesOf } from "./frame.js";
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
	const zlib = globalThis.process?.getBuiltinModule?.("node:zlib" as string) as ZlibWithZstd | undefined;
	const { zstdCompressSync: compress, zstdDecompressSync: decompress } = zlib ?? {};
	if (zlib === undefined || compress === undefined || decompress === undefined) return undefined;
	const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = zlib.constants;
	return {
		compress(bytes, { level, checksum }) {
			const params = { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: checksum ? 1 : 0 };
			return tight(compress(bytes, { params, pledgedSrcSize: bytes.length }));
		},
		decompress(bytes, size) {
			const expand = ({ start, end, bound }: Frame, room: number): Uint8Array => {
				const options = { maxOutputLength: Math.max(1, room), chunkSize: Math.min(room, bound) + 64 };
				return decompress(bytes.subarray(start, end), options);
			};
			try {
				return tight(expandFrames(framesOf(bytes), size.limit, expand));
			} catch (error) {
				throw isStoreError(error) ? error : decompressionFailure(error, size);
			}
		},
	};
}

/** One at a time: Node stops after the first frame without a word, and takes (version 22) a cut frame for a whole one. */
function expandFrames(
	frames: readonly Frame[],
	limit: number,
	expand: (frame: Frame, room: number) => Uint8Array,
): Uint8Array {
	let room = limit;
	const pieces: Uint8Array[] = [];
	for (const frame of frames) {
		const piece = expand(frame, room);
		room -= piece.length;
		pieces.push(piece);
	}
	return joined(pieces);
}
