/** Growing arrays: `append` finds a place of its own for every caller, `resize` grows and cuts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "tesserae";

const directory = await mkdtemp(join(tmpdir(), "append-"));
const con = await connect(`sqlite:${directory}/log.sqlite`);

// An empty axis, for a log that grows along it: the chunk shape must be given.
const log = await con.createDataset("log", {
	shape: [0, 3],
	dtype: "float64",
	chunkShape: [1000, 3],
	fillValue: Number.NaN,
	dimensionNames: ["time", "channel"],
});

const first = await log.append([
	[1, 2, 3],
	[4, 5, 6],
]);
console.log(`two rows at ${first}, now ${log.shape.join(" × ")}`);

// Callers in many places at once: each row is there once, in the place that its caller is told.
const callers = Array.from({ length: 20 }, (_, caller) => log.append([[caller, caller, caller]]));
const places = await Promise.all(callers);
const rows = await log.get([places, 0]);
console.log(`places 2 to 21: ${[...places].sort((a, b) => a - b).every((place, n) => place === n + 2)}`);
console.log(`each holds its caller's row: ${rows.data.every((value, caller) => value === caller)}`);

// Who opened the dataset before it grew elsewhere looks again.
const reader = await con.getDataset("log");
await log.append([[7, 8, 9]]);
console.log(`before refresh ${reader.shape[0]} rows, after it ${(await reader.refresh()).shape[0]}`);

// Along another axis, and to any shape: what is new is fill value, what is cut off is gone.
await log.append({ data: new Float64Array(23).fill(1), shape: [23, 1] }, 1);
console.log("a channel more:", await log.get("-1"));
await log.resize([2, 5]);
console.log("resized:", await log.get());
await log.resize([3, 2]);
console.log("cut and grown:", await log.get());

await con.close();
await rm(directory, { recursive: true });
