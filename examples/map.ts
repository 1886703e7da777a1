/** `map`: a kernel makes a new dataset chunk by chunk, seeing the neighbours of each chunk (its halo) and further datasets. */
import { connect, type Dataset, kernel } from "tesserae";

await using con = await connect("ram:");

// A bright disc, in chunks far smaller than it.
const [HEIGHT, WIDTH] = [20, 56];
const pixels = Float32Array.from({ length: HEIGHT * WIDTH }, (_, i) => {
	const [y, x] = [Math.floor(i / WIDTH) - 9.5, (i % WIDTH) - 27.5];
	return Math.hypot(2 * y, x) < 16 ? 8 : 0;
});
const disc = await con.createDataset("disc", {
	data: { data: pixels, shape: [HEIGHT, WIDTH] },
	dtype: "float32",
	chunkShape: [8, 16],
});

// A kernel in a module of its own runs on every engine. Without its halo it would find edges at the borders of chunks.
const edges = kernel(new URL("./kernels/edges.js", import.meta.url), "edges", { threshold: 1 });
const outline = await disc.map(edges, "outline", { halo: 1, boundary: "nearest", dtype: "uint8" });
console.log(await picture(outline, ".#"));

// A plain function will do on the engine of this thread. `inputs` shows it the same region of other datasets.
const shading = await con.createDataset("shading", { shape: [HEIGHT, WIDTH], dtype: "uint8", chunkShape: [20, 10] });
await shading.set(":, 28:", 1);
const drawing = await disc.map(
	(block, _, { shape, inputs }) => {
		const [lines, shade] = [inputs.outline, inputs.shading];
		const result = new Uint8Array(block.size);
		for (let n = 0; n < block.size; n++)
			result[n] = lines?.data[n] === 1 ? 3 : block.data[n] === 0 ? 0 : shade?.data[n] === 1 ? 2 : 1;
		return { data: result, shape };
	},
	"drawing",
	{ inputs: { outline, shading }, dtype: "uint8" },
);
console.log(await picture(drawing, " .:#"));
console.log(`${drawing.name}: ${drawing.totalChunks} chunks made from ${disc}`);

/** One character per pixel, by its value. */
async function picture(dataset: Dataset<"uint8">, characters: string): Promise<string> {
	const { data } = await dataset.get();
	const text = Array.from(data, (value) => characters[value]).join("");
	return text.replace(new RegExp(`.{${WIDTH}}`, "g"), "$&\n");
}
