/** Bits `first` to `last` of little-endian words, counted from the lowest, one word's after the other's; bytes fill up from the lowest bit. */
export interface BitField {
	/** Bytes of a word. */
	readonly wordSize: number;
	readonly first: number;
	readonly last: number;
	/** Words belong to numbers whose highest stored bit is repeated above. */
	readonly isSigned: boolean;
	/** Words per element. */
	readonly components: number;
}

/** The part of a field that lies in one byte of a word. */
interface Piece {
	/** Of the word, the lowest is 0. */
	readonly byte: number;
	readonly shift: number;
	readonly width: number;
}

function piecesOf({ first, last }: BitField): Piece[] {
	const pieces: Piece[] = [];
	for (let bit = first; bit <= last; bit = 8 * ((bit >> 3) + 1)) {
		const end = Math.min(last, bit | 7);
		pieces.push({ byte: bit >> 3, shift: bit & 7, width: end - bit + 1 });
	}
	return pieces;
}

/** Fills `packed`, which is zero and holds them exactly, with the fields of `words`. */
export function packFields(words: Uint8Array, packed: Uint8Array, field: BitField): void {
	const pieces = piecesOf(field);
	const { wordSize } = field;
	let [pending, held, to] = [0, 0, 0];
	for (let at = 0; at < words.length; at += wordSize)
		for (let i = 0; i < pieces.length; i++) {
			const { byte, shift, width } = pieces[i] as Piece;
			pending |= (((words[at + byte] as number) >> shift) & ((1 << width) - 1)) << held;
			held += width;
			if (held < 8) continue;
			packed[to++] = pending;
			pending >>= 8;
			held -= 8;
		}
	if (held > 0) packed[to] = pending;
}

/** Fills `words`, which are zero, with the fields in `packed`; bits below a field stay zero, those above follow from its sign. */
export function unpackFields(packed: Uint8Array, words: Uint8Array, field: BitField): void {
	const pieces = piecesOf(field);
	const { wordSize, last, isSigned } = field;
	const [top, above] = [last >> 3, (0xff << ((last & 7) + 1)) & 0xff];
	let [pending, held, from] = [0, 0, 0];
	for (let at = 0; at < words.length; at += wordSize) {
		for (let i = 0; i < pieces.length; i++) {
			const { byte, shift, width } = pieces[i] as Piece;
			if (held < width) {
				pending |= (packed[from++] as number) << held;
				held += 8;
			}
			words[at + byte] = (pending & ((1 << width) - 1)) << shift;
			pending >>= width;
			held -= width;
		}
		if (!isSigned || ((words[at + top] as number) & (1 << (last & 7))) === 0) continue;
		words[at + top] = (words[at + top] as number) | above;
		words.fill(0xff, at + top + 1, at + wordSize);
	}
}
