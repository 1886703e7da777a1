import { corrupt } from "../corrupt.js";
import { optionalPackage } from "../optional-package.js";
import type { Lz4 } from "./library.js";

/** What is used of `lz4-napi`, which is optional and may not be installed. */
interface Binding {
	/** Of a block with its decompressed size before it, 4 bytes little-endian; allocates what they say. */
	readonly uncompressSync: (sizedBlock: Uint8Array) => Uint8Array;
}

/** LZ4 as a Node addon; undefined where it is not installed. */
export function loadNative(): Lz4 | undefined {
	const binding = optionalPackage<Binding>("lz4-napi");
	if (binding === undefined) return undefined;
	return {
		decompress(block, target) {
			const decompressed = decompress(binding, block, target.length);
			if (decompressed.length !== target.length)
				throw corrupt("lz4", `a block of ${target.length} bytes has only ${decompressed.length}`);
			target.set(decompressed);
		},
	};
}

function decompress(binding: Binding, block: Uint8Array, size: number): Uint8Array {
	const sized = new Uint8Array(4 + block.length);
	new DataView(sized.buffer).setUint32(0, size, true);
	sized.set(block, 4);
	try {
		return binding.uncompressSync(sized);
	} catch (error) {
		throw corrupt("lz4", error instanceof Error ? error.message : String(error), error);
	}
}
