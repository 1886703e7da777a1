/**
 * Reads a dataset in a process of its own and prints the most memory that was resident at once, in MiB:
 * `node peak-memory.js DIR NAME blocks|get`.
 */
import { connect } from "tesserae";
import { peakMemory } from "./support/measure.js";

const [directory = "", name = "", how] = process.argv.slice(2);
await using connection = await connect(`file:${directory}`, { mode: "r" });
const dataset = await connection.getDataset(name, { dtype: "float32" });
let sum = 0;
if (how === "get") sum = (await dataset.get()).data.length;
else for await (const { values } of dataset.blocks()) sum += values.data[0] ?? 0;
if (Number.isNaN(sum)) process.exitCode = 1;
console.log(peakMemory() / 1024);
