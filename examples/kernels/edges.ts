import type { BlockContext, KernelResult, NdArray } from "tesserae";

/** 1 where the values change steeply: Sobel's gradient is longer than `threshold` per pixel. Needs a halo of 1. */
export function edges(
	block: NdArray<"float32">,
	{ threshold }: { readonly threshold: number },
	{ shape: [height = 0, width = 0] }: BlockContext,
): KernelResult {
	const result = new Uint8Array(height * width);
	for (let y = 0, n = 0; y < height; y++)
		for (let x = 0; x < width; x++, n++) {
			// The block begins one pixel before the chunk.
			const [nw, north, ne] = [block.get(y, x), block.get(y, x + 1), block.get(y, x + 2)];
			const [west, east] = [block.get(y + 1, x), block.get(y + 1, x + 2)];
			const [sw, south, se] = [block.get(y + 2, x), block.get(y + 2, x + 1), block.get(y + 2, x + 2)];
			const across = ne + 2 * east + se - nw - 2 * west - sw;
			const down = sw + 2 * south + se - nw - 2 * north - ne;
			result[n] = Math.hypot(across, down) / 8 > threshold ? 1 : 0;
		}
	return { data: result, shape: [height, width] };
}
