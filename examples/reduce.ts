/** `reduce`: a kernel makes something small of every chunk, and a function of yours puts that together. Here it finds stars. */
import { connect, kernel } from "tesserae";
import type { Star } from "./kernels/stars.js";

await using con = await connect("ram:");

// A night sky with seven stars, some of them where chunks meet.
const SIZE = 256;
const truth: readonly [y: number, x: number, brightness: number][] = [
	[20, 200, 70],
	[63, 64, 90],
	[64, 190, 50],
	[100, 30, 60],
	[128, 128, 100],
	[200, 63, 80],
	[250, 250, 40],
];
const light = (y: number, x: number): number =>
	truth.reduce((sum, [sy, sx, brightness]) => sum + brightness * Math.exp(-((y - sy) ** 2 + (x - sx) ** 2) / 8), 0);
const sky = await con.createDataset("sky", { shape: [SIZE, SIZE], dtype: "float32", chunkShape: [64, 64] });
const pixels = Float32Array.from({ length: SIZE ** 2 }, (_, i) => light(Math.floor(i / SIZE), i % SIZE));
await sky.set("...", { data: pixels, shape: [SIZE, SIZE] });

// The kernel runs once per chunk, wherever the engine puts it. With a halo no star at a seam is found twice or missed.
// `combine` runs here, in the order of the chunks, so that the result is the same however many ran at once.
const stars = kernel(new URL("./kernels/stars.js", import.meta.url), "stars", { threshold: 10 });
const found = await sky.reduce<Star[]>(stars, (all, some) => [...all, ...some], {
	halo: 1,
	boundary: "constant",
	boundaryValue: 0,
	initial: [],
});

found.sort((a, b) => b.brightness - a.brightness);
for (const { y, x, brightness } of found)
	console.log(`${String(y).padStart(3)}, ${String(x).padStart(3)}  ${"*".repeat(Math.round(brightness / 4))}`);
console.log(`${found.length} stars in ${sky.totalChunks} chunks`);

// Accumulated and partial results may be of different types, and `combine` knows which chunk it is given.
const brightest = await sky.reduce<string, number>(
	(block) => block.data.reduce((most, value) => Math.max(most, value), 0),
	(text, most, { coords }) => `${text}${coords[1] === 0 ? "\n" : ""}${most.toFixed(0).padStart(5)}`,
	{ initial: "brightest pixel of each chunk:" },
);
console.log(brightest);
