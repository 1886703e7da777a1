/** Reads 256 MiB twenty times, keeping none, closes, and prints its largest resident size in MiB. Must end by itself. */
import { connect } from "tesserae";
import { peakMemory } from "../../support/peak-memory.mjs";

const connection = await connect("ram:", { engine: "threads", workers: 2 });
const shape = [512, 512, 256];
const ds = await connection.createDataset("a", {
	shape,
	dtype: "float32",
	chunkShape: [64, 64, 64],
	codecs: ["zstd"],
});
await ds.set("...", 1);
for (let i = 0; i < 20; i++) {
	const { data } = await ds.get();
	if (data[data.length - 1] !== 1) throw new Error("wrong values");
}
await connection.close();
console.log(Math.round(peakMemory() / 1024));
