import type { BlockContext, KernelResult, NdArray } from "tesserae";

/** One generation of Conway's game of life. Needs a halo of 1. */
export function life(
	board: NdArray<"uint8">,
	_: object,
	{ shape: [height = 0, width = 0] }: BlockContext,
): KernelResult {
	const next = new Uint8Array(height * width);
	for (let y = 0, n = 0; y < height; y++)
		for (let x = 0; x < width; x++, n++) {
			let neighbours = -board.get(y + 1, x + 1);
			for (let dy = 0; dy < 3; dy++) for (let dx = 0; dx < 3; dx++) neighbours += board.get(y + dy, x + dx);
			next[n] = neighbours === 3 || (neighbours === 2 && board.get(y + 1, x + 1) === 1) ? 1 : 0;
		}
	return { data: next, shape: [height, width] };
}
