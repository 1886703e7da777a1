import type { NdArray } from "tesserae";

/** Does nothing, so that what is left of the time is what the engine costs. */
export function same(block: NdArray): NdArray {
	return block;
}
