/**
 * Array files: a volume goes from an npy file into a dataset, from there, cropped, into an HDF5 file, and one of its slices into a picture.
 * Files larger than memory take the same way: they are read and written slab by slab.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "tesserae";
import { openAny, openHdf5, openNpy, writeHdf5, writeNpy, writePng } from "tesserae/files";

const directory = process.argv[2] ?? "out/load-files";
await mkdir(directory, { recursive: true });
const file = (name: string): string => join(directory, name);

// A ball that is brightest in the middle, as another program would have left it.
const n = 96;
const middle = (n - 1) / 2;
const ball = new Float32Array(n ** 3).map((_, i) => {
	const [z, y, x] = [Math.floor(i / n / n), Math.floor(i / n) % n, i % n] as const;
	return Math.max(0, 1 - Math.hypot(z - middle, y - middle, x - middle) / 40);
});
await writeNpy(file("ball.npy"), { data: ball, shape: [n, n, n] });

await using connection = await connect(`sqlite:${file("balls.sqlite")}`);
const dataset = await connection.createDataset("ball", {
	ifExists: "replace",
	data: await openNpy(file("ball.npy")), // shape and data type are those of the file
	chunkShape: [32, 32, 32],
	dimensionNames: ["z", "y", "x"],
	attributes: { unit: "mm" },
});
console.log(String(dataset));

// A selection of it, compressed; names, attributes and chunks go along.
await writeHdf5(file("ball.h5"), dataset, "8:88, 8:88, 8:88", { name: "/scan/ball", gzip: 4 });
const cropped = await openHdf5(file("ball.h5"), { name: "/scan/ball" });
console.log(`ball.h5: ${cropped.dtype} [${cropped.shape.join(", ")}]`, cropped.attributes);

// openAny and writeAny go by the ending.
const copy = await connection.createDataset("copy", {
	data: await openAny(file("ball.h5#/scan/ball")),
	ifExists: "replace",
});
console.log(`the same in the middle: ${(await copy.at(40, 40, 40)) === (await dataset.at(48, 48, 48))}`);

await writePng(file("ball.png"), copy, "40", { colormap: "viridis", range: [0, 1] });
console.log(`wrote ball.npy, balls.sqlite, ball.h5 and ball.png to ${directory}`);
