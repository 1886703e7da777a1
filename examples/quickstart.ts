/** The first steps: create a dataset, write, read, and map a function over its chunks. */
import { connect, slice } from "tesserae";

const con = await connect("sqlite:./tutorial.sqlite"); // or "file:./tutorial.zarr", "ram:", a Backend object

// 100 × 100 × 100 numbers in chunks of 32³; what is not written reads as the fill value
const scan = { shape: [100, 100, 100], dtype: "float32", chunkShape: [32, 32, 32], ifExists: "replace" } as const;
const ds = await con.createDataset("scan", scan);

await ds.set("...", 1); // scalars and arrays broadcast as in NumPy
await ds.set([slice(36, 80), slice(89, null)], 2); // slice(start, stop, step)
await ds.set("0, 2:8, ::-1", { data: Float32Array.of(...Array(100).keys()), shape: [100] });

const block = await ds.get("36:80, 89:, :56"); // NumPy's own notation; an ndarray [44, 11, 56]
const voxel = await ds.at(0, 2, 99); // 0
const picked = await ds.get([[0, 5, 5, 99], null, 3]); // index lists, orthogonal: [4, 100]

// a function over the chunks, each seen with 1 voxel of its neighbours on both sides
const difference = await ds.map(
	(chunk, _, { shape: [nz = 0, ny = 0, nx = 0] }) => {
		const out = new Float32Array(nz * ny * nx);
		for (let z = 0, n = 0; z < nz; z++)
			for (let y = 1; y <= ny; y++)
				for (let x = 1; x <= nx; x++) out[n++] = chunk.get(z + 2, y, x) - chunk.get(z, y, x);
		return { data: out, shape: [nz, ny, nx] };
	},
	"difference",
	{ halo: 1, boundary: "nearest", ifExists: "replace" },
);

console.log(ds, block.shape, voxel, picked.shape, await difference.at(36, 95, 0)); // …, 1
console.log(ds.explain("36:80, 89:, :56")); // which chunks, requests, bytes, memory
await con.close();
