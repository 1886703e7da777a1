/** Bits that data types have on the store. */
import type { DataType } from "../format/data-types.js";

/** How one element is made of bits. */
export interface StoredBits {
	/** Of one component, the lowest of the word that the codec `bytes` stores for it. */
	readonly bits: number;
	/** Numbers that an element consists of: 2 where it is complex. */
	readonly components: number;
	/** The bits above repeat the highest one. */
	readonly isSigned: boolean;
}

/** NumPy's kinds of numbers and of bool; dates and durations are integers on the store. */
const KINDS: readonly string[] = ["b", "i", "u", "f", "c", "M", "m"];

/** Undefined where elements are no numbers: raw bits, text, records. */
export function bitsOf({ kind, bits, itemSize, wordSize }: DataType): StoredBits | undefined {
	if (!KINDS.includes(kind)) return undefined;
	return {
		bits,
		components: itemSize / wordSize,
		isSigned: ["i", "M", "m"].includes(kind),
	};
}
