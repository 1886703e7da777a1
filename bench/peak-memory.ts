/**
 * Reads a dataset in a process of its own and prints the most memory that was resident at once, in MiB:
 * `node peak-memory.js DIR NAME blocks|get`.
 */
import { readFileSync } from "node:fs";
import { connect } from "tesserae";

const [directory = "", name = "", how] = process.argv.slice(2);
await using connection = await connect(`file:${directory}`, { mode: "r" });
const dataset = await connection.getDataset(name, { dtype: "float32" });
let sum = 0;
if (how === "get") sum = (await dataset.get()).data.length;
else for await (const { values } of dataset.blocks()) sum += values.data[0] ?? 0;
if (Number.isNaN(sum)) process.exitCode = 1;
console.log(peak() / 1024);

/** KiB. On Linux `resourceUsage` would count the memory of the process that started this one. */
function peak(): number {
	if (process.platform !== "linux") return process.resourceUsage().maxRSS;
	return Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}
