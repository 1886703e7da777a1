import type { BlockContext, NdArray } from "tesserae";

/** The block without its halo, plus 1. */
export function plusOne(block: NdArray<"float32">, _: unknown, { shape, halo }: BlockContext): object {
	const [nz = 0, ny = 0, nx = 0] = shape;
	const [hz = 0, hy = 0, hx = 0] = halo;
	const out = new Float32Array(nz * ny * nx);
	for (let z = 0, n = 0; z < nz; z++)
		for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++) out[n++] = block.get(z + hz, y + hy, x + hx) + 1;
	return { data: out, shape: [nz, ny, nx] };
}
