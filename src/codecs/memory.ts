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

/** Memory for what lies between the steps of coding a chunk, kept for the next one: the first touch of fresh memory costs as much as a copy. */
export class SpareMemory {
	#bytes: Uint8Array | undefined;

	/** So many bytes, which hold others' leavings. */
	take(length: number): Uint8Array {
		const bytes = this.#bytes;
		if (bytes === undefined || bytes.length < length) return new Uint8Array(length);
		this.#bytes = undefined;
		return bytes.subarray(0, length);
	}

	/** Gives back what nothing looks at any more; what is not given back is left to garbage collection. */
	give({ buffer }: Uint8Array): void {
		if (buffer.byteLength <= MOST_SPARE && buffer.byteLength >= (this.#bytes?.length ?? 0))
			this.#bytes = new Uint8Array(buffer);
	}
}

/** Bytes that are kept; larger memory is rare, and costs little beside the work on as much. */
const MOST_SPARE = 4 * 2 ** 20;
