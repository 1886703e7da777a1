/** Something that decompresses LZ4 blocks (the format without frame, header or checksum). */
export interface Lz4 {
	/**
	 * Fills `target` from the whole of `block`.
	 *
	 * @throws StoreError CORRUPT where `block` does not decompress to as many bytes
	 */
	decompress(block: Uint8Array, target: Uint8Array): void;
}
