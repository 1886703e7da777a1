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

/** Types whose words, of one byte, are not made of meaning only (zarr-extensions, codec `packbits`). */
const NARROW: { readonly [name: string]: number } = {
	bool: 1,
	int2: 2,
	uint2: 2,
	int4: 4,
	uint4: 4,
	float4_e2m1fn: 4,
	float6_e2m3fn: 6,
	float6_e3m2fn: 6,
	complex_float4_e2m1fn: 4,
	complex_float6_e2m3fn: 6,
	complex_float6_e3m2fn: 6,
};

/** NumPy's kinds of numbers and of bool; dates and durations are integers on the store. */
const KINDS: readonly string[] = ["b", "i", "u", "f", "c", "M", "m"];

/** Undefined where elements are no numbers: raw bits, text, records. */
export function bitsOf({ name, kind, itemSize, wordSize }: DataType): StoredBits | undefined {
	if (!KINDS.includes(kind)) return undefined;
	return {
		bits: NARROW[name] ?? 8 * wordSize,
		components: itemSize / wordSize,
		isSigned: ["i", "M", "m"].includes(kind),
	};
}
