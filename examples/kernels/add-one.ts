import type { NdArray } from "tesserae";

/** Every element plus one: what must not happen twice. */
export function addOne(block: NdArray<"int32">): NdArray<"int32"> {
	for (let n = 0; n < block.data.length; n++) block.data[n] = (block.data[n] as number) + 1;
	return block;
}
