import type { NdArray } from "tesserae";

/** Does nothing, so that what is left of the time is what the engine costs. */
export function same(block: NdArray): NdArray {
	return block;
}

export function addOne(block: NdArray<"float32">): NdArray<"float32"> {
	for (let i = 0; i < block.data.length; i++) block.data[i] = (block.data[i] as number) + 1;
	return block;
}
