/**
 * Works on a dataset in a process of its own and prints the most memory that was resident at once, in MiB:
 * `node peak-memory.js DIR NAME blocks|get`, or `… map ENGINE`, which maps it under a budget of 256 MiB.
 */
import { connect, kernel } from "tesserae";
import { peakMemory } from "./support/measure.js";

const [directory = "", name = "", how, engine] = process.argv.slice(2);
const mapping = { engine, workers: 2, memory: "256MiB", durability: "none" };
await using connection = await connect(`file:${directory}`, how === "map" ? mapping : { mode: "r" });
const dataset = await connection.getDataset(name, { dtype: "float32" });
let sum = 0;
if (how === "get") sum = (await dataset.get()).data.length;
else if (how === "map") {
	const work = kernel(new URL("./support/plus-one.js", import.meta.url), "plusOne");
	const options = { halo: 4, boundary: "nearest", ifExists: "replace" } as const;
	sum = await (await dataset.map(work, "mapped", options)).at(0, 0, 0);
} else for await (const { values } of dataset.blocks()) sum += values.data[0] ?? 0;
if (Number.isNaN(sum)) process.exitCode = 1;
console.log(peakMemory() / 1024);
