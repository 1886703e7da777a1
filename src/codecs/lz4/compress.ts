import Lz4Codec from "numcodecs/lz4";
import { checkModuleMemory } from "../module-memory.js";

/**
 * An LZ4 block with its decompressed size before it, 4 bytes little-endian, in memory of its own.
 *
 * @param acceleration 1 and more: the higher, the quicker and larger
 * @throws StoreError TOO_LARGE
 */
export async function compressLz4(bytes: Uint8Array, acceleration: number): Promise<Uint8Array> {
	checkModuleMemory("lz4", bytes.length, "use smaller chunks, or blosc");
	return Lz4Codec.fromConfig({ id: "lz4", acceleration }).encode(bytes);
}
