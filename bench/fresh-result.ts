/**
 * How long results of 32 MiB take that are dropped at once, in a process of its own; prints milliseconds and processor milliseconds of all eight as JSON:
 * `node fresh-result.js ENGINE`. The environment is what is measured.
 */
import { connect, ndArray } from "tesserae";
import { values } from "./support/cube.js";
import { median, timed } from "./support/measure.js";

const SLABS = 8;
const ROUNDS = 12;
/** Rounds that do not count. */
const WARM_UP = 4;

const [engine = "sequential"] = process.argv.slice(2);
const connection = await connect("ram:", { engine });
const { data, shape } = values();
const dataset = await connection.createDataset("cube", {
	data: ndArray<"float32">(data, shape),
	chunkShape: [64, 64, 64],
});
const rows = (shape[0] as number) / SLABS;

const samples = [];
for (let round = 0; round < ROUNDS; round++)
	samples.push(
		await timed(async () => {
			for (let slab = 0; slab < SLABS; slab++) await dataset.get(`${slab * rows}:${(slab + 1) * rows}`);
		}),
	);
const counted = samples.slice(WARM_UP);
const wall = median(counted.map((sample) => sample.wall));
const cpu = median(counted.map((sample) => sample.cpu));
console.log(JSON.stringify({ wall, cpu }));
await connection.close();
