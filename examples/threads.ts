/** The engine `threads`: decoding, kernels and encoding on several cores, over memory that all threads share. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, empty, kernel, type StoreError, slice } from "tesserae";

const SIZE = 1024;
const directory = await mkdtemp(join(tmpdir(), "threads-"));
const con = await connect(`sqlite:${directory}/rings.sqlite`, { engine: "threads", workers: 2 });

// Shared memory is written without a copy.
const values = empty([SIZE, SIZE], "float32", { shared: true });
for (let y = 0; y < SIZE; y++)
	for (let x = 0; x < SIZE; x++) values.set(y, x, 10 * Math.sin(Math.hypot(y - SIZE / 2, x - SIZE / 2) / 9));
const rings = await con.createDataset("rings", { data: values, dtype: "float32", chunkShape: [256, 256] });

// Results are shared memory, too; what takes only plain memory, as some functions of browsers do, is given that.
const result = await rings.get("512, :4");
const plain = await rings.get("512, :4", { shared: false });
console.log(result, "over", result.data.buffer.constructor.name, "or", plain.data.buffer.constructor.name);

// Who reads in a loop passes `out`: the same memory every time.
const out = empty([256, SIZE], "float32", { shared: true });
let sum = 0;
for (let y = 0; y < SIZE; y += 256) {
	await rings.get([slice(y, y + 256)], { out });
	sum += out.data.reduce((total, value) => total + value);
}
console.log(`mean ${(sum / SIZE ** 2).toFixed(4)}, by the library ${(await rings.mean()).toFixed(4)}`);

// Threads import a kernel from its module; a function of this file cannot go there, and the error says what to do.
const edges = kernel(new URL("./kernels/edges.js", import.meta.url), "edges", { threshold: 0.8 });
const options = { halo: 1, dtype: "uint8" } as const;
const byThreads = await rings.map(edges, "by-threads", options);
await rings.map((block) => block, "copy").catch((error: StoreError) => console.log(`${error.code}: ${error.message}`));

// Results are the same, bit for bit, on every engine.
await con.use({ engine: "sequential" });
const here = await rings.map(edges, "here", options);
const [a, b] = [await byThreads.get(), await here.get()];
console.log(
	`${await here.sum()} pixels on edges, different: ${a.data.filter((value, n) => value !== b.data[n]).length}`,
);

await con.close();
await rm(directory, { recursive: true });
