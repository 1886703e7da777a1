/** The block without its halo, plus 1. */
export function plusOne(block, _, { shape: [nz, ny, nx], halo: [h] }) {
	const out = new Float32Array(nz * ny * nx);
	for (let z = 0, n = 0; z < nz; z++)
		for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++) out[n++] = block.get(z + h, y + h, x + h) + 1;
	return { data: out, shape: [nz, ny, nx] };
}
