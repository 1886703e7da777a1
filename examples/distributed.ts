/** The engine `distributed`: kernels run on workers, on any number of hosts, which find their work in a queue in Redis. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, kernel } from "tesserae";
import { distributed, openQueue, work } from "tesserae/engines/distributed";

const redis = process.env.TESSERAE_REDIS;
if (redis === undefined) {
	console.log(
		"this needs a Redis: start redis-server, then TESSERAE_REDIS=redis://localhost ./run_example.sh distributed",
	);
	process.exit();
}
const queue = `example-${process.pid}`;
const log = { ...console, info: () => {}, debug: () => {} };

// Usually workers are processes on other hosts: tesserae worker --redis redis://HOST --queue NAME --kernels DIR
const end = new AbortController();
const kernels = new URL("./kernels/", import.meta.url);
const working = work({ redis, queue, kernels, concurrency: 2, signal: end.signal, log });
const directory = await mkdtemp(join(tmpdir(), "distributed-"));
const con = await connect(`file:${directory}/rings.zarr`, { engine: distributed({ redis, queue, kernels }) });
const SIZE = 1024;
const height = (y: number, x: number): number => 10 * Math.sin(Math.hypot(y - SIZE / 2, x - SIZE / 2) / 9);
const values = Float32Array.from({ length: SIZE ** 2 }, (_, i) => height(Math.floor(i / SIZE), i % SIZE));
// Values in memory are written from here, for no bytes of arrays go through the queue.
const data = { data: values, shape: [SIZE, SIZE] };
const rings = await con.createDataset("rings", { data, chunkShape: [128, 128] });

// What goes there is which chunks are to be done, and where kernel and store are; workers read and store by themselves.
const edges = kernel(new URL("./kernels/edges.js", import.meta.url), "edges", { threshold: 0.8 });
const there = await rings.map(edges, "there", { halo: 1, dtype: "uint8" });
console.log(`${await there.sum()} pixels on edges, in ${there.totalChunks} chunks`);

// tesserae queue shows the same.
const view = await openQueue({ redis, queue, log });
for (const { operation, dataset, state, total } of await view.calls()) console.log(state, operation, dataset, total);
view.close();
// Results are the same, bit for bit, on every engine.
await con.use({ engine: "sequential" });
const here = await rings.map(edges, "here", { halo: 1, dtype: "uint8" });
const [a, b] = [await there.get(), await here.get()];
console.log(`different: ${a.data.filter((value, n) => value !== b.data[n]).length}`);

await con.close();
end.abort();
await working;
await rm(directory, { recursive: true });
