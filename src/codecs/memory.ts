/** The same bytes as a plain `Uint8Array`, copied where they would keep alive much more memory than they fill. */
export function tight(bytes: Uint8Array): Uint8Array {
	const { buffer, byteOffset, byteLength } = bytes;
	if (buffer.byteLength > byteLength * 1.25 + 64) return new Uint8Array(bytes);
	return new Uint8Array(buffer, byteOffset, byteLength);
}
