import type { BlockContext, NdArray } from "tesserae";

export interface Star {
	/** In the whole image. */
	readonly y: number;
	readonly x: number;
	readonly brightness: number;
}

/** The pixels of a chunk that are brighter than `threshold` and than their eight neighbours. Needs a halo of 1. */
export function stars(
	block: NdArray<"float32">,
	{ threshold }: { readonly threshold: number },
	{ shape: [height = 0, width = 0], origin: [top = 0, left = 0] }: BlockContext,
): Star[] {
	const found: Star[] = [];
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			const brightness = block.get(y + 1, x + 1);
			if (brightness > threshold && isPeak(block, y, x)) found.push({ y: top + y, x: left + x, brightness });
		}
	return found;
}

function isPeak(block: NdArray<"float32">, y: number, x: number): boolean {
	const centre = block.get(y + 1, x + 1);
	for (let dy = 0; dy < 3; dy++)
		for (let dx = 0; dx < 3; dx++) if ((dy !== 1 || dx !== 1) && block.get(y + dy, x + dx) >= centre) return false;
	return true;
}
