// Reads a million chunks of a store that never waits, until SIGINT comes, and prints when it came and when the read had ended (ms).
import { connect } from "tesserae";

const con = await connect("ram:");
const ds = await con.createDataset("a", { shape: [1_000_000], dtype: "int8", chunkShape: [1] });
const controller = new AbortController();
let seen = 0;
process.once("SIGINT", () => {
	seen = Date.now();
	controller.abort();
});
let announced = false;
const onProgress = ({ done }) => {
	if (!announced && done >= 1000) process.stdout.write("reading\n");
	announced ||= done >= 1000;
};
const ended = await ds.get("...", { signal: controller.signal, onProgress }).then(
	() => "read to the end",
	({ code }) => code,
);
process.stdout.write(`${JSON.stringify({ ended, seen, over: Date.now() })}\n`);
