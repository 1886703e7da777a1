/** The same bytes as a plain `Uint8Array`, copied where they would keep alive much more memory than they fill. */
export function tight(bytes: Uint8Array): Uint8Array {
	const { buffer, byteOffset, byteLength } = bytes;
	if (buffer.byteLength > byteLength * 1.25 + 64) return new Uint8Array(bytes);
	return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The pieces one after the other; the piece itself where there is only one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
	if (pieces.length === 1) return pieces[0] as Uint8Array;
	const result = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
	let at = 0;
	for (const piece of pieces) {
		result.set(piece, at);
		at += piece.length;
	}
	return result;
}
