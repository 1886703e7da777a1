// Loads an npy file of [256, 1024, 1024] bytes into a store of files and prints the most memory that was resident at once, in MiB.
// Arguments: file, directory of the store, "slabs" or "whole".
import { readFile } from "node:fs/promises";
import { connect } from "tesserae";
import { openNpy } from "tesserae/files";
import { peakMemory } from "../../support/peak-memory.mjs";

const [path, store, how] = process.argv.slice(2);
const connection = await connect(`file:${store}`, { durability: "none", memory: 32 * 2 ** 20 });
const source = await openNpy(path);
const chunkShape = [16, 512, 512];
if (how === "slabs") await connection.createDataset("a", { data: source, chunkShape });
else {
	const data = new Uint8Array(await readFile(path)).subarray(128);
	await connection.createDataset("a", { data: { data, shape: source.shape }, chunkShape });
}
process.stdout.write(String(peakMemory() / 1024));
await connection.close();
