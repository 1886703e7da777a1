import type { EncodedSize } from "../codec.js";
import { optionalPackage } from "../optional-package.js";
import { decompressionFailure } from "./failure.js";
import { framesOf } from "./frame.js";
import type { Zstd, ZstdSettings } from "./library.js";

/** What is used of `zstd-napi/binding.js`; declared here, since the package is optional and may not be installed. */
interface Binding {
	readonly compressBound: (size: number) => number;
	readonly CParameter: { readonly compressionLevel: number; readonly checksumFlag: number };
	readonly CCtx: new () => {
		setParameter(parameter: number, value: number): void;
		compress2(target: Uint8Array, source: Uint8Array): number;
	};
	readonly DCtx: new () => { decompress(target: Uint8Array, source: Uint8Array): number };
}

/** Output that fits here is compressed into memory that is kept and then copied out at its size. */
const KEPT_BYTES = 8 * 1024 * 1024;

/** The zstd library as a Node addon; undefined where it is not installed. */
export function loadNative(): Zstd | undefined {
	const binding = optionalPackage<Binding>("zstd-napi/binding.js");
	if (binding === undefined) return undefined;
	const decompressor = new binding.DCtx();
	return {
		compress: compressWith(binding),
		decompress(bytes, size, allocate = (length) => new Uint8Array(length)) {
			const target = allocate(roomFor(bytes, size));
			try {
				return target.subarray(0, decompressor.decompress(target, bytes));
			} catch (error) {
				// The library takes bytes that are missing for a wrong checksum.
				framesOf(bytes);
				throw decompressionFailure(error, size);
			}
		},
	};
}

function compressWith(binding: Binding): (bytes: Uint8Array, settings: ZstdSettings) => Uint8Array {
	const compressor = new binding.CCtx();
	let kept = new Uint8Array(0);
	return (bytes, { level, checksum }) => {
		const bound = binding.compressBound(bytes.length);
		if (bound > kept.length && bound <= KEPT_BYTES) kept = new Uint8Array(bound);
		const target = bound <= kept.length ? kept : new Uint8Array(bound);
		compressor.setParameter(binding.CParameter.compressionLevel, level);
		compressor.setParameter(binding.CParameter.checksumFlag, checksum ? 1 : 0);
		return target.slice(0, compressor.compress2(target, bytes));
	};
}

function roomFor(bytes: Uint8Array, { limit, exact }: EncodedSize): number {
	if (exact) return limit;
	return framesOf(bytes).reduce((sum, frame) => Math.min(limit, sum + frame.bound), 0);
}
