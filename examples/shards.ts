/** Shards: many small chunks, read one by one, in few objects. */
import { connect } from "tesserae";

await using con = await connect("ram:");

const shape = [64, 256, 256];
const volume = Float32Array.from({ length: 64 * 256 * 256 }, (_, i) => Math.fround(Math.sin(i / 1000)));
const scan = await con.createDataset("scan", {
	shape,
	dtype: "float32",
	chunkShape: [16, 16, 16], // what is read
	shardShape: [64, 128, 128], // what is stored as one object; "auto" makes 64 to 128 MiB of it
});
await scan.set("...", { data: volume, shape });
console.log(
	`${scan.totalChunks} shards of ${scan.shardShape?.join(" × ")}, in each chunks of ${scan.chunkShape.join(" × ")}`,
);

// A small box: the shard's index, then the bytes of its chunks.
const asked = con.meter.snapshot().byOperation.get;
const box = await scan.get("20:30, 5:12, 100:110");
const now = con.meter.snapshot().byOperation.get;
console.log(`read ${box.shape.join(" × ")} by ${now.bytesRead - asked.bytesRead} of ${scan.nbytes} bytes`);
console.log(scan.explain("20:30, 5:12, 100:110"));

// A part of a shard: chunks that are not touched go over as they are, never decoded.
await scan.set("20:30, 5:12, 100:110", 0);
console.log(
	"written:",
	await scan.at(25, 8, 105),
	"beside it:",
	(await scan.at(25, 8, 112)) === volume[(25 * 256 + 8) * 256 + 112],
);
