/** Streaming: more than fits in memory goes in slab by slab and comes out block by block, with progress, and can be cancelled. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Progress, type StoreError } from "tesserae";

const [HOURS, SENSORS] = [24, 100];

/** An hour at a time, as an instrument or a file would give it: 3600 measurements of every sensor. */
async function* measurements(): AsyncGenerator<{ data: Float32Array; shape: [number, number] }> {
	for (let hour = 0; hour < HOURS; hour++) {
		const warmth = 15 - 5 * Math.cos((2 * Math.PI * (hour - 3)) / 24);
		const data = Float32Array.from({ length: 3600 * SENSORS }, (_, i) => warmth + (i % SENSORS) / SENSORS);
		yield { data, shape: [3600, SENSORS] };
	}
}

const directory = await mkdtemp(join(tmpdir(), "streaming-"));
const con = await connect(`sqlite:${directory}/weather.sqlite`, { memory: "16MiB" });
const day = await con.createDataset("day", {
	shape: [3600 * HOURS, SENSORS],
	dtype: "float32",
	chunkShape: [4096, 50],
});

// Slabs of any height; every chunk is written once. In memory are one slab and one row of chunks.
const percent = ({ done, total }: Progress): string => `${Math.round((100 * done) / total)} %`;
const steps = new Set<string>();
await day.load(measurements(), { onProgress: (progress) => steps.add(percent(progress)) });
console.log(`loaded ${day}: ${[...steps].slice(0, 5).join(", ")} … ${[...steps].at(-1)}`);

// Blocks of any shape, in order; the next one is read while you work on this one.
for await (const { origin, values } of day.blocks({ shape: [6 * 3600, SENSORS] })) {
	const mean = values.data.reduce((sum, value) => sum + value, 0) / values.size;
	console.log(`from ${String(Number(origin[0]) / 3600).padStart(2)} h: ${mean.toFixed(2)} °C on average`);
}

// Every long call takes a signal, such as that of Ctrl-C or AbortSignal.timeout(…). Nothing new is begun after it.
const stop = new AbortController();
const watch = ({ done }: Progress): void => {
	if (done === 8) stop.abort();
};
await day
	.map((block) => block, "copy", { signal: stop.signal, onProgress: watch })
	.catch((error: StoreError) => console.log(`${error.code}: ${error.message}`));
console.log(`an unfinished copy is removed: ${!(await con.hasDataset("copy"))}`);

await con.close();
await rm(directory, { recursive: true });
